"""What the existing tests' runs say when base and head are compared: kept, lost, flaky, not reached, debt. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from runner.proof import Cells, Matrix, RunOutcome, TestOutcome, TestResult, TestRun
from runner.verify.lookup import has_failed, has_passed, results_of, without

REPORTED: Final = frozenset({RunOutcome.GREEN, RunOutcome.RED})
CUT_SHORT: Final = frozenset({RunOutcome.TIMED_OUT, RunOutcome.OUT_OF_MEMORY})
SILENT: Final = CUT_SHORT | {RunOutcome.CRASHED}
"""Ends that say nothing of the tests: there are some, and they could have been broken."""
VOLATILE: Final = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{4,12}\b|\d+", re.IGNORECASE)
"""What a parameter's name may take from the clock, an address or chance: numbers, and the parts of a UUID."""


def decisive_ids(base: Cells) -> tuple[str, ...]:
    """The tests that failed in the base's first run of the reproducer: what the verdict turns on."""
    return base.reproducing[0].failing if base.reproducing else ()


def existing_reported(cells: Cells) -> bool:
    """Whether the existing tests ran to a readable end."""
    return bool(cells.existing) and cells.existing[0].outcome in REPORTED


def comparable(base: Cells, existing: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What of the selected `existing` tests can be compared with the base: where its run was cut, what that came to."""
    is_cut = existing_reported(base) and bool(base.existing[0].left_out)
    return tuple(base.existing[0].tests) if is_cut else existing


def passing_on_base(matrix: Matrix) -> tuple[str, ...]:
    """The existing tests that passed in the base's first run, less those that the verdict turns on."""
    run = matrix.base.existing[0]
    return tuple(id_ for id_, test in without(run, decisive_ids(matrix.base)) if test.outcome is TestOutcome.PASSED)


def kept(matrix: Matrix) -> tuple[str, ...]:
    """The existing tests that pass on base and head."""
    if not (existing_reported(matrix.base) and existing_reported(matrix.head)):
        return ()
    return tuple(_passing_on_both(matrix))


def _passing_on_both(matrix: Matrix) -> Iterator[str]:
    head, other_names = matrix.head.existing[0], renamed(matrix)
    for id_ in passing_on_base(matrix):
        if all(has_passed(head, name) for name in other_names.get(id_, (id_,))):
            yield id_


def renamed(matrix: Matrix) -> Mapping[str, tuple[str, ...]]:
    """The base's tests that the head lacks, with those of the head's that bear their name at another time.

    Only those that the base itself has no more when it is asked again: it alone knows which names change by themselves.
    """
    again = [run for run in _reruns(matrix.base) if not run.left_out]
    return {id_: new for id_, new in alike(matrix).items() if any(not results_of(run, id_) for run in again)}


def alike(matrix: Matrix) -> Mapping[str, tuple[str, ...]]:
    """The base's tests that the head lacks, with those that differ from them in what may change by itself.

    A parameter may be named by the time of day or an address: `test_a[17:55:45]` is `test_a[17:56:10]` in the next run.
    Only names that the other side lacks count, and only where there are as many of them.
    """
    if not (matrix.base.existing and matrix.head.existing):
        return {}
    before, after = matrix.base.existing[0].tests, matrix.head.existing[0].tests
    gone, new = (_by_shape(ids) for ids in (before.keys() - after.keys(), after.keys() - before.keys()))
    return {id_: new[shape] for shape, ids in gone.items() if len(new.get(shape, ())) >= len(ids) for id_ in ids}


def _by_shape(ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Ids with volatile parameters, by their names without what is volatile."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for id_ in ids:
        name, _, parameter = id_.partition("[")
        shape = VOLATILE.sub("#", parameter)
        if shape != parameter:
            found[f"{name}[{shape}"].append(id_)
    return {shape: tuple(sorted(same)) for shape, same in found.items()}


def unreached(matrix: Matrix) -> tuple[str, ...]:
    """The base's passing tests that the head's run had no time to start; none if more are gone than it left out."""
    if not (existing_reported(matrix.base) and existing_reported(matrix.head)):
        return ()
    head, other_names = matrix.head.existing[0], alike(matrix)
    gone = tuple(id_ for id_ in passing_on_base(matrix) if not results_of(head, id_) and id_ not in other_names)
    return gone if len(gone) <= head.left_out else ()


def lost(matrix: Matrix) -> tuple[str, ...]:
    """Existing tests that passed in the base's first run and not in the head's; empty while a side is unmeasured."""
    if not (existing_reported(matrix.base) and matrix.head.existing):
        return ()
    fine = {*unreached(matrix), *_passing_on_both(matrix)}
    return tuple(id_ for id_ in passing_on_base(matrix) if id_ not in fine)


def broken(matrix: Matrix) -> dict[str, TestResult]:
    """How the tests fail on the head that the change is blamed for."""
    return {id_: test for id_ in regressions(matrix) if (test := matrix.head.existing[0].tests.get(id_))}


def flaky(matrix: Matrix) -> tuple[str, ...]:
    """Lost tests that reruns show to be flaky: they fail on the base too, or pass whenever the head is run again.

    One that the base itself has no more when it is asked again is known by a name that changes.
    """
    known = alike(matrix)
    return tuple(id_ for id_ in lost(matrix) if _is_flaky(id_, matrix, is_known=id_ in known))


def regressions(matrix: Matrix) -> tuple[str, ...]:
    """The lost tests that no rerun excuses."""
    excused = frozenset(flaky(matrix))
    return tuple(id_ for id_ in lost(matrix) if id_ not in excused)


def unsettled(matrix: Matrix) -> tuple[str, ...]:
    """Lost tests that passed when the head was run again, where the clock cut the run that would have settled it."""
    again = list(_reruns(matrix.head))
    told = {id_: [results_of(run, id_) for run in again] for id_ in regressions(matrix)}
    return tuple(
        id_
        for id_, seen in told.items()
        if any(seen) and all(has_passed(run, id_) for run, result in zip(again, seen, strict=True) if result)
    )


def baseline_debt(matrix: Matrix) -> tuple[str, ...]:
    """Existing tests that fail on the base already: listed, never blamed on the change."""
    if not existing_reported(matrix.base):
        return ()
    broken = {TestOutcome.FAILED, TestOutcome.ERROR}
    return tuple(
        id_ for id_, test in without(matrix.base.existing[0], decisive_ids(matrix.base)) if test.outcome in broken
    )


def _is_flaky(id_: str, matrix: Matrix, *, is_known: bool) -> bool:
    """Whether reruns excuse a test. One that is known by another name on the head is told under that one."""
    base, head = (list(_reruns(cells)) for cells in (matrix.base, matrix.head))
    is_gone = not is_known and any(not (run.left_out or results_of(run, id_)) for run in base)
    is_unsteady = is_gone or any(has_failed(run, id_) for run in base)
    return is_unsteady or (len(head) > 1 and all(has_passed(run, id_) for run in head))


def _reruns(cells: Cells) -> Iterator[TestRun]:
    return (run for run in cells.existing[1:] if run.outcome in REPORTED)
