"""What may be said about a change, from the matrix and the guard alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from runner.proof import Cells, GuardFinding, Judgement, Matrix, RunOutcome, TestOutcome, TestRun, Verdict
from runner.verify.existing import (
    CUT_SHORT,
    SILENT,
    baseline_debt,
    decisive_ids,
    existing_reported,
    flaky,
    kept,
    passing_on_base,
    regressions,
    unreached,
    unsettled,
)
from runner.verify.lookup import has_failed, has_passed, results_of
from runner.verify.matrix import BASE_RUNS, RERUNS, fails_alike

IDS_NAMED: Final = 5
CRASH_CAP_CHARS: Final = 200
NAMED_ERROR: Final = re.compile(r"\b\w*(?:Error|Exception)\b.*:")
HANGS: Final = 2.0
"""A run that took so many times as long as its like had time enough: what ended it was not the clock alone."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a change is not proven; `is_missing` if the clock or the base kept the evidence from being there."""

    said: str
    is_missing: bool = False


def judge(
    matrix: Matrix, guard: tuple[GuardFinding, ...], required: tuple[str, ...] = (), twins: tuple[str, ...] = ()
) -> Judgement:
    """PROVEN, REGRESSION-SAFE or UNPROVEN, with what held or what is missing.

    The head's reproducing cell holds its first run, then the shuffled reruns. `required` are ids that were named as
    the reproducer: each must fail on the base. Where the base has no reproducing run, no reproducer exists. `twins` say
    which places are like a mended one and were left.
    """
    faults = [_Fault(said) for said in told_findings(guard)]
    faults += [*_exchange_faults(matrix), *_call_faults(matrix)]
    if matrix.base.reproducing:
        faults += _reproducer_faults(matrix, required)
        faults += _existing_faults(matrix)
        faults += [_Fault(f"perhaps only half of the fix: {twin}") for twin in twins]
        told = [*_proven_reasons(matrix), *_notes(matrix)]
        return _unproven(faults) if faults else Judgement(Verdict.PROVEN, tuple(told))
    faults += _existing_faults(matrix)
    both = kept(matrix)
    if not faults and not both:
        faults.append(_Fault(f"no existing test is known to pass on both sides ({_existing_state(matrix)})"))
    if faults:
        return _unproven(faults)
    told = ["no test reproduces the task", f"{len(both)} existing tests pass on base and head ({_scope(matrix)})"]
    return Judgement(Verdict.REGRESSION_SAFE, (*told, *_notes(matrix)))


def told_findings(guard: Sequence[GuardFinding]) -> tuple[str, ...]:
    """What the guard found, each as a reason."""
    return tuple(f"the tamper guard found {one.rule} in {one.path}: {one.detail}" for one in guard)


def _unproven(faults: Sequence[_Fault]) -> Judgement:
    is_unsettled = all(fault.is_missing for fault in faults)
    return Judgement(Verdict.UNPROVEN, tuple(fault.said for fault in faults), is_unsettled)


def _exchange_faults(matrix: Matrix) -> Iterator[_Fault]:
    """What the head's code does to the runner that judges it; what the base's does as well is the suite's own way."""
    before, after = (
        {name for run in (*cells.existing, *cells.reproducing) for name in run.exchanged}
        for cells in (matrix.base, matrix.head)
    )
    if new := sorted(after - before):
        yield _Fault(f"on the head, and not on the base, parts of the test runner were exchanged: {_named(new)}")


def _call_faults(matrix: Matrix) -> Iterator[_Fault]:
    """Tests that pass on the head without being called: on the base their own functions were seen to begin."""
    for before, after in (
        (matrix.base.reproducing, matrix.head.reproducing),
        (matrix.base.existing, matrix.head.existing),
    ):
        seen = frozenset(name for run in before for name in run.began)
        idle = {id_: None for run in after for id_ in run.ids(TestOutcome.PASSED) if _is_idle(id_, seen, run)}
        if idle:
            yield _Fault(f"passes on the head without being called: {_named(tuple(idle))}")


