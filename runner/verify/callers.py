"""Whether a change reaches into the functions that run its tests: they may leave a test out, or answer for it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from runner.models import Overlay
from runner.proof import Cells, GuardFinding, Matrix
from runner.verify.python_tests import Function, parse

RULE: Final = "test-runner-changed"
Block = ast.stmt | ast.excepthandler | ast.match_case
"""What functions can stand in."""


def changed_callers(before: Mapping[str, bytes | None], after: Overlay, matrix: Matrix) -> tuple[GuardFinding, ...]:
    """A finding for each function of the changed files that was running when a test began, and is not as it was.

    `before` and `after` are the files as they lay under the matrix's base and head.
    """
    found: dict[tuple[str, str], None] = {}
    for path, new in after.items():
        old = before.get(path)
        names = [*_running(path, old, matrix.base), *_running(path, new, matrix.head)]
        found |= {(path, name): None for name in names if _text(old, name) != _text(new, name)}
    return tuple(GuardFinding(RULE, path, f"`{name}` runs the tests that judge it") for path, name in found)


def _running(path: str, source: bytes | None, cells: Cells) -> Iterator[str]:
    """The functions of the file that were running when a test of these cells began."""
    lines = {line for run in (*cells.reproducing, *cells.existing) for place, line in run.callers if place == path}
    for name, node in _functions(source):
        if any(_first(node) <= line <= (node.end_lineno or node.lineno) for line in lines):
            yield name


def _text(source: bytes | None, name: str) -> list[str]:
    return [ast.dump(node) for known, node in _functions(source) if known == name]


def _functions(source: bytes | None) -> Iterator[tuple[str, Function]]:
    """The outermost functions of a file and the methods of its classes, by their dotted names."""
    tree = parse(source)
    waiting: list[tuple[str, ast.AST]] = [("", node) for node in tree.body] if tree else []
    for prefix, node in waiting:
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            waiting += [(f"{prefix}{node.name}.", inner) for inner in node.body]
        else:
            waiting += [(prefix, inner) for inner in ast.iter_child_nodes(node) if isinstance(inner, Block)]


def _first(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
