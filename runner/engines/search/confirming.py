"""Whether a candidate holds where everything is imported anew: what failed is green, and nothing else got red."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from runner.engines.search.dialogue import Driver

LIMIT_S: Final = 10.0
"""Processor seconds that one test may take."""
LONGEST_S: Final = 30.0
GREEN: Final = frozenset({"passed", "skipped"})


class Confirmation:
    """Runs candidates in fresh processes. `unchanged` is laid over the base where nothing was tried yet.

    `passing` are the tests that a candidate must keep green, `nearest` those of them that are known to be quick. A
    passing test that is red without the candidate as well says nothing of it: some suites' tests hang on their order,
    or on warnings that are given once.
    """

    def __init__(
        self,
        driver: Driver,
        failing: Sequence[str],
        passing: Sequence[str],
        nearest: Sequence[str],
        unchanged: Mapping[str, str],
    ) -> None:
        self._driver = driver
        self._failing = failing
        self._passing = passing
        self._nearest = nearest
        self._unchanged = unchanged
        self._red_anyway: frozenset[str] | None = None

    def holds(self, overlay: Mapping[str, str], seconds: float) -> bool:
        """Whether the overlay (path -> text) mends what fails and breaks nothing, as far as `seconds` allow to see."""
        red = self._red(overlay, self._failing, seconds)
        if red is None and len(self._nearest) < len(self._passing):
            # All of them take too long here, and will for every other candidate.
            self._passing = self._nearest
            red = self._red(overlay, self._failing, seconds)
        if red is None or red.intersection(self._failing):
            return False
        return not red or red <= self._without(seconds)

    def _without(self, seconds: float) -> frozenset[str]:
        """The passing tests that are red without any candidate; looked at once, and only when it matters."""
        if self._red_anyway is None:
            self._red_anyway = self._red(self._unchanged, (), seconds) or frozenset()
        return self._red_anyway

    def _red(self, overlay: Mapping[str, str], failing: Sequence[str], seconds: float) -> frozenset[str] | None:
        """The tests that are not green; None when the run died or took too long."""
        wall_s = min(LONGEST_S, seconds)
        outcomes = self._driver.confirm(overlay, failing, self._passing, limit_s=LIMIT_S, wall_s=wall_s)
        ids = (*failing, *self._passing)
        return frozenset(name for name in ids if outcomes.get(name) not in GREEN) if outcomes else None
