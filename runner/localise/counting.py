"""How often contents hold the words that a task asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from runner.localise.lexemes import Lexemes, Places, hashes_of

Counts = NDArray[np.float64]


def counts_of(lexemes: Lexemes, terms: Mapping[str, Iterable[str]]) -> Counts:
    """Contents (rows) by terms (columns, in the mapping's order): how often a content holds any of a term's words."""
    pairs = list(chain.from_iterable(zip(words, repeat(column)) for column, words in enumerate(terms.values())))
    hashes = hashes_of([word for word, _ in pairs])
    order = np.argsort(hashes)
    wanted, columns = hashes[order], np.array([column for _, column in pairs], dtype=np.int64)[order]
    places = _places(lexemes.hashes, wanted)
    found = lexemes.hashes[places]
    first, last = np.searchsorted(wanted, found), np.searchsorted(wanted, found, side="right")
    # One word may stand for several terms.
    places = np.repeat(places, last - first)
    steps = np.arange(len(places)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    cells = (np.searchsorted(lexemes.cuts, places, side="right") - 1) * len(terms)
    cells += columns[np.repeat(first, last - first) + steps]
    rows = len(lexemes.lengths)
    totals = np.bincount(cells, weights=lexemes.counts[places], minlength=rows * len(terms))
    return np.asarray(totals, dtype=np.float64).reshape(rows, len(terms))


def _places(hashes: NDArray[np.uint32], wanted: NDArray[np.uint32]) -> Places:
    """Where one of the wanted hashes stands; first by their upper half, which leaves few to look at."""
    upper = np.zeros(1 << 16, dtype=bool)
    upper[wanted >> np.uint32(16)] = True
    maybe = np.flatnonzero(upper[hashes >> np.uint32(16)])
    found: Places = maybe[np.isin(hashes[maybe], wanted)]
    return found
