"""Under which conditions a change that goes too far may be right: the tests are asked at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from runner.engines.search.dialogue import Driver, Trial
from runner.engines.search.families.atoms import Atom
from runner.engines.search.generate import Candidate
from runner.engines.search.source import Change
from runner.engines.search.telling import Answers, telling

FAILING_ASKED: Final = 4
PASSING_ASKED: Final = 12
MOST_ASKED: Final = 600
ASKING_S: Final = 1.5


class Narrowing:
    """Asks for what tells a failure from what goes well: in the failing test itself, and in passing ones."""

    def __init__(self, driver: Driver, trial: Trial, failing: Sequence[str], left_s: Callable[[], float]) -> None:
        self._driver = driver
        self._trial = trial
        self._failing = failing[:FAILING_ASKED]
        self._left_s = left_s
        self._known: dict[tuple[int, Change, tuple[Atom, ...]], tuple[Answers, ...]] = {}

    def __call__(self, candidate: Candidate, broken: str) -> Iterable[Candidate]:
        """The candidate under conditions that spare the test that it breaks, and others that reach its function."""
        excess = candidate.excess
        if excess is None:
            return ()
        conditions = tuple({piece.text: (cost, piece) for cost, piece in excess.conditions()}.values())[:MOST_ASKED]
        asked = candidate.unit.number, excess.place, conditions
        if asked not in self._known:
            passing = (broken, *self._trial.passing.get(candidate.unit.number, ()))
            green = [name for name in dict.fromkeys(passing) if name not in self._trial.failing][:PASSING_ASKED]
            probe = replace(candidate, changes=(excess.place,))
            self._known[asked] = self._ask(probe, conditions, (*self._failing, *green))
        return excess.under(telling(conditions, self._known[asked], holds=excess.holds, types=excess.types))

    def _ask(self, probe: Candidate, conditions: Sequence[Atom], ids: Sequence[str]) -> tuple[Answers, ...]:
        return self._driver.probe(
            probe,
            [piece.text for _, piece in conditions],
            ids,
            limit_s=max(self._trial.limits_s[name] for name in ids) + ASKING_S,
            seconds=min(ASKING_S, self._left_s()),
        )
