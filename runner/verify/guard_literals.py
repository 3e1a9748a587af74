"""When an edit of the source answers the reproducer's own inputs instead of the task. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from runner.proof import GuardFinding
from runner.verify.guard_answers import Pair, answer_text, asked, grown_tables, is_given_away, prepared
from runner.verify.guard_disguises import disguised
from runner.verify.literals import (
    LARGE_NUMBER,
    LONG_TEXT_CHARS,
    SAYING_NOTHING,
    UNSAID,
    WORDLIKE,
    is_answer,
    is_literal,
    is_telling,
    literal_text,
    literals_in,
    value_text,
)
from runner.verify.python_names import spelled_changes, with_constants, worked_out
from runner.verify.python_tests import parse, tests_in

SHORT_CHARS: Final = 3
COMPARING_TEXT: Final = re.compile(
    r"[=!]==?|\b(?:case|equals|includes|startsWith|endsWith|HasPrefix|contains|matches|is_equal)\b"
)
TEXT_LITERAL: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|\b\d[\d_]*(?:\.\d+)?\b")

Equality = ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is
PREFIXES: Final = frozenset(
    """startswith endswith fullmatch match search get index count find replace removeprefix removesuffix partition
    rpartition split rsplit""".split()  # noqa: SIM905
)
MOST_FOLLOWING: Final = 3
"""So many statements after an `if` that leaves are read as its answer."""
BLOCKS: Final = ("body", "orelse", "finalbody")
LEAVING: Final = ast.Return | ast.Raise | ast.Continue | ast.Break


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
    before, changed = parse(old) or ast.Module([], []), spelled_changes(old, new)
    after = with_constants(changed[1].tree, new)
    in_tests = {literal for tree in judging for literal in literals_in(tree)}
    # What `repr` or `str` makes of a literal gives it away as well.
    in_tests |= {repr(literal) for literal in in_tests if len(literal) > SHORT_CHARS}
    suspects, pairs = in_tests - set(literals_in(before)), asked(judging)
    grown = grown_tables(changed[0].tree, after)
    found = [
        compared
        for compared, answers in _comparisons(after, grown)
        if compared in suspects and (is_telling(compared) or _gives_away(compared, answers, in_tests, suspects, pairs))
    ]
    found += [given for given in prepared(after, pairs, grown) if given in suspects]
    return list(dict.fromkeys([*found, *disguised(after, suspects)]))


def _gives_away(
    compared: str, answers: frozenset[str], in_tests: set[str], suspects: set[str], pairs: frozenset[Pair]
) -> bool:
    """Whether a branch answers as the test wants it: with a value, or with a word that is new to the file."""
    if any(map(is_answer, in_tests & answers)) or (suspects & answers) - SAYING_NOTHING:
        return True
    return any(is_given_away(compared, answer, pairs) for answer in answers)


def _comparisons(tree: ast.Module, grown: Collection[int]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each literal that something is compared with, and the values that the branch then answers with."""
    rest = {id(node): after for node in ast.walk(tree) for node, after in _followed(node)}
    for node in ast.walk(tree):
        compared, answers = _comparison(node, rest.get(id(node), []), grown)
        yield from ((literal, answers) for literal in compared)


def _followed(node: ast.AST) -> Iterator[tuple[ast.If, list[ast.stmt]]]:
    """Each `if not equal` of a block that leaves it, with the statements after it: what the equal comes to."""
    blocks = [getattr(node, name, None) for name in BLOCKS]
    for block in (block for block in blocks if isinstance(block, list)):
        for at, one in enumerate(block):
            if isinstance(one, ast.If) and isinstance(one.body[-1], LEAVING) and _is_unequal(one.test):
                yield one, block[at + 1 : at + 1 + MOST_FOLLOWING]


def _is_unequal(test: ast.expr) -> bool:
    return any(isinstance(node, ast.NotEq | ast.NotIn | ast.Not) for node in ast.walk(test))


def _comparison(
    node: ast.AST, rest: Sequence[ast.stmt], grown: Collection[int]
) -> tuple[Iterator[str], frozenset[str]]:
    match node:
        case ast.If() | ast.While():
            # An `elif` answers for itself: a thousand of them would be read half a million times.
            others = [one for one in node.orelse if not isinstance(one, ast.If)]
            return _compared(node.test, grown), _answers([*node.body, *others, *rest], node.test)
        case ast.IfExp():
            return _compared(node.test, grown), _answers([node.body, node.orelse], node.test)
        case ast.BoolOp(ast.And(), [test, *others]):
            return _compared(test, grown), _answers(others, test)
        case ast.Compare() | ast.Call():
            return _compared(node, grown), frozenset()
        case ast.match_case():
            return literals_in(node.pattern), _answers(node.body, None)
        case ast.Dict() if id(node) not in grown:
            keys = [key for key in node.keys if key is not None and is_literal(key)]
            return map(literal_text, keys), frozenset(filter(None, map(value_text, node.values))) - UNSAID
    return iter(()), frozenset()


def _answers(body: Sequence[ast.stmt | ast.expr], test: ast.expr | None) -> frozenset[str]:
    """What is returned or assigned as it is, or made of such; what is handed to a call may be a message."""
    giving = ast.Return | ast.Assign | ast.Yield
    parts = [node for statement in body for node in ast.walk(statement) if isinstance(node, giving)]
    values = [*(part.value for part in parts), *(part for part in body if isinstance(part, ast.expr))]
    known = _equal_to(test)
    return frozenset(filter(None, (answer_text(worked_out(value, known)) for value in values if value is not None)))


def _equal_to(test: ast.expr | None) -> Mapping[str, ast.expr]:
    """The name that a condition says to be equal to a constant, with it."""
    match test:
        case ast.Compare(ast.Name(id=name), [ast.Eq()], [ast.Constant() as value]):
            return {name: value}
        case ast.Compare(ast.Constant() as value, [ast.Eq()], [ast.Name(id=name)]):
            return {name: value}
    return {}


def _compared(test: ast.expr, grown: Collection[int]) -> Iterator[str]:
    """The literals that a condition holds something against."""
    for node in ast.walk(test):
        match node:
            case ast.Compare() if any(isinstance(operator, Equality) for operator in node.ops):
                sides = (side for side in (node.left, *node.comparators) if id(side) not in grown)
                yield from (literal for side in sides for literal in literals_in(side))
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in PREFIXES:
                yield from map(literal_text, filter(is_literal, (owner, *node.args)))


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
