"""When new Python code changes what other modules made. Pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final

from runner.verify.guard_silence import Deed, brief
from runner.verify.own_modules import is_own_module
from runner.verify.protected import RUNNERS, is_runner
from runner.verify.python_names import Spelled, path_of
from runner.verify.python_tests import Function
from runner.verify.test_paths import is_test_path

SETTERS: Final = frozenset({"setattr", "delattr", "object.__setattr__", "type.__setattr__"})
FILLING: Final = frozenset({"update", "setdefault", "pop", "clear", "__setitem__", "__delitem__"})
HOLDERS: Final = frozenset({"os.environ", "flask.session", "flask.g", "quart.session", "quart.g"})
"""What libraries hold for others to write into."""
GIVING_MODULES: Final = frozenset({"importlib.import_module", "importlib.__import__", "importlib.reload", "__import__"})
LOOKING_IN: Final = frozenset({"vars", "getattr"})


def patches(part: Spelled, path: str, places: Collection[str]) -> Iterator[Deed]:
    """Names of other packages that are assigned to; in a test file only where that happens while it is imported.

    `places` are those of the repository's own modules (`own_modules.module_places`).
    """
    is_test = is_test_path(path)
    foreign = {"__builtins__", "builtins", *(RUNNERS - {PurePosixPath(path).parts[0]})}
    foreign |= {origin for _, module, origin in part.imports if is_test or _is_foreign(module, path, places)}
    for node in _run_at_import(part.tree) if is_test else ast.walk(part.tree):
        for target in _targets(node):
            owner = _owner(target)
            if owner not in HOLDERS and _is_below(owner, foreign):
                yield "module-patched", f"`{brief(node)}` changes what another module made"


def _is_foreign(module: str, path: str, places: Collection[str]) -> bool:
    """Whether nobody expects this file to change the module: it is another package's, or one that tests use."""
    is_tests = any(part.startswith("test") for part in module.split("."))
    return is_tests or is_runner(module) or not (is_own(module, path) or is_own_module(module, path, places))


def is_own(module: str, path: str) -> bool:
    """Whether a module belongs to the package that the file is in."""
    parts = {part.lstrip("_") for part in PurePosixPath(path).with_suffix("").parts}
    return not module or module.partition(".")[0].lstrip("_") in parts


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes outside functions, and those of the file's own functions that are called from there."""
    own = {one.name: one for one in tree.body if isinstance(one, Function)}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.Call) and (called := own.pop(path_of(node.func), None)):
            waiting += (one for one in called.body if not isinstance(one, Function))
        waiting += (one for one in ast.iter_child_nodes(node) if not isinstance(one, Function | ast.Lambda))


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """The attributes and items that a node assigns to, `setattr` and `__dict__` included."""
    for target in _assigned(node):
        for part in ast.walk(target):
            if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
                yield part


def _assigned(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from targets
        case ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor() | ast.comprehension():
            yield node.target
        case ast.withitem(optional_vars=ast.expr() as target):
            yield target
        case ast.Call(func, [owner, *_]) if path_of(func) in SETTERS:
            yield ast.Attribute(owner, "", ast.Store())
        case ast.Call(ast.Attribute(ast.Call(ast.Name("vars"), [owner]) | ast.Attribute(owner, "__dict__"), name)):
            if name in FILLING:
                yield ast.Attribute(owner, "", ast.Store())


def _owner(target: ast.expr) -> str:
    """The path of what a target lies in: of `a.b[0].c` it is `a.b`; of what a call made it is nothing."""
    found = ""
    while not found and isinstance(target, ast.Attribute | ast.Subscript | ast.Call):
        target = target.value if isinstance(target, ast.Attribute | ast.Subscript) else _source(target)
        found = path_of(target)
    return found


def _source(call: ast.Call) -> ast.expr:
    """What a call's result is a part of; nothing known for most calls."""
    name = path_of(call.func)
    if name in GIVING_MODULES:
        return call.func
    return call.args[0] if name in LOOKING_IN and call.args else ast.Constant(None)


def _is_below(path: str, modules: Collection[str]) -> bool:
    return any(path == module or path.startswith(f"{module}.") for module in modules)
