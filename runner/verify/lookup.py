"""How a test that was asked for is found among a run's results. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from runner.proof import TestOutcome, TestResult, TestRun

BROKEN = (TestOutcome.FAILED, TestOutcome.ERROR)


def selectors(id_: str) -> Iterator[str]:
    """Everything that selects a test: its id, the id without parameters, its classes, its file and folders."""
    path, _, inner = id_.partition("::")
    plain = inner.partition("[")[0]
    names = plain.split("::") if plain else []
    yield id_
    for end in range(len(names), 0, -1):
        yield "::".join([path, *names[:end]])
    yield path
    for slash in (index for index, char in enumerate(path) if char == "/"):
        yield from (path[:slash], path[: slash + 1])
    yield "."


def is_below(id_: str, wanted: Set[str]) -> bool:
    """Whether one of the wanted folders, files, classes or tests holds this test."""
    return any(selector in wanted for selector in selectors(id_))


def results_of(run: TestRun, wanted: str) -> Mapping[str, TestResult]:
    """The results that answer for a wanted id or file; the error of a file answers for every test in it."""
    if wanted in run.tests:
        return {wanted: run.tests[wanted]}
    found = {id_: run.tests[id_] for id_ in _below(run.in_order, wanted)}
    path = wanted.partition("::")[0]
    if not found and path in run.tests:
        return {wanted: run.tests[path]}
    return found


def _below(in_order: Sequence[str], wanted: str) -> Iterator[str]:
    """The sorted ids that a folder, file, class or test without parameters holds; a run may have tens of thousands."""
    if wanted == ".":
        yield from in_order
    if "[" in wanted:
        return
    for beginning in (wanted,) if wanted.endswith("/") else (f"{wanted}/", f"{wanted}::", f"{wanted}["):
        at = bisect_left(in_order, beginning)
        while at < len(in_order) and in_order[at].startswith(beginning):
            yield in_order[at]
            at += 1


def has_failed(run: TestRun, wanted: str) -> bool:
    """Whether at least one test below `wanted` failed or broke."""
    return any(test.outcome in BROKEN for test in results_of(run, wanted).values())


def has_passed(run: TestRun, wanted: str) -> bool:
    """Whether every test below `wanted` passed, and there was one."""
    outcomes = {test.outcome for test in results_of(run, wanted).values()}
    return outcomes == {TestOutcome.PASSED}


def without(run: TestRun, wanted: Iterable[str]) -> Iterator[tuple[str, TestResult]]:
    """The run's results less those below one of `wanted`."""
    excluded = frozenset(wanted)
    return ((id_, test) for id_, test in run.tests.items() if not is_below(id_, excluded))
