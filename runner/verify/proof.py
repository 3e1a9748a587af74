"""How one change is proven from first to last: the same for a run's own edits and for anybody's commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner.models import Overlay
from runner.ports import Clock
from runner.proof import Cells, GuardFinding, Judgement, Matrix, Stress, TestRun, Verdict
from runner.verify.callers import changed_callers
from runner.verify.doctests import lost_examples
from runner.verify.existing import decisive_ids
from runner.verify.guard import Edits, inspect
from runner.verify.matrix import (
    Bench,
    Selection,
    ask_again,
    is_mended,
    measure_base,
    measure_head,
    measure_revert,
    recheck,
    rerun,
    widen,
)
from runner.verify.reproducer import freeze
from runner.verify.stress import SECONDS, Stressed, stress
from runner.verify.test_paths import is_test_path
from runner.verify.twins import twins
from runner.verify.verdict import judge

NO_STRESS: Final = 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be proven: that `edits` over the base mend what the selected tests show.

    `frozen` holds the files of the reproducing tests as they lie over base and head alike, whatever the edits make of
    them: those of a test patch, new ones, the base's own, or the head's where somebody's whole commit is judged.
    `before` are the edited files' contents on the base (None: new); `required` ids must each fail there; `paths` are
    all the base's files, `modes` their git modes and `new_modes` those of the head's, as far as they are known.
    """

    edits: Overlay
    before: Mapping[str, bytes | None]
    selection: Selection
    frozen: Overlay = field(default_factory=dict)
    required: tuple[str, ...] = ()
    plan_files: tuple[str, ...] = ()
    paths: frozenset[str] = frozenset()
    modes: Mapping[str, str] = field(default_factory=dict)
    new_modes: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> Overlay:
        """The tree that is claimed to work."""
        return {**self.edits, **self.frozen}

    @property
    def revert(self) -> Overlay:
        """The base's source with the head's tests."""
        return {**{path: new for path, new in self.edits.items() if is_test_path(path)}, **self.frozen}

    @property
    def replaced(self) -> tuple[str, ...]:
        """The files that the edits have otherwise than the given tests, which are run."""
        return tuple(path for path in self.edits if path in self.frozen and self.edits[path] != self.frozen[path])


@dataclass(frozen=True, slots=True)
class Proof:
    """What was measured and what may be said about it."""

    matrix: Matrix
    guard: tuple[GuardFinding, ...]
    judgement: Judgement
    stress: Stress | None


def prove(
    bench: Bench,
    claim: Claim,
    clock: Clock,
    *,
    seed: int,
    base: Cells | None = None,
    first: TestRun | None = None,
    stress_s: float = SECONDS,
) -> Proof:
    """Guard, base, head, revert, reruns, verdict, and stress after PROVEN.

    `base` is the base's row, `first` the head's first run of the reproducing tests (without any, of the existing ones),
    where they were measured before. Measuring ends at the first cell that settles the verdict; what was not measured is
    missing from the matrix, and never counts for the change.
    """
    guard = inspect_claim(claim)
    row = (
        ask_again(bench, claim.frozen, claim.selection, base, first)
        if base
        else measure_base(bench, claim.frozen, claim.selection)
    )
    head = measure_head(bench, claim.head, claim.selection, row, first)
    ids = decisive_ids(row)
    matrix = Matrix(row, head)
    reruns: tuple[TestRun, ...] = ()
    if ids and is_mended(head, row):
        revert = measure_revert(bench, claim.revert, claim.selection.reproducing)
        reruns = rerun(bench, claim.head, ids, seed=seed)
        matrix = Matrix(row, Cells(head.existing, (*head.reproducing, *reruns)), revert)
    guard = (*guard, *changed_callers(claim.before, claim.edits, matrix), *lost_examples(claim.before, claim.head, row))
    if is_mended(head, row) and not guard:
        matrix, selection = widen(bench, matrix, claim.frozen, claim.head, claim.selection)
        matrix = recheck(bench, matrix, claim.frozen, claim.head, selection.existing)
    left = twins(claim.before, claim.head) if ids and is_mended(head, row) else ()
    judgement = judge(matrix, guard, claim.required, left)
    stressed = None
    if judgement.verdict is Verdict.PROVEN and stress_s > NO_STRESS:
        subject = Stressed(claim.head, ids, claim.before)
        stressed = stress(bench, subject, clock, seed=seed, reruns=reruns, seconds=stress_s)
        judgement = replace(judgement, reasons=(*judgement.reasons, *_unasked(stressed)))
    judgement = replace(judgement, reasons=(*judgement.reasons, *_replaced(claim)))
    return Proof(matrix, guard, judgement, stressed)


def _unasked(stressed: Stress) -> tuple[str, ...]:
    """What PROVEN does not cover: parts of the change without which the reproducer is green as well."""
    if not stressed.unasked:
        return ()
    return (f"no reproducing test asks for these parts of the change: {', '.join(stressed.unasked)}",)


def _replaced(claim: Claim) -> tuple[str, ...]:
    """Which files the verdict does not see as the change has them."""
    return tuple(f"{path} is run as the given tests have it, not as the change has it" for path in claim.replaced)


def inspect_claim(claim: Claim) -> tuple[GuardFinding, ...]:
    """What the tamper guard finds in a claim; needs no test run, so an attempt can hear it at once."""
    tests = {path: content for path, content in claim.frozen.items() if content}
    return inspect(
        Edits(
            before=claim.before,
            after=claim.edits,
            tree=claim.head,
            plan_files=claim.plan_files,
            frozen=freeze(claim.frozen),
            reproducer=tests,
            reproducing=claim.selection.reproducing,
            paths=claim.paths,
            modes=claim.modes,
            new_modes=claim.new_modes,
        )
    )
