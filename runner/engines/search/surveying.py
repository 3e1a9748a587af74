"""Which tests are surveyed before the search, and what their going says about how long candidates may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from runner.engines.search.dialogue import Driver, Trial
from runner.engines.search.generate import Subject
from runner.engines.search.spectrum import Survey
from runner.ports import Clock
from runner.proof import RunOutcome, TestRun

FAILING_SURVEYED: Final = 12
PASSING_SURVEYED: Final = 40
PASSING_TYPED: Final = 6
AT_ONCE: Final = 4
"""How many passing tests are asked for in a go; the clock is looked at in between."""
PASSING_FILES: Final = 8
STUCK_SURVEYED: Final = 3
LEAST_LIMIT_S: Final = 0.06
"""Processor seconds that any test may take; candidates that were about to pass get a second chance with more."""
SURVEY_S: Final = 2.0
LONGEST_PATIENCE_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Surveys:
    """How the failing and the passing tests go on the code as it is."""

    failing: Mapping[str, Survey]
    passing: Mapping[str, Survey]

    @property
    def all(self) -> tuple[Survey, ...]:
        """The failing ones, then the passing ones."""
        return (*self.failing.values(), *self.passing.values())

    @property
    def parts(self) -> tuple[str, ...]:
        """The failing parts that stand before their tests."""
        return tuple(survey.part for survey in self.failing.values() if survey.part)

    def ordered(self, known: Sequence[str]) -> Surveys:
        """The same with the passing ones as they stand in `known`: some leave behind what an earlier one minds."""
        return replace(self, passing={name: self.passing[name] for name in known if name in self.passing})


def survey_tests(
    driver: Driver,
    failing: Sequence[str],
    passing: Sequence[str],
    *,
    patience_s: float,
    clock: Clock,
    watching_s: float,
) -> Surveys:
    """The passing tests first: what they take says how long to wait for a failing one that may never end.

    No passing test is begun after `watching_s` seconds of them. `patience_s` is how long each failing test may take at
    least, because it was seen to end.
    """
    _warm_up(driver, failing, max(SURVEY_S, patience_s))
    until_s = clock() + watching_s
    green: dict[str, Survey] = {}
    for start in range(0, min(len(passing), PASSING_SURVEYED), AT_ONCE):
        if clock() > until_s:
            break
        some = passing[start : start + AT_ONCE]
        found = driver.surveys(some, limit_s=SURVEY_S, traced=True, types=len(green) < PASSING_TYPED)
        green |= {name: one for name, one in zip(some, found, strict=True) if one.outcome == "passed"}
    slowest_s = max((survey.cpu_s for survey in green.values()), default=0.0)
    limit_s = max(patience_s, min(SURVEY_S, max(0.4, 10 * slowest_s)))
    return Surveys(_survey_failing(driver, failing, slowest_s, limit_s), green)


def patience_for(run: TestRun | None) -> float:
    """What one of the run's failing tests took at most, on average and with its share of the start; 0 if any hung."""
    if run is None or not run.tests or any("imeout" in test.message for test in run.tests.values()):
        return 0.0
    return min(LONGEST_PATIENCE_S, run.seconds / len(run.tests)) if run.outcome is RunOutcome.RED else 0.0


def _warm_up(driver: Driver, failing: Sequence[str], limit_s: float) -> None:
    """The first failing test that ends of itself is run once in the driver: the rest start from there."""
    for name in failing[:STUCK_SURVEYED]:
        if driver.survey(name, limit_s=limit_s, traced=False, types=False).outcome == "failed":
            driver.warm(name, limit_s)
            return


def _survey_failing(driver: Driver, failing: Sequence[str], slowest_s: float, limit_s: float) -> dict[str, Survey]:
    stuck = 0
    red: dict[str, Survey] = {}
    for name in failing[:FAILING_SURVEYED]:
        found = driver.survey(name, limit_s=limit_s, traced=True, types=True)
        if found.outcome not in {"passed", "skipped"}:
            red[name] = found
        stuck += found.outcome == "timeout"
        if stuck >= STUCK_SURVEYED:
            break
        limit_s = min(limit_s, max(0.1, 3 * slowest_s)) if stuck else limit_s
    return red


def trial_of(subjects: Sequence[Subject], surveys: Surveys) -> Trial:
    """Failing tests and their failing parts, quickest first; for each function the passing tests that reach it."""
    slowest_s = max((survey.cpu_s for survey in surveys.passing.values()), default=0.0)
    limits_s = {name: max(LEAST_LIMIT_S, 6 * survey.cpu_s) for name, survey in surveys.passing.items()}
    for name, survey in surveys.failing.items():
        own_s = 0.0 if survey.outcome == "timeout" else 3 * survey.cpu_s
        limits_s[name] = max(LEAST_LIMIT_S, own_s, 4 * slowest_s)
        if survey.part:
            limits_s[survey.part] = max(LEAST_LIMIT_S, 3 * survey.part_s)
    passing = {
        subject.view.unit.number: tuple(name for name, survey in surveys.passing.items() if _reaches(survey, subject))
        for subject in subjects
    }
    return Trial(tuple(sorted((*surveys.parts, *surveys.failing), key=limits_s.__getitem__)), passing, limits_s)


def _reaches(survey: Survey, subject: Subject) -> bool:
    unit = subject.view.unit
    lines = range(unit.node.lineno, (unit.node.end_lineno or 0) + 1)
    return any((unit.path, line) in survey.lines for line in lines)


def near_passing(failing: Sequence[str], passing: Sequence[str], limit: int) -> tuple[str, ...]:
    """Passing tests from the failing tests' files first, then from those nearest to them; a few files only."""
    own = {name.split("::")[0] for name in failing}
    folders = {path.rpartition("/")[0] for path in own}

    def distance(name: str) -> int:
        path = name.split("::", maxsplit=1)[0]
        return 0 if path in own else 1 if path.rpartition("/")[0] in folders else 2

    near = sorted((name for name in passing if "::" in name), key=distance)
    if not any(distance(name) == 0 for name in near):
        near = _in_turn(near)
    files = list(dict.fromkeys([*own, *(name.split("::")[0] for name in near)]))[:PASSING_FILES]
    return tuple(name for name in near if name.split("::")[0] in files)[:limit]


def _in_turn(names: Sequence[str]) -> list[str]:
    """One of each file, then a second one of each: what they have in common is what nobody suspects."""
    by_file: dict[str, list[str]] = {}
    for name in names:
        by_file.setdefault(name.split("::")[0], []).append(name)
    return [name for some in zip_longest(*by_file.values()) for name in some if name is not None]


def beside(failing: Sequence[str], passing: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The `known` tests of the failing ones' files, nearest first and as far as nobody saw them fail, then the others.

    Nearest are those of the same class, then those that stand close by: they do nearly the same and pass.
    """
    there = frozenset(known)
    others = (name for name in passing or known if name in there)
    return tuple(name for name in dict.fromkeys([*_siblings(failing, known), *others]) if name not in failing)


def _siblings(failing: Sequence[str], known: Sequence[str]) -> list[str]:
    own = {name.split("::")[0] for name in failing}
    near = [name for name in known if name.split("::")[0] in own]
    red = [number for number, name in enumerate(near) if name in failing]
    groups = {near[number].rpartition("::")[0] for number in red}

    def distance(number: int) -> tuple[bool, int]:
        return near[number].rpartition("::")[0] not in groups, min((abs(number - other) for other in red), default=0)

    return [near[number] for number in sorted(range(len(near)), key=distance)]
