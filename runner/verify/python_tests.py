"""Which tests a Python file defines, and what each of them asserts. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.syntax_tree import UNREADABLE, syntax_tree

Function = ast.FunctionDef | ast.AsyncFunctionDef

SKIPPING: Final = frozenset(
    {"skip", "skipif", "skipIf", "skipUnless", "skipTest", "SkipTest", "xfail", "XFAIL", "SKIP", "expectedFailure"}
    | {"importorskip", "nottest", "slow", "tooslow"}
)
SKIP_OWNERS: Final = frozenset({"pytest", "mark", "unittest", "self", "case", "_pytest", "outcomes"})


@dataclass(frozen=True, slots=True)
class PythonTest:
    """One test function of a file."""

    node: Function

    @property
    def dump(self) -> str:
        """Its whole text without layout."""
        return ast.dump(self.node)

    @property
    def assertions(self) -> tuple[str, ...]:
        """The assertions in it, as Python writes them."""
        return tuple(ast.unparse(found) for found in ast.walk(self.node) if is_assertion(found))


def parse(source: bytes | None) -> ast.Module | None:
    """The file's syntax tree; None when there is no file or it is not Python."""
    if source is None:
        return None
    try:
        return syntax_tree(source)
    except UNREADABLE:
        return None


def tests_in(path: str, source: bytes | None) -> Mapping[str, PythonTest]:
    """The test functions of a file by node id, in its order."""
    tree = parse(source)
    return dict(_tests(path, tree.body)) if tree else {}


def as_run(ids: Iterable[str], source: bytes | None) -> tuple[str, ...]:
    """The ids with each test of a mixin under the classes of the file that inherit it and are run, if there are any."""
    tree = parse(source)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)} if tree else {}
    heirs = {name: _heirs(name, classes) for name in classes if not _is_run(name, classes)}
    return tuple(dict.fromkeys(run for id_ in ids for run in _inherited(id_, heirs)))


def _inherited(id_: str, heirs: Mapping[str, tuple[str, ...]]) -> list[str]:
    path, _, names = id_.partition("::")
    first, _, rest = names.partition("::")
    return [f"{path}::{heir}::{rest}" for heir in heirs.get(first, ())] or [id_]


def _heirs(name: str, classes: Mapping[str, ast.ClassDef]) -> tuple[str, ...]:
    """The classes that are run and inherit from this one."""
    return tuple(other for other in classes if _is_run(other, classes) and name in _line_of(other, classes))


def _is_run(name: str, classes: Mapping[str, ast.ClassDef]) -> bool:
    """Whether a runner takes the class for one of tests: by its name, or for what it inherits from another file."""
    line = _line_of(name, classes)
    return name.startswith("Test") or any(one not in classes and one != "object" for one in line)


def _line_of(name: str, classes: Mapping[str, ast.ClassDef]) -> frozenset[str]:
    """The class with all that it inherits from, by their last names, as far as the file tells."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            bases = classes[one].bases if one in classes else []
            waiting += [ast.unparse(base).rpartition(".")[2] for base in bases]
    return frozenset(found)


def skips_in(tree: ast.AST) -> int:
    """How many places skip tests or expect them to fail."""
    return sum(map(_is_skip, ast.walk(tree)))


def rest_of(source: bytes | None) -> str:
    """The file without its tests and imports: fixtures, constants and what else its tests stand on."""
    tree = parse(source)
    if tree is None:
        return ""
    imports = ast.Import | ast.ImportFrom
    kept = [node for node in tree.body if not isinstance(node, imports) and not holds_tests(node)]
    return "\n".join(ast.dump(node) for node in kept)


def holds_tests(node: ast.stmt) -> bool:
    """Whether the statement is a test, or a class with tests in it."""
    if isinstance(node, ast.ClassDef):
        return any(True for _ in _tests("", [node]))
    return isinstance(node, Function) and node.name.startswith("test")


def is_assertion(node: ast.AST) -> bool:
    """Whether the node asserts something by itself."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return name.startswith("assert") or (name in {"raises", "warns"} and _owner(node.func) == "pytest")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"raises", "warns"}


def _tests(prefix: str, body: list[ast.stmt]) -> Iterator[tuple[str, PythonTest]]:
    for node in body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield f"{prefix}::{node.name}", PythonTest(node)
        elif isinstance(node, ast.ClassDef):
            yield from _tests(f"{prefix}::{node.name}", node.body)


def _is_skip(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in SKIPPING and _owner(node) in SKIP_OWNERS
    return isinstance(node, ast.Name) and node.id in SKIPPING


def _owner(node: ast.Attribute) -> str:
    """The name right before the last dot: `mark` in `pytest.mark.skip`."""
    value = node.value
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""
