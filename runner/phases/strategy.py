"""How the next attempt differs from the failed ones: where it starts, what it sees, whether it thinks anew. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.edits.feedback import failure_of
from runner.models import Localisation, Parameters, Slice
from runner.proof import TestRun


@dataclass(frozen=True, slots=True)
class Past:
    """A failed attempt as the next one looks at it: its tests if they ran, and the code that its engine was shown."""

    number: int
    run: TestRun | None = None
    shown: tuple[Slice, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """What the next attempt does. `start` is the attempt whose change it goes on from, 0 for the base.

    `run` are the tests on it, None on the base. `is_stuck`: the last attempts failed in the very same way, so more of
    the same is no use; `seen` is what was shown.
    """

    start: int = 0
    is_stuck: bool = False
    seen: tuple[Slice, ...] = ()
    run: TestRun | None = None

    def slices(self, found: Localisation) -> tuple[Slice, ...]:
        """The slices in the order to be shown: best first, or when that led nowhere, first what nobody has seen."""
        ranked = tuple(dict.fromkeys((*found.shown, *found.slices)))
        return tuple(sorted(ranked, key=lambda slice_: slice_ in self.seen)) if self.is_stuck else ranked

    def row(self, rows: Sequence[Parameters]) -> Parameters:
        """The first of the rows, or when that led nowhere, the first of those with the widest look."""
        return max(rows, key=lambda row: row.slices_shown) if self.is_stuck else rows[0]


def next_strategy(pasts: Sequence[Past], base: TestRun | None, best: int) -> Strategy:
    """What the failed attempts teach.

    `base` is the reproducing tests' run before any change, `best` the number of the attempt with the fewest failing
    tests: the next one goes on from it if it turned some of them green.
    """
    run = next((past.run for past in pasts if past.number == best), None)
    is_better = run is not None and base is not None and 0 < len(run.failing) < len(base.failing)
    seen = tuple(dict.fromkeys(slice_ for past in pasts for slice_ in past.shown))
    return Strategy(best if is_better else 0, _is_stuck(pasts), seen, run if is_better else None)


def _is_stuck(pasts: Sequence[Past]) -> bool:
    """Whether the last two attempts whose tests ran failed with the same fingerprints."""
    ran = [failure_of(past.run) for past in pasts if past.run is not None and past.run.failing]
    return len(ran) > 1 and ran[-1] == ran[-2]
