"""Which files of a repository hold tests or their fixtures. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

FOLDERS: Final = frozenset({"test", "tests", "__tests__", "__snapshots__", "spec", "specs", "testdata", "fixtures"})
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
    pure = PurePosixPath(path)
    folders = set(pure.parts[:-1])
    if pure.suffix == ".py" and "test" in pure.parts[1:-1]:
        # A package's own `test` below the top may be what it offers to others: django/test/client.py.
        folders.discard("test")
    return bool(FOLDERS & folders) or NAMES.fullmatch(pure.name) is not None
