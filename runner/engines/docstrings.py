"""Which lines of long docstrings a prompt can do without: they say what code does, not how it does it. Pure."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Final

from runner.verify.python_tests import parse

LONGEST_LINES: Final = 10
"""Of what is longer only the beginning and the last line are shown."""
FIRST_LINES: Final = 4
KEPT: Final = 64
"""So many files' answers are remembered: a prompt is rendered many times until it fits."""


@lru_cache(maxsize=KEPT)
def spare_lines(path: str, text: str) -> frozenset[int]:
    """The 1-based lines of a Python file within long docstrings of its classes and functions; none of other files."""
    tree = parse(text.encode("utf-8", "replace")) if path.endswith(".py") else None
    if tree is None:
        return frozenset()
    documented = (
        node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(line for node in documented for line in _middle(node.body[0]))


def _middle(first: ast.stmt) -> range:
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    end = first.end_lineno or first.lineno
    is_long = is_text and end - first.lineno >= LONGEST_LINES
    return range(first.lineno + FIRST_LINES, end) if is_long else range(0)
