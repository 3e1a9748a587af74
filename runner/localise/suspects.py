"""How what failing tests execute and what the text says become one ranking of definitions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from runner.localise.outline import BLOCK, Outline, Piece
from runner.localise.spectrum import in_span
from runner.models import Slice
from runner.proof import Line

K = TypeVar("K")

RANK_OFFSET: Final = 10
"""Reciprocal rank fusion, 1 / (offset + rank) from each ranking: https://doi.org/10.1145/1571941.1572114."""
MOST_SUSPECTS: Final = 60
MOST_FILES: Final = 30


def suspicious_files(scores: Mapping[Line, float]) -> tuple[str, ...]:
    """The files that failing tests execute, the most suspicious first."""
    best: dict[str, float] = {}
    for (path, _), score in scores.items():
        best[path] = max(best.get(path, 0.0), score)
    return tuple(sorted(best, key=lambda path: (-best[path], path))[:MOST_FILES])


def suspects(scores: Mapping[Line, float], outlines: Mapping[str, Outline]) -> dict[tuple[str, int], float]:
    """The definitions that failing tests execute, by path and first line, with the score of their worst own line."""
    found: dict[tuple[str, int], float] = {}
    for path, outline in outlines.items():
        for piece in outline.pieces:
            score = in_span(scores, path, _own_lines(piece, outline.pieces)) if piece.name != BLOCK else 0.0
            if score > 0:
                found[path, piece.start] = score
    best = sorted(found, key=lambda place: (-found[place], place))[:MOST_SUSPECTS]
    return {place: found[place] for place in best}


def _own_lines(piece: Piece, pieces: Sequence[Piece]) -> list[int]:
    """The lines of its body, without the definitions inside; its first line runs when its file is imported."""
    inside = [other for other in pieces if piece.start < other.start and other.end <= piece.end]
    taken = {line for other in inside for line in range(other.start, other.end + 1)}
    return [line for line in range(min(piece.start + 1, piece.end), piece.end + 1) if line not in taken]


def fused(
    slices: Sequence[Slice], suspicion: Mapping[tuple[str, int], float], outlines: Mapping[str, Outline]
) -> tuple[Slice, ...]:
    """Text and spectrum as one ranking of slices; each takes the score of its new rank, so that odds stay odds.

    A definition that no word of the task led to is added with its own reason.
    """
    by_place = {(slice_.path, slice_.start): slice_ for slice_ in slices}
    for place in suspicion:
        if place not in by_place:
            by_place[place] = _suspect(place, outlines[place[0]])
    order = merged([(slice_.path, slice_.start) for slice_ in slices], mean_ranks(suspicion))
    scores = sorted((slice_.score for slice_ in slices), reverse=True)
    padded = scores + [min(scores, default=1.0)] * (len(order) - len(scores))
    return tuple(
        replace(by_place[place], score=score, why=_why(by_place[place], suspicion.get(place)))
        for place, score in zip(order, padded, strict=True)
    )


def merged(first: Sequence[K], second: Mapping[K, float]) -> list[K]:
    """A ranking and the ranks of another one as one order; what both know comes before what one knows."""
    ranks: tuple[Mapping[K, float], ...] = ({key: rank for rank, key in enumerate(first, 1)}, second)
    worth = {key: sum(1 / (RANK_OFFSET + known[key]) for known in ranks if key in known) for key in [*second, *first]}
    return sorted(worth, key=lambda key: -worth[key])


def mean_ranks(scores: Mapping[tuple[str, int], float]) -> dict[tuple[str, int], float]:
    """Rank 1 for the highest score; equal scores share the mean of their ranks."""
    order = sorted(scores.values(), reverse=True)
    first = {score: order.index(score) + 1 for score in set(order)}
    return {place: first[score] + (order.count(score) - 1) / 2 for place, score in scores.items()}


def around(lines: Iterable[Line], outlines: Mapping[str, Outline]) -> tuple[Slice, ...]:
    """The innermost definitions that hold these lines, each once, without score or reason."""
    found = dict.fromkeys(
        (path, max(piece.start for piece in outlines[path].pieces if piece.start <= line <= piece.end))
        for path, line in lines
        if path in outlines and any(piece.start <= line <= piece.end for piece in outlines[path].pieces)
    )
    return tuple(_suspect(place, outlines[place[0]]) for place in found)


def _suspect(place: tuple[str, int], outline: Outline) -> Slice:
    piece = next(piece for piece in outline.pieces if piece.start == place[1])
    return Slice(piece.path, piece.name, piece.start, piece.end, outline.sha1(piece.start, piece.end), 0.0, "")


def _why(slice_: Slice, suspicion: float | None) -> str:
    """The old reason behind the new one."""
    said = f"failing tests execute it (suspicion {suspicion:.2f})" if suspicion else ""
    return "; ".join(part for part in (said, slice_.why) if part)
