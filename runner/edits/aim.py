"""Which lines a direct edit means: where its new text reads like the file, its numbers deciding nothing alone. Pure.

A direct edit says `LINES: 12-15` and gives the new text of those lines. The numbers may have drifted, and the text may
hold more unchanged lines than the numbers cover. So every span near the stated one is scored by how much of the new
text it explains; the best one is taken if it stands out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from runner.edits.anchor import CANDIDATES_TOLD, Place
from runner.edits.depth import Rewrite, settled
from runner.edits.lines import defined_by, indent_of, is_telling, words
from runner.edits.spans import Span, ranked_spans, repeats
from runner.errors import EditRejected

LEAST_EVIDENCE: Final = 0.3
"""What of a line must live on where it was stated."""
DRIFTED: Final = 1.5
"""What must live on anywhere else: a telling line that frames the new text, and more."""
MARGIN: Final = 0.5
"""How far a span elsewhere must be ahead of its rivals."""
STATED_MARGIN: Final = 1.5
"""How far it must be ahead of the stated one where the new text begins and ends more as that one does."""
NAMESAKE_MARGIN: Final = 0.5
"""How far where it begins or ends just as that one does, with a telling line: one of a namesake's."""
CLOSED_MARGIN: Final = 2.0
"""How far it must be ahead of the stated one where content and number agree on the last line."""
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
        margin = self._margin(spans)
        homes = [span for span in spans if span.shift == 0 and span.score > best - max(margin, MARGIN)]
        if homes and homes[0].score >= max(LEAST_EVIDENCE, best - margin):
            place = self._one_of(homes)
            if margin == ROUNDING or self.is_sound(place):
                return place
        stated = Span(self.start - 1, self.end)
        is_framed = _is_framed(stated, self.new, self.lines, at_both=best >= DRIFTED)
        if is_framed and self.is_sound(place := self._filled(stated)):
            return place
        return None

    def _margin(self, spans: Sequence[Span]) -> float:
        """How far a span elsewhere must be ahead of the stated one to be meant."""
        if self._is_closed():
            return CLOSED_MARGIN
        home = Span(self.start - 1, self.end)
        stated, best = self._same_ends(home), self._same_ends(spans[0]) if spans else 0
        if stated > best and spans:
            return STATED_MARGIN
        is_begun = stated == best and _shares_an_end(self.lines[home.start : home.end], self.new)
        return NAMESAKE_MARGIN if is_begun else ROUNDING

    def _same_ends(self, span: Span) -> int:
        """With how many of its ends the new text begins and ends, blank ones too."""
        old = self.lines[span.start : span.end]
        ends = ((old[0], self.new[0]), (old[-1], self.new[-1])) if old and self.new else ()
        return sum(words(was) == words(now) for was, now in ends)

    def _is_closed(self) -> bool:
        """Whether a telling line that the file has once ends the stated lines and the new text alike."""
        last = words(self.new[-1]) if self.new else ""
        at_end = self.lines[self.end - 1 : self.end]
        is_same = is_telling(last) and [words(line) for line in at_end] == [last]
        return is_same and sum(words(line) == last for line in self.lines) == 1

    def _one_of(self, spans: Sequence[Span]) -> Place:
        """The first span, unless only a later one makes a file that can be read. Raises EditRejected."""
        places = [*self._fillable(spans)] or [self._filled(spans[0])]
        return next(filter(self.is_sound, places), places[0]) if places[1:] else places[0]

    def _fillable(self, spans: Sequence[Span]) -> Iterator[Place]:
        for span in spans:
            with suppress(EditRejected):
                yield self._filled(span)

    def elsewhere(self) -> Place:
        """The lines near the stated ones that the new text is clearly about. Raises EditRejected."""
        spans = self._spans()
        best = spans[0].score if spans else 0.0
        told = f"lines {self.start}-{self.end}"
        if best < DRIFTED:
            raise EditRejected((f"nothing in the new text shows that {told} are meant; {ASK}",))
        near = [span for span in spans if span.score > best - MARGIN]
        if not any(_shares_an_end(self.lines[span.start : span.end], self.new) for span in near):
            raise EditRejected((f"{told} do not read like the new text; {ASK}",))
        return self._only_one_of([self._filled(span) for span in near], told)

    def _only_one_of(self, rivals: Sequence[Place], told: str) -> Place:
        """The one that makes a file that can be read. Raises EditRejected where that is none or several."""
        sound = [place for place in rivals if self.is_sound(place)] or rivals
        if len(sound) != 1 or repeats(self.new, self.lines, sound[0].start, sound[0].end):
            others = ", ".join(f"{place.start + 1}-{place.end}" for place in rivals[:CANDIDATES_TOLD])
            raise EditRejected((f"{told} do not read like the new text, lines {others} may; {ASK}",))
        if list(sound[0].new) == list(self.lines[sound[0].start : sound[0].end]):
            there = f"{sound[0].start + 1}-{sound[0].end}"
            raise EditRejected(
                (f"the new text for {told} already stands in lines {there}; say which lines it replaces",)
            )
        return sound[0]

    def _spans(self) -> list[Span]:
        spans = ranked_spans(self.new, self.lines, self.start - 1, self.end)
        return [span for span in spans if not _beheads(self.lines[span.start : span.end], self.new)]

    def _filled(self, span: Span) -> Place:
        return fill(span, self.new, self.lines, self.is_sound)


