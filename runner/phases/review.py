"""Whether an attempt is proven: reads the matrix and the attempt's spans. Alone may make a VerifiedTree. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from runner.models import Overlay, Rival
from runner.phases.execute import Tried
from runner.phases.ground import Ground
from runner.ports import Ports, SpanRecord
from runner.proof import Cells, GuardFinding, Judgement, Matrix, Stress, TestRun, Verdict, VerifiedTree
from runner.verify.matrix import Bench
from runner.verify.proof import Claim, inspect_claim, prove
from runner.verify.stress import SECONDS
from runner.verify.verdict import told_findings

STRESS_SHARE = 0.4
"""The part of the seconds left that stress may take; publishing needs the rest."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What Review measured and decided. `tree` is the permission for a pull request; None when there is none."""

    judgement: Judgement
    matrix: Matrix
    guard: tuple[GuardFinding, ...]
    stress: Stress | None
    tree: VerifiedTree | None


def review(
    tried: Tried,
    ground: Ground,
    spans: Sequence[SpanRecord],
    ports: Ports,
    *,
    plan_files: tuple[str, ...],
    seed: int,
    seconds_left: Callable[[], float],
) -> Reviewed:
    """Prove the attempt's tree.

    A red test, an error span of the attempt (`spans`) or a finding of the guard makes it a failed one at once.
    """
    broken = [f"the step `{span.name}` broke: {span.failed}" for span in spans if span.failed]
    red = [] if tried.is_green else [f"the decisive tests are {tried.run.outcome.value}"]
    if settled := [*broken, *red, *_undecided(ground, tried.proposal.rivals)]:
        return Reviewed(Judgement(Verdict.UNPROVEN, tuple(settled)), Matrix(base=ground.base), (), None, None)
    claim = Claim(
        edits=tried.overlay,
        before=_before(tried.overlay, ground, ports),
        selection=ground.selection,
        frozen=ground.frozen,
        required=ground.required,
        plan_files=plan_files,
        paths=frozenset(ground.entries),
        modes={path: ground.entries[path].mode for path in tried.overlay if path in ground.entries},
    )
    if guard := inspect_claim(claim):  # no test could clear it, and the next attempt needs the time
        head = Cells((), (tried.run,)) if ground.reproducing else Cells((tried.run,), ())
        return Reviewed(Judgement(Verdict.UNPROVEN, told_findings(guard)), Matrix(ground.base, head), guard, None, None)
    bench = Bench(ports.suite, ground.bench.checkout, seconds_left)
    stress_s = min(SECONDS, STRESS_SHARE * seconds_left())
    proof = prove(bench, claim, ports.clock, seed=seed, base=ground.base, first=tried.run, stress_s=stress_s)
    said = (*proof.judgement.reasons, *ground.notes, *_ambiguity(proof.judgement.verdict, tried.proposal.rivals))
    judgement = replace(proof.judgement, reasons=said)
    tree = None
    if _may_open(judgement.verdict):
        sha = ports.repository.tree_sha(ground.commit, claim.head)
        tree = VerifiedTree(sha, judgement.verdict, tuple(run.command for run in _runs(proof.matrix)))
    return Reviewed(judgement, proof.matrix, proof.guard, proof.stress, tree)


def _undecided(ground: Ground, rivals: Sequence[Rival]) -> list[str]:
    """Why a reproducer that only runs proves nothing: it passes with changes that do different things."""
    told = "the reproducing test only runs, and cannot tell this change from another: "
    return [told + _told(rival) for rival in rivals] if ground.only_runs else []


def _ambiguity(verdict: Verdict, rivals: Sequence[Rival]) -> list[str]:
    """What PROVEN does not say: which other changes pass the same tests, and where they behave otherwise."""
    return [f"ambiguous: {_told(rival)}" for rival in rivals] if verdict is Verdict.PROVEN else []


def _told(rival: Rival) -> str:
    return f"{rival.change} passes too; on {rival.given}: {rival.other}, not {rival.chosen}"


def _may_open(verdict: Verdict) -> bool:
    return verdict in (Verdict.PROVEN, Verdict.REGRESSION_SAFE)


def _runs(matrix: Matrix) -> list[TestRun]:
    return [run for cells in (matrix.base, matrix.head, matrix.revert) for run in (*cells.reproducing, *cells.existing)]


def _before(overlay: Overlay, ground: Ground, ports: Ports) -> dict[str, bytes | None]:
    """The edited files as they are on the base."""
    known = {path: ground.entries[path].blob_id for path in overlay if path in ground.entries}
    contents = dict(ports.repository.read(known.values()))
    return {path: contents.get(known.get(path, "")) for path in overlay}
