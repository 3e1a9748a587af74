"""Which definitions of the best files the task means, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from runner.localise.definition_signals import Pieces, holder_name, log_odds
from runner.localise.outline import BLOCK, Piece
from runner.localise.piece_table import last_name
from runner.localise.query import Query

HIGHEST: Final = 8.0
"""The best definition's score; what lies this much and more below it is left out."""
MOST_WORDS_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A piece, how likely it is meant and why. A score one point higher is e times as likely; all are above 0.0."""

    piece: Piece
    score: float
    because: tuple[str, ...]


def rank_definitions(found: Pieces, files: Sequence[tuple[str, float]], query: Query, most: int) -> list[Ranked]:
    """At most `most` definitions and blocks of those of `files` (best first) that are candidates, best first."""
    known = {piece.path for piece in found.pieces}
    best = [(path, score) for path, score in files if path in known]
    rows = found.of_files(path for path, _ in best)
    if not rows:
        return []
    scores = log_odds(found, rows, best)
    scores += HIGHEST - float(scores.max())
    order = [place for place in np.argsort(-scores, kind="stable").tolist() if scores[place] > 0][:most]
    return [
        Ranked(found.pieces[rows[place]], float(scores[place]), tuple(_reasons(found, rows[place], query)))
        for place in order
    ]


def _reasons(found: Pieces, row: int, query: Query) -> Iterator[str]:
    piece = found.pieces[row]
    name, holder = last_name(piece.name), last_name(holder_name(piece.name))
    if piece.name != BLOCK and name in query.identifiers:
        yield f"defines {name}, which the task names"
    phrases = {
        "frame": "in the traceback, or at a line that the task names",
        "named": "named by its full name",
        "message": "holds a text that the task quotes",
        "raises": "raises or catches an error that the task names",
        "makes one": f"makes a {holder}, which the task calls",
        "of a named class": f"belongs to {holder}, which the task names",
        "called by a called one": "called by what the task calls",
        "of a base of one": f"belongs to {holder}, the base of a class that the task names",
    }
    yield from (phrase for signal, phrase in phrases.items() if found.columns[signal][row] > 0)
    words = [term.lstrip("=") for term, value in zip(query.terms, found.table.scores[row], strict=True) if value > 0]
    if words:
        best = sorted(range(len(words)), key=lambda i: -found.table.scores[row][found.table.scores[row] > 0][i])
        yield f"words: {', '.join(words[i] for i in best[:MOST_WORDS_NAMED])}"
