"""Candidates that call what was not called, call something similar, or call more: methods of the value itself. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from runner.engines.search.families.names import partners
from runner.engines.search.pieces import ATOM, TERNARY, Piece, attribute, call, comparison
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change

DUNDER_PAIRS: Final = (("__name__", "__qualname__"), ("__str__", "__repr__"), ("__dict__", "__slots__"))
CLOSE: Final = 0.5
TRUTHS: Final = (("is", "True"), ("is", "False"), ("is not", "True"), ("is not", "False"))


def call_or_not(site: Site) -> Iterator[Draft]:
    """The value called, called if it can be, or the method itself instead of what it returns."""
    if not site.is_value or site.is_owner:
        return
    if isinstance(site.node, ast.Attribute | ast.Name):
        called = Piece(f"{site.piece.within(ATOM)}()")
        known = site.kinds is not None and site.kinds & {"function", "method", "type"}
        yield site.replace(1.6 if known else 3.4, called)
        guarded = f"{called.text} if callable({site.piece.text}) else {site.piece.text}"
        yield site.replace(2.0 if known else 3.0, Piece(guarded, TERNARY))


def similar_member(site: Site) -> Iterator[Draft]:
    """Another attribute or method of the same object, the more alike in name the likelier."""
    if not isinstance(site.node, ast.Attribute) or site.stored:
        return
    _, end = site.view.source.span(site.node)
    span = (end - len(site.node.attr), end)
    for name in partners(DUNDER_PAIRS, site.node.attr):
        yield Draft(1.8, (Change(*span, name),))
    offered = _offered(site, site.node.value)
    similar = [name for name in get_close_matches(site.node.attr, offered, n=6, cutoff=CLOSE) if name != site.node.attr]
    asked = [name for name in site.view.file.clues.names if name in offered and name not in {*similar, site.node.attr}]
    ranked = [*((2.2 + 0.1 * place, name) for place, name in enumerate(similar)), *((2.8, name) for name in asked)]
    yield from (Draft(prior, (Change(*span, name),)) for prior, name in ranked)


def _offered(site: Site, owner: ast.expr) -> list[str]:
    """What the objects that a name, or an attribute of one, was seen with offer."""
    match owner:
        case ast.Name(id=name):
            return list(site.view.members(name, site.environment))
        case ast.Attribute(value=ast.Name(id=name), attr=part):
            return list(site.view.members(f"{name}.{part}", site.environment))
    return []


def call_method_of(site: Site) -> Iterator[Draft]:
    """A method of the value that needs no arguments, called on it: one that the file calls so, or a common one."""
    if not site.is_value or site.is_owner or isinstance(site.node, ast.Constant | ast.Compare | ast.BoolOp):
        return
    offered = set(_offered(site, site.node))
    for method in sorted(site.view.file.bare_methods | ({"copy", "clone"} & offered)):
        if not offered or method in offered:
            yield site.replace(3.0 if offered else 3.8, Piece(f"{attribute(site.piece, method).text}()"))


def ask_predicate(site: Site) -> Iterator[Draft]:
    """What the value says of itself instead of its truth; and that compared with a truth value."""
    if not site.is_condition or isinstance(site.node, ast.Constant | ast.Compare | ast.BoolOp | ast.UnaryOp):
        return
    for predicate in sorted(site.view.file.predicates - site.view.file.methods):
        asked = attribute(site.piece, predicate)
        yield site.replace(3.0, asked)
        for operator, truth in TRUTHS[:2]:
            yield site.replace(3.4, Piece(f"{asked.text} {operator} {truth}", 5))
    for operator, truth in TRUTHS:
        yield site.replace(2.8, Piece(f"{site.piece.within(6)} {operator} {truth}", 5))


def wrap_in_borrowed(site: Site) -> Iterator[Draft]:
    """A function that the file imports or calls with one argument, around the value."""
    if not site.is_value or site.is_owner or site.is_condition or isinstance(site.node, ast.Constant):
        return
    for name in sorted(site.view.file.imported_functions):
        yield site.replace(3.2, call(name, site.piece))
    for name in sorted(site.view.file.unary_callees - site.view.file.imported_functions):
        yield site.replace(3.8, call(name, site.piece))


def wrap_both_sides(site: Site) -> Iterator[Draft]:
    """The same function around both sides of a comparison."""
    node = site.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    left, right = site.part(node.left), site.part(node.comparators[0])
    for name in ("repr", "str", "set", "sorted", "list", "tuple", "len", "abs", "type", "id"):
        yield site.replace(3.2, comparison(call(name, left), type(node.ops[0]), call(name, right)))
    for method in ("lower", "strip"):
        sides = [Piece(f"{attribute(side, method).text}()") for side in (left, right)]
        yield site.replace(3.4, comparison(sides[0], type(node.ops[0]), sides[1]))
