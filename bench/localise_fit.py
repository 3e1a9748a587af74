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
ASIDE_SHARE: Final = 0.1
"""What a past fix counts in a fit, of what an issue does: its message was written by who knew the cause."""
LARGE: Final = 30
"""A repository with more cases is a group of its own; the others are one together."""


class Score(NamedTuple):
    """Each case's rank (0: not found), and the losses of those found: minus the log of what the right ones get."""

    ranks: list[int]
    losses: list[float]


class Choices:
    """The cases' candidates, one array for all (candidate, signal); the right ones come first in each case.

    Weights are log-odds a `sharpness`-th, drawn towards zero by `shrink`, and never below it but for signals in `free`.
    The last `aside` cases are never scored: a fit takes those of its cases' groups too, each for ASIDE_SHARE of a case.
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
        aside: int = 0,
    ) -> None:
        """`right` is how many of a case's candidates are right, from the first; 0 where one of them is missing."""
        self.groups, self._free, self._sharpness, self._shrink = np.array(groups), free, sharpness, shrink
        self._right, self._candidates = np.array(right), candidates
        self._counted = len(candidates) - aside

    def score(self, weights: Array, rows: Places | None = None) -> Score:
        """How the weights do on some of the cases, or on all."""
        ranks: list[int] = []
        losses: list[float] = []
        for row in self.all_rows if rows is None else rows:
            right = int(self._right[row])
            if not right:
                ranks.append(0)
                continue
            scores = self._candidates[row] @ weights
            ranks.append(int((scores[right:] >= scores[:right].min()).sum()) + right)
            odds = self._sharpness * scores
            losses.append(float(np.logaddexp.reduce(odds) - odds[:right].mean()))
        return Score(ranks, losses)

    @property
    def all_rows(self) -> Places:
        """Every case that is scored."""
        return np.arange(self._counted)

    def fitted(self, rows: Places | None = None) -> Array:
        """The weights that make the right candidates likeliest, by projected gradient steps with Adam's scaling."""
        some = self._together(self._with_aside(self.all_rows if rows is None else rows))
        weights = np.full(some.values.shape[1], START)
        drift, spread = np.zeros_like(weights), np.zeros_like(weights)
        for turn in range(1, ROUNDS + 1):
            slope = self._sharpness * (some.off(self._sharpness * weights) @ some.values)
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
            order = random.permutation(self._counted)
            one, two = order[: len(order) // 2], order[len(order) // 2 :]
            found = _joined(found, self.score(self.fitted(one), two))
            found = _joined(found, self.score(self.fitted(two), one))
        return found

    def other_groups(self) -> Score:
        """Every case by weights that have not seen its group of repositories."""
        found = Score([], [])
        groups = self.groups[: self._counted]
        for group in sorted(set(groups.tolist())):
            mine, others = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
            if len(others):
                found = _joined(found, self.score(self.fitted(others), mine))
        return found

    def _with_aside(self, rows: Places) -> Places:
        aside = np.arange(self._counted, len(self._candidates))
        return np.concatenate([rows, aside[np.isin(self.groups[aside], self.groups[rows])]])

    def _together(self, rows: Places) -> _Together:
        rows = rows[self._right[rows] > 0]
        sizes = np.array([len(self._candidates[row]) for row in rows])
        starts = np.cumsum(sizes) - sizes
        shares = np.where(rows < self._counted, 1.0, ASIDE_SHARE)
        gold = np.zeros(int(sizes.sum()))
        for start, right in zip(starts, self._right[rows], strict=True):
            gold[start : start + right] = 1 / right
        values = np.concatenate([self._candidates[row] for row in rows])
        return _Together(values, starts, sizes, gold, np.repeat(shares / shares.sum(), sizes))


class _Together(NamedTuple):
    """The candidates of several cases, one case after the other: what the right ones should get, what a case counts."""

    values: Array
    starts: Places
    sizes: Places
    gold: Array
    shares: Array

    def off(self, weights: Array) -> Array:
        """How far each candidate's odds are from what they should be."""
        scores = self.values @ weights
        odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, self.starts), self.sizes))
        odds /= np.repeat(np.add.reduceat(odds, self.starts), self.sizes)
        return np.asarray((odds - self.gold) * self.shares)


def groups_of(cases: Sequence[Case], aside: Sequence[Case] = ()) -> list[str]:
    """Each case's group of repositories, then that of each case aside."""
    names = [case.repository for case in cases]
    return [name if names.count(name) > LARGE else "" for name in (*names, *(case.repository for case in aside))]


def line(name: str, score: Score, cuts: Sequence[int] = CUTS) -> str:
    """One row of a table in Markdown: shares within the cuts, and the mean loss."""
    loss = sum(score.losses) / max(1, len(score.losses))
    return f"| {name} | {' | '.join(f'{share:.1f}' for share in shares(score.ranks, cuts))} | {loss:.3f} |"


def head(cuts: Sequence[int] = CUTS) -> str:
    """The head of that table."""
    return f"| weights | {' | '.join(f'acc@{cut}' for cut in cuts)} | loss |\n|---|" + "---|" * (len(cuts) + 1)


def _joined(one: Score, two: Score) -> Score:
    return Score(one.ranks + two.ranks, one.losses + two.losses)
