"""What a run has found so far, so that a result can be made of it at any moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from runner.proof import GuardFinding, Judgement, Matrix, RunOutcome, Stress, TestResult, TestRun, Verdict, VerifiedTree

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


@dataclass(slots=True)
class Findings:
    """Filled by the phases, one field after the other; what is still empty was not reached."""

    request: RunRequest
    exit: ExitReason = ExitReason.CRASHED
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
    fewest_failing: tuple[int, int] | None = None
    best_attempt: int = 0
    contested: Mapping[str, TestResult] = field(default_factory=dict)
    alternatives: tuple[Rival, ...] = ()

    def close(self, error: BaseException) -> None:
        """Name the reason for which the run could not go on."""
        self.exit = next((reason for kind, reason in _EXIT_OF if isinstance(error, kind)), ExitReason.CRASHED)
        self.judgement = Judgement(Verdict.UNPROVEN, (*self.judgement.reasons, str(error) or type(error).__name__))

    def keep_best(self, number: int, overlay: Overlay, diff: str, run: TestRun, lost: Mapping[str, TestResult]) -> None:
        """Remember the attempt with the fewest failing tests, then the fewest `lost` ones; shown if none is proven."""
        failing = (len(run.failing) if run.tests else NOTHING_RAN, len(lost))
        if self.tree is None and (self.fewest_failing is None or failing < self.fewest_failing):
            self.overlay, self.diff = overlay, diff
            self.fewest_failing, self.best_attempt = failing, number
            self.contested = lost if run.outcome is RunOutcome.GREEN else {}

    @property
    def near_miss(self) -> dict[str, str]:
        """The texts of the best failed attempt's files, if any test of it could be run."""
        ran = self.tree is None and self.fewest_failing is not None and self.fewest_failing < (NOTHING_RAN, 0)
        return {path: raw.decode("utf-8", "surrogateescape") for path, raw in self.overlay.items() if ran and raw}

    def result(self, receipt: Receipt, *, trace_id: str, bundle: str) -> Result:
        """Everything found, as one value."""
        return Result(
            exit=self.exit,
            verdict=self.judgement.verdict,
            reasons=(*self.judgement.reasons, *self.request.notes),
            task=self.request.task,
            engine=self.request.engine,
            diff=self.diff,
            overlay=self.overlay,
            tree=self.tree,
            plan=self.plan,
            localisation=self.localisation,
            matrix=self.matrix,
            guard=self.guard,
            stress=self.stress,
            forecasts=self.forecasts,
            attempts=tuple(self.attempts),
            receipt=receipt,
            trace_id=trace_id,
            bundle=bundle,
            alternatives=self.alternatives,
            contested=() if self.tree else tuple(self.contested),
        )


def exit_of(run: TestRun | None) -> ExitReason:
    """The reason for an attempt's end, by its tests if they ran."""
    if run is None or run.outcome is RunOutcome.RED:
        return ExitReason.TESTS_STILL_FAIL
    return ExitReason.MEMORY_PRESSURE if run.outcome is RunOutcome.OUT_OF_MEMORY else ExitReason.UNPROVEN
