"""Code is written out as far as Python can, and what it cannot write has no text."""

from __future__ import annotations

import ast

import pytest

from runner.verify.python_text import is_plain, written


def expression(code: str) -> ast.expr:
    """The tree of one expression."""
    return ast.parse(code, mode="eval").body


def test_code_is_written_as_python_writes_it() -> None:
    """One layout for all."""
    assert written(expression("f( 'a',2 )")) == "f('a', 2)"


@pytest.mark.parametrize(
    "code", [f"0x{'f' * 4000}", f"x{'.a()' * 500}", "+".join(["x"] * 900)], ids=["long", "chain", "sum"]
)
def test_what_nobody_could_read_has_no_text(code: str) -> None:
    """A number of thousands of digits, and what nests hundreds deep."""
    assert written(expression(code)) == ""


@pytest.mark.parametrize("code", ["1", "-1", "'a'", "[1, (2, {'a': {3}})]", "1 + 2j", "None"])
def test_a_value_that_is_written_out_is_plain(code: str) -> None:
    """Constants, and collections of them."""
    assert is_plain(expression(code))


@pytest.mark.parametrize("code", ["x", "f()", "[x]", "{**{}}", "(- -5, 1)", "{[]}", "+".join(["[1]"] * 900)])
def test_what_has_to_be_worked_out_is_not(code: str) -> None:
    """Names, calls, and what Python itself reads no value of."""
    assert not is_plain(expression(code))
