"""Where quoted lines stand in a file: found by content, refused when two places are meant equally. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from runner.edits.lines import SAMENESS, Pair, Same, graft, is_telling, rebase, words
from runner.errors import EditRejected

NEAREST_LINES: Final = 6
"""How many real lines are quoted back when an anchor is not found."""
CANDIDATES_TOLD: Final = 5
SURER: Final = 4
SLACK_LINES: Final = 10
"""Of equal places the stated line chooses one only if every other is so many times, and lines more, farther away."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines start..end of a file (0-based, end exclusive) and what they become."""

    start: int
    end: int
    new: tuple[str, ...]


def locate(old: Sequence[str], new: Sequence[str], lines: Sequence[str], near: int | None) -> Place:
    """Where `old` stands in `lines`, and `new` on the indentation found there.

    `near` is the stated first line, 1-based. Raises EditRejected when the lines are not there, or in several places.
    """
    if old and (found := list(_windows(old, lines, str))):
        at = _chosen(found, None if near is None else near - 1, lines)
        return _grown(Place(at[0], at[-1] + 1, tuple(new)), old, lines)
    first, last = _blanks(old), _blanks(old[::-1])
    quoted = old[first : len(old) - last]
    if not quoted:
        raise EditRejected(("the quoted lines are empty; quote the unchanged lines around the place",))
    kept = _without_margins(new, first, last)
    stated = None if near is None else near - 1 + first
    for same in SAMENESS:
        if found := list(_windows(quoted, lines, same)):
            return _grown(_placed(_chosen(found, stated, lines), quoted, kept, lines), quoted, lines)
    if len(quoted) == 1 and (place := _within_a_line(quoted[0], kept, lines)):
        return place
    raise EditRejected((not_found(quoted, lines, stated),))


def not_found(quoted: Sequence[str], lines: Sequence[str], stated: int | None) -> str:
    """The refusal that quotes the file's nearest real lines."""
    at = _nearest(quoted, lines)
    if at is None:
        at = max(0, min(stated or 0, len(lines) - 1))
    quoted_back = "\n".join(f"{n + 1:>5} | {lines[n]}" for n in range(at, min(len(lines), at + NEAREST_LINES)))
    return f"the quoted lines are not in the file; the nearest real lines are\n{quoted_back}"


def _blanks(lines: Sequence[str]) -> int:
    """How many blank lines it begins with."""
    return len(list(takewhile(_is_blank, lines)))


def _is_blank(line: str) -> bool:
    return not line.strip()


def _without_margins(new: Sequence[str], first: int, last: int) -> list[str]:
    """`new` without the blank lines that the quotation has at its ends as well."""
    rest = new[min(first, _blanks(new)) :]
    return list(rest[: len(rest) - min(last, _blanks(rest[::-1]))])


def _grown(place: Place, old: Sequence[str], lines: Sequence[str]) -> Place:
    """The place with the blank lines around it that the new text has at its ends and the quotation lost."""
    above = _lost(old, place.new, lines[: place.start][::-1])
    below = _lost(old[::-1], place.new[::-1], lines[place.end :])
    return Place(place.start - above, place.end + below, place.new)


def _lost(old: Sequence[str], new: Sequence[str], around: Sequence[str]) -> int:
    """How many of the blank lines that `new` begins with, and `old` does not, stand there already."""
    return min(max(0, _blanks(new) - _blanks(old)), _blanks(around)) if any(map(str.strip, new)) else 0


def _windows(quoted: Sequence[str], lines: Sequence[str], same: Same) -> Iterator[tuple[int, ...]]:
    """The indices of the real lines for each place that reads like the quotation.

    The most patient sameness also passes over blank lines that only one side has.
    """
    wanted = [same(line) for line in quoted]
    here = [same(line) for line in lines]
    numbers: Sequence[int] = range(len(lines))
    if same is words:
        wanted = [line for line in wanted if line]
        numbers = [n for n in numbers if here[n]]
    size = len(wanted)
    for at in range(len(numbers) - size + 1):
        if here[numbers[at]] == wanted[0] and all(here[numbers[at + n]] == wanted[n] for n in range(1, size)):
            yield tuple(numbers[at : at + size])


def _chosen(found: Sequence[tuple[int, ...]], stated: int | None, lines: Sequence[str]) -> tuple[int, ...]:
    """The one place, or the one that the stated line clearly means."""
    if len(found) == 1:
        return found[0]
    if stated is not None:
        ranked = sorted(found, key=lambda place: abs(place[0] - stated))
        nearest, second = abs(ranked[0][0] - stated), abs(ranked[1][0] - stated)
        if nearest == 0 or second > SURER * nearest + SLACK_LINES:
            return ranked[0]
    told = "; ".join(f"line {place[0] + 1}, after `{_before(place[0], lines)}`" for place in found[:CANDIDATES_TOLD])
    raise EditRejected((f"the quoted lines stand in {len(found)} places ({told}); quote more lines around yours",))


def _before(at: int, lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines[:at]) if is_telling(line)), "the file's beginning")


def _placed(place: tuple[int, ...], quoted: Sequence[str], new: Sequence[str], lines: Sequence[str]) -> Place:
    start, end = place[0], place[-1] + 1
    try:
        pairs = [Pair(quote, real) for quote, real in zip(quoted, lines[start:end], strict=False)]
        if len(quoted) == end - start and all(words(pair.quoted) == words(pair.real) for pair in pairs):
            return Place(start, end, tuple(graft(pairs, new)))
        return Place(start, end, tuple(_over_blanks(place, quoted, new, lines)))
    except ValueError as fault:
        told = "\n".join(lines[start : min(end, start + NEAREST_LINES)])
        raise EditRejected((f"{fault}; the file has\n{told}",)) from fault


def _over_blanks(
    place: tuple[int, ...], quoted: Sequence[str], new: Sequence[str], lines: Sequence[str]
) -> Iterator[str]:
    """`new` where the quotation lost or gained blank lines: if `new` has none, the file keeps its own."""
    telling = [n for n, line in enumerate(quoted) if not _is_blank(line)]
    real = dict(zip(telling, place, strict=True))
    moved = rebase([Pair(quoted[n], lines[at]) for n, at in real.items()], new)
    if any(map(_is_blank, new)):
        yield from moved
        return
    cursor = place[0]
    script = difflib.SequenceMatcher(None, quoted, new, autojunk=False).get_opcodes()
    for tag, old_start, old_end, new_start, new_end in script:
        for at in [real[n] for n in range(old_start, old_end) if n in real]:
            yield from lines[cursor:at]
            yield from lines[at : at + 1] if tag == "equal" else ()
            cursor = at + 1
        yield from moved[new_start:new_end] if tag != "equal" else ()


def _within_a_line(quote: str, new: Sequence[str], lines: Sequence[str]) -> Place | None:
    """The place for a quotation of a part of one single line."""
    part = quote.strip()
    found = [n for n, line in enumerate(lines) if part in line]
    if len(new) != 1 or len(found) != 1 or not is_telling(part) or lines[found[0]].count(part) != 1:
        return None
    return Place(found[0], found[0] + 1, (lines[found[0]].replace(part, new[0].strip()),))


def _nearest(quoted: Sequence[str], lines: Sequence[str]) -> int | None:
    """The line that is most like the first telling one of the quotation."""
    first = next((line for line in quoted if is_telling(line)), quoted[0])
    near = difflib.get_close_matches(first, lines, n=1, cutoff=0.4)
    return lines.index(near[0]) if near else None
