"""Which lines a direct edit means: where its new text reads like the file, its numbers deciding nothing alone. Pure.

A direct edit says `LINES: 12-15` and gives the new text of those lines. The numbers may have drifted, and the text may
hold more unchanged lines than the numbers cover. So every span near the stated one is scored by how much of the new
text it explains; the best one is taken if it stands out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from runner.edits.anchor import CANDIDATES_TOLD, Place
from runner.edits.lines import Pair, in_kind, indent_of, rebase, untyped, words
from runner.edits.spans import Span, ranked_spans, repeats
from runner.errors import EditRejected

LEAST_EVIDENCE: Final = 0.3
"""What of a line must live on where it was stated."""
DRIFTED: Final = 1.5
"""What must live on anywhere else: a telling line that frames the new text, and more."""
MARGIN: Final = 0.5
"""How far a span elsewhere must be ahead of its rivals."""
ROUNDING: Final = 1e-6
ASK: Final = "begin and end the block with an unchanged line and let LINES count them too"

IsSound = Callable[[Place], bool]


@dataclass(frozen=True, slots=True)
class Aim:
    """A new text that is said to replace lines start..end (1-based, inclusive) of `lines`.

    `is_sound` says whether the file can still be read with a place filled in: it decides between equal spans.
    """

    new: Sequence[str]
    lines: Sequence[str]
    start: int
    end: int
    is_sound: IsSound

    def at_home(self) -> Place | None:
        """The stated lines, if the new text shows that they are meant and nothing near them is meant as well."""
        spans = self._spans()
        best = spans[0].score if spans else 0.0
        home = next((span for span in spans if span.shift == 0), None)
        if home is not None and home.score >= max(LEAST_EVIDENCE, best - ROUNDING):
            return self._filled(home)
        stated = Span(self.start - 1, self.end)
        if best < DRIFTED and _is_framed(stated, self.new, self.lines) and self.is_sound(place := self._filled(stated)):
            return place
        return None

    def elsewhere(self) -> Place:
        """The lines near the stated ones that the new text is clearly about. Raises EditRejected."""
        spans = self._spans()
        best = spans[0].score if spans else 0.0
        told = f"lines {self.start}-{self.end}"
        if best < DRIFTED:
            raise EditRejected((f"nothing in the new text shows that {told} are meant; {ASK}",))
        rivals = [self._filled(span) for span in spans if span.score > best - MARGIN]
        sound = [place for place in rivals if self.is_sound(place)]
        if len(sound) != 1 or repeats(self.new, self.lines, sound[0].start, sound[0].end):
            others = ", ".join(f"{place.start + 1}-{place.end}" for place in rivals[:CANDIDATES_TOLD])
            raise EditRejected((f"{told} do not read like the new text, lines {others} may; {ASK}",))
        return sound[0]

    def _spans(self) -> list[Span]:
        return ranked_spans(self.new, self.lines, self.start - 1, self.end)

    def _filled(self, span: Span) -> Place:
        return fill(span, self.new, self.lines, self.is_sound)


def _is_framed(span: Span, new: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether the new text begins or ends with the very line that the span begins or ends with."""
    old = lines[span.start : span.end]
    if not (old and new):
        return False
    return any(was.strip() and was.rstrip() == now.rstrip() for was, now in ((old[0], new[0]), (old[-1], new[-1])))


def fill(span: Span, new: Sequence[str], lines: Sequence[str], is_sound: IsSound) -> Place:
    """The span with the new text on its indentation, every kept line as the file has it."""
    span = _without_lost_blanks(span, new, lines)
    old = lines[span.start : span.end]
    kept = _kept(old, new)
    new = in_kind(new, lines, [Pair(new[n], old[at]) for n, at in kept.items()])
    places = [Place(span.start, span.end, _with_real(text, old, kept)) for text in _readings(new, old, kept)]
    return next((place for place in places if is_sound(place)), places[0])


def _without_lost_blanks(span: Span, new: Sequence[str], lines: Sequence[str]) -> Span:
    """The span without blank lines at its ends that the new text lost: the very same line is beside them."""
    old = lines[span.start : span.end]
    above, below = _lost(old, new), _lost(old[::-1], new[::-1])
    return replace(span, start=span.start + above, end=span.end - below)


def _lost(old: Sequence[str], new: Sequence[str]) -> int:
    blanks = next((n for n, line in enumerate(old) if line.strip()), 0)
    return blanks if new and words(new[0]) == words(old[blanks]) else 0


def _kept(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Line of `new` -> the line of `old` with the same words."""
    matcher = difflib.SequenceMatcher(
        None, [words(line) for line in old], [words(line) for line in new], autojunk=False
    )
    return {block.b + n: block.a + n for block in matcher.get_matching_blocks() for n in range(block.size)}


def _readings(new: Sequence[str], old: Sequence[str], kept: Mapping[int, int]) -> Iterator[list[str]]:
    """The new text as it may be meant, likeliest first: as written, or moved onto the file's indentation."""
    pairs = [Pair(new[n], old[at]) for n, at in kept.items() if new[n].strip()]
    shifted, untrimmed = _on_base(new, old), [_base(old[:1]) + line for line in new[:1]] + list(new[1:])
    if not _base(new) and _base(old):
        if len(_base(new[1:])) >= len(_base(old)):
            yield untrimmed
        yield from _rebased(pairs, new)
        yield shifted
    elif _is_moved(pairs) and _base(new) != _base(old):
        yield from _rebased(pairs, new)
    yield list(new)
    yield shifted
    yield untrimmed
    yield [untyped(line) for line in new]


def _is_moved(pairs: Sequence[Pair]) -> bool:
    """Whether most of the kept lines stand deeper or shallower than in the file."""
    exact = sum(indent_of(pair.quoted) == indent_of(pair.real) for pair in pairs)
    return exact * 2 < len(pairs)


def _rebased(pairs: Sequence[Pair], new: Sequence[str]) -> list[list[str]]:
    """The new text on the kept lines' indentation, if they agree about it."""
    try:
        return [rebase(pairs, new)] if pairs else []
    except ValueError:
        return []


def _on_base(new: Sequence[str], old: Sequence[str]) -> list[str]:
    """`new` with its shallowest line as deep as the shallowest of `old`."""
    cut, base = len(_base(new)), _base(old)
    return [base + line[cut:] if line.strip() else "" for line in new]


def _base(lines: Sequence[str]) -> str:
    return min((indent_of(line) for line in lines if line.strip()), key=len, default="")


def _with_real(text: Sequence[str], old: Sequence[str], kept: Mapping[int, int]) -> tuple[str, ...]:
    """The text with each kept line as the file has it, unless it was moved to another depth."""

    def real(n: int, line: str) -> str:
        was = old[kept[n]] if n in kept else line
        return was if words(was) == words(line) and indent_of(was) in (indent_of(line), was) else line

    return tuple(real(n, line) for n, line in enumerate(text))
