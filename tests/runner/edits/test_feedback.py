"""What an engine hears is concrete and short."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.edits.feedback import (
    FAILURE_CAP_BYTES,
    MESSAGE_CAP_BYTES,
    Failed,
    cut,
    failure_feedback,
    fitting,
    told,
)
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

DIFF = "--- a/src/x.py\n+++ b/src/x.py\n@@ -1 +1 @@\n-old\n+new\n same\n"


def red(message: str = "assert 1 == 2", **prints: str) -> TestRun:
    """A run whose failing tests have these fingerprints; an empty one passed."""
    frames = (("tests/t.py", 3), ("src/a.py", 9))
    tests = {
        f"tests/t.py::test_{name}": TestResult(TestOutcome.FAILED, print_, message, frames)
        if print_
        else TestResult(TestOutcome.PASSED)
        for name, print_ in (prints or {"a": "fp"}).items()
    }
    return TestRun("python -m pytest", 1, "all", RunOutcome.RED, tests, 0.1)


def test_feedback_names_the_change_the_failure_and_its_frames() -> None:
    """Everything that a repair needs is in one message."""
    said = failure_feedback(Failed(2, 0, "the tests stay red", "one too many", DIFF, red()))
    assert "Attempt 2, begun on the unchanged code: the tests stay red" in said
    assert "Its idea: one too many" in said
    assert "src/x.py\n-old\n+new" in said
    assert "1 of 1 fail" in said
    assert "test_a: assert 1 == 2" in said
    assert "src/a.py:9 <- tests/t.py:3" in said


def test_a_run_that_did_not_start_kills_no_idea() -> None:
    """The same crash as before says nothing of the change."""
    crashed = replace(red(a="1"), outcome=RunOutcome.CRASHED)
    said = failure_feedback(Failed(3, 0, "crashed", run=crashed, before=crashed, before_number=0))
    assert "Nothing was learned of this idea: the tests do not start, as with the unchanged code." in said
    assert "dead" not in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            {"a": "1", "b": "2"},
            {"a": "1", "b": "2"},
            "This idea is dead: every failure is exactly as with the code as at",
        ),
        ({"a": "1", "b": "2"}, {"a": "1", "b": ""}, "now pass: tests/t.py::test_b."),
        (
            {"a": "1", "b": ""},
            {"a": "", "b": "2"},
            "now pass: tests/t.py::test_a; fail that passed: tests/t.py::test_b.",
        ),
        ({"a": "1"}, {"a": "2"}, "fail otherwise: tests/t.py::test_a."),
    ],
)
def test_feedback_says_what_changed_against_the_attempt_before(
    before: dict[str, str], after: dict[str, str], said: str
) -> None:
    """New failures, gone failures, other failures; and where nothing changed, which idea is dead."""
    failed = Failed(3, 2, "red", run=red(**after), before=red(**before), before_number=2)
    assert said in failure_feedback(failed)
    assert "begun on the code as attempt 2 left it" in failure_feedback(failed)


def test_a_run_without_failing_tests_shows_its_output() -> None:
    """A crash says why only there."""
    run = TestRun("pytest", 3, "all", RunOutcome.CRASHED, {}, 0.1, "INTERNALERROR> boom")
    assert "INTERNALERROR> boom" in failure_feedback(Failed(1, 0, "crashed", run=run))


@given(st.text(max_size=3000), st.text(max_size=3000), st.text(max_size=3000))
def test_feedback_stays_within_its_budget(said: str, idea: str, message: str) -> None:
    """A test that prints a novel does not eat the prompt."""
    made = failure_feedback(Failed(1, 0, said, idea, "+" + "y" * 10_000, red(message)))
    assert len(made.encode("utf-8", "replace")) <= MESSAGE_CAP_BYTES


@given(st.lists(st.text("ab\u00e4", max_size=2000), max_size=6))
def test_the_last_message_is_the_one_in_full(messages: list[str]) -> None:
    """Older ones are cut first, and all of them fit."""
    made = fitting(messages, 2800)
    assert len(made.encode()) <= 2800
    assert not messages or made.endswith(cut(messages[-1], MESSAGE_CAP_BYTES))


def test_other_peoples_frames_are_left_out() -> None:
    """A traceback through the interpreter's own files says nothing about the repository."""
    message = (
        'Traceback (most recent call last):\n  File "/usr/lib/python3.8/unittest/case.py", line 60, in run\n    yield\n'
        '  File "tests/t.py", line 3, in test_a\n    self.assertEqual(f(1), 2)\n'
        '  File "/usr/lib/python3.8/unittest/case.py", line 912, in assertEqual\n    raise\nAssertionError: 1 != 2'
    )
    assert told(TestResult(TestOutcome.FAILED, "", message)).splitlines() == [
        "AssertionError: 1 != 2",
        '  File "tests/t.py", line 3, in test_a',
        "    self.assertEqual(f(1), 2)",
    ]


