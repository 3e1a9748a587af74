"""What a run has found so far, so that a result can be made of it at any moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runner.errors import (
    BudgetSpent,
    EngineUnreachable,
    EnvironmentMissing,
    MemorySpent,
    OutdatedTests,
    PlanInvalid,
    TimeSpent,
)
from runner.models import (
    Attempt,
    ExitReason,
    Forecast,
    Localisation,
    Overlay,
    Plan,
    Receipt,
    Result,
    Rival,
    RunRequest,
)
from runner.proof import (
    Cells,
    GuardFinding,
    Judgement,
    Matrix,
    RunOutcome,
    Stress,
    TestResult,
    TestRun,
    Verdict,
    VerifiedTree,
)

_EXIT_OF: tuple[tuple[type[BaseException], ExitReason], ...] = (
    (TimeSpent, ExitReason.TIME_SPENT),
    (MemorySpent, ExitReason.MEMORY_PRESSURE),
    (BudgetSpent, ExitReason.BUDGET_SPENT),
    (EnvironmentMissing, ExitReason.ENVIRONMENT_MISSING),
    (EngineUnreachable, ExitReason.ENGINE_UNREACHABLE),
    (PlanInvalid, ExitReason.PLAN_INVALID),
    (OutdatedTests, ExitReason.UNPROVEN),
    (KeyboardInterrupt, ExitReason.CANCELLED),
)


NOTHING_RAN = 1_000_000
"""More failing tests than any run has: what an attempt counts for whose tests could not be run."""


@dataclass(frozen=True, slots=True)
class Closest:
    """The failed attempt that came closest: its change, and what was seen of just that change.

    `failing` orders the attempts: failing tests, lost tests, and whether more than the clock speaks against it.
    `contested` are the lost tests where nothing but they speaks against it.
    """

    number: int
    failing: tuple[int, int, bool]
    overlay: Overlay
    diff: str
    exit: ExitReason
    reasons: tuple[str, ...]
    matrix: Matrix
    guard: tuple[GuardFinding, ...]
    contested: Mapping[str, TestResult]


@dataclass(slots=True)
class Findings:
    """Filled by the phases, one field after the other; what is still empty was not reached."""

    request: RunRequest
    exit: ExitReason = ExitReason.CRASHED
    broke_off: tuple[str, ...] = ()
    judgement: Judgement = field(default_factory=lambda: Judgement(Verdict.UNPROVEN, ()))
    localisation: Localisation | None = None
    forecasts: tuple[Forecast, ...] = ()
    plan: Plan | None = None
    attempts: list[Attempt] = field(default_factory=list)
    matrix: Matrix = field(default_factory=Matrix)
    guard: tuple[GuardFinding, ...] = ()
    stress: Stress | None = None
    overlay: Overlay = field(default_factory=dict)
    diff: str = ""
    tree: VerifiedTree | None = None
    closest: Closest | None = None
    alternatives: tuple[Rival, ...] = ()

    def close(self, error: BaseException) -> None:
        """Name the reason for which the run could not go on."""
        self.exit = next((reason for kind, reason in _EXIT_OF if isinstance(error, kind)), ExitReason.CRASHED)
        self.broke_off = (str(error) or type(error).__name__,)
        if self.tree is None:
            self.judgement = replace(self.judgement, verdict=Verdict.UNPROVEN)

    def begin_attempt(self, base: Cells) -> None:
        """What was judged is another change."""
        self.judgement = Judgement(Verdict.UNPROVEN, ())
        self.matrix, self.guard, self.stress = Matrix(base=base), (), None

    def keep_closest(
        self, number: int, overlay: Overlay, diff: str, run: TestRun, lost: Mapping[str, TestResult]
    ) -> None:
        """Remember the attempt with the fewest failing tests, then the fewest `lost` ones; shown if none is proven."""
        failing = (len(run.failing) if run.tests else NOTHING_RAN, len(lost), not self.judgement.is_unsettled)
        if self.tree is None and (self.closest is None or failing < self.closest.failing):
            self.closest = Closest(
                number=number,
                failing=failing,
                overlay=overlay,
                diff=diff,
                exit=exit_of(run),
                reasons=self.judgement.reasons,
                matrix=self.matrix,
                guard=self.guard,
                contested=lost if run.outcome is RunOutcome.GREEN and not self.guard else {},
            )

    @property
    def near_miss(self) -> dict[str, str]:
        """The texts of the best failed attempt's files, if any test of it could be run."""
        if self.closest is None or self.closest.failing[0] == NOTHING_RAN:
            return {}
        return {path: raw.decode("utf-8", "surrogateescape") for path, raw in self.closest.overlay.items() if raw}

    def result(self, receipt: Receipt, *, trace_id: str, bundle: str) -> Result:
        """Everything found, as one value: of the verified change, else of the one that came closest."""
        closest = None if self.tree else self.closest
        judged = closest.reasons if closest else self.judgement.reasons
        return Result(
            exit=self.exit,
            verdict=self.judgement.verdict,
            reasons=(*judged, *self.broke_off, *self.request.notes),
            task=self.request.task,
            engine=self.request.engine,
            diff=closest.diff if closest else self.diff,
            overlay=closest.overlay if closest else self.overlay,
            tree=self.tree,
            plan=self.plan,
            localisation=self.localisation,
            matrix=closest.matrix if closest else self.matrix,
            guard=closest.guard if closest else self.guard,
            stress=self.stress,
            forecasts=self.forecasts,
            attempts=tuple(self.attempts),
            receipt=receipt,
            trace_id=trace_id,
            bundle=bundle,
            alternatives=self.alternatives,
            contested=tuple(closest.contested) if closest else (),
        )


def exit_of(run: TestRun | None) -> ExitReason:
    """The reason for an attempt's end, by its tests if they ran."""
    if run is None or run.outcome is RunOutcome.RED:
        return ExitReason.TESTS_STILL_FAIL
    return ExitReason.MEMORY_PRESSURE if run.outcome is RunOutcome.OUT_OF_MEMORY else ExitReason.UNPROVEN
