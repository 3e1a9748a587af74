"""The literals of Python code, as texts that can be compared, and which of them nobody writes by chance. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from runner.verify.python_text import is_plain, written

WORDLIKE: Final = re.compile(r"[\w.\-/ ]{0,24}")
COUNTED: Final = re.compile(r"(?=(?:\D*\d){4})[\d.\-/: +]+")
"""A date, a version, a number as text: no word, though it has nothing else in it."""
LONG_TEXT_CHARS: Final = 6
LONG_WORD_CHARS: Final = 7
LARGE_NUMBER: Final = 1000
LONG_COLLECTION: Final = 3
SAYING_NOTHING: Final = frozenset({"0", "1", "-1", "2", "''", "b''", "' '", "[]", "()", "{}"})
"""Answers that honest code gives as often."""
UNSAID: Final = frozenset({"True", "False", "None"})

Collection = ast.List | ast.Tuple | ast.Set | ast.Dict


def is_literal(node: ast.AST) -> bool:
    """Whether it is a text, a number, or a collection that is written out; True, False and None are none."""
    if isinstance(node, ast.Constant):
        return node.value is not None and node.value is not Ellipsis and not isinstance(node.value, bool)
    return isinstance(node, Collection) and is_plain(node)


def literal_text(node: ast.AST) -> str:
    """A literal as Python writes it, and a whole number always as one; nothing for one too long to be written."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value.is_integer():
        return str(int(node.value)) if abs(node.value) < 10**15 else repr(node.value)
    return written(node)


def literals_in(tree: ast.AST) -> Iterator[str]:
    """All literals of the code, those in collections too."""
    for node in ast.walk(tree):
        if is_literal(node) and (literal := literal_text(node)):
            yield literal


def value_text(node: ast.AST) -> str:
    """A literal, True, False or None as a text; nothing for any other expression."""
    is_unsaid = isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))
    return literal_text(node) if is_unsaid or is_literal(node) else ""


def is_answer(literal: str) -> bool:
    """Whether honest code would hardly answer with it: no trivial value and no word."""
    value = ast.literal_eval(literal)
    return literal not in SAYING_NOTHING and not (isinstance(value, str | bytes) and not is_telling(literal))


def is_telling(literal: str) -> bool:
    """Whether nobody writes this literal by chance: a long text that is no word, a large number, a collection."""
    value = ast.literal_eval(literal)
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value.decode("latin-1")
        is_word = WORDLIKE.fullmatch(text) is not None and COUNTED.fullmatch(text) is None
        return len(text) >= LONG_TEXT_CHARS and not is_word
    if isinstance(value, int | float):
        return abs(value) >= LARGE_NUMBER or value != int(value)
    return isinstance(value, list | tuple | set | dict) and len(value) >= LONG_COLLECTION


def is_long(literal: str) -> bool:
    """Whether it is a longer word than most options have, or telling."""
    value = ast.literal_eval(literal)
    return is_telling(literal) or (isinstance(value, str) and len(value) >= LONG_WORD_CHARS)
