"""Which types an expression can have, from what the trace saw and what Python's own functions return. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

Kinds = frozenset[str]
"""Names of types; None instead of a set means that nothing is known."""

Environment = Mapping[str, Kinds]
"""Name, `name[]` (an element) or `name.attribute` -> the types it was seen with."""

TEXT: Final = frozenset({"str"})
TRUTH: Final = frozenset({"bool"})
INTEGER: Final = frozenset({"int"})
NUMBERS: Final = frozenset({"int", "float", "complex", "bool"})
SEQUENCES: Final = frozenset({"list", "tuple", "str", "bytes"})
CONTAINERS: Final = SEQUENCES | {
    *("dict", "set", "frozenset", "deque", "defaultdict", "Counter", "OrderedDict", "range"),
}
CALLABLE: Final = frozenset({"function", "type", "module", "builtin_function_or_method", "method"})

_RESULTS: Final[dict[str, str]] = {
    **dict.fromkeys(("len", "int", "ord", "find", "rfind", "index", "count", "hash", "round"), "int"),
    **dict.fromkeys(("list", "sorted", "split", "splitlines"), "list"),
    **dict.fromkeys(("isinstance", "issubclass", "any", "all", "hasattr", "startswith", "endswith"), "bool"),
    **dict.fromkeys(("join", "lower", "upper", "strip", "lstrip", "rstrip", "replace", "format", "repr"), "str"),
    **{name: name for name in ("set", "frozenset", "str", "dict", "tuple", "float", "bool", "range")},
}

_DISPLAYS: Final[dict[type[ast.expr], str]] = {
    ast.Compare: "bool",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Tuple: "tuple",
    ast.GeneratorExp: "generator",
    ast.JoinedStr: "str",
}


def kinds_of(node: ast.expr, seen: Environment, returns: Environment) -> Kinds | None:
    """The types the expression can have, or None. `returns` says what the project's functions returned."""
    display = _DISPLAYS.get(type(node))
    if display:
        return frozenset({display})
    match node:
        case ast.Name():
            return seen.get(node.id)
        case ast.Constant():
            return frozenset({type(node.value).__name__})
        case ast.Call():
            return _of_call(node, seen, returns)
        case ast.BinOp():
            return _of_binary(node, seen, returns)
        case ast.UnaryOp():
            negated = isinstance(node.op, ast.Not)
            return frozenset({"bool"}) if negated else kinds_of(node.operand, seen, returns)
        case ast.IfExp():
            return kinds_of(node.body, seen, returns) or kinds_of(node.orelse, seen, returns)
    return _of_part(node, seen, returns)


def _of_part(node: ast.expr, seen: Environment, returns: Environment) -> Kinds | None:
    match node:
        case ast.Attribute(value=ast.Name(id=owner)):
            return seen.get(f"{owner}.{node.attr}")
        case ast.Subscript(slice=ast.Slice()):
            return kinds_of(node.value, seen, returns)
        case ast.Subscript():
            if kinds_of(node.value, seen, returns) == TEXT:
                return frozenset({"str"})
            return seen.get(f"{node.value.id}[]") if isinstance(node.value, ast.Name) else None
        case ast.BoolOp():
            parts = [kinds_of(value, seen, returns) for value in node.values]
            known = [part for part in parts if part]
            return frozenset().union(*known) if len(known) == len(parts) else None
    return None


def _of_call(node: ast.Call, seen: Environment, returns: Environment) -> Kinds | None:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in _RESULTS:
        return frozenset({_RESULTS[name]})
    if name in {"min", "max"} and len(node.args) > 1:
        return kinds_of(node.args[-1], seen, returns)
    return returns.get(name) if isinstance(node.func, ast.Name) else None


def _of_binary(node: ast.BinOp, seen: Environment, returns: Environment) -> Kinds | None:
    left, right = kinds_of(node.left, seen, returns), kinds_of(node.right, seen, returns)
    if isinstance(node.op, ast.Mod) and left == TEXT:
        return left
    if not left or not right:
        return (left or right) if isinstance(node.op, ast.Add) else None
    if left | right <= NUMBERS:
        return _of_arithmetic(node, left | right)
    return left if left == right or isinstance(node.op, ast.Add) else None


def _of_arithmetic(node: ast.BinOp, operands: Kinds) -> Kinds:
    return frozenset({"float"}) if isinstance(node.op, ast.Div) or "float" in operands else INTEGER


def compatible(left: Kinds | None, right: Kinds | None) -> bool:
    """Whether a value of one could stand for the other; what is unknown could."""
    if not left or not right:
        return True
    return bool(left & right) or (left <= NUMBERS and right <= NUMBERS)
