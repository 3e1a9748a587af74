"""What an engine hears is concrete and short."""

from __future__ import annotations

from runner.edits.feedback import MESSAGE_CAP_BYTES, cut, failure_feedback
from runner.edits.syntax import syntax_faults
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun


def red(message: str) -> TestRun:
    failed = TestResult(TestOutcome.FAILED, "fp", message, (("tests/t.py", 3), ("src/a.py", 9)))
    return TestRun("python -m pytest", 1, "all", RunOutcome.RED, {"tests/t.py::test_a": failed}, 0.1)


def test_feedback_names_the_change_the_failure_and_its_frames() -> None:
    """Everything that a repair needs is in one message."""
    said = failure_feedback(2, "the tests stay red", red("assert 1 == 2"), "--- a/x\n+++ b/x\n-old\n+new\n same\n")
    assert "Attempt 2: the tests stay red" in said
    assert "-old\n+new" in said
    assert "assert 1 == 2" in said
    assert "src/a.py:9 <- tests/t.py:3" in said


def test_feedback_stays_within_its_budget() -> None:
    """A test that prints a novel does not eat the prompt."""
    said = failure_feedback(1, "red", red("x" * 10_000), "+" + "y" * 10_000)
    assert len(said.encode()) <= MESSAGE_CAP_BYTES


def test_cutting_keeps_both_ends() -> None:
    """The middle goes, also between the bytes of one character."""
    text = cut("start" + "ä" * 500 + "end", 100)
    assert text.startswith("start")
    assert text.endswith("end")
    assert len(text.encode()) <= 100


def test_broken_python_is_found_before_any_test() -> None:
    """Syntax is checked for Python alone; the fault quotes the line."""
    assert syntax_faults({"a.py": "x = 1\n", "b.txt": "(", "c.py": None}) == ()
    (fault,) = syntax_faults({"a.py": "def f(:\n    pass\n"})
    assert fault.startswith("a.py:1:")
    assert "`def f(:`" in fault
