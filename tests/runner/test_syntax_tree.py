"""Python that nobody would write is read, or said to be unreadable; it never ends a run."""

from __future__ import annotations

import pytest

from runner.edits.syntax import is_readable, syntax_faults
from runner.syntax_tree import MOST_DEEP, UNREADABLE, is_too_deep, syntax_tree
from runner.verify import python_tests
from runner.verify.mutants import is_equivalent
from runner.verify.reported import Style, reported_tests

DEEP = {"a sum": "+".join("a" * 4000), "signs": "-" * 4000 + "a", "not closed": "(" * 400, "a null byte": "\0"}


@pytest.mark.parametrize("code", DEEP.values(), ids=DEEP.keys())
def test_what_python_cannot_read_is_none_of_its_sources(code: str) -> None:
    """Whoever asks gets the answer that a syntax error has."""
    text = f"def test_a():\n    assert {code}\n"
    with pytest.raises(UNREADABLE):
        syntax_tree(text)
    assert python_tests.tests_in("test_a.py", text.encode()) == {}
    assert not is_readable("a.py", text)
    assert "a.py" in syntax_faults({"a.py": text}, {"a.py": ""})[0]
    assert not is_equivalent(text.encode(), text.encode())


@pytest.mark.parametrize("terms", [300, 1200, 4000])
def test_a_task_may_hold_code_of_any_depth(terms: int) -> None:
    """What the parser takes may be too deep to be written anew; a test is made of neither."""
    deep = "+".join(["1"] * terms)
    text = f"`f(1)` should be `{deep}`\n\n```\n>>> f({deep})\nTraceback (most recent call last):\nValueError\n```\n"
    assert all(b"1 + 1" not in made for made in reported_tests(text, Style(["shop"])))


def test_depth_is_that_of_the_deepest_part() -> None:
    """Many lines are not deep."""
    assert not is_too_deep(syntax_tree("x = 1 + 2\n" * 1000))
    assert is_too_deep(syntax_tree("x = " + "+".join("1" * MOST_DEEP)))


def test_odd_escapes_are_no_affair_of_ours() -> None:
    """Python warns of them, and a warning is an error in these tests."""
    assert list(python_tests.tests_in("t.py", b"def test_a():\n    assert '\\d'\n")) == ["t.py::test_a"]
