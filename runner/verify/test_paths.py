"""Which files of a repository hold tests or their fixtures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

FOLDERS: Final = frozenset({"test", "tests", "__tests__", "__snapshots__", "spec", "specs", "testdata", "fixtures"})
OTHERS_FOLDERS: Final = frozenset({"spec", "specs", "fixtures"})
"""Of those, the ones that Ruby and JavaScript have their tests in, and Django its data. A Python file in one may be a
package's own: a reader of specifications, a league's fixtures."""
TOP_FOLDERS: Final = frozenset({"testing"})
"""Further in it is what a package offers to other people's tests."""
PRODUCT_FOLDERS: Final = frozenset({"commands", "entities", "migrations", "models", "schemas", "serializers"})
"""Below these a Python file with "test" in its name is about tests as a subject: a table of test results, a command."""
STATISTICS: Final = re.compile(r"(?:[ftuz]|ab|ks|chi2|chi_squared?)_tests?\.py")
"""What statistics call a test: Student's t, the A/B of a shop."""
OFFERED_FOLDERS: Final = frozenset({"testutils", "test_utils"})
"""What a package offers to other people's tests."""
NAMES: Final = re.compile(
    r"""
      conftest\.py
    | tests?\.py
    | test_.*\.(py|pyi|rb|c|cc|cpp|php)
    | .*_tests?\.(py|go|rb|rs|c|cc|cpp|exs|dart|php)
    | .*_spec\.rb
    | .*[.-](test|spec)(-d)?\.[cm]?[jt]sx?
    | .*\.(snap|ambr|golden|approved\.\w+)
    | .*(Tests?|IT|Spec)\.(java|kt|scala|groovy|cs|swift|php)
    """,
    re.VERBOSE,
)
PYTHON_SIGNS: Final = ("*.py", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "test*/*.py", "*/test*.py")
"""Patterns of files, from the root, of which a project has one whose tests are in Python."""
PYTHON_TEST: Final = re.compile(rb"\bdef test|TestCase|\bclass Test")


def looks_python(paths: Iterable[str]) -> bool:
    """Whether these are the files of a project with Python tests, if it has any."""
    return any(
        path.count("/") == sign.count("/") and PurePosixPath(path).match(sign)
        for path in paths
        for sign in PYTHON_SIGNS
    )


def holds_tests(content: bytes) -> bool:
    """Whether a Python test file has tests in it, and not only what they stand on."""
    return PYTHON_TEST.search(content) is not None


def is_test_path(path: str) -> bool:
    """Whether the file at this POSIX path holds tests, or what only tests use."""
    pure = PurePosixPath(path)
    folders = set(pure.parts[:-1])
    if pure.suffix == ".py":
        folders -= OTHERS_FOLDERS
        # A package's own `test` below the top may be what it offers to others: django/test/client.py.
        folders -= {"test"} & set(pure.parts[1:-1])
    is_inside = bool(FOLDERS & folders) or bool(TOP_FOLDERS & set(pure.parts[:-1][:1]))
    return is_inside or (is_called_test(path) and not _is_product(pure))


def is_called_test(path: str) -> bool:
    """Whether the file's own name is a test's: another one in a folder of tests may hold views, models or helpers."""
    return NAMES.fullmatch(PurePosixPath(path).name) is not None


def _is_product(path: PurePosixPath) -> bool:
    """Whether a Python file outside all test folders is a package's own in spite of its name.

    Narrow on purpose: what is called product here may be edited by a repair.
    """
    inside = path.parts[1:-1]
    is_subject = path.parent.name in PRODUCT_FOLDERS and len(path.parts) > 2
    is_subject = is_subject or STATISTICS.fullmatch(path.name) is not None
    return path.suffix == ".py" and path.name != "conftest.py" and (is_subject or bool(OFFERED_FOLDERS & set(inside)))
