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
from itertools import accumulate
from typing import Final

from runner.models import Overlay
from runner.verify.line_blocks import Block, changed_blocks
from runner.verify.python_tests import Function, parse
from runner.verify.python_text import written
from runner.verify.test_paths import is_test_path

WORD: Final = re.compile(r"[A-Za-z_]\w+")
LEAST_WORDS: Final = 2
LEAST_CHARS: Final = 12
LIKENESS: Final = 0.5
"""A line that becomes something wholly different was not mended, but replaced."""
NO_CODE: Final = ("#", "//", "/*", "*", "def ", "class ")
TOLD_CHARS: Final = 80
MOST_TOLD: Final = 3

MOST_PAIRS: Final = 10_000
"""A block of more lines, times those in their place, was written anew."""

Company = tuple[str, str, str]


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
        return cls(before, after, changed_blocks(before, after))

    def touched(self, *, is_after: bool) -> frozenset[int]:
        """The numbers of the lines that are in a block, from 1."""
        first = 2 if is_after else 0
        return frozenset(line + 1 for block in self.blocks for line in range(block[first], block[first + 1]))


def _lines_left(change: _Change) -> Iterator[tuple[int, str, str]]:
    """Lines like one that was mended, between the same two lines as that one was."""
    touched = change.touched(is_after=True)
    before, known = _in_company(change.before), defaultdict[Company, list[int]](list)
    for number, company in enumerate(_in_company(change.after)):
        if number + 1 not in touched:
            known[company].append(number)
    for number, now in _replaced(change):
        text, alike = before[number][1], known.get(before[number], ())
        if alike and _is_code(text) and _is_mended(text, now):
            yield from ((place + 1, f"line {number + 1}", text) for place in alike)


def _replaced(change: _Change) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines before, numbered from 0, that are no more, each with those that stand in their place."""
    for start, end, first, last in change.blocks:
        now = [line.strip() for line in change.after[first:last]]
        if (end - start) * len(now) <= MOST_PAIRS:
            yield from ((number, now) for number in range(start, end))


def _is_code(text: str) -> bool:
    return len(text) >= LEAST_CHARS and len(WORD.findall(text)) >= LEAST_WORDS and not text.startswith(NO_CODE)


def _is_mended(text: str, now: Sequence[str]) -> bool:
    """Whether a line became much the same one; if it is still there it was only moved."""
    return text not in now and any(SequenceMatcher(None, text, line).ratio() >= LIKENESS for line in now)


def _in_company(lines: Sequence[str]) -> list[Company]:
    """Each line between the two next ones that are not blank."""
    texts = [line.strip() for line in lines]
    above = [*accumulate(texts, lambda last, text: text or last, initial="")]
    below = [*accumulate(reversed(texts), lambda last, text: text or last, initial="")]
    return [*zip(above[:-1], texts, below[-2::-1], strict=True)]


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
            yield from ((node.lineno, f"line {call.node.lineno}", written(node)) for node in left)


def _parted(calls: Iterable[_Call], lines: frozenset[int]) -> tuple[list[_Call], list[_Call]]:
    """Those on the lines, and the others."""
    known = list(calls)
    return [call for call in known if call.meets(lines)], [call for call in known if not call.meets(lines)]


def _calls(lines: Sequence[str]) -> Iterator[_Call]:
    tree = parse("\n".join(lines).encode())
    return _calls_in(tree) if tree else iter(())


def _calls_in(tree: ast.AST) -> Iterator[_Call]:
    """All calls, but for those of constants alone: they only look things up."""
    waiting = [(tree, "")]
    while waiting:
        node, where = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            where = f"{where}.{node.name}"
        if isinstance(node, ast.Call) and not all(isinstance(one, ast.Constant) for one in node.args):
            yield _Call((where, written(node.func)), node)
        waiting += [(child, where) for child in reversed([*ast.iter_child_nodes(node)])]
