"""A place that Python's syntax tree names is found in the text."""

from __future__ import annotations

import ast

import pytest

from runner.engines.search.source import Source, units_of


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("odd", ["\f", "s = 'a\u2028b'", "s = 'a\x85b'", "# a\x0bb", "s = 'a\x1cb'"])
def test_lines_end_where_python_ends_them(odd: str, end: str) -> None:
    """Form feeds and separators of Unicode end none, however the file ends its own."""
    source = Source("a.py", end.join([odd, "", "def f(x):", "    return 'ä' + x", ""]))
    returned = next(node for node in ast.walk(source.tree) if isinstance(node, ast.Return))
    assert source.segment(returned) == "return 'ä' + x"
    assert source.line_at(source.span(returned)[0]) == 4
    (unit,) = units_of(source, 0)
    assert source.text[unit.start : unit.end] == f"def f(x):{end}    return 'ä' + x{end}"
