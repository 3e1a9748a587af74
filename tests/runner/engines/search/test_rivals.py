"""Where two changes that pass the same tests part, and what of it can be believed."""

from __future__ import annotations

from runner.engines.search.rivals import Difference, difference, stable

PASSED = ("passed",)


def test_only_inputs_that_give_the_same_twice_count() -> None:
    """What a candidate does differently from itself says nothing about another one."""
    one = {"f(1)": (("1",), PASSED), "now()": (("12:00",), PASSED)}
    again = {"f(1)": (("1",), PASSED), "now()": (("12:01",), PASSED)}
    assert stable(one, again) == {"f(1)"}


def test_a_value_says_more_than_an_exception() -> None:
    """Of several inputs that tell two changes apart, one on which both end is shown, the shortest first."""
    chosen = {"f(-1)": (("ValueError",),), "f(30)": (("30",), PASSED), "f(3)": (("3",), PASSED)}
    other = {"f(-1)": (("KeyError",),), "f(30)": (("31",), PASSED), "f(3)": (("4",), PASSED)}
    assert difference(chosen, other, frozenset(chosen)) == Difference("f(3)", "3", "4")


def test_changes_that_do_the_same_do_not_differ() -> None:
    """Equal behaviour is no ambiguity, and an input that one of them had no time for says nothing."""
    chosen = {"f(1)": (("1",), PASSED), "f(2)": (("2",), PASSED)}
    assert difference(chosen, {"f(1)": (("1",), PASSED)}, frozenset(chosen)) is None


def test_endings_differ_where_no_value_was_noted() -> None:
    """A change that raises where the other one passes differs from it."""
    found = difference({"f(0)": (PASSED,)}, {"f(0)": (("ZeroDivisionError",),)}, frozenset({"f(0)"}))
    assert found == Difference("f(0)", "passed", "ZeroDivisionError")
