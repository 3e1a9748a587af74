"""How documents score against weighted terms. Pure.

BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LENGTH_SHARE: Final = 0.75


def idf(documents: int, holding: int) -> float:
    """How much a term says that `holding` of `documents` hold; rare ones count more than BM25's own measure."""
    return float(math.log(1 + (documents - holding + 0.5) / (holding + 0.5)) ** 1.3)


def rarity(holds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much each term (column) says that some documents (rows) hold."""
    return idfs(len(holds), holds.sum(axis=0))


def idfs(documents: int, holding: NDArray[np.int64]) -> NDArray[np.float64]:
    """`idf` of many terms."""
    return np.asarray(np.log(1 + (documents - holding + 0.5) / (holding + 0.5)) ** 1.3)


def places(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """0.0 for the best document, less for each place behind it; those without a score are behind all."""
    order = np.empty(len(scores))
    order[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return np.asarray(-np.log1p(np.where(scores > 0, order, len(scores))) / 3)


def among(terms: Iterable[str], chosen: frozenset[str]) -> NDArray[np.bool_]:
    """Which of the terms are chosen."""
    return np.array([term in chosen for term in terms], dtype=bool)


def bm25_table(
    counts: NDArray[np.float64],
    lengths: NDArray[np.int64],
    weights: Sequence[float],
    k1: float,
    length_share: float = LENGTH_SHARE,
) -> NDArray[np.float64]:
    """What each term (column) gives to the score of each document (row)."""
    holding = np.count_nonzero(counts, axis=0)
    values = [weight * idf(len(counts), int(some)) for weight, some in zip(weights, holding, strict=True)]
    mean = max(1.0, float(lengths.mean())) if len(lengths) else 1.0
    norms = k1 * (1 - length_share + length_share * lengths / mean)
    table: NDArray[np.float64] = counts * (k1 + 1) / (counts + norms[:, np.newaxis]) * np.array(values)
    return table
