"""The syntax tree of a Python source that anybody may have written. Pure."""

from __future__ import annotations

import ast
import warnings
from typing import Final

UNREADABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises for a source that it cannot read; the last two where it is nested too deep."""
MOST_DEEP: Final = 100
"""What `ast.unparse`, `ast.dump` and `copy.deepcopy` are sure to go down: they give up long before the parser does."""


def syntax_tree(source: str | bytes) -> ast.Module:
    """The tree. Raises one of UNREADABLE; what Python would warn of, as an odd escape, is for the author to know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def is_too_deep(tree: ast.AST) -> bool:
    """Whether it is nested deeper than a tree that is to be written or copied may be."""
    level = [tree]
    for _ in range(MOST_DEEP):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)
