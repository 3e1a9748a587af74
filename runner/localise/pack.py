"""Which lines a step's prompt shows: the likeliest definitions for the bytes, with the heads they stand under. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from runner.localise.outline import Outline, Piece
from runner.localise.words import IDENTIFIER, terms
from runner.models import Slice
from runner.proof import Line

BUDGET_BYTES: Final = 10_400
SIZE_POWER: Final = 0.8
"""Greedy by odds over size to this power: 0 would ignore size, 1 would only show one-liners."""
SMALLEST_BYTES: Final = 60
"""Shorter pieces do not gain by being short."""
LONGEST_WHOLE_LINES: Final = 80
"""A longer definition is shown in parts, its head above each: it would take the place of all others."""
PART_LINES: Final = 25
CUT_LINES: Final = 8
"""How far from its ideal place a cut may lie, to fall between two statements."""
WORDS_SHARE: Final = 0.7
"""How much of a long definition's odds go to its parts by the task's words in them; the rest by their length."""
IDLE_SHARE: Final = 0.03
"""What is left of a part's share where failing tests execute other parts of its definition, and not this one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of a slice that are shown together, with the head lines above them, and what they are worth a byte."""

    slice_: Slice
    start: int
    end: int
    heads: tuple[Piece, ...]
    worth: float


def pack(
    slices: Sequence[Slice],
    outlines: Mapping[str, Outline],
    budget_bytes: int = BUDGET_BYTES,
    executed: Collection[Line] = (),
) -> tuple[Slice, ...]:
    """What is shown within the budget, best first, then the heads that it stands under.

    No line is shown twice; the blank lines around a part belong to it. A budget of two steps works like one of one.
    `executed` are the lines that failing tests execute, where that is known.
    """
    parts = [part for slice_ in slices for part in _parts(slice_, outlines[slice_.path], executed)]
    left_bytes, shown = budget_bytes, list[Slice]()
    seen: dict[str, set[int]] = {}
    for part in sorted(parts, key=lambda part: -part.worth):
        outline, visible = outlines[part.slice_.path], seen.setdefault(part.slice_.path, set())
        new = list(_new_slices(part, outline, visible))
        cost = sum(len(outline.text(slice_.start, slice_.end)) for slice_ in new)
        if cost <= left_bytes:
            left_bytes -= cost
            shown += new
            visible.update(line for slice_ in new for line in range(slice_.start, slice_.end + 1))
    return tuple(sorted(shown, key=lambda slice_: -slice_.score))


def _new_slices(part: Part, outline: Outline, visible: set[int]) -> Iterator[Slice]:
    """The part and its heads, as far as they are not shown yet."""
    for head in part.heads:
        line = head_line(head, outline)
        if line not in visible and not part.start <= line <= part.end:
            why = f"the head of {part.slice_.name}" if head.name == part.slice_.name else f"holds {part.slice_.name}"
            yield _slice(replace(part.slice_, name=head.name, score=0.0, why=why), line, line, outline)
    lines = [line for line in _with_blanks(part.start, part.end, outline) if line not in visible]
    for start, end in _runs(lines):
        whole = (start, end) == (part.slice_.start, part.slice_.end)
        yield part.slice_ if whole else _slice(_told(part), start, end, outline)


def _told(part: Part) -> Slice:
    """The part's slice; where it is not the whole of it, its reason says so."""
    first, last = part.slice_.start, part.slice_.end
    is_whole = part.start <= first and part.end >= last
    return part.slice_ if is_whole else replace(part.slice_, why=f"a part of lines {first}-{last}; {part.slice_.why}")


def _slice(like: Slice, start: int, end: int, outline: Outline) -> Slice:
    return replace(like, start=start, end=end, sha1=outline.sha1(start, end))


def head_line(piece: Piece, outline: Outline) -> int:
    """The line that names a definition: the first that is no decorator or annotation."""
    lines = range(piece.start, piece.end + 1)
    return next((n for n in lines if not outline.lines[n - 1].lstrip().startswith((b"@", b"#["))), piece.start)


