"""How what failing tests execute and what the text says become one ranking of definitions. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from runner.localise.outline import BLOCK, Outline, Piece
from runner.localise.spectrum import in_span
from runner.models import Slice
from runner.proof import Line

TEXT_WEIGHT: Final = 0.8
SUSPICION_WEIGHT: Final = 0.4
RANK_WEIGHT: Final = 1.0
UNEXECUTED_COST: Final = 1.35
IDLE_FILE_COST: Final = 0.5
"""How what the words say (as log-odds), how suspicious a definition is (0 to 1), the logarithm of its place among the
suspects, and that failing tests execute nothing of it or of its file come together: fitted to real fixes
(docs/localisation.md)."""
NEAR_WEIGHT: Final = 1.5
"""What it says for a function that the line at which a test ended called it: this much, shared by the calls between."""
MOST_FILES: Final = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """What failing tests were seen to execute: how suspicious each line is, and what they came to from their last line.

    `near` maps the first lines of functions to the number of calls below that line. If it `is_cut` the lines are what
    they executed before the clock ended them: then it is held against no definition that it is not among them.
    """

    lines: Mapping[Line, float]
    near: Mapping[Line, int] = field(default_factory=dict)
    is_cut: bool = False


def suspicious_files(scores: Mapping[Line, float]) -> tuple[str, ...]:
    """The files that failing tests execute, the most suspicious first."""
    best: dict[str, float] = {}
    for (path, _), score in scores.items():
        best[path] = max(best.get(path, 0.0), score)
    return tuple(sorted(best, key=lambda path: (-best[path], path))[:MOST_FILES])


def suspects(scores: Mapping[Line, float], outlines: Mapping[str, Outline]) -> dict[tuple[str, int], float]:
    """The definitions that failing tests execute, by path and first line: their worst own line."""
    found: dict[tuple[str, int], float] = {}
    for path, outline in outlines.items():
        for piece in outline.pieces:
            score = in_span(scores, path, _own_lines(piece, outline.pieces)) if piece.name != BLOCK else 0.0
            if score > 0:
                found[path, piece.start] = score
    return found


def _own_lines(piece: Piece, pieces: Sequence[Piece]) -> list[int]:
    """The lines of its body, without the definitions inside; its first line runs when its file is imported."""
    inside = [other for other in pieces if piece.start < other.start and other.end <= piece.end]
    taken = {line for other in inside for line in range(other.start, other.end + 1)}
    return [line for line in range(min(piece.start + 1, piece.end), piece.end + 1) if line not in taken]


def fused(slices: Sequence[Slice], seen: Seen, outlines: Mapping[str, Outline]) -> tuple[Slice, ...]:
    """Text and spectrum as one ranking of slices by their odds; the best one keeps the best score.

    One that no word of the task led to is added with its reason: of it the words say as little as of the last of those
    that they led to.
    """
    suspicion, near = suspects(seen.lines, outlines), _near(seen.near, outlines)
    ranks, executed = mean_ranks(suspicion), frozenset(path for path, _ in seen.lines)
    pieces = {(path, piece.start): piece for path, outline in outlines.items() for piece in outline.pieces}
    known = {(slice_.path, slice_.start): slice_ for slice_ in slices}
    added = _added(suspicion, known, outlines)
    odds = {
        place: TEXT_WEIGHT * slice_.score
        + SUSPICION_WEIGHT * suspicion.get(place, 0.0)
        + NEAR_WEIGHT * near.get(place, 0.0)
        - (0.0 if seen.is_cut else _cost(place, ranks, executed, is_idle=_is_idle(pieces.get(place), seen.lines)))
        for place, slice_ in {**known, **added}.items()
    }
    least = max((slice_.score for slice_ in slices), default=1.0) - max(odds.values(), default=0.0)
    return tuple(
        replace(slice_, score=least + odds[place], why=_why(slice_, suspicion.get(place)))
        for place, slice_ in {**known, **added}.items()
    )


def _near(depths: Mapping[Line, int], outlines: Mapping[str, Outline]) -> dict[tuple[str, int], float]:
    """The definitions that hold these first lines, by path and first line: 1 for what is called itself, else less."""
    found: dict[tuple[str, int], float] = {}
    for (path, line), depth in depths.items():
        pieces = outlines[path].pieces if path in outlines else ()
        around = [piece for piece in pieces if piece.start <= line <= piece.end and not piece.is_container]
        if around:
            place = path, max(piece.start for piece in around)
            found[place] = max(found.get(place, 0.0), 1.0 / depth)
    return found


def _added(
    places: Iterable[tuple[str, int]], known: Mapping[tuple[str, int], Slice], outlines: Mapping[str, Outline]
) -> dict[tuple[str, int], Slice]:
    """The definitions at these places that are not known, with the score of the last that is."""
    weakest = min((slice_.score for slice_ in known.values()), default=0.0)
    return {place: _suspect(place, outlines[place[0]], weakest) for place in places if place not in known}


def _cost(
    place: tuple[str, int], ranks: Mapping[tuple[str, int], float], executed: Collection[str], *, is_idle: bool
) -> float:
    """What stands against a definition: suspects before it, that it is not executed, and that its file is not."""
    return (
        RANK_WEIGHT * math.log(1 + ranks.get(place, len(ranks) + 1))
        + UNEXECUTED_COST * is_idle
        + IDLE_FILE_COST * (place[0].endswith(".py") and place[0] not in executed)
    )


def _is_idle(piece: Piece | None, lines: Mapping[Line, float]) -> bool:
    """Whether it is a Python function that no failing test executes; of other code nobody knows."""
    if piece is None or piece.name == BLOCK or piece.is_container or not piece.path.endswith(".py"):
        return False
    return not in_span(lines, piece.path, range(min(piece.start + 1, piece.end), piece.end + 1))


def mean_ranks(scores: Mapping[tuple[str, int], float]) -> dict[tuple[str, int], float]:
    """Rank 1 for the highest score; equal scores share the mean of their ranks."""
    order = sorted(scores.values(), reverse=True)
    first = {score: order.index(score) + 1 for score in set(order)}
    return {place: first[score] + (order.count(score) - 1) / 2 for place, score in scores.items()}


def around(lines: Iterable[Line], outlines: Mapping[str, Outline], score: float) -> tuple[Slice, ...]:
    """The innermost definitions that hold these lines, each once, with this score and no reason."""
    found = dict.fromkeys(
        (path, max(piece.start for piece in outlines[path].pieces if piece.start <= line <= piece.end))
        for path, line in lines
        if path in outlines and any(piece.start <= line <= piece.end for piece in outlines[path].pieces)
    )
    return tuple(_suspect(place, outlines[place[0]], score) for place in found)


def _suspect(place: tuple[str, int], outline: Outline, score: float) -> Slice:
    piece = next(piece for piece in outline.pieces if piece.start == place[1])
    return Slice(piece.path, piece.name, piece.start, piece.end, outline.sha1(piece.start, piece.end), score, "")


def _why(slice_: Slice, suspicion: float | None) -> str:
    """The old reason behind the new one."""
    said = f"failing tests execute it (suspicion {suspicion:.2f})" if suspicion else ""
    return "; ".join(part for part in (said, slice_.why) if part)
