"""Which tests a Python file defines, and what each of them asserts. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef

SKIPPING: Final = frozenset(
    {"skip", "skipif", "skipIf", "skipUnless", "skipTest", "xfail", "expectedFailure", "importorskip"}
)
SKIP_OWNERS: Final = frozenset({"pytest", "mark", "unittest", "self"})


@dataclass(frozen=True, slots=True)
class PythonTest:
    """One test function: its whole text without layout, and the assertions in it."""

    dump: str
    assertions: tuple[str, ...]


def parse(source: bytes | None) -> ast.Module | None:
    """The file's syntax tree; None when there is no file or it is not Python."""
    if source is None:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def tests_in(path: str, source: bytes | None) -> Mapping[str, PythonTest]:
    """The test functions of a file by node id, in its order."""
    tree = parse(source)
    return dict(_tests(path, tree.body)) if tree else {}


def skips_in(source: bytes | None) -> int:
    """How many places of a file skip tests or expect them to fail."""
    tree = parse(source)
    return sum(_is_skip(node) for node in ast.walk(tree)) if tree else 0


def rest_of(source: bytes | None) -> str:
    """The file without its tests and imports: fixtures, constants and what else its tests stand on."""
    tree = parse(source)
    if tree is None:
        return ""
    imports = ast.Import | ast.ImportFrom
    kept = [node for node in tree.body if not isinstance(node, imports) and not _holds_tests(node)]
    return "\n".join(ast.dump(node) for node in kept)


def _tests(prefix: str, body: list[ast.stmt]) -> Iterator[tuple[str, PythonTest]]:
    for node in body:
        if isinstance(node, Function) and node.name.startswith("test"):
            assertions = tuple(ast.unparse(found) for found in ast.walk(node) if _is_assertion(found))
            yield f"{prefix}::{node.name}", PythonTest(ast.dump(node), assertions)
        elif isinstance(node, ast.ClassDef):
            yield from _tests(f"{prefix}::{node.name}", node.body)


def _holds_tests(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(True for _ in _tests("", [node]))
    return isinstance(node, Function) and node.name.startswith("test")


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return name.startswith("assert") or (name in {"raises", "warns"} and _owner(node.func) == "pytest")
    return False


def _is_skip(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in SKIPPING and _owner(node) in SKIP_OWNERS


def _owner(node: ast.Attribute) -> str:
    """The name right before the last dot: `mark` in `pytest.mark.skip`."""
    value = node.value
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""
