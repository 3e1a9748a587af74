"""Where tokens and whole lines stand that the syntax tree has no positions for. Pure."""

from __future__ import annotations

import ast
import re

from runner.engines.search.source import Source, lines_of


def between(source: Source, left: ast.expr, right: ast.expr, pattern: str) -> tuple[int, int] | None:
    """The span of a token between two neighbouring expressions; None where a comment could hold it too."""
    start, end = source.span(left)[1], source.span(right)[0]
    gap = source.text[start:end]
    found = None if "#" in gap else re.search(pattern, gap)
    return (start + found.start(), start + found.end()) if found else None


def whole_lines(source: Source, first: ast.stmt, last: ast.stmt) -> tuple[int, int] | None:
    """The span of all lines from one statement to another; None where they share a line with something else."""
    start, _ = source.span(first)
    _, end = source.span(last)
    begin = source.line_start(first.lineno)
    after = source.line_start(source.line_at(end) + 1)
    decorators = getattr(first, "decorator_list", ())
    rest = source.text[end:after].strip()
    if decorators or source.text[begin:start].strip() or (rest and not rest.startswith("#")):
        return None
    return begin, after


def indentation(source: Source, statement: ast.stmt) -> str | None:
    """The white space before a statement; None if something else stands before it on its line."""
    start, _ = source.span(statement)
    before = source.text[source.line_start(statement.lineno) : start]
    return None if before.strip() else before


def reindented(source: Source, span: tuple[int, int], old: str, new: str) -> str | None:
    """Whole lines with another indentation; None where that would change a string that spans lines."""
    text = source.text[slice(*span)]
    if '"""' in text or "'''" in text:
        return None
    lines = [new + line.removeprefix(old) if line.strip() else line for line in lines_of(text)]
    return ended("".join(lines))


def ended(text: str) -> str:
    """The text with a newline at its end."""
    return text if text.endswith("\n") else text + "\n"
