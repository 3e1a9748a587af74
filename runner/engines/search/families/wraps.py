"""Candidates that wrap an expression: in arithmetic, a builtin, a slice, an index or a call of the file. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.engines.search.kinds import CONTAINERS, INTEGER, NUMBERS, SEQUENCES, TEXT
from runner.engines.search.pieces import Piece, attribute, binary, call, constant, either, subscript
from runner.engines.search.sites import Draft, Site

WITH_NAMES: tuple[tuple[float, type[ast.operator]], ...] = (
    *((3.3, ast.Sub), (3.3, ast.Add), (4.0, ast.Mult), (4.2, ast.Mod), (4.2, ast.FloorDiv)),
)

CONVERSIONS = ((3.0, "list"), (3.0, "sorted"), (3.6, "set"), (3.6, "reversed"), (3.6, "enumerate"), (4.0, "len"))
NO_PLACE_FOR_A_LIST = (ast.Compare, ast.BinOp, ast.Subscript, ast.Attribute)


def wrap_number(site: Site) -> Iterator[Draft]:
    """Arithmetic with another number in scope, `min`, `max`, `abs`, or a conversion."""
    if not _is_number(site):
        return
    for name in site.names:
        kinds = site.kinds_of(name)
        if kinds and kinds <= NUMBERS - {"bool"}:
            other = Piece(name)
            for prior, operator in WITH_NAMES:
                yield site.replace(prior, binary(site.piece, operator, other))
            yield site.replace(4.2, binary(other, ast.Sub, site.piece))
            yield site.replace(3.4, call("max", site.piece, other))
            yield site.replace(3.4, call("min", site.piece, other))
    for operator in (ast.Pow, ast.Mult, ast.FloorDiv, ast.Div):
        yield site.replace(3.8, binary(site.piece, operator, constant(2)))
    for function in ("max", "min"):
        for number in (0, 1):
            yield site.replace(3.4, call(function, site.piece, constant(number)))
    for prior, function in ((3.6, "abs"), (3.8, "int"), (4.0, "float"), (4.2, "str")):
        yield site.replace(prior, call(function, site.piece))


def _is_number(site: Site) -> bool:
    if not site.kinds or not site.kinds <= NUMBERS - {"bool"}:
        return False
    return site.is_value and not site.is_owner and not isinstance(site.parent, ast.UnaryOp)


def wrap_sequence(site: Site) -> Iterator[Draft]:
    """A slice, an element, or the sequence joined with another one."""
    known = bool(site.kinds and site.kinds & SEQUENCES)
    possible = known or (site.kinds is None and _may_hold(site.node))
    if site.is_value and possible:
        yield from _sequences(site, 0.0 if known or site.is_iterated else 1.0)


def _sequences(site: Site, doubt: float) -> Iterator[Draft]:
    for prior, inside in _parts(site):
        yield site.replace(prior + doubt, subscript(site.piece, inside))
    for name in () if site.is_owner else site.names:
        kinds = site.kinds_of(name) & SEQUENCES
        if kinds and kinds & (site.kinds or kinds):
            yield site.replace(3.4 + doubt, binary(site.piece, ast.Add, Piece(name)))
            yield site.replace(3.4 + doubt, binary(Piece(name), ast.Add, site.piece))


def _parts(site: Site) -> Iterator[tuple[float, str]]:
    """What can stand in brackets behind a sequence."""
    yield from ((3.6, "1:"), (3.6, ":-1"), (4.0, "::-1"), (3.8, "0"), (3.8, "-1"))
    for name in site.names:
        if site.kinds_of(name) == INTEGER:
            yield from ((3.6, f"{name}:"), (3.6, f":{name}"), (3.9, name))


def _may_hold(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Call | ast.ListComp | ast.Subscript | ast.Attribute)


def wrap_container(site: Site) -> Iterator[Draft]:
    """A copy, an order, a length; or a list around the value."""
    if not site.is_value:
        return
    if site.is_iterated or (site.kinds and site.kinds & CONTAINERS):
        later = 0.0 if site.is_iterated else 0.4
        for prior, function in CONVERSIONS:
            yield site.replace(prior + later, call(function, site.piece))
    if not (site.is_iterated or isinstance(site.parent, NO_PLACE_FOR_A_LIST)):
        yield site.replace(3.6, Piece(f"[{site.piece.within(1)}]"))


def wrap_text(site: Site) -> Iterator[Draft]:
    """A conversion to text, or text in another form."""
    if not site.is_value or site.is_owner:
        return
    if site.kinds == TEXT:
        for method in ("lower", "upper", "strip"):
            yield site.replace(4.2, Piece(attribute(site.piece, method).text + "()"))
    if (site.kinds is None and _may_hold(site.node)) or (site.kinds and not site.kinds <= {"str", "bool"}):
        yield site.replace(4.2, call("str", site.piece))


def wrap_in_function(site: Site) -> Iterator[Draft]:
    """A function of the file that takes one argument, around the value."""
    if site.is_value and not site.is_owner and not isinstance(site.node, ast.Constant):
        for name, arity in site.view.file.arity.items():
            if arity == 1:
                yield site.replace(4.3, call(name, site.piece))


def or_default(site: Site) -> Iterator[Draft]:
    """Something else when the value is empty."""
    if not site.is_value or site.is_owner or site.is_condition or isinstance(site.node, ast.Constant | ast.Compare):
        return
    prior = 3.8 if isinstance(site.parent, ast.Return) else 4.6
    for text in ("None", "''", "[]", "0", "{}"):
        yield site.replace(prior, either(site.piece, Piece(text)))
    if site.kinds is None or "NoneType" in site.kinds:
        for name in site.names:
            yield site.replace(4.6, either(site.piece, Piece(name)))
