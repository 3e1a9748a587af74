"""Which lines tests execute, seen by the search's own driver: one process that runs each test in a child. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runner.engines.search.dialogue import Driver
from runner.engines.search.engine import DRIVER, SearchEnvironment
from runner.engines.search.spectrum import Survey
from runner.engines.search.surveying import AT_ONCE, beside, near_passing
from runner.engines.search.test_command import harness_of
from runner.errors import EngineFailure
from runner.ports import Clock, Command, Sandbox
from runner.proof import Line, Spectra, TestRun

MOST_FAILING: Final = 4
MOST_PASSING: Final = 40
LIMIT_S: Final = 2.0
"""Processor seconds that one test may take."""
FAILING_SHARE: Final = 0.5
"""The part of the time after which the passing tests have their turn."""
PASSING_MOST_S: Final = 4.0
"""What those may take in any case."""


class DriverCoverage:
    """The port `Coverage` for Python's tests."""

    def __init__(self, sandbox: Sandbox, environment: SearchEnvironment, clock: Clock) -> None:
        """`environment` is what the tests run in."""
        self._sandbox = sandbox
        self._environment = environment
        self._clock = clock

    def spectra(
        self, checkout: Path, failed: TestRun, passing: Sequence[str], paths: Sequence[str], *, timeout_s: float
    ) -> Spectra:
        """The failing tests first, then passing ones, nearest first, until the time is over. Raises EngineFailure."""
        until_s = self._clock() + timeout_s
        red = [name for name in failed.failing if "::" in name]
        if not red:
            raise EngineFailure("no failing test has an id by which it can be run alone")
        near = near_passing(red, passing, MOST_PASSING)
        tried = () if near else passing
        files = tuple(dict.fromkeys(name.split("::")[0] for name in (*red, *near, *tried)))
        command = Command(
            argv=("python3", str(DRIVER)),
            workspace=checkout,
            timeout_s=timeout_s,
            env=self._environment.env,
            readable=(DRIVER, *self._environment.readable),
        )
        with self._sandbox.converse(command) as conversation:
            driver = Driver(conversation)
            harness = harness_of(failed.command)
            known = driver.open(str(checkout), files, harness, paths, timeout_s)
            others = beside(red, near, known)
            half_s = self._clock() + FAILING_SHARE * (until_s - self._clock())
            failing = self._seen(driver, [name for name in red if name in known][:MOST_FAILING], half_s, is_green=False)
            whole = [survey for survey in failing if not survey.is_cut]
            until_s = min(until_s, self._clock() + PASSING_MOST_S)
            green = self._seen(driver, others[:MOST_PASSING], until_s, is_green=True)
            compared = {survey.name: sides for survey in failing if (sides := _sides(survey))}
            depths = _depths(failing)
            return Spectra(_lines(whole or failing), _lines(green), is_cut=not whole, compared=compared, near=depths)

    def _seen(self, driver: Driver, names: Sequence[str], until_s: float, *, is_green: bool) -> list[Survey]:
        """Those of the tests that end as they should, as many as there is time for."""
        found: list[Survey] = []
        for start in range(0, len(names), AT_ONCE):
            left_s = until_s - self._clock()
            if left_s <= 0:
                break
            try:
                some = driver.surveys(
                    names[start : start + AT_ONCE], limit_s=min(LIMIT_S, left_s), traced=True, types=False
                )
            except EngineFailure:
                if not (found or is_green):
                    raise
                break  # its process was ended by the clock: what is known stays
            found += [one for one in some if one.outcome != "skipped" and (one.outcome == "passed") is is_green]
        return found


def _sides(survey: Survey) -> tuple[str, str] | None:
    """What the test compared: texts as they are written in Python, other values as they show themselves."""
    texts = ((repr(left), repr(right)) for left, right in survey.clash.texts)
    return next(iter((*texts, *survey.clash.values)), None)


def _depths(surveys: Sequence[Survey]) -> dict[Line, int]:
    """What the tests entered from their last lines, each function as few calls below as any of them did."""
    found: dict[Line, int] = {}
    for survey in surveys:
        for place, depth in survey.near.items():
            found[place] = min(depth, found.get(place, depth))
    return found


def _lines(surveys: Sequence[Survey]) -> tuple[frozenset[Line], ...]:
    return tuple(survey.lines for survey in surveys)
