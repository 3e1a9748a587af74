"""What the task's words say about each piece of the candidates: in its lines, its name and its path. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runner.localise.bm25 import bm25_table
from runner.localise.outline import BLOCK, Piece
from runner.localise.query import Query
from runner.localise.words import terms

Table = NDArray[np.float64]

PIECE_K1: Final = 1.2
NAME_FIELD: Final = 2.0
PATH_FIELD: Final = 0.5


@dataclass(frozen=True, slots=True)
class PieceTable:
    """Pieces (rows) by the query's terms (columns, in the query's order).

    `names` is how often a piece's own name holds each term, `name_sizes` how many terms that has, `scores` what BM25
    gives for each.
    """

    names: Table
    name_sizes: Table
    scores: Table


def piece_table(pieces: Sequence[Piece], query: Query) -> PieceTable:
    """The table of these pieces, which are compared with each other."""
    columns = {term: number for number, term in enumerate(query.terms)}
    own = [() if piece.name == BLOCK else terms(last_name(piece.name)) for piece in pieces]
    names = _counted(columns, map(Counter, own), len(pieces))
    counts = _counted(columns, (piece.counts for piece in pieces), len(pieces))
    counts += NAME_FIELD * names + PATH_FIELD * _path_counts(columns, pieces)
    lengths = np.array([piece.words for piece in pieces], dtype=np.int64)
    scores = bm25_table(counts, lengths, list(query.terms.values()), PIECE_K1)
    return PieceTable(names, np.maximum(1.0, [len(some) for some in own]), scores)


def last_name(name: str) -> str:
    """The part of a qualified name after its last dot."""
    return name.rpartition(".")[2]


def _path_counts(columns: Mapping[str, int], pieces: Sequence[Piece]) -> Table:
    paths = list(dict.fromkeys(piece.path for piece in pieces))
    rows = {path: row for row, path in enumerate(paths)}
    found = _counted(columns, (Counter(_path_terms(path)) for path in paths), len(paths))
    return np.asarray(found[[rows[piece.path] for piece in pieces]])


def _path_terms(path: str) -> list[str]:
    return [term for step in re.split(r"[/.\-]", path) for term in terms(step)]


def _counted(columns: Mapping[str, int], rows: Iterable[Mapping[str, int]], height: int) -> Table:
    table = np.zeros((height, len(columns)))
    for number, counts in enumerate(rows):
        for term in counts.keys() & columns.keys():
            table[number, columns[term]] = counts[term]
    return table
