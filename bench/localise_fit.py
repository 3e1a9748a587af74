"""Weights of signals fitted as a choice among candidates, and how they do on cases that they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.localise_cases import CUTS, Case, shares

Array = NDArray[np.float64]
Places = NDArray[np.int64]

ROUNDS: Final = 300
STEP: Final = 0.03
START: Final = 0.2
HALVINGS: Final = 3
LARGE: Final = 30
"""A repository with more cases is a group of its own; the others are one together."""


class Score(NamedTuple):
    """Each case's rank (0: not found), and the losses of those found: minus the log of what the right ones get."""

    ranks: list[int]
    losses: list[float]


class Choices:
    """The cases' candidates as one array (case, candidate, signal), padded; the right ones come first in each case.

    Weights are log-odds a `sharpness`-th, drawn towards zero by `shrink`, and never below it but for signals in `free`.
    """

    def __init__(
        self,
        candidates: Sequence[Array],
        right: Sequence[int],
        groups: Sequence[str],
        *,
        free: NDArray[np.bool_],
        sharpness: float,
        shrink: float,
    ) -> None:
        """`right` is how many of a case's candidates are right, from the first; 0 where one of them is missing."""
        self.groups, self._free, self._sharpness, self._shrink = np.array(groups), free, sharpness, shrink
        self._right = np.array(right)
        width = max(map(len, candidates))
        self._values: Array = np.zeros((len(candidates), width, candidates[0].shape[1]))
        self._is_there = np.zeros((len(candidates), width), dtype=bool)
        for row, some in enumerate(candidates):
            self._values[row, : len(some)] = some
            self._is_there[row, : len(some)] = True
        self._gold = np.where(np.arange(width) < self._right[:, None], 1 / np.maximum(1, self._right)[:, None], 0.0)

    def score(self, weights: Array, rows: Places | None = None) -> Score:
        """How the weights do on some of the cases, or on all."""
        rows = self.all_rows if rows is None else rows
        scores = np.where(self._is_there[rows], self._values[rows] @ weights, -np.inf)
        is_gold = self._gold[rows] > 0
        least = np.where(is_gold, scores, np.inf).min(axis=1, keepdims=True)
        ranks = ((scores >= least) & ~is_gold).sum(axis=1) + self._right[rows]
        found = self._right[rows] > 0
        losses = -(self._gold[rows] * np.log(np.maximum(self._odds(weights, rows), 1e-12))).sum(axis=1)
        return Score([int(rank) if some else 0 for rank, some in zip(ranks, found, strict=True)], list(losses[found]))

    @property
    def all_rows(self) -> Places:
        """Every case."""
        return np.arange(len(self._values))

    def fitted(self, rows: Places | None = None) -> Array:
        """The weights that make the right candidates likeliest, by projected gradient steps with Adam's scaling."""
        rows = self.all_rows if rows is None else rows
        rows = rows[self._right[rows] > 0]
        weights = np.full(self._values.shape[2], START)
        drift, spread = np.zeros_like(weights), np.zeros_like(weights)
        for turn in range(1, ROUNDS + 1):
            off = self._odds(weights, rows) - self._gold[rows]
            slope = self._sharpness * np.einsum("cp,cps->s", off, self._values[rows]) / len(rows)
            slope += 2 * self._shrink * weights
            drift, spread = 0.9 * drift + 0.1 * slope, 0.99 * spread + 0.01 * slope**2
            step = STEP * (drift / (1 - 0.9**turn)) / (np.sqrt(spread / (1 - 0.99**turn)) + 1e-8)
            weights = weights - step * min(1.0, 2 * (1 - turn / ROUNDS))
            weights = np.where(self._free, weights, np.maximum(0.0, weights))
        return weights

    def halves(self) -> Score:
        """Every case by weights that have not seen it, over random halvings."""
        random = np.random.default_rng(0)
        found = Score([], [])
        for _ in range(HALVINGS):
            order = random.permutation(len(self._values))
            one, two = order[: len(order) // 2], order[len(order) // 2 :]
            found = _joined(found, self.score(self.fitted(one), two))
            found = _joined(found, self.score(self.fitted(two), one))
        return found

    def other_groups(self) -> Score:
        """Every case by weights that have not seen its group of repositories."""
        found = Score([], [])
        for group in sorted(set(self.groups.tolist())):
            mine, others = np.flatnonzero(self.groups == group), np.flatnonzero(self.groups != group)
            if len(others):
                found = _joined(found, self.score(self.fitted(others), mine))
        return found

    def _odds(self, weights: Array, rows: Places) -> Array:
        scores = np.where(self._is_there[rows], self._sharpness * (self._values[rows] @ weights), -np.inf)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def groups_of(cases: Sequence[Case]) -> list[str]:
    """Each case's group of repositories."""
    names = [case.repository for case in cases]
    return [name if names.count(name) > LARGE else "" for name in names]


def line(name: str, score: Score, cuts: Sequence[int] = CUTS) -> str:
    """One row of a table in Markdown: shares within the cuts, and the mean loss."""
    loss = sum(score.losses) / max(1, len(score.losses))
    return f"| {name} | {' | '.join(f'{share:.1f}' for share in shares(score.ranks, cuts))} | {loss:.3f} |"


def head(cuts: Sequence[int] = CUTS) -> str:
    """The head of that table."""
    return f"| weights | {' | '.join(f'acc@{cut}' for cut in cuts)} | loss |\n|---|" + "---|" * (len(cuts) + 1)


def _joined(one: Score, two: Score) -> Score:
    return Score(one.ranks + two.ranks, one.losses + two.losses)
