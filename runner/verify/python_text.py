"""How a piece of Python is written, and what it stands for, as far as anybody could tell. Pure."""

from __future__ import annotations

import ast


def written(node: ast.AST) -> str:
    """The code as Python writes it; nothing for a number of thousands of digits or what nests hundreds deep."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return ""


def is_plain(node: ast.AST) -> bool:
    """Whether the expression is a value that is written out: a constant, or a collection of such."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True
