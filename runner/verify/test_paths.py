"""Which files of a repository hold tests or their fixtures. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

FOLDERS: Final = frozenset(
    {"test", "tests", "testing", "__tests__", "__snapshots__", "spec", "specs", "testdata", "fixtures"}
)
NAMES: Final = re.compile(
    r"""
      conftest\.py
    | tests?\.py
    | test_.*\.(py|pyi|rb|c|cc|cpp|php)
    | .*_tests?\.(py|go|rb|rs|c|cc|cpp|exs|dart|php)
    | .*_spec\.rb
    | .*[.-](test|spec)\.[cm]?[jt]sx?
    | .*(Tests?|IT|Spec)\.(java|kt|scala|groovy|cs|swift|php)
    """,
    re.VERBOSE,
)


def is_test_path(path: str) -> bool:
    """Whether the file at this POSIX path holds tests, or what only tests use."""
    parts = PurePosixPath(path)
    return bool(FOLDERS.intersection(parts.parts[:-1])) or NAMES.fullmatch(parts.name) is not None
