"""Who is to blame when a run goes down before it reports a test."""

from __future__ import annotations

import pytest

from runner.adapters.suites_outcome import blame_selected
from runner.proof import RunOutcome, TestOutcome

IDS = ("tests/a.py::test_one", "tests/a.py::test_two")
CRASH = "Traceback (most recent call last):\n  File 'a.py', line 3\nTypeError: unhashable type: 'list'\n"


def test_a_run_that_ends_with_an_exception_fails_all_that_it_was_asked_for() -> None:
    """A defect that keeps every test from starting is a failure of each of them, the same each time."""
    first, again = (blame_selected(IDS, RunOutcome.CRASHED, text) for text in (CRASH, "other words\n" + CRASH))
    assert set(first) == set(IDS)
    assert {test.outcome for test in first.values()} == {TestOutcome.ERROR}
    assert {test.fingerprint for test in first.values()} == {test.fingerprint for test in again.values()}
    other = blame_selected(IDS, RunOutcome.CRASHED, CRASH.replace("TypeError", "KeyError"))
    assert first[IDS[0]].fingerprint != other[IDS[0]].fingerprint


@pytest.mark.parametrize(
    ("selection", "outcome", "output"),
    [
        (IDS, RunOutcome.CRASHED, "Killed\n"),
        (IDS, RunOutcome.CRASHED, CRASH + "and then some\nmore words: no\n"),
        (IDS, RunOutcome.OUT_OF_MEMORY, CRASH),
        (IDS, RunOutcome.TIMED_OUT, CRASH),
        (IDS[:1], RunOutcome.TIMED_OUT, CRASH),
        (None, RunOutcome.CRASHED, CRASH),
    ],
)
def test_no_test_is_blamed_for_what_nobody_saw(
    selection: tuple[str, ...] | None, outcome: RunOutcome, output: str
) -> None:
    """Of several tests any may have been it; a time-out says as much about the clock."""
    assert blame_selected(selection, outcome, output) == {}


def test_a_single_test_answers_for_its_process() -> None:
    """Whatever took it down, and however that was told."""
    for outcome in (RunOutcome.CRASHED, RunOutcome.OUT_OF_MEMORY):
        (one,) = blame_selected(IDS[:1], outcome, "Killed").values()
        assert one.outcome is TestOutcome.ERROR


def test_the_first_error_of_a_long_output_is_kept() -> None:
    """Node tells what is missing, and then at length who asked for it."""
    output = "Error: Cannot find module './build/index.cjs'\n" + "    at Module._load (node:internal:1)\n" * 200
    (test,) = blame_selected(IDS[:1], RunOutcome.CRASHED, output).values()
    assert "Error: Cannot find module './build/index.cjs'\n...\n" in test.message
    short = "Error: no\n    at a (b.js:1:1)\n"
    assert blame_selected(IDS[:1], RunOutcome.CRASHED, short)[IDS[0]].message.count("Error: no") == 1
