"""Which parts of new Python code are a program's everyday, though elsewhere they would reach for its judge. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from runner.verify.python_names import path_of
from runner.verify.python_tests import Function

LEAVING: Final = frozenset({"sys.exit", "exit", "quit", "SystemExit"})
NAMING_MODULES: Final = frozenset({"__name__", "__module__"})


def everyday(tree: ast.Module, path: str) -> frozenset[int]:
    """The ids of the nodes of a tree, of the file at `path`, that need no second look."""
    calm = [found for node in ast.walk(tree) for found in _calm(node)]
    started = [tree] if PurePosixPath(path).name == "__main__.py" else [one for one in tree.body if is_main_block(one)]
    calm += [found for part in started for found in _of_a_start(part)]
    return frozenset(map(id, calm))


def is_main_block(node: ast.AST) -> bool:
    """Whether it is `if __name__ == "__main__":`, which no import runs."""
    match node:
        case ast.If(ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]), orelse=[]):
            return True
    return False


def _of_a_start(part: ast.AST) -> Iterator[ast.AST]:
    """What a program does with its arguments and its status where it is started."""
    for node in ast.walk(part):
        named = node.func if isinstance(node, ast.Call) else node.exc if isinstance(node, ast.Raise) else node
        if named is not None and path_of(named) in LEAVING | {"sys.argv"}:
            yield node


def _calm(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(ast.Constant() as text):  # a docstring, or a comment in quotes
            yield text
        case ast.Call(ast.Attribute() as called, [what, how]) if path_of(called) == "signal.signal":
            yield from [called] if (path_of(what), path_of(how)) == ("signal.SIGPIPE", "signal.SIG_DFL") else []
        case ast.Subscript(ast.Attribute() as owner, key, ast.Load()) if path_of(owner) == "sys.modules":
            yield from [owner] if path_of(key).rpartition(".")[2] in NAMING_MODULES else []
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _calls_of_own(node)
        case ast.IfExp() | ast.If() | ast.BoolOp():
            yield from (given.value for given in _instead_of_none(node) if _is_arguments(given))


def _instead_of_none(node: ast.IfExp | ast.If | ast.BoolOp) -> Iterator[ast.Subscript]:
    """What is taken where a parameter was not given."""
    match node:
        case ast.IfExp(test, one, other) if _asks_for_none(test):
            yield from (part for part in (one, other) if isinstance(part, ast.Subscript))
        case ast.If(test, [ast.Assign(value=ast.Subscript() as given)]) if _asks_for_none(test):
            yield given
        case ast.BoolOp(ast.Or(), [ast.Name(), ast.Subscript() as given]):
            yield given


def _asks_for_none(test: ast.expr) -> bool:
    match test:
        case ast.Compare(ast.Name(), [ast.Is() | ast.IsNot()], [ast.Constant(None)]):
            return True
    return False


def _is_arguments(node: ast.Subscript) -> bool:
    """Whether it is `sys.argv[1:]`: what a program was given, without its own name."""
    match node:
        case ast.Subscript(ast.Attribute() as owner, ast.Slice(ast.Constant(1), None, None)):
            return path_of(owner) == "sys.argv"
    return False


def _calls_of_own(function: Function) -> Iterator[ast.AST]:
    """The calls in a function of those that it defines itself, whatever else has their name."""
    own = {one.name for one in function.body if isinstance(one, Function)}
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call)) if own else ()
    yield from (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in own)
