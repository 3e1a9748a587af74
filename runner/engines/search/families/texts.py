"""Candidates that change the text of a string literal, guided by what the failing tests compared. Pure."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Final

from runner.engines.search.pieces import constant
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change
from runner.engines.search.spelled import (
    BRACES,
    PERCENT,
    Letter,
    Opcode,
    differences,
    letters_of,
    runs_of,
    with_holes,
    written,
)

NOTHING: Final = re.compile(r"(?!)")
OCCURRENCES: Final = 4
SHORT: Final = 3
LIKE: Final = 0.6


def mend_text(site: Site) -> Iterator[Draft]:
    """The literal as it must be for the text that a test saw to become the text that it wanted."""
    if not _is_text(site) or not site.view.file.clues.texts:
        return
    segment = site.view.source.segment(site.node)
    plain = letters_of(segment)
    done: set[tuple[Change, ...]] = set()
    for holes, doubled in ((PERCENT, "%"), (BRACES, "{}"), (NOTHING, "")):
        letters = with_holes(plain, holes)
        if holes is not NOTHING and letters == plain and not isinstance(site.node, ast.JoinedStr):
            continue
        for extra, changes in _mended(letters, site.view.file.clues.texts, doubled):
            if changes not in done:
                done.add(changes)
                start = site.view.source.span(site.node)[0]
                yield Draft(1.2 + extra, tuple(Change(start + c.start, start + c.end, c.text) for c in changes))


def _is_text(site: Site) -> bool:
    is_string = isinstance(site.node, ast.Constant) and isinstance(site.node.value, str)
    return (is_string or isinstance(site.node, ast.JoinedStr)) and not site.is_statement


def _mended(
    letters: Sequence[Letter], texts: Sequence[tuple[str, str]], doubled: str
) -> Iterator[tuple[float, tuple[Change, ...]]]:
    """How unlikely, and the changes: all differences inside the literal at once, then each alone."""
    for (seen, wanted), by_word in product(texts, (True, False)):
        opcodes = differences(seen, wanted, by_word=by_word)
        for spans in _matches(letters, seen):
            found = (_change(run, start, code, wanted, doubled) for run, start in spans for code in opcodes)
            changes = [change for change in found if change is not None]
            is_short = sum(len(run) for run, _ in spans) < SHORT
            extra = 0.4 * (not by_word) + 1.5 * is_short
            if changes:
                yield extra, _ordered(changes)
            if len(changes) > 1:
                yield from ((extra + 1.0, (change,)) for change in changes)


def _matches(letters: Sequence[Letter], seen: str) -> Iterator[list[tuple[list[Letter], int]]]:
    """Where the literal's stretches stand in the text that was seen: all of them in order, or one alone."""
    runs = list(runs_of(letters))
    if not runs:
        return
    texts = ["".join(letter.text for letter in run) for run in runs]
    pattern = ".*?".join(f"({re.escape(text)})" for text in texts)
    for match in islice(re.finditer(pattern, seen, re.DOTALL), OCCURRENCES):
        yield [(run, match.start(number)) for number, run in enumerate(runs, 1)]
    alone = zip(runs, texts, strict=True) if len(runs) > 1 else ()
    yield from ([(run, seen.find(text))] for run, text in alone if len(text.strip()) >= SHORT and text in seen)


def _change(run: Sequence[Letter], start: int, opcode: Opcode, wanted: str, doubled: str) -> Change | None:
    """The difference as a change of the run that stands at `start`; None if it is not inside."""
    first, last = opcode[0] - start, opcode[1] - start
    if first < 0 or last > len(run):
        return None
    at = run[first].start if first < len(run) else run[-1].end
    end = run[last - 1].end if last > first else at
    text = written(wanted[opcode[2] : opcode[3]], run[min(first, len(run) - 1)], doubled=doubled)
    return None if text is None else Change(at, end, text)


def _ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    kept: list[Change] = []
    for change in sorted(set(changes), key=lambda one: (one.start, one.end)):
        if not kept or change.start >= kept[-1].end:
            kept.append(change)
    return tuple(kept)


def borrow_text(site: Site) -> Iterator[Draft]:
    """A similar string that the tests have."""
    if isinstance(site.node, ast.Constant) and isinstance(site.node.value, str) and not site.is_statement:
        for text in site.view.file.clues.strings:
            likeness = difflib.SequenceMatcher(None, text, site.node.value).quick_ratio()
            if text != site.node.value and likeness >= LIKE:
                yield site.replace(2.4 + 2 * (1 - likeness), constant(text))
