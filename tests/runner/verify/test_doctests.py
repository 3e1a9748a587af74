"""Examples in docstrings are tests where somebody runs them."""

from __future__ import annotations

import pytest

from runner.proof import Cells, RunOutcome, TestOutcome, TestResult, TestRun
from runner.verify.doctests import lost_examples

OLD = b'''def rate(n):
    """Double it.

    >>> rate(2)
    4
    """
    return n * 2
'''
PASSED = TestResult(TestOutcome.PASSED)


def found(new: bytes | None, *ids: str, path: str = "shop.py") -> list[str]:
    """The rules that a change of the file breaks whose base ran these tests."""
    run = TestRun("pytest", 0, "all", RunOutcome.GREEN, dict.fromkeys(ids, PASSED), 1.0)
    return [one.rule for one in lost_examples({path: OLD}, {path: new}, Cells(existing=(run,)))]


@pytest.mark.parametrize(
    "new", [OLD.replace(b"    4\n", b"    0\n"), OLD.replace(b"    >>> rate(2)\n    4\n", b""), None]
)
def test_an_example_that_was_run_stays(new: bytes | None) -> None:
    """With what it is to print."""
    assert found(new, "shop.py::shop.rate") == ["test-loosened"]


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace(b"Double it.", b"Twice as much."),
        OLD.replace(b"    4\n", b"    4\n    >>> rate(0)\n    0\n"),
        OLD.replace(b"n * 2", b"2 * n"),
    ],
)
def test_what_is_said_around_it_may_change(new: bytes) -> None:
    """And there may be more examples."""
    assert found(new, "shop.py::shop.rate") == []


def test_an_example_that_nobody_ran_is_prose() -> None:
    """As most are."""
    assert found(OLD.replace(b"    4\n", b"    0\n"), "tests/test_a.py::test_one") == []
    assert found(b"def rate(n):\n    return n\n") == []
