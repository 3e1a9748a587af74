"""When an edit changes what a file's existing tests stand on: fixtures, constants, imported names. Pure."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from runner.verify.guard_everyday import is_main_block
from runner.verify.python_tests import Function, holds_tests, parse

FILE_HOOKS: Final = re.compile(
    r"pytest_\w+|pytestmark|collect_ignore\w*|__\w+__|load_tests|set_?up\w*|tear_?down\w*", re.IGNORECASE
)
"""What runners call or read by its name in a file."""
CLASS_HOOKS: Final = re.compile(
    rf"{FILE_HOOKS.pattern}|run|debug|_?assert\w*|fail\w*|skip\w*|_callTestMethod|addCleanup", re.IGNORECASE
)
"""And in a class of tests, which has the assertions too."""
DEFINITIONS: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
ASSIGNMENTS: Final = ast.Assign | ast.AnnAssign
COLLECTIONS: Final = ast.List | ast.Tuple | ast.Set


def changed_support(old: bytes, new: bytes) -> Iterator[str]:
    """What in the file, beside its tests, is gone, does something else, or takes the place of what tests use."""
    before, after = parse(old), parse(new)
    if before is None or after is None:
        return
    had, has = _support(before.body), _support(after.body)
    yield from (detail for name, node in had.items() if (detail := _change(name, node, has.get(name))))
    used = set(_names(before))
    fresh = {name: node for name, node in has.items() if name not in had and not _is_of_new_class(name, had, has)}
    yield from (detail for name, node in fresh.items() if (detail := _intrusion(name, node, used)))


def _names(tree: ast.AST) -> Iterator[str]:
    """The names that a file uses, those of attributes with a dot before them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield f".{node.attr}"


def _is_of_new_class(name: str, had: Mapping[str, ast.AST], has: Mapping[str, ast.AST]) -> bool:
    """Whether it is a member of a class of tests that is new: its tests stand on it, and no others."""
    owner, _, last = name.rpartition(".")
    outer, _, inner = owner.rpartition(".")
    head = f"{outer}.class {inner}" if outer else f"class {inner}"
    return bool(last and owner) and head in has and head not in had


def _change(name: str, old: ast.AST, new: ast.AST | None) -> str:
    """What became of a part; nothing where it is as it was. An import that goes takes its users with it."""
    if new is None:
        return "" if isinstance(old, ast.alias) else f"`{name}` is gone"
    return "" if _is_same(old, new) else f"`{name}` is no longer what it was"


def _support(body: list[ast.stmt], prefix: str = "") -> Mapping[str, ast.AST]:
    """A file's parts beside its tests: imports, definitions and assignments by their names, others by their text."""
    found: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {f"{prefix}{alias.asname or alias.name}": _origin(node, alias) for alias in node.names}
        elif isinstance(node, ast.ClassDef) and holds_tests(node):
            found[f"{prefix}class {node.name}"] = ast.Tuple([*node.bases, *node.decorator_list], ast.Load())
            found |= _support(node.body, f"{prefix}{node.name}.")
        elif not holds_tests(node) and not _is_text(node):
            found[f"{prefix}{_name_of(node)}"] = node
    return found


def _origin(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.alias:
    """The alias with the whole name of what it stands for."""
    if isinstance(node, ast.Import):
        return ast.alias(alias.name)
    return ast.alias(f"{'.' * node.level}{node.module or ''}.{alias.name}")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _name_of(node: ast.stmt) -> str:
    if isinstance(node, DEFINITIONS):
        return node.name
    if isinstance(node, ASSIGNMENTS):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return ", ".join(ast.unparse(target) for target in targets)
    return ast.unparse(node).splitlines()[0][:80]


def _is_same(old: ast.AST, new: ast.AST) -> bool:
    """Whether nothing is changed; a collection may have more in it than before."""
    if ast.dump(old) == ast.dump(new):
        return True
    if isinstance(old, ASSIGNMENTS) and isinstance(new, ASSIGNMENTS):
        left, right = old.value, new.value
        if isinstance(left, COLLECTIONS) and isinstance(right, COLLECTIONS):
            return not Counter(map(ast.dump, left.elts)) - Counter(map(ast.dump, right.elts))
    return False


def _intrusion(name: str, node: ast.AST, used: set[str]) -> str:
    """How a part that is new changes what existing tests see; nothing where it only stands beside them."""
    last = name.rpartition(".")[2].removeprefix("class ")
    if isinstance(node, ast.alias):
        return f"`{name}` is now imported" if last == "*" or _is_used(_bound(name, node), used) else ""
    if isinstance(node, ast.Tuple) or is_main_block(node):  # the head of a new class with tests, or nothing they run
        return ""
    if not isinstance(node, DEFINITIONS | ASSIGNMENTS) or not last.isidentifier():
        return f"`{name}` runs before the tests"
    if _is_used(name, used):
        return f"`{name}` takes the place of what the tests use"
    return f"`{name}` runs by itself around every test" if _is_automatic(node) else ""


def _bound(name: str, node: ast.alias) -> str:
    """The name to which an import gives a meaning; none for `import os.path`, which makes `os` nothing else."""
    return "" if name == node.name and "." in name else name


def _is_used(name: str, used: set[str]) -> bool:
    """Whether tests come to what bears this name by itself: they name it, or runners and assertions do."""
    owner, _, last = name.rpartition(".")
    hooks = CLASS_HOOKS if owner else FILE_HOOKS
    return last in used or (bool(owner) and f".{last}" in used) or hooks.fullmatch(last) is not None


def _is_automatic(node: ast.AST) -> bool:
    """Whether it is a fixture that no test needs to name."""
    return isinstance(node, Function) and any("autouse" in ast.unparse(one) for one in node.decorator_list)
