"""Candidates that change an operator, or swap or drop its operands. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from runner.engines.search.families.spelling import between
from runner.engines.search.kinds import CONTAINERS
from runner.engines.search.pieces import (
    BINARY,
    COMPARISON,
    Piece,
    binary,
    comparison,
    constant,
    strength_of,
)
from runner.engines.search.sites import Draft, Site, StatementSite
from runner.engines.search.source import Change

NEAR: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
GROUPS = (
    {ast.Add, ast.Sub},
    {ast.Mult, ast.Div, ast.FloorDiv, ast.Mod},
    {ast.BitAnd, ast.BitOr, ast.BitXor},
    {ast.LShift, ast.RShift},
)
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)


def change_comparison(site: Site) -> Iterator[Draft]:
    """Another comparison: the near one first, then the rest, then one with its constant moved too."""
    if not isinstance(site.node, ast.Compare):
        return
    operands = [site.node.left, *site.node.comparators]
    for operator, left, right in zip(site.node.ops, operands, operands[1:], strict=False):
        token = between(site.view.source, left, right, re.escape(COMPARISON[type(operator)]).replace(r"\ ", r"\s+"))
        if token is None:
            continue
        for prior, other in _other_comparisons(type(operator)):
            swap = Change(*token, COMPARISON[other])
            yield Draft(prior, (swap,))
            if prior <= 1.6 and isinstance(right, ast.Constant) and type(right.value) is int:
                for moved in (right.value - 1, right.value + 1):
                    number = Change(*site.view.source.span(right), constant(moved).within(6))
                    yield Draft(3.0, (swap, number))


def _other_comparisons(operator: type[ast.cmpop]) -> Iterator[tuple[float, type[ast.cmpop]]]:
    near = NEAR[operator]
    yield 1.0, near
    if operator in ORDERED:
        yield from ((1.6, other) for other in ORDERED if other not in {operator, near})
    if operator is ast.Eq:
        yield from ((2.8, ast.Is), (2.8, ast.In))
    if operator is ast.Is:
        yield 2.2, ast.Eq
    if operator is ast.IsNot:
        yield 2.2, ast.NotEq


def change_arithmetic(site: Site) -> Iterator[Draft]:
    """Another binary operator; one of the same group first."""
    if not isinstance(site.node, ast.BinOp):
        return
    node, old = site.node, type(site.node.op)
    token = between(site.view.source, node.left, node.right, re.escape(BINARY[old][0]))
    for prior, new in _other_operators(old):
        far = prior > 1.5
        if far and site.kinds and site.kinds & CONTAINERS:
            continue
        if token is not None and BINARY[new][1] == BINARY[old][1]:
            yield Draft(prior, (Change(*token, BINARY[new][0]),))
        else:
            yield site.replace(prior, binary(site.part(node.left), new, site.part(node.right)))


def _other_operators(old: type[ast.operator]) -> Iterator[tuple[float, type[ast.operator]]]:
    for new in (*ARITHMETIC, *BITWISE):
        if new is not old:
            near = any(new in group and old in group for group in GROUPS)
            yield (1.5 if near else 3.2 if new in BITWISE else 2.4), new


def swap_operands(site: Site) -> Iterator[Draft]:
    """Left and right of a comparison or a binary operator, the other way round."""
    if isinstance(site.node, ast.Compare) and len(site.node.ops) == 1:
        left, right = site.part(site.node.left), site.part(site.node.comparators[0])
        yield site.replace(2.2, comparison(right, type(site.node.ops[0]), left))
    elif isinstance(site.node, ast.BinOp):
        yield site.replace(2.2, binary(site.part(site.node.right), type(site.node.op), site.part(site.node.left)))
    elif isinstance(site.node, ast.IfExp):
        node = site.node
        text = (
            f"{site.part(node.orelse).within(2)} if {site.part(node.test).within(2)} else {site.part(node.body).text}"
        )
        yield site.replace(2.2, Piece(text, strength_of(node)))


def drop_operand(site: Site) -> Iterator[Draft]:
    """One operand alone."""
    match site.node:
        case ast.BinOp():
            yield site.replace(2.0, site.part(site.node.left))
            yield site.replace(2.0, site.part(site.node.right))
        case ast.UnaryOp():
            yield site.replace(2.0, site.part(site.node.operand))
        case ast.IfExp():
            yield site.replace(2.5, site.part(site.node.body))
            yield site.replace(2.5, site.part(site.node.orelse))


def change_augmented(site: StatementSite) -> Iterator[Draft]:
    """Another operator in `x += y`, or a plain assignment; or an operator in a plain assignment."""
    statement = site.statement
    source = site.view.source
    if isinstance(statement, ast.AugAssign):
        old = type(statement.op)
        token = between(source, statement.target, statement.value, re.escape(BINARY[old][0]) + "=")
        if token is not None:
            for prior, new in _other_operators(old):
                yield Draft(min(prior, 2.6) - 0.1, (Change(*token, BINARY[new][0] + "="),))
            yield Draft(2.6, (Change(*token, "="),))
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        token = between(source, statement.targets[0], statement.value, "=")
        if token is not None and not isinstance(statement.targets[0], ast.Tuple):
            for sign in ("+=", "-=", "|=", "*="):
                yield Draft(2.8, (Change(*token, sign),))
