"""How new expressions are written: text with its binding strength, parenthesised only where it must be. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from runner.engines.search.source import Source

LOOSE: Final = 0
TERNARY: Final = 1
OR: Final = 2
AND: Final = 3
NOT: Final = 4
COMPARE: Final = 5
UNARY: Final = 12
POWER: Final = 13
AWAIT: Final = 14
ATOM: Final = 15

BINARY: Final[dict[type[ast.operator], tuple[str, int]]] = {
    ast.BitOr: ("|", 6),
    ast.BitXor: ("^", 7),
    ast.BitAnd: ("&", 8),
    ast.LShift: ("<<", 9),
    ast.RShift: (">>", 9),
    ast.Add: ("+", 10),
    ast.Sub: ("-", 10),
    ast.Mult: ("*", 11),
    ast.Div: ("/", 11),
    ast.FloorDiv: ("//", 11),
    ast.Mod: ("%", 11),
    ast.MatMult: ("@", 11),
    ast.Pow: ("**", POWER),
}
"""Operator -> how it is written and how strongly it binds."""

COMPARISON: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression's text and how strongly its outermost operator binds."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """The text as an operand that must bind at least this strongly."""
        return self.text if self.strength >= strength else f"({self.text})"


def strength_of(node: ast.expr) -> int:
    """How strongly the node's outermost operator binds."""
    match node:
        case ast.BinOp():
            return BINARY[type(node.op)][1]
        case ast.BoolOp():
            return OR if isinstance(node.op, ast.Or) else AND
        case ast.UnaryOp():
            return NOT if isinstance(node.op, ast.Not) else UNARY
        case ast.Compare():
            return COMPARE
        case ast.IfExp() | ast.Lambda():
            return TERNARY
        case ast.Constant(value=int() | float() | complex()) | ast.Await():
            return AWAIT
        case ast.Tuple() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr() | ast.Starred():
            return LOOSE
    return ATOM


def piece(source: Source, node: ast.expr) -> Piece:
    """The node as it is written in the file, on one line."""
    text = source.segment(node)
    if "\n" in text or isinstance(node, ast.GeneratorExp):
        text = ast.unparse(node)
    tuple_in_parentheses = isinstance(node, ast.Tuple) and text.startswith("(")
    return Piece(text, ATOM if tuple_in_parentheses else strength_of(node))


def constant(value: object) -> Piece:
    """A literal."""
    negative = isinstance(value, int) and not isinstance(value, bool) and value < 0
    return Piece(repr(value), UNARY if negative else AWAIT)


def binary(left: Piece, operator: type[ast.operator], right: Piece) -> Piece:
    """`left operator right`."""
    sign, strength = BINARY[operator]
    tighter = (strength + 1, strength) if operator is ast.Pow else (strength, strength + 1)
    return Piece(f"{left.within(tighter[0])} {sign} {right.within(tighter[1])}", strength)


def comparison(left: Piece, operator: type[ast.cmpop], right: Piece) -> Piece:
    """`left operator right`."""
    return Piece(f"{left.within(COMPARE + 1)} {COMPARISON[operator]} {right.within(COMPARE + 1)}", COMPARE)


def either(left: Piece, right: Piece) -> Piece:
    """`left or right`."""
    return Piece(f"{left.within(OR)} or {right.within(OR)}", OR)


def both(left: Piece, right: Piece) -> Piece:
    """`left and right`."""
    return Piece(f"{left.within(AND)} and {right.within(AND)}", AND)


def negation(operand: Piece) -> Piece:
    """`not operand`."""
    return Piece(f"not {operand.within(NOT)}", NOT)


def negative(operand: Piece) -> Piece:
    """`-operand`."""
    return Piece(f"-{operand.within(UNARY)}", UNARY)


def call(function: str, *arguments: Piece) -> Piece:
    """`function(arguments)`."""
    return Piece(f"{function}({', '.join(a.within(TERNARY) for a in arguments)})")


def attribute(owner: Piece, name: str) -> Piece:
    """`owner.name`."""
    return Piece(f"{owner.within(ATOM)}.{name}")


def subscript(owner: Piece, inside: str) -> Piece:
    """`owner[inside]`."""
    return Piece(f"{owner.within(ATOM)}[{inside}]")


def required_strength(parent: ast.AST, field: str) -> int:
    """How strongly an expression must bind to stand in that field of its parent without parentheses."""
    match parent:
        case ast.BinOp():
            looser_side = "right" if isinstance(parent.op, ast.Pow) else "left"
            return strength_of(parent) + (field != looser_side)
        case ast.BoolOp() | ast.Compare():
            return strength_of(parent) + 1
        case ast.UnaryOp():
            return strength_of(parent)
        case ast.IfExp():
            return TERNARY if field == "orelse" else OR
        case ast.comprehension():
            return OR
    return _loosest(parent, field)


def _loosest(parent: ast.AST, field: str) -> int:
    if isinstance(parent, ast.Await) or (field in {"value", "func"} and isinstance(parent, ast.Attribute | ast.Call)):
        return ATOM
    if isinstance(parent, ast.Subscript):
        return ATOM if field == "value" else LOOSE
    if isinstance(parent, ast.Starred):
        return 6
    return LOOSE if isinstance(parent, ast.Assign | ast.Return | ast.Expr) else TERNARY
