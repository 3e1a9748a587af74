"""Prompt to result: drives the phases, feeds failures back, ends with one named reason and a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from runner.attempts import Attempts, Ended
from runner.budget import Budget
from runner.errors import (
    EditRejected,
    EngineFailure,
    EngineUnreachable,
    HookBlocked,
    PlanInvalid,
    RunnerError,
    TimeSpent,
)
from runner.findings import Findings
from runner.ledger import Ledger
from runner.models import EngineContext, ExitReason, Parameters, Plan, Result, RunRequest, Slice
from runner.phases.asked import asked_slices, unknown
from runner.phases.execute import Trial, Tried, execute, files_of_tests, read_texts, texts_as_run
from runner.phases.ground import Ground, establish
from runner.phases.map import map_slices
from runner.phases.monte_carlo import forecast
from runner.phases.optimise import MODEL_FREE, parameter_grid, schedule, told
from runner.phases.plan import FILES_SEARCHED, FILES_SHOWN, make_plan, plan_by_rules, with_files
from runner.phases.review import review
from runner.phases.run_model import Start
from runner.plan_schema import dump_plan
from runner.ports import Ports
from runner.proof import Judgement, Matrix, RunOutcome, Verdict
from runner.record import record_of
from runner.verify.evidence import documents
from runner.verify.reproducer import NO_TEST_KNOWN

FED_BACK = (EngineFailure, EditRejected, HookBlocked, PlanInvalid)
"""What fails an attempt and goes back to the engine; everything else ends the run."""

UNREPRODUCED = {
    RunOutcome.GREEN: ExitReason.NOTHING_TO_DO,
    RunOutcome.RED: ExitReason.NOTHING_TO_DO,
    RunOutcome.OUT_OF_MEMORY: ExitReason.MEMORY_PRESSURE,
    RunOutcome.TIMED_OUT: ExitReason.TIME_SPENT,
}
"""Why there is nothing to attempt when the given tests ended so on the base; else they show nothing."""


def run(request: RunRequest, ports: Ports) -> Result:
    """Fix the task of `request`; the bundle is on disk when this returns or raises.

    Limits and unreachable parts end the run with their ExitReason. Raises BadInput and MissingTool, and passes
    time-outs, interrupts and bugs on, each after the bundle was written.
    """
    ledger = Ledger(Budget(request.limits, ports.clock(), request.spent), ports)
    findings = Findings(request)
    try:
        with ports.tracer.span("greenloop run", "AGENT") as span:
            span.set("greenloop.repository", request.task.repository)
            span.set("greenloop.engine", request.engine)
            Loop(request, ports, ledger, findings).pursue()
            span.set("greenloop.verdict", findings.judgement.verdict.value)
    except RunnerError as error:
        findings.close(error)
        if findings.exit is ExitReason.CRASHED:
            raise
    except BaseException as error:
        findings.close(error)
        raise
    finally:
        result = _write_bundle(findings, ledger, ports)
    return result


class Loop:
    """One run's way through the phases. What each phase makes is kept in `findings`."""

    def __init__(self, request: RunRequest, ports: Ports, ledger: Ledger, findings: Findings) -> None:
        """Nothing has happened yet."""
        self._request = request
        self._ports = ports
        self._ledger = ledger
        self._findings = findings
        self._attempts = Attempts(findings, ports.repository)
        self._asked: tuple[Slice, ...] = ()
        self._is_broken = False

    def pursue(self) -> None:
        """Map and Logic once, then attempts until one is verified or none is left.

        Raises TimeSpent, BudgetSpent, EngineUnreachable, EnvironmentMissing, BadInput.
        """
        budget = Budget(self._request.limits, 0.0, self._request.spent)
        first = budget.first_attempt()
        self._ports.engine.check()
        task = self._request.task
        with self._ledger.phase("map", "RETRIEVER", first) as entry:
            test_patch = self._request.test_patch or ""
            localisation = map_slices(task, task.base_commit, self._ports, test_patch=test_patch)
            self._findings.localisation = localisation
            entry.found = f"{len(localisation.files)} files, {len(localisation.slices)} slices"
        with self._ports.workspace.checkout(task.base_commit) as checkout:
            with self._ledger.phase("logic", "CHAIN", first) as entry:
                ground = establish(self._request, localisation, checkout, self._ports, self._ledger.seconds_left)
                self._findings.localisation = ground.localisation
                self._findings.matrix = Matrix(base=ground.base)
                entry.usage = ground.usage
                entry.found = ground.summary()
            if self._is_settled(ground):
                return
            self._forecast(first)
            for number in range(first, budget.attempts + 1):
                if self._attempt(number, ground):
                    return
                self._stop_where_only_time_is_missing()
            self._give_up()

    def _stop_where_only_time_is_missing(self) -> None:
        """Another change would need the same evidence, in less time. Raises TimeSpent."""
        if self._findings.judgement.is_unsettled:
            raise TimeSpent("nothing speaks against this change, but the time was too short to prove it; allow more")

    def _give_up(self) -> None:
        """Say why no attempt was the one: what the last came to, and the clock. Raises TimeSpent."""
        findings = self._findings
        if findings.closest is None and findings.attempts:
            findings.judgement = Judgement(Verdict.UNPROVEN, (findings.attempts[-1].outcome,))
        self._ledger.seconds_left()

    def _is_settled(self, ground: Ground) -> bool:
        """Whether there is nothing to attempt: the named tests pass already, or nothing could show a repair."""
        findings, request = self._findings, self._request
        given = ground.base.reproducing if request.reproducer or request.test_patch else ()
        is_model_free = self._ports.engine.name in MODEL_FREE
        if ground.reproducing is not None or not (is_model_free or (request.reproducer and given)):
            return False
        findings.exit = ExitReason.NO_REPRODUCER
        said = "no failing test shows the defect; name one in the issue, or, for Python, add one as a ```python block"
        if given:
            findings.exit = UNREPRODUCED.get(given[0].outcome, ExitReason.NO_REPRODUCER)
            said = f"the given tests do not fail on the base (their run was {given[0].outcome.value})"
        findings.judgement = Judgement(Verdict.UNPROVEN, (said,))
        return True

    def _forecast(self, first: int) -> None:
        request, ports = self._request, self._ports
        with self._ledger.phase("monte carlo", "EVALUATOR", first) as entry:
            self._findings.forecasts = forecast(
                parameter_grid(ports.engine.name, request.limits),
                ports.history.recall(request.task.repository),
                request.limits,
                start=Start(request.task.repository, self._ledger.elapsed_s()),
                seed=request.seed,
                gauge=ports.gauge,
                clock=ports.clock,
            )
            best = max(self._findings.forecasts, key=lambda row: row.p_green)
            source = f"n = {best.n_history}" if best.n_history else "prior, n = 0"
            entry.found = f"P(green) {best.p_green:.0%}, p95 {best.p95_s:.0f} s ({source})"

    def _attempt(self, number: int, ground: Ground) -> bool:
        """One attempt; True when the run has ended with it."""
        start_s = self._ledger.elapsed_s()
        spans_before = len(self._ports.tracer.finished())
        parameters = Parameters(self._ports.engine.name)
        self._is_broken = False
        self._attempts.begin(ground.reproducing)
        self._findings.begin_attempt(ground.base)
        tried: Tried | None = None
        answer = ""
        is_over: TimeSpent | None = None
        try:
            plan, texts = self._plan(number, ground)
            parameters = self._optimise(number, plan.files)
            context = self._context(ground, plan, texts, parameters)
            tried = self._execute(number, context, ground)
            said = self._review(number, tried, ground, spans_before)
        except EngineUnreachable:
            raise
        except FED_BACK as failure:
            said, answer = str(failure), getattr(failure, "answer", "")
        except TimeSpent as spent:
            said, is_over = str(spent), spent
        ended = Ended(number, parameters, tried, said, self._ledger.elapsed_s() - start_s, answer, self._is_broken)
        self._attempts.keep(ended, ground.reproducing)
        if is_over:
            raise is_over
        return self._findings.tree is not None

    def _plan(self, number: int, ground: Ground) -> tuple[Plan, dict[str, str]]:
        with self._ledger.phase("plan", "CHAIN", number) as entry:
            plan = plan_by_rules(
                self._request.task,
                ground.localisation,
                ground.selection.reproducing,
                editable=tuple(dict.fromkeys((*self._asked_files(), *ground.editable(self._ports.suite)))),
                first_files=FILES_SEARCHED if self._ports.engine.name in MODEL_FREE else FILES_SHOWN,
                misses=self._attempts.misses,
            )
            texts = read_texts(plan.files, ground.entries, self._ports)
            context = self._context(ground, plan, texts, Parameters(self._ports.engine.name))
            plan, entry.usage = make_plan(self._ports.engine, context)
            self._findings.plan = plan
            self._ports.bundle.write("plan.json", dump_plan(plan))
            entry.found = f"{len(plan.steps)} steps over {len(plan.files)} files, by {plan.source}"
            return plan, {**texts, **read_texts(plan.files, ground.entries, self._ports)}

    def _optimise(self, number: int, files: tuple[str, ...]) -> Parameters:
        """The attempt's row of the grid. Raises BudgetSpent when one without luck has tried all of them on `files`."""
        with self._ledger.phase("optimise", "CHAIN", number) as entry:
            rows = schedule(self._findings.forecasts, 1 + self._request.limits.retries, self._ports.grid)
            chosen = self._attempts.strategy.row(self._attempts.fresh(number, rows, files))
            entry.found = told(chosen)
            return chosen

    def _execute(self, number: int, context: EngineContext, ground: Ground) -> Tried:
        with self._ledger.phase("execute", "CHAIN", number) as entry:
            trial = Trial(
                ground.bench.checkout,
                ground.entries,
                ground.frozen,
                ground.decisive,
                ground.debt,
                self._attempts.waiting,
                look=lambda wanted: self._look(wanted, context, ground),
                charge=entry.charge,
                begin=self._attempts.begin_change,
            )
            tried = execute(context, trial, self._ports, lambda: ground.test_timeout_s(self._ledger.seconds_left()))
            alternatives = [one for one in tried.proposal.alternatives if not (ground.only_runs and one.rivals)]
            self._attempts.waiting = tuple(alternatives) or self._attempts.waiting
            entry.found = f"{len(tried.overlay)} file(s) changed, decisive tests {tried.run.outcome.value}"
            return tried

    def _look(self, wanted: Sequence[str], context: EngineContext, ground: Ground) -> EngineContext:
        """The context with what the engine asks to see in front; it may change that too. Raises EditRejected."""
        read = partial(texts_as_run, frozen=ground.frozen, entries=ground.entries, ports=self._ports)
        paths = [*ground.entries, *ground.frozen]
        asked = asked_slices(wanted, paths, context.slices, read)
        if not asked:
            told = "ask with a path as it is written above, or answer with edits"
            raise EditRejected((f"nothing is known by {'; '.join(wanted)}: {told}",))
        self._asked = tuple(dict.fromkeys((*asked, *self._asked)))
        plan = with_files(context.plan, self._asked_files())
        self._findings.plan = plan
        self._ports.bundle.write("plan.json", dump_plan(plan))
        texts = {**context.files, **read([slice_.path for slice_ in asked])}
        seen = self._context(ground, plan, texts, context.parameters)
        return replace(seen, unknown=unknown(wanted, paths, context.slices, read))

    def _asked_files(self) -> tuple[str, ...]:
        """The source files of what the engine asked to see."""
        return tuple(p for p in dict.fromkeys(one.path for one in self._asked) if not self._ports.suite.is_test_path(p))

    def _review(self, number: int, tried: Tried, ground: Ground, spans_before: int) -> str:
        """What the attempt came to, fit to be fed back; the verified tree is kept in the findings."""
        with self._ledger.phase("review", "EVALUATOR", number) as entry:
            findings = self._findings
            spans = self._ports.tracer.finished()[spans_before:]
            self._is_broken = any(span.failed for span in spans)
            reviewed = review(
                tried,
                ground,
                spans,
                self._ports,
                plan_files=findings.plan.files if findings.plan else (),
                seed=self._request.seed,
                seconds_left=self._ledger.seconds_left,
            )
            findings.judgement, findings.tree = reviewed.judgement, reviewed.tree
            findings.matrix, findings.guard, findings.stress = reviewed.matrix, reviewed.guard, reviewed.stress
            if reviewed.tree is not None:
                findings.exit = ExitReason.VERIFIED
                findings.alternatives = tried.proposal.rivals
                findings.overlay = {**tried.overlay, **ground.frozen}
                findings.diff = self._ports.repository.diff(ground.commit, findings.overlay)
            entry.found = reviewed.judgement.verdict.value
            return "; ".join(reviewed.judgement.reasons)

    def _context(self, ground: Ground, plan: Plan, texts: dict[str, str], parameters: Parameters) -> EngineContext:
        closest = self._findings.closest
        lost = closest.contested if closest else {}
        failing = ground.reproducing.failing if ground.reproducing else ()
        return EngineContext(
            task=self._request.task,
            plan=plan,
            checkout=str(ground.bench.checkout.root),
            files=texts,
            slices=tuple(dict.fromkeys((*self._asked, *self._attempts.strategy.slices(ground.localisation)))),
            reproducing=ground.reproducing,
            passing=ground.passing,
            feedback=tuple(attempt.feedback for attempt in self._findings.attempts),
            tried=self._attempts.tried,
            parameters=parameters,
            seconds_left=ground.engine_seconds(self._ledger.seconds_left()),
            near_miss=self._findings.near_miss,
            start=self._attempts.strategy.start,
            is_stuck=self._attempts.strategy.is_stuck,
            may_ask=True,
            compared=ground.compared,
            untested="" if ground.reproducing else "; ".join(note for note in ground.notes if note != NO_TEST_KNOWN),
            asked=self._asked,
            at_start=self._attempts.strategy.run,
            test_files=files_of_tests((*lost, *failing), ground.frozen, ground.entries, self._ports),
            lost=lost,
            best=closest.number if closest else 0,
        )


def _write_bundle(findings: Findings, ledger: Ledger, ports: Ports) -> Result:
    """The result, and the bundle that shows it, signed; the history learns from it."""
    receipt = ledger.receipt()
    result = findings.result(receipt, trace_id=ports.tracer.trace_id, bundle=ports.bundle.path)
    spans = ports.tracer.finished()
    for name, content in documents(result, spans).items():
        ports.bundle.write(name, content)
    ports.bundle.seal({"verdict": result.verdict.value, "exit": result.exit.value, "trace_id": result.trace_id})
    ports.history.record(record_of(result, spans, limit_s=findings.request.limits.seconds))
    return result