def _parts(slice_: Slice, outline: Outline, executed: Collection[Line]) -> Iterator[Part]:
    """The slice without a class's definitions inside it, in parts if it is long."""
    members = [
        piece
        for piece in outline.pieces
        if slice_.start < piece.start and piece.end <= slice_.end and not piece.is_inner
    ]
    inside = {line for piece in members for line in range(piece.start, piece.end + 1)}
    own = [line for line in range(slice_.start, min(slice_.end, len(outline.lines)) + 1) if line not in inside]
    spans = [span for start, end in _runs(own) for span in _cut(*_stripped(start, end, outline), outline)]
    shares = _busy(_shares(spans, outline), spans, outline.path, executed)
    for (start, end), share in zip(spans, shares, strict=True):
        size = max(SMALLEST_BYTES, len(outline.text(start, end)))
        # As odds, not as points: a piece one point better is e times as likely meant, and may be that much longer.
        worth = share * math.exp(slice_.score) / size**SIZE_POWER
        yield Part(slice_, start, end, _heads(start, outline), worth)


def _heads(start: int, outline: Outline) -> tuple[Piece, ...]:
    """The definitions that begin before the line and go on over it, outermost first."""
    return tuple(
        piece for piece in outline.pieces if piece.start < start <= piece.end and head_line(piece, outline) < start
    )


def _cut(start: int, end: int, outline: Outline) -> Iterator[tuple[int, int]]:
    """A run of lines in parts that begin at statements as far out as there are."""
    length = end - start + 1
    if length <= LONGEST_WHOLE_LINES:
        if length > 0:
            yield start, end
        return
    count = math.ceil(length / PART_LINES)
    ideal = [start + round(number * length / count) for number in range(1, count)]
    begins = [start, *dict.fromkeys(_outermost(place, outline) for place in ideal)]
    for first, after in zip(begins, [*begins[1:], end + 1], strict=True):
        yield first, after - 1


def _outermost(place: int, outline: Outline) -> int:
    """The line near `place` that is indented least; of several the nearest."""
    near = [line for line in range(place - CUT_LINES, place + CUT_LINES + 1) if outline.lines[line - 1].strip()]
    return min(near, key=lambda line: (_indent(outline.lines[line - 1]), abs(line - place)), default=place)


def _indent(line: bytes) -> int:
    # A closing bracket belongs to the statement before it.
    return len(line) - len(line.lstrip()) + (100 if line.lstrip()[:1] in (b")", b"]", b"}") else 0)


def _shares(spans: Sequence[tuple[int, int]], outline: Outline) -> list[float]:
    """How a slice's odds are shared among its parts."""
    words = [len(_wanted(outline.text(*span), outline.wanted)) for span in spans]
    lines = [end - start + 1 for start, end in spans]
    by_words = [count / (sum(words) or 1) for count in words]
    by_lines = [count / (sum(lines) or 1) for count in lines]
    return [WORDS_SHARE * word + (1 - WORDS_SHARE) * line for word, line in zip(by_words, by_lines, strict=True)]


def _busy(
    shares: Sequence[float], spans: Sequence[tuple[int, int]], path: str, executed: Collection[Line]
) -> Sequence[float]:
    """The shares, less for parts that are not executed where others are."""
    busy = [any((path, line) in executed for line in range(start + 1, end + 1)) for start, end in spans]
    return [
        share * (1.0 if is_busy or not any(busy) else IDLE_SHARE) for share, is_busy in zip(shares, busy, strict=True)
    ]


def _wanted(text: bytes, wanted: frozenset[str]) -> set[str]:
    words = set(IDENTIFIER.findall(text.decode("utf-8", "replace")))
    return {term for word in words for term in terms(word)} & wanted


def _with_blanks(start: int, end: int, outline: Outline) -> range:
    """The lines and the blank ones around them, where something may be inserted."""
    while start > 1 and not outline.lines[start - 2].strip():
        start -= 1
    while end < len(outline.lines) and not outline.lines[end].strip():
        end += 1
    return range(start, end + 1)


def _stripped(start: int, end: int, outline: Outline) -> tuple[int, int]:
    while start <= end and not outline.lines[start - 1].strip():
        start += 1
    while end >= start and not outline.lines[end - 1].strip():
        end -= 1
    return start, end


def _runs(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising line numbers as spans without gaps."""
    for _, group in groupby(enumerate(lines), key=lambda pair: pair[1] - pair[0]):
        run = [line for _, line in group]
        yield run[0], run[-1]
