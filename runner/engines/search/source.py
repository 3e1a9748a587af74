"""Where every syntax node stands in a file's text, and which functions a candidate may change. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import accumulate
from typing import Final

from runner.syntax_tree import syntax_tree

Function = ast.FunctionDef | ast.AsyncFunctionDef

OUTSIDE: Final = "<module>"
"""The name of the unit that holds what stands outside functions."""


@dataclass(frozen=True, slots=True)
class Change:
    """Replace the characters from `start` up to `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """An outermost function: its node, its whole lines' span in the file, and the classes it stands in.

    `prefix` is what must stand before those lines so that they compile alone, `first_line` where Python says that
    the function begins.
    """

    number: int
    path: str
    node: Function
    qualified_name: str
    prefix: str
    start: int
    end: int
    first_line: int


class Source:
    """One file's text and syntax tree; offsets count characters. Raises one of UNREADABLE."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = syntax_tree(text)
        self.lines = lines_of(text)
        self._starts = [0, *accumulate(len(line) for line in self.lines)]

    def offset(self, line: int, column_bytes: int) -> int:
        """The offset of a place as `ast` gives it: 1-based line, UTF-8 bytes before it."""
        start = self._starts[line - 1]
        if line > len(self.lines) or self.lines[line - 1].isascii():
            return start + column_bytes
        return start + len(self.lines[line - 1].encode()[:column_bytes].decode())

    def line_start(self, line: int) -> int:
        """The offset of a line's first character; the end of the text for the line after the last."""
        return self._starts[min(line - 1, len(self._starts) - 1)]

    def line_at(self, offset: int) -> int:
        """The 1-based line that holds the offset."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low + 1

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> tuple[int, int]:
        """The node's own characters, without parentheses around it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> str:
        """The node's own text."""
        start, end = self.span(node)
        return self.text[start:end]


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as Python counts them; `str.splitlines` would end one at a form feed as well."""
    return [*StringIO(text, newline="")]


def apply_changes(text: str, changes: tuple[Change, ...]) -> str:
    """The text with every change made; they are in order and do not overlap."""
    parts, position = [], 0
    for change in changes:
        parts += [text[position : change.start], change.text]
        position = change.end
    return "".join(parts) + text[position:]


def units_of(source: Source, first_number: int) -> tuple[Unit, ...]:
    """Every outermost function of the file: module level, methods, and those under an `if` or `try`."""
    found = list(_outermost(source.tree.body, ()))
    return tuple(_unit(source, first_number + at, node, inside) for at, (node, inside) in enumerate(found))


def constants_of(source: Source, number: int) -> Unit:
    """The file's assignments outside functions, as if they were a function's body."""
    body = list(_assignments(source.tree.body))
    node = ast.FunctionDef(name=OUTSIDE, args=ast.arguments([], [], None, [], [], None, []), body=body,
                           decorator_list=[], lineno=1, col_offset=0, end_lineno=len(source.lines))  # fmt: skip
    return Unit(number, source.path, node, OUTSIDE, "", 0, len(source.text), 1)


def _assignments(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _assignments(statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _defaults(statement)


def _defaults(function: Function) -> Iterator[ast.stmt]:
    """The parameters' defaults, each as if it were assigned."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    named = [*zip(reversed(positional), reversed(given.defaults), strict=False)]
    named += [(one, value) for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is not None]
    for argument, value in named:
        target = ast.copy_location(ast.Name(argument.arg, ast.Store()), argument)
        yield ast.copy_location(ast.Assign([target], value), value)


def _outermost(body: list[ast.stmt], inside: tuple[str, ...]) -> Iterator[tuple[Function, tuple[str, ...]]]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement, inside
        elif isinstance(statement, ast.ClassDef):
            yield from _outermost(statement.body, (*inside, f"class {statement.name}:"))
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            for block in blocks_of(statement):
                yield from _outermost(block, (*inside, "if 1:"))


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists inside a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block and isinstance(block[0], ast.stmt):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _unit(source: Source, number: int, node: Function, inside: tuple[str, ...]) -> Unit:
    assert node.end_lineno is not None
    classes = [line.removeprefix("class ").removesuffix(":") for line in inside if line.startswith("class ")]
    return Unit(
        number=number,
        path=source.path,
        node=node,
        qualified_name=".".join([*classes, node.name]),
        prefix="".join(" " * depth + line + "\n" for depth, line in enumerate(inside)),
        start=source.line_start(node.lineno),
        end=source.line_start(node.end_lineno + 1),
        first_line=min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]),
    )
