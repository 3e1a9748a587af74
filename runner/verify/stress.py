"""How well a green result stands up to other orders and to mutants of the edited lines. Uses Suite and Checkout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, repeat, zip_longest
from typing import Final

from runner.errors import TimeSpent
from runner.models import Overlay
from runner.ports import Clock
from runner.proof import RunOutcome, Stress, TestRun
from runner.verify.lookup import has_failed, has_passed
from runner.verify.matrix import Bench
from runner.verify.mutants import Mutant, changed_lines, is_equivalent, mutants
from runner.verify.parts import parts
from runner.verify.test_paths import is_test_path

RERUNS: Final = 10
PARTS: Final = 8
MUTANTS: Final = 20
RERUN_SHARE: Final = 0.6
"""Of the time; the rest is for the change's parts and for mutants."""
SECONDS: Final = 20.0
Z_95: Final = 1.959963984540054


def wilson_interval(passes: int, runs: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % for a pass rate; (0, 1) when nothing was run.

    https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
    """
    if runs == 0:
        return (0.0, 1.0)
    rate, z2 = passes / runs, Z_95**2
    centre = (rate + z2 / (2 * runs)) / (1 + z2 / runs)
    half = Z_95 * math.sqrt(rate * (1 - rate) / runs + z2 / (4 * runs**2)) / (1 + z2 / runs)
    # Rounded, or 10 of 10 would end at 0.9999999999999999.
    return (max(round(centre - half, 12), 0.0), min(round(centre + half, 12), 1.0))


@dataclass(frozen=True, slots=True)
class Stressed:
    """What is put under stress: the head's tree, its decisive tests, and the edited files before (None: new)."""

    head: Overlay
    ids: tuple[str, ...]
    before: Mapping[str, bytes | None]


def stress(
    bench: Bench,
    subject: Stressed,
    clock: Clock,
    *,
    seed: int,
    reruns: tuple[TestRun, ...] = (),
    seconds: float = SECONDS,
) -> Stress:
    """Up to 10 reruns, the change without each of its parts, and 20 mutants, or `seconds`, whichever comes first.

    The clock of the bench ends it too. `reruns` are those of the ten, with the first seeds, that there were before.
    """
    began_s = clock()
    until_s = began_s + min(seconds, _seconds_left(bench))
    runs = list(reruns)
    for offset in range(len(reruns), RERUNS):
        if clock() >= began_s + RERUN_SHARE * (until_s - began_s):
            break
        runs.append(_timed(bench, subject.head, subject.ids, until_s - clock(), seed=seed + offset + 1))
    # A rerun that the end of the time cut off says nothing about the tests.
    runs = [run for run in runs if run.outcome is not RunOutcome.TIMED_OUT]
    passes = sum(run.outcome is RunOutcome.GREEN and _all_pass(run, subject.ids) for run in runs)
    lacking = dict(_noticed(bench, _without_parts(subject), subject.ids, clock, until_s))
    mutated = dict(_noticed(bench, _telling_mutants(subject, seed), subject.ids, clock, until_s))
    return Stress(
        reruns=len(runs),
        passes=passes,
        interval=wilson_interval(passes, len(runs)),
        mutants=len(mutated),
        killed=sum(mutated.values()),
        seed=seed,
        seconds=clock() - began_s,
        survivors=tuple(where for where, is_noticed in mutated.items() if not is_noticed),
        unasked=tuple(where for where, is_noticed in lacking.items() if not is_noticed),
    )


def _noticed(
    bench: Bench, variants: Iterable[tuple[str, Overlay]], ids: tuple[str, ...], clock: Clock, until_s: float
) -> Iterator[tuple[str, bool]]:
    """Which variants of the head the tests tell from it, as far as the time goes; no further one is made then."""
    left = iter(variants)
    while clock() < until_s and (variant := next(left, None)):
        where, tree = variant
        run = _timed(bench, tree, ids, until_s - clock())
        if run.outcome is RunOutcome.TIMED_OUT:
            return
        yield where, not _all_pass(run, ids)


def _timed(bench: Bench, tree: Overlay, ids: tuple[str, ...], seconds: float, *, seed: int | None = None) -> TestRun:
    """A run of so many seconds; one that the end of the run's own clock comes before is cut off as well."""
    try:
        return bench.run(tree, ids, reserve_s=max(_seconds_left(bench) - seconds, 0.0), seed=seed)
    except TimeSpent:
        return TestRun("", None, "", RunOutcome.TIMED_OUT, {}, 0.0)


def _seconds_left(bench: Bench) -> float:
    try:
        return bench.seconds_left()
    except TimeSpent:
        return 0.0


def _all_pass(run: TestRun, ids: Iterable[str]) -> bool:
    return all(has_passed(run, id_) and not has_failed(run, id_) for id_ in ids)


def _without_parts(subject: Stressed) -> Iterator[tuple[str, Overlay]]:
    return ((part.where, part.tree) for part in islice(parts(subject.before, subject.head), PARTS))


def _telling_mutants(subject: Stressed, seed: int) -> Iterator[tuple[str, Overlay]]:
    """The first mutants less those that are shown to be equivalent."""
    for path, mutant in _first_mutants(subject, seed):
        if not is_equivalent(subject.head[path] or b"", mutant.source):
            yield f"{path} {mutant.where}", {**subject.head, path: mutant.source}


def _first_mutants(subject: Stressed, seed: int) -> Iterator[tuple[str, Mutant]]:
    """At most 20 mutants, taken from the edited source files in turn."""
    per_file = [
        zip(repeat(path), mutants(after, changed_lines(before or b"", after), seed=seed), strict=False)
        for path, before in subject.before.items()
        if (after := subject.head.get(path)) is not None and path.endswith(".py") and not is_test_path(path)
    ]
    turns = chain.from_iterable(zip_longest(*per_file))
    return islice(filter(None, turns), MUTANTS)
