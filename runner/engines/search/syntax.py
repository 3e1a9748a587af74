"""Small questions that are asked of syntax trees again and again. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.engines.search.source import Function


def size(node: ast.AST) -> int:
    """How many syntax nodes it has."""
    return sum(1 for _ in ast.walk(node))


def names_in(node: ast.AST) -> frozenset[str]:
    """Every name that it mentions."""
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def tests_of(node: ast.AST) -> list[ast.expr]:
    """The conditions that it asks, or joins."""
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        return [node.test]
    if isinstance(node, ast.BoolOp):
        return node.values
    return node.ifs if isinstance(node, ast.comprehension) else []


def mentioned_in(node: ast.AST) -> frozenset[str]:
    """Every name and every attribute's name that it mentions."""
    attributes = frozenset(inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute))
    return names_in(node) | attributes


def callee_name(call: ast.Call) -> str:
    """The last part of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def arguments_of(function: Function | ast.Lambda) -> Iterator[str]:
    """The names of all parameters."""
    given = function.args
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if argument is not None:
            yield argument.arg
