"""What speaks against a change that turns the tests green."""

from __future__ import annotations

import ast

import pytest

from runner.engines.search.rank import is_weaker
from runner.engines.search.source import Function

GUARDED = "def f(x):\n    if x != 1:\n        raise ValueError\n    return g(x)\n"


def function(source: str) -> Function:
    """The one function of a text."""
    found = ast.parse(source).body[0]
    assert isinstance(found, ast.FunctionDef)
    return found


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("x != 1", "x == 1"),
        ("x != 1", "not x != 1"),
        ("if x != 1", "if False"),
        ("        raise ValueError\n", "        return None\n"),
        ("return g(x)", "return 0\n    return g(x)"),
    ],
)
def test_what_takes_an_error_away_is_weaker(was: str, becomes: str) -> None:
    """Turned around it is raised for all that went well so far."""
    assert is_weaker(function(GUARDED), function(GUARDED.replace(was, becomes)))


@pytest.mark.parametrize(("was", "becomes"), [("x != 1", "x != 2"), ("x != 1", "x > 1"), ("g(x)", "g(not x)")])
def test_another_condition_is_not(was: str, becomes: str) -> None:
    """A repair may ask something else."""
    assert not is_weaker(function(GUARDED), function(GUARDED.replace(was, becomes)))


def test_turning_a_condition_that_guards_no_error_is_not() -> None:
    """That is a common repair."""
    plain = "def f(x):\n    if x in y:\n        return 1\n    return 2\n"
    assert not is_weaker(function(plain), function(plain.replace("x in y", "x not in y")))