def _is_idle(id_: str, seen: frozenset[str], run: TestRun) -> bool:
    name = id_.partition("[")[0]
    return name in seen and name not in run.began


def _reproducer_faults(matrix: Matrix, required: tuple[str, ...]) -> Iterator[_Fault]:
    base, decisive = matrix.base.reproducing, decisive_ids(matrix.base)
    if not decisive:
        yield _Fault(f"the reproducer does not fail on the base (its run was {_ended(base[0], ())})")
        return
    silent = [id_ for id_ in required if not has_failed(base[0], id_)]
    if silent:
        yield _Fault(f"not failing on the base: {_named(silent)}")
    if len(base) < BASE_RUNS or not fails_alike(base):
        yield _Fault("the reproducer does not fail twice with the same fingerprint on the base; it is flaky")
    yield from _head_faults(matrix.head, decisive)
    revert = matrix.revert.reproducing
    if not revert or not all(has_failed(revert[0], id_) for id_ in decisive):
        is_missing = bool(revert) and _is_cut(revert[0], base[0])
        yield _Fault("with the edits taken back the reproducer was not seen to fail again", is_missing)


def _head_faults(head: Cells, decisive: tuple[str, ...]) -> Iterator[_Fault]:
    if not head.reproducing:
        yield _Fault("the reproducer was not run on the head")
        return
    first, *reruns = head.reproducing
    red = [id_ for id_ in decisive if not has_passed(first, id_)]
    if red:
        yield _Fault(f"still not passing on the head ({_ended(first, red)}): {_named(red)}")
        return
    if first.outcome is not RunOutcome.GREEN:
        yield _Fault(f"the reproducer's run on the head was {first.outcome.value}: {_named(first.failing)}")
    yield from _rerun_faults(first, reruns, decisive)


def _ended(run: TestRun, red: Sequence[str]) -> str:
    """How a run ended; of one that was none also what it said: a broken environment is mended by nobody untold."""
    if run.outcome not in {RunOutcome.CRASHED, RunOutcome.MISSING_RUNNER}:
        return str(run.outcome.value)
    messages = [test.message for id_ in red for test in results_of(run, id_).values()]
    said = [line.strip() for line in "\n".join((run.output, *messages[:1])).split("\n") if line.strip()]
    errors = [line for line in said if NAMED_ERROR.search(line)]
    return f"{run.outcome.value}: {(errors or said or ['nothing was said'])[-1][:CRASH_CAP_CHARS]}"


def _rerun_faults(first: TestRun, reruns: Sequence[TestRun], decisive: tuple[str, ...]) -> Iterator[_Fault]:
    good = [run for run in reruns if run.outcome is RunOutcome.GREEN and _all_pass(run, decisive)]
    if len(reruns) < RERUNS or len(good) < len(reruns):
        bad = [run for run in reruns if run not in good]
        ended = f" (one was {_ended(bad[0], decisive)})" if bad else ""
        told = f"{len(good)} of {RERUNS} {_kind(reruns)} on the head passed{ended}; all must"
        yield _Fault(told, is_missing=bool(bad) and all(_is_cut(run, first) for run in bad))


def _kind(reruns: Sequence[TestRun]) -> str:
    """What the reruns were: some runners know no order but their own."""
    return "shuffled reruns" if all(run.is_shuffled for run in reruns) else "reruns"


def _is_cut(run: TestRun, like: TestRun) -> bool:
    """Whether the clock ended a run before it had twice the time of its like."""
    return run.outcome is RunOutcome.TIMED_OUT and run.seconds < HANGS * like.seconds


def _all_pass(run: TestRun, ids: tuple[str, ...]) -> bool:
    return all(has_passed(run, id_) for id_ in ids)


