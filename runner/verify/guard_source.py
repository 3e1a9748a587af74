"""When an edit of the source answers the test instead of the task. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from runner.proof import GuardFinding
from runner.verify.python_tests import parse

EXITS: Final = frozenset({"sys.exit", "os._exit", "os.abort", "quit", "exit", "os.kill", "signal.raise_signal"})
TEST_SIGNS: Final = (b"PYTEST_CURRENT_TEST", b"PYTEST_VERSION", b"GREENLOOP_TEST_SECONDS", b"GREENLOOP_ORDER_SEED")
WORDLIKE: Final = re.compile(r"[\w.\-/ ]{0,24}")
LONG_TEXT_CHARS: Final = 6
LARGE_NUMBER: Final = 1000
LONG_COLLECTION: Final = 3
SAYING_NOTHING: Final = frozenset({"0", "1", "-1", "''", "b''", "[]", "()", "{}"})
"""Answers that honest code gives as often."""

Equality = ast.Eq | ast.In | ast.Is


def source_findings(
    path: str, old: bytes | None, new: bytes | None, reproducer: tuple[bytes, ...]
) -> Iterator[GuardFinding]:
    """Exits, looks at the test runner, and literals of the reproducer that the edit brings into one source file."""
    before, after = parse(old) or ast.Module([], []), parse(new)
    if after is None:
        return
    for call in sorted(set(_exits(after)) - set(_exits(before))):
        yield GuardFinding("exit-call", path, f"`{call}` ends the process that tests run in")
    for sign in TEST_SIGNS:
        if sign in (new or b"") and sign not in (old or b""):
            told = f"looks at {sign.decode()}: code must not know that it is tested"
            yield GuardFinding("test-detected", path, told)
    for literal in _special_cases(before, after, reproducer):
        yield GuardFinding("special-cased", path, f"compares with {literal}, which stands in the reproducer")


def _exits(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in EXITS:
            yield ast.unparse(node)


def _special_cases(before: ast.Module, after: ast.Module, reproducer: tuple[bytes, ...]) -> list[str]:
    """Comparisons for equality that are new and whose literal the reproducer holds.

    A word may be a real option's name: it counts only where the branch also answers with a number or a collection of
    the test's. A word answered with a word is a table that honest code has too.
    """
    trees = [tree for source in reproducer if (tree := parse(source))]
    in_tests = {literal for tree in trees for literal in _literals(tree)}
    suspects = in_tests - set(_literals(before))
    found = [
        compared
        for compared, answers in _comparisons(after)
        if compared in suspects and (_is_telling(compared) or any(map(_is_answer, in_tests & answers)))
    ]
    return list(dict.fromkeys(found))


def _comparisons(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """Each literal that something is compared with, and the literals that the branch then answers with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp):
            body = node.body if isinstance(node.body, list) else [node.body]
            for literal in _compared(node.test):
                yield literal, _answers(body)
        elif isinstance(node, ast.Compare):
            for literal in _compared(node):
                yield literal, frozenset()
        elif isinstance(node, ast.match_case):
            for literal in _literals(node.pattern):
                yield literal, _answers(node.body)


def _answers(body: Sequence[ast.stmt | ast.expr]) -> frozenset[str]:
    """Literals that are returned or assigned as they are; what is handed to a call may be a message."""
    values = [part.value if isinstance(part, ast.Return | ast.Assign) else part for part in body]
    return frozenset(ast.unparse(value) for value in values if value is not None and _is_literal(value))


def _compared(test: ast.expr) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and any(isinstance(operator, Equality) for operator in node.ops):
            for side in (node.left, *node.comparators):
                yield from _literals(side)


def _literals(tree: ast.AST) -> Iterator[str]:
    """Constants, and lists, tuples and dicts of constants, as Python writes them."""
    for node in ast.walk(tree):
        if _is_literal(node):
            yield ast.unparse(node)


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is not None and node.value is not Ellipsis and not isinstance(node.value, bool)
    if not isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        return False
    plain = ast.Constant | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Load | ast.UnaryOp | ast.USub
    return all(isinstance(part, plain) for part in ast.walk(node))


def _is_answer(literal: str) -> bool:
    """Whether honest code would hardly answer with it: no trivial value and no word."""
    value = ast.literal_eval(literal)
    return literal not in SAYING_NOTHING and not (isinstance(value, str | bytes) and not _is_telling(literal))


def _is_telling(literal: str) -> bool:
    """Whether nobody writes this literal by chance: a long text that is no word, a large number, a collection."""
    value = ast.literal_eval(literal)
    if isinstance(value, str | bytes):
        return len(value) >= LONG_TEXT_CHARS and WORDLIKE.fullmatch(str(value)) is None
    if isinstance(value, int | float):
        return abs(value) >= LARGE_NUMBER or value != int(value)
    return isinstance(value, list | tuple | set | dict) and len(value) >= LONG_COLLECTION
