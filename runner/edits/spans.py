"""How well each span of a file explains a new text, when only the text and some line numbers are known. Pure."""

from __future__ import annotations

import difflib
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from runner.edits.lines import is_telling, words

REACH_LINES: Final = 60
"""How far numbers may have drifted."""
SCORED: Final = 80
"""How many spans are compared closely."""
TRIVIAL: Final = 0.2
"""What a bracket or an `else:` in common counts, against 1 for a telling line."""
ALIKE: Final = 0.5
"""Lines whose characters agree less than so much are two different lines."""
NAMES_COUNT: Final = 0.7
"""What a line counts all of whose names live on in the new text."""
FRAME: Final = 0.25
"""What an end of the new text counts, above its own weight, that is the span's end too; and both once more."""
PER_LINE_LOST: Final = 0.3
"""What it loses for each telling line that would go without another in its stead."""
PER_LINE_OFF: Final = 0.05
"""What it loses for each line that it is longer or shorter than stated."""
_NAME: Final = re.compile(r"[^\W\d]\w{2,}")
_COMMON: Final = frozenset(keyword.kwlist) | {"self", "cls", "isinstance", "len", "str", "None", "this", "const", "let"}


@dataclass(frozen=True, slots=True)
class Span:
    """Lines start..end (0-based, end exclusive), how well they explain the new text, how far off they are."""

    start: int
    end: int
    score: float = 0.0
    shift: int = 0


def ranked_spans(new: Sequence[str], lines: Sequence[str], start: int, end: int) -> list[Span]:
    """The spans near start..end (0-based, end exclusive), best first; of equal ones the nearest to the stated first."""
    here, wanted = [words(line) for line in lines], [words(line) for line in new]
    spans = list(_spans(wanted, here, start, max(start + 1, end)))
    common = {span: _in_common(here[span.start : span.end], wanted) for span in spans}
    worth = sorted(spans, key=lambda span: (-common[span], abs(span.shift)))[:SCORED]
    scorer = _Scorer(wanted, end - start)
    scored = [replace(span, score=scorer.score(span, here)) for span in worth]
    return sorted(scored, key=lambda span: (-span.score, abs(span.shift)))


def _spans(wanted: Sequence[str], here: Sequence[str], start: int, end: int) -> Iterator[Span]:
    """The spans worth a look: the stated one, also with repeated lines around it or without blank ends; those near."""
    if end <= len(here):
        above, below = _repeated(wanted, here[:start]), _repeated(wanted[::-1], here[end:][::-1])
        head, tail = _blanks(here[start:end]), _blanks(here[start:end][::-1])
        starts, ends = (
            dict.fromkeys((start, start - above, start + head)),
            dict.fromkeys((end, end + below, end - tail)),
        )
        yield from (Span(first, last) for first, last in product(starts, ends) if first < last)
    for shift in range(-REACH_LINES, REACH_LINES + 1):
        if shift and start + shift >= 0 and end + shift <= len(here):
            yield Span(start + shift, end + shift, shift=shift)


def _blanks(lines: Sequence[str]) -> int:
    """How many blank lines it begins with."""
    return next((n for n, line in enumerate(lines) if line), 0)


def _repeated(wanted: Sequence[str], before: Sequence[str]) -> int:
    """How many lines at the beginning of `wanted` are the last ones of `before`."""
    sizes = range(min(len(wanted), len(before)), 0, -1)
    return next((size for size in sizes if list(before[-size:]) == list(wanted[:size])), 0)


def repeats(new: Sequence[str], lines: Sequence[str], start: int, end: int) -> bool:
    """Whether the new text begins or ends with the lines that stand right around the span, one of them telling."""
    here, wanted = [words(line) for line in lines], [words(line) for line in new]
    above, below = _repeated(wanted, here[:start]), _repeated(wanted[::-1], here[end:][::-1])
    return any(map(is_telling, [*wanted[:above], *wanted[len(wanted) - below :]]))


def _in_common(old: Sequence[str], new: Sequence[str]) -> float:
    return sum(_weight(line) * number for line, number in (Counter(old) & Counter(new)).items())


def _weight(line: str) -> float:
    return 1.0 if is_telling(line) else TRIVIAL if line else 0.0


class _Scorer:
    """Scores spans against one new text, stated to replace `size` lines."""

    def __init__(self, wanted: Sequence[str], size: int) -> None:
        self._wanted = wanted
        self._different = [*dict.fromkeys(wanted)]
        self._size = size
        self._names = set(_NAME.findall("\n".join(wanted)))
        self._ends = [wanted[0], wanted[-1]] if wanted else []
        self._known: dict[str, float] = {}

    def score(self, span: Span, here: Sequence[str]) -> float:
        """How much of the span lives on, line by line in order: the same, or much alike."""
        old = here[span.start : span.end]
        off = abs(len(old) - self._size)
        score = self._frame(old) - PER_LINE_OFF * off
        script = difflib.SequenceMatcher(None, old, self._wanted, autojunk=False).get_opcodes()
        for tag, a, a_end, b, b_end in script:
            if tag == "equal":
                score += sum(map(_weight, old[a:a_end]))
                continue
            alike = sorted(map(self._likeness, old[a:a_end]), reverse=True)
            score += sum(alike[: b_end - b])
            score -= PER_LINE_LOST * sum(map(is_telling, old[a + b_end - b : a_end]))
        return score

    def _frame(self, old: Sequence[str]) -> float:
        """What it counts that the new text begins and ends with the lines that the span begins and ends with."""
        ends = [_weight(was) + FRAME for was, now in zip((old[0], old[-1]), self._ends, strict=False) if was == now]
        return sum(ends) + (FRAME if len(ends) == len(self._ends) else 0.0)

    def _likeness(self, old: str) -> float:
        """How much of the line is found in one line of the new text, or at least of its names in all of it."""
        if old not in self._known:
            closest = _closest(old, self._different)
            names = set(_NAME.findall(old)) - _COMMON
            kept = len(names & self._names) / len(names) if names else 0.0
            alike = max(closest**2, NAMES_COUNT * kept)
            self._known[old] = alike * _weight(old)
        return self._known[old]


def _closest(old: str, wanted: Sequence[str]) -> float:
    """How much the characters of the likest line agree; 0.0 if that is less than ALIKE."""
    matcher = difflib.SequenceMatcher(None, "", old, autojunk=False)
    best = 0.0
    for new in wanted:
        matcher.set_seq1(new)
        least = max(best, ALIKE)
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
            best = max(best, matcher.ratio())
    return best if best >= ALIKE else 0.0