def test_the_errors_own_words_come_before_where_it_came_from() -> None:
    """Of a traceback through many frames the last ones are told, as many as there is room for; the error always is."""
    frames = "".join(f'  File "src/a.py", line {n}, in f\n    return f({n}, "{"x" * 40}")\n' for n in range(30))
    began = f"Traceback (most recent call last):\n{frames}"
    words = "ValueError: expected ['a', 'b']\n  but was ['a']"
    between = (
        "KeyError: 'first'\n    indented\n\nDuring handling of the above exception, another exception occurred:\n\n"
    )
    said = told(TestResult(TestOutcome.FAILED, "", f"{began}{between}{began}{words}"))
    assert said.startswith(words)
    assert said.endswith(frames.splitlines()[-1])
    assert said.count("line 29, in f") == 1
    assert "line 0, in f" not in said
    assert "indented" not in said
    assert len(said) <= FAILURE_CAP_BYTES


PYTEST = """AssertionError: no such
assert {'a': 3} == {'a': 4}  Use -v to get the full diff
tmp = '/x'

    def test_c(tmp):
>       check({'a': 3})

tests/test_a.py:11:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

a = {'a': 3}

    def check(a):
        # a = {}
>       assert a == {'a': 4}, "no such"
E       AssertionError: no such
E       assert {'a': 3} == {'a': 4}
E         Differing items:
E         Use -v to get the full diff

src/shop.py:3: AssertionError
"""


def test_what_pytest_prints_is_told_as_a_traceback() -> None:
    """The error's words once, then where it came from and what was given; the tests' source is shown elsewhere."""
    assert told(TestResult(TestOutcome.FAILED, "", PYTEST)).splitlines() == [
        "AssertionError: no such",
        "assert {'a': 3} == {'a': 4}",
        "  Differing items:",
        '  File "tests/test_a.py", line 11',
        "    check({'a': 3})",
        "    with tmp = '/x'",
        '  File "src/shop.py", line 3',
        """    assert a == {'a': 4}, "no such\"""",
        "    with a = {'a': 3}",
    ]


def test_an_endless_recursion_shows_what_it_goes_through() -> None:
    """Not the same frame as often as there is room for."""
    frames = "src/a.py:1: in start\n    walk()\n" + "src/a.py:5: in walk\n    return walk()\n" * 50
    said = told(TestResult(TestOutcome.FAILED, "", f"{frames}src/b.py:2: in key\n    len()\nE   RecursionError: no\n"))
    assert said.splitlines()[1::2] == [
        '  File "src/a.py", line 1, in start',
        '  File "src/a.py", line 5, in walk',
        '  File "src/b.py", line 2, in key',
    ]


def test_a_short_traceback_of_pytest_keeps_its_code() -> None:
    """It stands below its place there, without the marks under it."""
    short = """tests/test_a.py:11: in test_a
    check(3)
/usr/lib/python3/x.py:9: in call
    return f()
src/shop.py:3: in check
    return cart[key]
           ^^^^^^^^^
E   KeyError: 3
"""
    assert told(TestResult(TestOutcome.FAILED, "", short)).splitlines() == [
        "KeyError: 3",
        '  File "tests/test_a.py", line 11, in test_a',
        "    check(3)",
        '  File "src/shop.py", line 3, in check',
        "    return cart[key]",
    ]


