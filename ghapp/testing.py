"""Fakes at the GitHub side's ports, and finished runs made up for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ghapp.orders import Kind
from ghapp.steps.desk import Prepared
from runner.models import (
    Attempt,
    ExitReason,
    Forecast,
    Localisation,
    Overlay,
    Parameters,
    PhaseRow,
    Plan,
    Receipt,
    Result,
    Rival,
    RunRequest,
    Slice,
    Step,
    Usage,
)
from runner.ports import Observer
from runner.proof import (
    Cells,
    Matrix,
    RunOutcome,
    Stress,
    TestOutcome,
    TestResult,
    TestRun,
    Verdict,
    VerifiedTree,
)

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


@dataclass(slots=True)
class FakeQueue:
    """Remembers what was handed over, job and kind; `broken` is raised instead, once it is set."""

    jobs: list[tuple[str, Kind]] = field(default_factory=list)
    broken: Exception | None = None
    _turns: set[tuple[str, int]] = field(default_factory=set)

    def enqueue(self, job_id: str, kind: Kind, *, turn: int) -> bool:
        """Hand a job's turn over; False when it was before."""
        self.ping()
        is_new = (job_id, turn) not in self._turns
        if is_new:
            self._turns.add((job_id, turn))
            self.jobs.append((job_id, kind))
        return is_new

    def ping(self) -> None:
        """Return unless broken."""
        if self.broken is not None:
            raise self.broken


def made_run(command: str, scope: str, **outcomes: TestOutcome) -> TestRun:
    """A run of a test command with the outcomes of its tests."""
    tests = {f"tests/test_it.py::{name}": TestResult(outcome) for name, outcome in outcomes.items()}
    is_red = any(outcome is not TestOutcome.PASSED for outcome in outcomes.values())
    return TestRun(command, int(is_red), scope, RunOutcome.RED if is_red else RunOutcome.GREEN, tests, 0.5)


def proven_matrix() -> Matrix:
    """The matrix of a proven fix."""
    fails = made_run("pytest -q tests/test_it.py::total", "selected 1 of 3", total=TestOutcome.FAILED)
    passes = made_run("pytest -q tests/test_it.py::total", "selected 1 of 3", total=TestOutcome.PASSED)
    existing = made_run("pytest -q", "all", one=TestOutcome.PASSED, two=TestOutcome.PASSED)
    return Matrix(Cells((existing,), (fails, fails)), Cells((existing,), (passes,)), Cells((), (fails,)))


def finished(
    request: RunRequest,
    verdict: Verdict,
    *,
    overlay: Overlay | None = None,
    tree_sha: str = "",
    diff: str = "",
    text: str = "adds the first one too",
) -> Result:
    """A run's result with every part filled in; `text` is what the engine and the tests are made to say."""
    is_green = verdict is not Verdict.UNPROVEN
    parameters = Parameters("search")
    plan = Plan(
        hypothesis=text,
        files=("src/it.py",),
        reproducer=("tests/test_it.py::total",),
        failure_means=text,
        steps=(
            Step("look", "scan", "read", ("src/it.py",), text),
            Step("mend", "mutate", "edit", ("src/it.py",), text, ("look",)),
        ),
        source="rules",
    )
    rows = (PhaseRow("map", 1, 0.0, 0.4, 90_000_000, text), PhaseRow("execute", 1, 0.4, 2.0, 120_000_000, text))
    return Result(
        exit=ExitReason.VERIFIED if is_green else ExitReason.TESTS_STILL_FAIL,
        verdict=verdict,
        reasons=(text,),
        task=request.task,
        engine="search",
        diff=diff,
        overlay=overlay or {},
        tree=VerifiedTree(tree_sha, verdict) if is_green else None,
        plan=plan,
        localisation=Localisation((), (Slice("src/it.py", "it", 1, 1, "f" * 40, 1.0, text),), ()),
        matrix=proven_matrix() if is_green else Matrix(),
        guard=(),
        stress=Stress(10, 10, (0.72, 1.0), 20, 18, 7, 3.0, (text,)) if is_green else None,
        forecasts=(
            Forecast(parameters, 0.8, 0.02, 6.0, 20.0, 2e8, 1.4, 4000, 7, 0, ((0.0, 10), (5.0, 40), (10.0, 5))),
        ),
        attempts=(Attempt(1, parameters, text, diff, "d1", text, text, 2.0, Usage()),),
        receipt=Receipt(rows, 2.4, 120_000_000, 100_000_000, 0.01, Usage(), "bubblewrap", (text,)),
        trace_id=TRACE_ID,
        bundle=request.out,
    )


@dataclass(slots=True)
class FakeSolve:
    """A run that takes no time: writes a bundle, tells the observer two phases, and ends with `verdict`.

    `tree_of` gives the id of the tree of clone, commit and overlay, as Review would know it. `during` is called in
    the middle, `rivals` make the verdict ambiguous, `seen` keeps the requests.
    """

    verdict: Verdict
    overlay: Mapping[str, bytes | None]
    tree_of: Callable[[Path, str, Overlay], str]
    during: Callable[[], None] = lambda: None
    rivals: tuple[Rival, ...] = ()
    seen: list[RunRequest] = field(default_factory=list)

    def __call__(
        self, request: RunRequest, clone: Path, prepared: Prepared, observer: Observer, *, secrets: tuple[str, ...]
    ) -> Result:
        """The made-up result; `prepared` and `secrets` have no part in it."""
        self.seen.append(request)
        observer.phase_started("map", request.spent.attempts + 1, request.spent.seconds)
        observer.phase_finished(PhaseRow("map", request.spent.attempts + 1, request.spent.seconds, 0.1, 1, "1 file"))
        observer.phase_started("execute", request.spent.attempts + 1, request.spent.seconds + 0.1)
        self.during()
        bundle = Path(request.out)
        bundle.mkdir(parents=True, exist_ok=True)
        (bundle / "plan.json").write_text('{"format": 1}\n')
        tree = self.tree_of(clone, request.task.base_commit, self.overlay)
        result = finished(request, self.verdict, overlay=self.overlay, tree_sha=tree)
        return replace(result, alternatives=self.rivals)
