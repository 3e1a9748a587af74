"""The simple conditions that can be asked of what is in scope, likeliest first by a cost. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations

from runner.engines.search.kinds import CONTAINERS, NUMBERS, Environment, Kinds
from runner.engines.search.pieces import Piece, call, comparison, constant, negation, piece
from runner.engines.search.view import FunctionView, Ingredient, size

Atom = tuple[float, Piece]
NOTHING = Piece("None")
AGAINST_NUMBERS: tuple[tuple[float, type[ast.cmpop], int], ...] = (
    *((0.7, ast.Eq, 0), (0.8, ast.Gt, 0), (0.8, ast.Lt, 0), (0.8, ast.NotEq, 0), (1.1, ast.Eq, 1)),
    *((1.2, ast.LtE, 1), (1.3, ast.Gt, 1), (1.2, ast.LtE, 0), (1.2, ast.GtE, 0)),
)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
TYPE_TESTS = {"isinstance", "hasattr", "callable"}


def opposite(view: FunctionView, node: ast.expr) -> Piece:
    """The negated condition; a negation loses its `not`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return piece(view.source, node.operand)
    return negation(piece(view.source, node))


def atoms(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[Atom]:
    """Every simple condition over the function's own conditions, names and parts."""
    for condition in view.conditions:
        if view.readable(condition.names, seen, comprehension):
            yield 0.5, condition.piece
            yield 0.8, opposite(view, condition.node)
    names = [name for name in view.names(seen, comprehension) if seen.get(name)]
    for name in names:
        yield from _of_one(Piece(name), seen[name])
    for one, other in permutations(names, 2):
        yield from _of_two(one, seen[one], other, seen[other])
    for ingredient in view.ingredients:
        if view.readable(ingredient.names, seen, comprehension):
            yield from _of_part(view, ingredient, seen)


def _of_one(name: Piece, kinds: Kinds) -> Iterator[Atom]:
    if kinds <= NUMBERS:
        if "bool" in kinds:
            yield from ((0.0, name), (0.2, negation(name)))
            return
        for cost, operator, number in AGAINST_NUMBERS:
            yield cost, comparison(name, operator, constant(number))
        return
    yield from ((0.0, name), (0.2, negation(name)))
    cost = 0.4 if "NoneType" in kinds else 0.9
    yield cost, comparison(name, ast.Is, NOTHING)
    yield cost, comparison(name, ast.IsNot, NOTHING)
    if kinds & CONTAINERS:
        length = call("len", name)
        yield 1.2, comparison(length, ast.Eq, constant(1))
        yield 1.2, comparison(length, ast.LtE, constant(1))
        yield 1.3, comparison(length, ast.Gt, constant(1))


def _of_two(one: str, one_kinds: Kinds, other: str, other_kinds: Kinds) -> Iterator[Atom]:
    left, right = Piece(one), Piece(other)
    if one < other and one_kinds & other_kinds:
        yield 1.0, comparison(left, ast.Eq, right)
        yield 1.0, comparison(left, ast.NotEq, right)
        if one_kinds <= NUMBERS and other_kinds <= NUMBERS:
            yield from ((1.0, comparison(left, operator, right)) for operator in ORDER)
        elif not one_kinds & CONTAINERS:
            yield 1.3, comparison(left, ast.Is, right)
            yield 1.3, comparison(left, ast.IsNot, right)
    if other_kinds & CONTAINERS and not one_kinds & {"list", "dict", "set"}:
        yield 1.2, comparison(left, ast.In, right)
        yield 1.2, comparison(left, ast.NotIn, right)


def _of_part(view: FunctionView, ingredient: Ingredient, seen: Environment) -> Iterator[Atom]:
    node, part = ingredient.node, ingredient.piece
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name) and size(node) < 8:
        kinds = view.kinds(node, seen)
        if kinds and kinds <= NUMBERS - {"bool"}:
            yield 1.2, comparison(part, ast.Eq, constant(0))
            return
        yield from ((0.6, part), (0.8, negation(part)))
        yield 0.9, comparison(part, ast.Is, NOTHING)
        yield 0.9, comparison(part, ast.IsNot, NOTHING)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TYPE_TESTS:
        yield from ((0.6, part), (0.8, negation(part)))