def test_of_a_chain_the_last_error_speaks_and_foreign_places_are_left_out() -> None:
    """As with Python's own tracebacks; a message that was cut before its place still has its words."""
    foreign = "\n".join([">   return f()", "E   KeyError: 1", "", "/usr/lib/python3/x.py:9: KeyError", PYTEST])
    said = told(TestResult(TestOutcome.FAILED, "", foreign))
    assert said.startswith("AssertionError: no such\nassert")
    assert "KeyError" not in said
    assert "x.py" not in said
    assert told(TestResult(TestOutcome.FAILED, "", "brief\n[...]\nE   ValueError: 3")) == "ValueError: 3"


def test_marks_below_lines_that_differ_are_left_out() -> None:
    """They would take the room of the lines."""
    said = told(TestResult(TestOutcome.FAILED, "", "AssertionError: 'a?' != 'b?'\n- a?\n? ^\n+ b?\n?  ++^\n"))
    assert said.rstrip() == "AssertionError: 'a?' != 'b?'\n- a?\n+ b?"


def test_cutting_leaves_whole_lines_where_there_are_some() -> None:
    """Half a line helps nobody; one long line is cut all the same."""
    text = cut("\n".join(f"line {n:03} of many" for n in range(100)), 200)
    assert all(len(line) == 16 or line == "[...]" for line in text.split("\n"))
    assert "[...]" in cut("x" * 300 + "\n" + "y" * 300, 200)


def test_two_green_attempts_are_no_dead_idea() -> None:
    """Where nothing failed, no failure is the same as before."""
    green = TestRun("pytest", 0, "all", RunOutcome.GREEN, {"t.py::a": TestResult(TestOutcome.PASSED)}, 0.1)
    said = failure_feedback(Failed(2, 0, "not shown to last", run=green, before=green, before_number=1))
    assert "dead" not in said
    assert "all pass" in said


def test_what_a_change_breaks_is_told_in_place_of_what_is_green() -> None:
    """A green log says nothing; the test that worked before has its failure told."""
    green = replace(red(a=""), outcome=RunOutcome.GREEN, output="1 passed")
    broken = {"tests/old.py::test_old": TestResult(TestOutcome.FAILED, "fp", "assert 3 == 4")}
    said = failure_feedback(Failed(1, 0, "one is lost", "an idea", DIFF, green, broken=broken))
    assert "it breaks what worked: tests/old.py::test_old" in said
    assert "one is lost" not in said  # which only names the same tests once more
    assert "assert 3 == 4" in said
    assert "1 passed" not in said


def test_of_a_long_change_what_it_added_is_told() -> None:
    """What it took away can be seen in the code."""
    diff = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n" + "-    old = 1\n" * 60 + "+    new = 2\n"
    said = failure_feedback(Failed(1, 0, "red", diff=diff))
    assert "It changed:\nx.py\n+    new = 2" in said
    short = failure_feedback(Failed(1, 0, "red", diff=diff.replace("-    old = 1\n" * 60, "-    old = 1\n")))
    assert "x.py\n-    old = 1\n+    new = 2" in short


def test_a_move_is_told_by_what_stands_beside_it() -> None:
    """Taken away here and added there it would read like nothing; what is further off says no more."""
    diff = "--- a/x.py\n+++ b/x.py\n@@ -1,5 +1,5 @@ def f():\n far\n one\n+move\n two\n three\n-move\n"
    assert "It changed:\nx.py\n one\n+move\n two\n three\n-move" in failure_feedback(Failed(1, 0, "red", diff=diff))


def test_cutting_keeps_both_ends() -> None:
    """The middle goes, also between the bytes of one character."""
    text = cut("start" + "\u00e4" * 500 + "end", 100)
    assert text.startswith("start")
    assert text.endswith("end")
    assert len(text.encode()) <= 100
