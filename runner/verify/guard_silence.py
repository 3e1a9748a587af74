"""When new Python code answers without working: exceptions that nobody hears of. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from runner.verify.python_names import parameters_of, path_of
from runner.verify.python_tests import Function
from runner.verify.python_text import written

Deed = tuple[str, str]
"""A rule, and what breaks it."""

VALUES: Final = frozenset({"int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "complex"})
BROAD: Final = frozenset({"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"})
EVERYDAY_ERRORS: Final = frozenset(
    """ValueError TypeError LookupError AttributeError NameError RuntimeError OSError ArithmeticError
    AssertionError""".split()  # noqa: SIM905
)
"""What any mistake in a program ends in; who catches most of them has caught everything."""
MANY_FAMILIES: Final = 4
SIMPLE: Final = ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return


def swallowed_exceptions(node: ast.AST) -> Iterator[Deed]:
    """Handlers that catch nearly everything, or all that a function does, and say nothing; and ways around handlers."""
    if detail := _swallowed_in(node) if isinstance(node, Function) else _swallowed_at(node):
        yield "exception-swallowed", detail


def _swallowed_at(node: ast.AST) -> str:
    match node:
        case ast.ExceptHandler(type=kind, name=name, body=body) if _is_broad(kind) and _is_silent(body, name):
            return f"catches {written(kind) if kind else 'everything'} and says nothing"
        case ast.Call(func=func, args=args) if path_of(func) in {"suppress", "contextlib.suppress"}:
            return f"`{brief(node)}` says nothing" if args and _is_broad(ast.Tuple(args, ast.Load())) else ""
        case ast.Try(finalbody=last) | ast.TryStar(finalbody=last):
            left = next(filter(None, map(_leaves, last)), "")
            return f"`{left}` in `finally` drops whatever was raised" if left else ""
    return ""


def _swallowed_in(function: Function) -> str:
    if caught := _blanket(function):
        return f"the whole of `{function.name}` catches {caught} and says nothing"
    is_deaf = function.name in {"__exit__", "__aexit__"} and _is_deaf(function)
    return f"`{function.name}` drops whatever was raised" if is_deaf else ""


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        families = {_family(path_of(one).rpartition(".")[2]) for one in kind.elts}
        return any(map(_is_broad, kind.elts)) or len(families & EVERYDAY_ERRORS) >= MANY_FAMILIES
    return kind is None or path_of(kind) in BROAD


def _family(name: str) -> str:
    """The class right below `Exception` that a built-in error belongs to."""
    kind = getattr(builtins, name, None)
    line = kind.__mro__ if isinstance(kind, type) and issubclass(kind, Exception) else ()
    return next((one.__name__ for one in line if one.__base__ is Exception), "")


def _is_silent(body: list[ast.stmt], name: str | None) -> bool:
    """Whether a handler neither raises, nor looks at what it caught, nor does anything about it."""
    return not any(_is_heard(node, name) for statement in body for node in ast.walk(statement))


def _is_heard(node: ast.AST, name: str | None) -> bool:
    if isinstance(node, ast.Call):  # what makes a value of nothing, as `list()`, does nothing
        return path_of(node.func) not in VALUES
    return isinstance(node, ast.Raise | ast.Assert | ast.Await) or (isinstance(node, ast.Name) and node.id == name)


def _leaves(node: ast.AST, *, in_loop: bool = False) -> str:
    """The statement with which a piece of `finally` goes elsewhere; nothing where it comes to its end."""
    if isinstance(node, ast.Return) or (isinstance(node, ast.Break | ast.Continue) and not in_loop):
        return brief(node)
    if isinstance(node, Function | ast.Lambda | ast.ClassDef):
        return ""
    in_loop = in_loop or isinstance(node, ast.For | ast.AsyncFor | ast.While)
    return next(filter(None, (_leaves(one, in_loop=in_loop) for one in ast.iter_child_nodes(node))), "")


def _is_deaf(function: Function) -> bool:
    """Whether it says True without a look at what it was given."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    given = {argument.arg for argument in parameters_of(function)[1:]}
    is_looking = any(isinstance(node, ast.Name) and node.id in given for node in ast.walk(function))
    return not is_looking and any(isinstance(value, ast.Constant) and value.value is True for value in returned)


def _blanket(function: Function) -> str:
    """What a function catches whose whole body is one `try` that then says nothing.

    To try one thing and answer is what it takes to ask whether a text is a number.
    """
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Try) or _is_one_step(body[0].body):
        return ""
    quiet = [one for one in body[0].handlers if _is_silent(one.body, one.name) and not _is_broad(one.type)]
    return written(quiet[0].type) if quiet and quiet[0].type else ""


def _is_one_step(body: list[ast.stmt]) -> bool:
    """Whether it is one statement, or two simple ones."""
    return len(body) < 2 or (len(body) == 2 and all(isinstance(one, SIMPLE) for one in body))


def brief(node: ast.AST) -> str:
    """The first line of a piece of code, as a finding shows it."""
    lines = written(node).splitlines() or ["..."]
    return lines[0][:80]
