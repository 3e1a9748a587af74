"""Long docstrings are known for what they are, and only they."""

from __future__ import annotations

import pytest

from runner.engines.docstrings import FIRST_LINES, LONGEST_LINES, spare_lines


def documented(lines: int, head: str = "def f():") -> str:
    """Code with a docstring of so many lines."""
    return f'{head}\n    """One.\n' + "    two\n" * (lines - 2) + '    """\n    return 1\n'


@pytest.mark.parametrize("head", ["def f():", "class F:", "async def f():"])
def test_of_a_long_docstring_beginning_and_end_stay(head: str) -> None:
    """What it is about stands in its first lines, and an edit needs its last one."""
    assert spare_lines("a.py", documented(30, head)) == frozenset(range(2 + FIRST_LINES, 31))


def test_a_short_one_stays_whole() -> None:
    """To leave a few lines out takes as many words."""
    assert not spare_lines("a.py", documented(LONGEST_LINES))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", documented(30)),
        ("a.py", documented(30).replace("return 1", "return (")),
        ("a.py", documented(30, "TEXT = (").replace("return 1", ")")),
    ],
)
def test_nothing_else_is_left_out(path: str, text: str) -> None:
    """Another language, code that does not parse, and texts that the code uses."""
    assert not spare_lines(path, text)
