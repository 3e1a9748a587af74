"""Which pieces hold the rare words of the likeliest ones: what belongs together names the same things. Pure.

A reporter's words lead to the symptom; the words of the code there lead on to its cause. Search engines know this as
relevance feedback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.localise.bm25 import LENGTH_SHARE, idfs, places
from runner.localise.kinds import is_ordinary
from runner.localise.lexemes import Lexemes
from runner.localise.outline import Outline

Column = NDArray[np.float64]

SEEDS: Final = 8
"""The likeliest pieces, whose words are looked for."""
BEHIND_ALL: Final = 100.0
"""What the odds of tests and documents are lowered by: a fix does not share their words."""
K1: Final = 1.2
MOST_WORDS: Final = 100
"""Of a file, that are looked for."""
TYPICAL_WORDS: Final = 150
"""A piece of this length is neither long nor short."""


class Said(NamedTuple):
    """The words of the seeds, rising, and how much each stands for them."""

    hashes: NDArray[np.uint32]
    weights: Column


def like_the_likeliest(outlines: Mapping[str, Outline], odds: Column) -> Column:
    """0.0 for the piece of each file that shares most with the likeliest pieces of all, less for each place behind it.

    `odds` are log-odds of the outlines' pieces, in their order; a word says more the fewer pieces of the file hold it.
    """
    if not len(odds):
        return np.zeros(0)
    is_seed = np.concatenate([np.full(len(one.pieces), is_ordinary(path)) for path, one in outlines.items()])
    said = _said(list(outlines.values()), np.where(is_seed, odds, odds - BEHIND_ALL))
    return np.concatenate([places(_shared(outline.words, said)) for outline in outlines.values()])


def _said(outlines: Sequence[Outline], odds: Column) -> Said:
    ends = np.cumsum([len(outline.pieces) for outline in outlines])
    hashes, weights = list[NDArray[np.uint32]](), list[Column]()
    for row in np.argsort(-odds, kind="stable")[:SEEDS]:
        file = int(np.searchsorted(ends, row, side="right"))
        words, place = outlines[file].words, row - ends[file]
        # `place` is negative, counted from the end; the cuts are one more than the pieces.
        own = slice(words.cuts[place - 1], words.cuts[place])
        hashes.append(words.hashes[own])
        weights.append(np.exp(odds[row] - odds.max()) * words.counts[own] / (words.counts[own] + K1))
    distinct, numbers = np.unique(np.concatenate(hashes), return_inverse=True)
    return Said(distinct, np.bincount(numbers, np.concatenate(weights), len(distinct)).astype(np.float64))


def _shared(words: Lexemes, said: Said) -> Column:
    """How much each piece of a file shares with what is said."""
    if not len(said.hashes):
        return np.zeros(len(words.lengths))
    distinct, numbers, holding = np.unique(words.hashes, return_inverse=True, return_counts=True)
    rare = idfs(len(words.lengths), holding)
    nearest = np.minimum(np.searchsorted(said.hashes, distinct), len(said.hashes) - 1)
    weights = np.where(said.hashes[nearest] == distinct, said.weights[nearest], 0.0) * rare
    weights[np.argsort(-weights, kind="stable")[MOST_WORDS:]] = 0.0
    weights *= rare
    piece = np.repeat(np.arange(len(words.lengths)), np.diff(words.cuts))
    norms = K1 * (1 - LENGTH_SHARE + LENGTH_SHARE * words.lengths / TYPICAL_WORDS)
    worth = weights[numbers] * words.counts / (words.counts + norms[piece])
    return np.bincount(piece, worth, len(words.lengths)).astype(np.float64)
