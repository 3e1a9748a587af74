"""When an edit of the source answers the reproducer's own inputs instead of the task. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from runner.proof import GuardFinding
from runner.verify.python_names import spelled_changes
from runner.verify.python_tests import parse, tests_in
from runner.verify.python_text import is_plain, written

WORDLIKE: Final = re.compile(r"[\w.\-/ ]{0,24}")
LONG_TEXT_CHARS: Final = 6
LARGE_NUMBER: Final = 1000
SHORT_CHARS: Final = 3
LONG_COLLECTION: Final = 3
SAYING_NOTHING: Final = frozenset({"0", "1", "-1", "2", "''", "b''", "' '", "[]", "()", "{}", "0.0", "1.0"})
"""Answers that honest code gives as often."""
COMPARING_TEXT: Final = re.compile(
    r"[=!]==?|\b(?:case|equals|includes|startsWith|endsWith|HasPrefix|contains|matches|is_equal)\b"
)
TEXT_LITERAL: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|\b\d[\d_]*(?:\.\d+)?\b")

Equality = ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is
PREFIXES: Final = frozenset({"startswith", "endswith", "fullmatch", "match", "search", "get", "index", "count", "find"})


def special_cases(
    path: str, old: bytes | None, new: bytes | None, reproducer: Mapping[str, bytes], ids: tuple[str, ...]
) -> Iterator[GuardFinding]:
    """Literals of the reproducing tests that the edit brings into one source file to tell their inputs from others."""
    if new is None:
        return
    is_read = path.endswith(".py") and parse(new) is not None
    judging = [tree for name, source in reproducer.items() for tree in _judging(name, source, ids)] if is_read else []
    texts = [source for name, source in reproducer.items() if not (is_read and _is_read(name, source))]
    for literal in (*_in_python(old, new, judging), *_in_text(old or b"", new, b"\n".join(texts))):
        yield GuardFinding("special-cased", path, f"compares with {literal}, which stands in the reproducer")


def _is_read(path: str, source: bytes) -> bool:
    """Whether a file of the tests is no Python, which lends no literals to Python, or is read as such."""
    return not path.endswith(".py") or parse(source) is not None


def _judging(path: str, source: bytes, ids: tuple[str, ...]) -> list[ast.AST]:
    """The parts of a test file whose literals count: the tests that are named, else the whole file."""
    tree = parse(source)
    if tree is None:
        return []
    named = {id_.partition("[")[0] for id_ in ids}
    chosen: list[ast.AST] = [test.node for id_, test in tests_in(path, source).items() if id_ in named]
    return [*chosen, *_constants_of(chosen, tree)] if chosen else [tree]


def _constants_of(tests: Sequence[ast.AST], tree: ast.Module) -> Iterator[ast.AST]:
    """The assignments of a file, outside and inside its classes, whose names the tests use."""
    used = {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in used for to in node.targets):
            yield node


def _in_python(old: bytes | None, new: bytes, judging: Sequence[ast.AST]) -> list[str]:
    """Literals that the edit compares something with, and that the reproducer holds.

    A word may be a real option's name, a small number a real limit: they count only where the branch also answers with
    a value of the test's. A word answered with a word that the file knows is a table that honest code has too.
    """
    before, after = parse(old) or ast.Module([], []), spelled_changes(old, new)[1].tree
    in_tests = {literal for tree in judging for literal in _literals(tree)}
    # What `repr` or `str` makes of a literal gives it away as well.
    in_tests |= {repr(literal) for literal in in_tests if len(literal) > SHORT_CHARS}
    suspects = in_tests - set(_literals(before))
    found = [
        compared
        for compared, answers in _comparisons(after)
        if compared in suspects and (_is_telling(compared) or _gives_away(answers, in_tests, suspects))
    ]
    return list(dict.fromkeys(found))


def _gives_away(answers: frozenset[str], in_tests: set[str], suspects: set[str]) -> bool:
    """Whether a branch answers as the test wants it: with a value, or with a word that is new to the file."""
    return any(map(_is_answer, in_tests & answers)) or bool((suspects & answers) - SAYING_NOTHING)


def _comparisons(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """Each literal that something is compared with, and the literals that the branch then answers with."""
    for node in ast.walk(tree):
        compared, answers = _comparison(node)
        yield from ((literal, answers) for literal in compared)


def _comparison(node: ast.AST) -> tuple[Iterator[str], frozenset[str]]:
    match node:
        case ast.If():
            return _compared(node.test), _answers([*node.body, *node.orelse])
        case ast.IfExp():
            return _compared(node.test), _answers([node.body, node.orelse])
        case ast.Compare() | ast.Call():
            return _compared(node), frozenset()
        case ast.match_case():
            return _literals(node.pattern), _answers(node.body)
        case ast.Dict():
            keys = [key for key in node.keys if key is not None and _is_literal(key)]
            return map(written, keys), frozenset(map(written, filter(_is_literal, node.values)))
    return iter(()), frozenset()


def _answers(body: Sequence[ast.stmt | ast.expr]) -> frozenset[str]:
    """Literals that are returned or assigned as they are; what is handed to a call may be a message."""
    giving = ast.Return | ast.Assign | ast.Yield
    parts = [node for statement in body for node in ast.walk(statement) if isinstance(node, giving)]
    values = [*(part.value for part in parts), *(part for part in body if isinstance(part, ast.expr))]
    return frozenset(written(value) for value in values if value is not None and _is_literal(value))


def _compared(test: ast.expr) -> Iterator[str]:
    """The literals that a condition holds something against."""
    for node in ast.walk(test):
        match node:
            case ast.Compare() if any(isinstance(operator, Equality) for operator in node.ops):
                yield from (literal for side in (node.left, *node.comparators) for literal in _literals(side))
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in PREFIXES:
                yield from map(written, filter(_is_literal, (owner, *node.args)))


def _literals(tree: ast.AST) -> Iterator[str]:
    """Constants, and lists, tuples and dicts of constants, as Python writes them."""
    for node in ast.walk(tree):
        if _is_literal(node) and (literal := written(node)):
            yield literal


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is not None and node.value is not Ellipsis and not isinstance(node.value, bool)
    return isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict) and is_plain(node)


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


def _in_text(old: bytes, new: bytes, reproducer: bytes) -> list[str]:
    """The same for other languages, by the look of the lines that are new."""
    had = set(old.splitlines())
    added = [line.decode(errors="replace") for line in new.splitlines() if line not in had]
    known, told = old.decode(errors="replace"), reproducer.decode(errors="replace")
    literals = {literal for line in added if COMPARING_TEXT.search(line) for literal in TEXT_LITERAL.findall(line)}
    inner = {literal: literal.strip("\"'`") for literal in literals}
    return sorted(literal for literal, text in inner.items() if _tells(text) and text in told and text not in known)


def _tells(text: str) -> bool:
    if text.replace(".", "").replace("_", "").isdecimal():
        return "." in text or int(text.replace("_", "")) >= LARGE_NUMBER
    return len(text) >= LONG_TEXT_CHARS and WORDLIKE.fullmatch(text) is None