def _beheads(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether a definition would lose its first line, and not its body, to another whole definition."""
    telling = [line for line in old if line.strip()]
    lost = defined_by(telling[-1]) if telling else ""
    heads = [name for line in new if (name := defined_by(line))]
    return lost != "" and lost not in (heads or [lost]) and sum(map(is_telling, new)) > len(heads)


def _shares_an_end(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether both begin, or both end, with the same lines up to a telling one, blank ones aside."""
    was, now = ([words(line) for line in text if line.strip()] for text in (old, new))
    return _begin_alike(was, now) or _begin_alike(was[::-1], now[::-1])


def _begin_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    same = (a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    return any(map(is_telling, same))


def _is_framed(span: Span, new: Sequence[str], lines: Sequence[str], *, at_both: bool) -> bool:
    """Whether the new text begins or ends, or does both, with the line that the span does; blank ones do not count."""
    old = lines[span.start : span.end]
    if not (old and new):
        return False
    ends = [(words(old[0]), words(new[0])), (words(old[-1]), words(new[-1]))]
    return any(was == now != "" for was, now in ends) and not (at_both and any(was != now for was, now in ends))


def fill(span: Span, new: Sequence[str], lines: Sequence[str], is_sound: IsSound, *, is_headed: bool = False) -> Place:
    """The span with the new text at its depth, every kept line as the file has it. Raises EditRejected if unsure.

    `is_headed` says that the first lines of both are the same, though not word by word.
    """
    span = _without_lost_blanks(span, new, lines)
    old = lines[span.start : span.end]
    kept = _kept(old, new)

    def placed(text: Sequence[str]) -> Place:
        return Place(span.start, span.end, _with_real(text, old, kept))

    rewrite = Rewrite(tuple(new), old, kept, lines[: span.start], lines[span.end :], is_headed=is_headed)
    return placed(settled(rewrite, lambda text: is_sound(placed(text))))


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


def _with_real(text: Sequence[str], old: Sequence[str], kept: Mapping[int, int]) -> tuple[str, ...]:
    """The text with each kept line as the file has it, unless it was moved to another depth."""

    def real(n: int, line: str) -> str:
        was = old[kept[n]] if n in kept else line
        return was if words(was) == words(line) and indent_of(was) in (indent_of(line), was) else line

    return tuple(real(n, line) for n, line in enumerate(text))
