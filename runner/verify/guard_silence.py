"""When new Python code answers without working: comparisons that never look, exceptions that nobody hears of. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from runner.verify.python_tests import Function
from runner.verify.python_text import written

Deed = tuple[str, str]
"""A rule, and what breaks it."""

COMPARING: Final = frozenset({"__eq__", "__ne__", "__contains__", "__lt__", "__le__", "__gt__", "__ge__"})
VALUES: Final = frozenset({"int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "complex"})
BROAD: Final = frozenset({"", "Exception", "BaseException", "builtins.Exception", "builtins.BaseException"})
SIMPLE: Final = ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return
QUIET: Final = ast.Pass | ast.Continue | ast.Break


def calm_comparisons(node: ast.AST) -> Iterator[Deed]:
    """Comparisons that never look at what they compare with, or that a value made on the spot brings along."""
    match node:
        case ast.ClassDef(bases=bases) if any(map(_is_value, bases)):
            yield from _on_the_spot(_own_comparisons(node), f"`{node.name}`, which passes for a plain value,")
        case ast.Dict(keys=keys):
            named = {key.value for key in keys if isinstance(key, ast.Constant)}
            yield from _on_the_spot(sorted(COMPARING & named), "a class made by `type`")
        case ast.Assign(targets=[ast.Attribute(attr=name) | ast.Name(id=name)], value=ast.Lambda(body=ast.Constant())):
            if name in COMPARING:
                yield "always-equal", f"`{brief(node)}` does not look at what it compares with"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _calm_function(node)


def _calm_function(function: Function) -> Iterator[Deed]:
    if function.name in COMPARING and _is_blind(function):
        yield "always-equal", f"`{function.name}` does not look at what it compares with"
    for made in (one for one in ast.walk(function) if isinstance(one, ast.ClassDef)):
        yield from _on_the_spot(_own_comparisons(made), f"a class made in `{function.name}`")


def _on_the_spot(own: list[str], what: str) -> Iterator[Deed]:
    if own:
        yield "always-equal", f"{what} has its own `{own[0]}`"


def _own_comparisons(made: ast.ClassDef) -> list[str]:
    """The comparisons that a class defines, less those that are doubtful by themselves."""
    return [one.name for one in made.body if isinstance(one, Function) and one.name in COMPARING and not _is_blind(one)]


def _is_blind(function: Function) -> bool:
    """Whether a comparison answers without a look at the other side."""
    names = [argument.arg for argument in function.args.args]
    return len(names) == 2 and not _looks_at(function, names[1]) and _answers(function)


def _is_value(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id in VALUES


def _looks_at(function: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(function))


def _answers(function: Function) -> bool:
    """Whether it returns a constant: one that raises, or hands on to another method, does not."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return any(isinstance(value, ast.Constant) and value.value is not None for value in returned)


def swallowed_exceptions(node: ast.AST) -> Iterator[Deed]:
    """Handlers that catch nearly everything, or all that a function does, and say nothing."""
    if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and all(map(_is_quiet, node.body)):
        caught = written(node.type) if node.type else "everything"
        yield "exception-swallowed", f"catches {caught} and says nothing"
    elif isinstance(node, ast.Call) and written(node.func) in {"suppress", "contextlib.suppress"}:
        if any(map(_is_broad, node.args)):
            yield "exception-swallowed", f"`{brief(node)}` says nothing"
    elif isinstance(node, Function) and (caught := _blanket(node)):
        yield "exception-swallowed", f"the whole of `{node.name}` catches {caught} and says nothing"


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(map(_is_broad, kind.elts))
    return kind is None or written(kind) in BROAD


def _is_quiet(statement: ast.stmt) -> bool:
    """Whether a statement of a handler neither raises, nor tells, nor computes anything."""
    if isinstance(statement, QUIET):
        return True
    if isinstance(statement, ast.Return | ast.Assign | ast.Expr):
        return statement.value is None or not any(isinstance(node, ast.Call) for node in ast.walk(statement.value))
    return False


def _blanket(function: Function) -> str:
    """What a function catches whose whole body is one `try` that then says nothing.

    To try one thing and answer is what it takes to ask whether a text is a number.
    """
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Try) or _is_one_step(body[0].body):
        return ""
    quiet = [
        handler for handler in body[0].handlers if all(map(_is_quiet, handler.body)) and not _is_broad(handler.type)
    ]
    return written(quiet[0].type) if quiet and quiet[0].type else ""


def _is_one_step(body: list[ast.stmt]) -> bool:
    """Whether it is one statement, or two simple ones."""
    return len(body) < 2 or (len(body) == 2 and all(isinstance(one, SIMPLE) for one in body))


def brief(node: ast.AST) -> str:
    """The first line of a piece of code, as a finding shows it."""
    lines = written(node).splitlines() or ["..."]
    return lines[0][:80]
