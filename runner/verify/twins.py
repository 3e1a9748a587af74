"""Which places are like one that a change mends, and stay as they were: a fix of one of two is half a fix. Pure.

Held against 795 real fixes (145 of the development half, 650 older commits of its repositories) and the 1,595 changes
that come of leaving one of their blocks out: of the first 1.0 % leave such a place, most of them changed for other
reasons than a defect. Looser rules find more of the halves, and as many times more of the whole ones.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from runner.models import Overlay
from runner.verify.python_tests import Function, parse
from runner.verify.test_paths import is_test_path

WORD: Final = re.compile(r"[A-Za-z_]\w+")
LEAST_WORDS: Final = 2
LEAST_CHARS: Final = 12
LIKENESS: Final = 0.5
"""A line that becomes something wholly different was not mended, but replaced."""
NO_CODE: Final = ("#", "//", "/*", "*", "def ", "class ")
TOLD_CHARS: Final = 80
MOST_TOLD: Final = 3

Block = tuple[int, int, int, int]
"""Lines `[a, b)` of the text before, and what stands there now: lines `[c, d)` of the text after."""


def twins(before: Mapping[str, bytes | None], head: Overlay) -> tuple[str, ...]:
    """One sentence for each place that was left, at most three; `before` are the changed files on the base."""
    found = [
        f"{path}:{line} stands as {told} did before the change: `{text[:TOLD_CHARS]}`"
        for path, old in before.items()
        if old and (new := head.get(path)) and not is_test_path(path)
        for line, told, text in _in_file(path, old, new)
    ]
    return tuple(dict.fromkeys(found))[:MOST_TOLD]


def _in_file(path: str, old: bytes, new: bytes) -> Iterator[tuple[int, str, str]]:
    change = _Change.between(old.decode(errors="replace"), new.decode(errors="replace"))
    is_python = path.endswith(".py")
    texts = _text_lines(change.after) if is_python else frozenset()
    yield from (found for found in _lines_left(change) if found[0] not in texts)
    if is_python:
        yield from _calls_left(change)


@dataclass(frozen=True, slots=True)
class _Change:
    before: Sequence[str]
    after: Sequence[str]
    blocks: Sequence[Block]

    @classmethod
    def between(cls, old: str, new: str) -> _Change:
        before, after = old.splitlines(), new.splitlines()
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return cls(before, after, [code[1:] for code in codes if code[0] != "equal"])

    def touched(self, *, is_after: bool) -> frozenset[int]:
        """The numbers of the lines that are in a block, from 1."""
        first = 2 if is_after else 0
        return frozenset(line + 1 for block in self.blocks for line in range(block[first], block[first + 1]))


def _lines_left(change: _Change) -> Iterator[tuple[int, str, str]]:
    """Lines like one that was mended, between the same two lines as that one was."""
    touched = change.touched(is_after=True)
    known = defaultdict[str, list[int]](list)
    for number, line in enumerate(change.after):
        if number + 1 not in touched:
            known[line.strip()].append(number)
    for number, text in _mended(change):
        here = _neighbours(change.before, number)
        alike = (place for place in known[text] if _neighbours(change.after, place) == here)
        yield from ((place + 1, f"line {number + 1}", text) for place in alike)


def _mended(change: _Change) -> Iterator[tuple[int, str]]:
    """The lines before, numbered from 0, that became much the same line; one that is still there was only moved."""
    for start, end, first, last in change.blocks:
        now = [line.strip() for line in change.after[first:last]]
        texts = ((number, change.before[number].strip()) for number in range(start, end))
        yield from (found for found in texts if found[1] not in now and _is_code(found[1]) and _is_like(found[1], now))


def _is_code(text: str) -> bool:
    return len(text) >= LEAST_CHARS and len(WORD.findall(text)) >= LEAST_WORDS and not text.startswith(NO_CODE)


def _is_like(text: str, lines: Sequence[str]) -> bool:
    return any(SequenceMatcher(None, text, line).ratio() >= LIKENESS for line in lines)


def _neighbours(lines: Sequence[str], number: int) -> tuple[str, str]:
    above = (lines[place].strip() for place in range(number - 1, -1, -1) if lines[place].strip())
    below = (lines[place].strip() for place in range(number + 1, len(lines)) if lines[place].strip())
    return next(above, ""), next(below, "")


def _text_lines(lines: Sequence[str]) -> frozenset[int]:
    """The lines of texts that stand alone: docstrings, and code that was put into quotes."""
    tree = parse("\n".join(lines).encode())
    alone = (node for node in ast.walk(tree) if isinstance(node, ast.Expr)) if tree else ()
    texts = (node for node in alone if isinstance(node.value, ast.Constant))
    return frozenset(line for node in texts for line in range(node.lineno, (node.end_lineno or 0) + 1))


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, with the function it stands in and the name of what it calls."""

    place: tuple[str, str]
    node: ast.Call

    @property
    def shape(self) -> tuple[int, tuple[str, ...]]:
        """How many arguments it has, and the names of the others."""
        return len(self.node.args), tuple(sorted(keyword.arg or "**" for keyword in self.node.keywords))

    def meets(self, lines: frozenset[int]) -> bool:
        """Whether it stands on one of the lines."""
        return not lines.isdisjoint(range(self.node.lineno, (self.node.end_lineno or self.node.lineno) + 1))


def _calls_left(change: _Change) -> Iterator[tuple[int, str, str]]:
    """Calls of the same in the same function with the arguments that all changed ones had, and have no more."""
    old, _ = _parted(_calls(change.before), change.touched(is_after=False))
    new, kept = _parted(_calls(change.after), change.touched(is_after=True))
    for call in old:
        before, after = (Counter(one.shape for one in calls if one.place == call.place) for calls in (old, new))
        if before.total() == after.total() and call.shape not in after:
            left = (one.node for one in kept if (one.place, one.shape) == (call.place, call.shape))
            yield from ((node.lineno, f"line {call.node.lineno}", ast.unparse(node)) for node in left)


def _parted(calls: Iterable[_Call], lines: frozenset[int]) -> tuple[list[_Call], list[_Call]]:
    """Those on the lines, and the others."""
    known = list(calls)
    return [call for call in known if call.meets(lines)], [call for call in known if not call.meets(lines)]


def _calls(lines: Sequence[str]) -> Iterator[_Call]:
    tree = parse("\n".join(lines).encode())
    return _calls_in(tree, "") if tree else iter(())


def _calls_in(node: ast.AST, where: str) -> Iterator[_Call]:
    """All calls, but for those of constants alone: they only look things up."""
    if isinstance(node, Function | ast.ClassDef):
        where = f"{where}.{node.name}"
    if isinstance(node, ast.Call) and not all(isinstance(one, ast.Constant) for one in node.args):
        yield _Call((where, ast.unparse(node.func)), node)
    for child in ast.iter_child_nodes(node):
        yield from _calls_in(child, where)
