"""How a test that was asked for is found among a run's results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runner.proof import TestOutcome, TestResult, TestRun

BROKEN = (TestOutcome.FAILED, TestOutcome.ERROR)


def is_below(id_: str, wanted: str) -> bool:
    """Whether `id_` is the wanted file, class or test, or one of its tests or parameters."""
    return id_ == wanted or id_.startswith((f"{wanted}::", f"{wanted}[", f"{wanted.rstrip('/')}/"))


def results_of(run: TestRun, wanted: str) -> Mapping[str, TestResult]:
    """The results that answer for a wanted id or file; the error of a file answers for every test in it."""
    found = {id_: test for id_, test in run.tests.items() if is_below(id_, wanted)}
    path = wanted.partition("::")[0]
    if not found and path in run.tests:
        return {wanted: run.tests[path]}
    return found


def has_failed(run: TestRun, wanted: str) -> bool:
    """Whether at least one test below `wanted` failed or broke."""
    return any(test.outcome in BROKEN for test in results_of(run, wanted).values())


def has_passed(run: TestRun, wanted: str) -> bool:
    """Whether every test below `wanted` passed, and there was one."""
    outcomes = {test.outcome for test in results_of(run, wanted).values()}
    return outcomes == {TestOutcome.PASSED}


def without(run: TestRun, wanted: Iterable[str]) -> Iterator[tuple[str, TestResult]]:
    """The run's results less those below one of `wanted`."""
    excluded = tuple(wanted)
    for id_, test in run.tests.items():
        if not any(is_below(id_, one) for one in excluded):
            yield id_, test
