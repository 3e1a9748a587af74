"""Candidates that change a constant or move a number by one. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.engines.search.kinds import INTEGER
from runner.engines.search.pieces import Piece, binary, constant, negative
from runner.engines.search.sites import Draft, Site


def change_constant(site: Site) -> Iterator[Draft]:
    """Another number, truth value or string of the function; nearby numbers first."""
    if isinstance(site.node, ast.Constant) and not site.is_statement:
        for prior, other in _others(site.node.value, site):
            if other != site.node.value or type(other) is not type(site.node.value):
                yield site.replace(prior, constant(other))


def _others(value: object, site: Site) -> Iterator[tuple[float, object]]:
    match value:
        case bool():
            yield 1.6, not value
        case int():
            for number in dict.fromkeys((value + 1, value - 1, 0, 1, -1, 2, -value, *site.view.integers)):
                yield (1.6 if abs(number - value) == 1 else 2.2), number
            yield 3.4, None
        case str():
            for text in dict.fromkeys((*site.view.strings, "", value.lower(), value.upper(), value.strip())):
                yield (3.0 if text else 3.4), text
        case None:
            yield from ((3.0, empty) for empty in (False, True, 0, ""))


def move_by_one(site: Site) -> Iterator[Draft]:
    """The expression plus one or minus one, or with its sign changed."""
    if not site.is_value or site.is_owner or isinstance(site.node, ast.Constant | ast.Lambda):
        return
    counts = site.kinds == INTEGER
    may_count = site.kinds is None and isinstance(site.parent, ast.Subscript | ast.Slice | ast.Compare | ast.BinOp)
    if counts or may_count:
        bounded = isinstance(site.parent, ast.Subscript | ast.Slice | ast.Tuple | ast.Call | ast.Compare)
        prior = 3.4 if may_count else 2.0 if bounded else 2.5
        yield site.replace(prior, binary(site.piece, ast.Add, constant(1)))
        yield site.replace(prior, binary(site.piece, ast.Sub, constant(1)))
    if counts:
        yield site.replace(3.2, negative(site.piece))


def return_constant(site: Site) -> Iterator[Draft]:
    """A plain value instead of what is returned."""
    if isinstance(site.parent, ast.Return):
        for value in (None, True, False, 0, ""):
            yield site.replace(3.6, constant(value))
        yield site.replace(3.6, Piece("[]"))