def _existing_faults(matrix: Matrix) -> Iterator[_Fault]:
    if not existing_reported(matrix.base):
        yield from _silence_faults(matrix)
        return
    if (debt := baseline_debt(matrix)) and not passing_on_base(matrix):
        told = f"none of the existing tests that ran passes on the base ({len(debt)} fail: {_named(debt)})"
        mend = "what the change breaks cannot be told; mend the base or its environment"
        yield _Fault(f"{told}: {mend}", is_missing=True)
        return
    if not existing_reported(matrix.head):
        if passing_on_base(matrix):
            is_missing = bool(matrix.head.existing) and _is_cut(matrix.head.existing[0], matrix.base.existing[0])
            yield _Fault(
                f"the existing tests ran on the base but not on the head ({_existing_state(matrix)})", is_missing
            )
        return
    missed = unreached(matrix)
    if len(missed) > len(kept(matrix)):
        told = f"{len(missed)} of {len(passing_on_base(matrix))} existing tests that pass on the base"
        yield _Fault(
            f"{told} were not reached on the head before the time was over; allow the run more", is_missing=True
        )
    yield from _loss_faults(matrix)


def _loss_faults(matrix: Matrix) -> Iterator[_Fault]:
    unclear = unsettled(matrix)
    if lost := [_lost(id_, matrix) for id_ in regressions(matrix) if id_ not in unclear]:
        yield _Fault(f"passed on the base and not on the head: {_named(lost)}")
    if unclear:
        told = "failed once on the head and passed when run again, and the time was too short to settle it"
        yield _Fault(f"{told}: {_named(unclear)}", is_missing=True)


def _silence_faults(matrix: Matrix) -> Iterator[_Fault]:
    """There are existing tests, and their run on the base tells nothing of them: they may be lost."""
    outcome = matrix.base.existing[0].outcome if matrix.base.existing else None
    if outcome in SILENT:
        mend = "allow the run more" if outcome in CUT_SHORT else "mend the base or its environment"
        yield _Fault(f"nothing is known of the existing tests ({_existing_state(matrix)}); {mend}", is_missing=True)


def _lost(id_: str, matrix: Matrix) -> str:
    """A lost test, and whether it was only skipped: then the change or its tests say that it may fail."""
    outcomes = {test.outcome for test in results_of(matrix.head.existing[0], id_).values()}
    return f"{id_} (skipped, or expected to fail)" if outcomes == {TestOutcome.SKIPPED} else id_


def _proven_reasons(matrix: Matrix) -> Iterator[str]:
    decisive = decisive_ids(matrix.base)
    reruns = f"{RERUNS} {_kind(matrix.head.reproducing[1:])}"
    yield f"{_named(decisive)} failed twice alike on the base, passes on the head and in {reruns}"
    yield "with the edits taken back it fails again"
    if existing_reported(matrix.base):
        yield f"{len(kept(matrix))} existing tests pass on base and head ({_scope(matrix)}), none regressed"
    else:
        yield f"existing tests: none ({_existing_state(matrix)})"


def _notes(matrix: Matrix) -> Iterator[str]:
    debt = baseline_debt(matrix)
    if debt:
        yield f"failing before the change already, not judged: {_named(debt)}"
    unsteady = flaky(matrix)
    if unsteady:
        yield f"flaky in reruns of the same tree, not judged: {_named(unsteady)}"
    missed = unreached(matrix)
    if missed:
        yield f"not reached on the head before the time was over: {_named(missed)}"


def _scope(matrix: Matrix) -> str:
    """What was run of what there is; where the clock cut the base's run the head was asked for no more than that."""
    cells = matrix.base if any(run.left_out for run in matrix.base.existing[:1]) else matrix.head
    return cells.existing[0].scope if cells.existing else "none"


def _existing_state(matrix: Matrix) -> str:
    for name, cells in (("base", matrix.base), ("head", matrix.head)):
        if cells.existing and not existing_reported(cells):
            run = cells.existing[0]
            ended = _ended(run, run.failing[:1])
            return f"their run on the {name} was {ended} after {run.seconds:.0f} s{_on_base(name, matrix)}"
    return "not run"


def _on_base(name: str, matrix: Matrix) -> str:
    return "" if name == "base" else f", on the base it took {matrix.base.existing[0].seconds:.0f} s"


def _named(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:IDS_NAMED])
    return f"{shown} and {len(ids) - IDS_NAMED} more" if len(ids) > IDS_NAMED else shown
