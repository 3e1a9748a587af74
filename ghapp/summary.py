"""What of a run's result a reader gets to see, as lines of Markdown. Pure."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ghapp.markdown import cell, code, label, table
from runner.models import Attempt, Forecast, PhaseRow, Plan, Receipt, Result
from runner.proof import Cells, Matrix, RunOutcome, Stress, TestOutcome, TestRun, Verdict

BAR_WIDTH: Final = 24
LIST_CAP: Final = 20
PLACES: Final = 10
_FILE: Final = re.compile(r"^diff --git ", re.MULTILINE)
_MARKS: Final = {RunOutcome.GREEN: "🟢", RunOutcome.RED: "🔴"}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A part of the job outside the run: its name, seconds, and what there is to say about it."""

    name: str
    seconds: float
    note: str = ""


def headline(verdict: Verdict, matrix: Matrix, alternatives: int = 0) -> str:
    """The verdict in one sentence, which says no more than the matrix has seen.

    `alternatives` counts the other changes that the same tests would let pass.
    """
    if verdict is Verdict.PROVEN and alternatives:
        other = f"{alternatives} other change{'s' * (alternatives > 1)} would"
        return (
            "🟡 **PROVEN, but *ambiguous*.** A test that fails without this change passes with it, "
            f"{_what_else_was_seen(matrix)}. {other} pass the same tests and behave otherwise: please choose."
        )
    return {
        Verdict.PROVEN: "🟢 **PROVEN.** A test that fails without this change passes with it, "
        f"{_what_else_was_seen(matrix)}.",
        Verdict.REGRESSION_SAFE: "🟡 **REGRESSION-SAFE.** The tests that passed still pass, but none shows the defect: "
        "please check that this does what the issue asks.",
        Verdict.UNPROVEN: "🔴 **UNPROVEN.** No change was found that the tests prove, so no pull request was opened.",
    }[verdict]


def _what_else_was_seen(matrix: Matrix) -> str:
    if not matrix.head.existing:
        return "but no other test was run"
    run = matrix.head.existing[-1]
    if run.scope == "all":
        return "and nothing else broke"
    return f"and none of the {len(run.tests)} tests around it that were run broke"


def matrix_table(matrix: Matrix) -> str:
    """The four cells, and the revert check below them."""
    rows = (
        ("**base**", matrix.base),
        ("**head** (this change)", matrix.head),
        ("**revert** (head's tests, base's source)", matrix.revert),
    )
    shown = [(name, tests_line(cells.reproducing), tests_line(cells.existing)) for name, cells in rows]
    return table(("", "reproducing tests", "existing tests"), shown)


def tests_line(runs: Sequence[TestRun]) -> str:
    """One cell: how its runs ended together, with the counts of the last one and its scope."""
    if not runs:
        return "none"
    last = runs[-1]
    mark = _MARKS.get(last.outcome, "⚪")
    counts = Counter(test.outcome for test in last.tests.values())
    told = [f"{counts[outcome]} {outcome.value}" for outcome in TestOutcome if counts[outcome]]
    times = f", {len(runs)} times" if len(runs) > 1 else ""
    # A test that was run alone is its own scope; "all" of it says nothing.
    return f"{mark} {', '.join(told) or last.outcome.value}{times} ({cell(last.scope, 40)})"


def commands(matrix: Matrix) -> tuple[tuple[str, str], ...]:
    """How each tree's tests were run, one command a line and each once, to run them again."""
    trees = (("base", matrix.base), ("head", matrix.head), ("revert", matrix.revert))
    found = [(name, "\n".join(dict.fromkeys(run.command for run in _runs(cells)))) for name, cells in trees]
    return tuple((name, lines) for name, lines in found if lines)


def replay(matrix: Matrix, base_sha: str, head_sha: str) -> str:
    """The command that measures everything again. What reproduces the defect may stand on the base, so it is named."""
    failing = matrix.base.reproducing[0].failing[:LIST_CAP] if matrix.base.reproducing else ()
    named = f" --reproducer {shlex.join(failing)}" if failing else ""
    return f"greenloop verify --repo . --base {base_sha} --head {head_sha}{named}"


def debt(matrix: Matrix) -> tuple[str, ...]:
    """Tests that fail on the base already and are not what this is about, as code."""
    about = {id_ for run in matrix.base.reproducing for id_ in run.failing}
    failing = dict.fromkeys(id_ for run in matrix.base.existing for id_ in run.failing if id_ not in about)
    return _capped(tuple(failing))


def _runs(cells: Cells) -> tuple[TestRun, ...]:
    return (*cells.reproducing, *cells.existing)


def _capped(names: Sequence[str]) -> tuple[str, ...]:
    more = (f"and {len(names) - LIST_CAP} more",) if len(names) > LIST_CAP else ()
    return (*map(code, names[:LIST_CAP]), *more)


def changed_files(diff: str) -> tuple[str, ...]:
    """A line for each file of a unified diff: its path, lines added and removed."""
    lines = []
    for part in _FILE.split(diff)[1:]:
        header, *body = part.splitlines()
        signs = Counter(line[:1] for line in body if not line.startswith(("+++ ", "--- ")))
        lines.append(f"{code(header.rpartition(' b/')[2])} +{signs['+']} -{signs['-']}")
    more = (f"and {len(lines) - LIST_CAP} more files",) if len(lines) > LIST_CAP else ()
    return (*lines[:LIST_CAP], *more)


def places(result: Result) -> tuple[str, ...]:
    """Where the defect was looked for, best first, with what pointed there; a place that was changed is marked."""
    slices = result.localisation.slices[:PLACES] if result.localisation else ()
    changed = set(result.overlay) if result.tree else set()
    return tuple(
        f"{code(f'{place.path}:{place.start}-{place.end} {place.name}'.rstrip())} · {code(place.why)}"
        f"{' · **changed**' if place.path in changed else ''}"
        for place in slices
    )


def plan_graph(plan: Plan) -> str:
    """The plan's steps as a Mermaid graph: scans are round, changes are boxes."""
    ids = {step.id: f"s{at}" for at, step in enumerate(plan.steps)}
    lines = ["graph LR"]
    for step in plan.steps:
        text = label(f"{step.action}: {', '.join(step.paths) or step.why}")
        shape = f'(["{text}"])' if step.pool == "scan" else f'["{text}"]'
        lines.append(f"  {ids[step.id]}{shape}")
    lines += [f"  {ids[need]} --> {ids[step.id]}" for step in plan.steps for need in step.needs if need in ids]
    return "\n".join(lines)


def chosen_forecast(result: Result) -> Forecast | None:
    """The forecast of the row that the last attempt was made with, else the best one."""
    used = [attempt.parameters for attempt in result.attempts[-1:]]
    matching = [forecast for forecast in result.forecasts if forecast.parameters in used]
    return next(iter([*matching, *result.forecasts]), None)


def forecast_table(forecast: Forecast, result: Result) -> str:
    """What was expected beside what happened."""
    is_green = result.verdict is not Verdict.UNPROVEN
    peak = result.receipt.peak_rss_bytes
    rows = (
        (
            "green inside the budgets",
            f"{percent(forecast.p_green)} ± {percent(forecast.p_green_error)}",
            _yes(is_green),
        ),
        ("seconds", f"{forecast.p50_s:.1f} (p95 {forecast.p95_s:.1f})", f"{result.receipt.seconds:.1f}"),
        ("peak memory", f"p95 {megabytes(forecast.p95_peak_bytes)}", megabytes(peak)),
        ("attempts", f"{forecast.expected_attempts:.1f}", str(len(result.attempts))),
    )
    return table(("", "forecast", "this run"), rows)


def forecast_basis(forecast: Forecast) -> str:
    """How much the forecast knew."""
    known = f"{forecast.n_history} earlier runs" if forecast.n_history else "prior, n = 0"
    return f"{forecast.samples} simulated runs, seed {forecast.seed}, from {known}"


def histogram(bins: Sequence[tuple[float, int]], happened_s: float) -> str:
    """Simulated seconds as bars of text; the bin that the run fell into is marked."""
    most = max((count for _, count in bins), default=0)
    if not most:
        return ""
    starts = [start for start, _ in bins]
    hit = max((at for at, start in enumerate(starts) if start <= happened_s), default=0)
    lines = []
    for at, (start, count) in enumerate(bins):
        bar = "█" * round(BAR_WIDTH * count / most) or ("▏" if count else "")
        lines.append(f"{start:7.1f} s {bar} {count}{'   ← this run' if at == hit else ''}")
    return "\n".join(lines)


def stress_line(stress: Stress) -> str:
    """Reruns and mutants, with what such a number of reruns can support."""
    low, high = stress.interval
    supported = (
        f"{stress.passes} of {stress.reruns} reruns passed. That supports a pass rate between {percent(low)} and "
        f"{percent(high)} (95 % interval), no more."
        if stress.reruns
        else "No reruns were made."
    )
    mutants = (
        f" Mutants of the changed lines: {stress.killed} of {stress.mutants} noticed by the tests."
        if stress.mutants
        else ""
    )
    return f"{supported}{mutants} Seed {stress.seed}, {stress.seconds:.1f} s."


def survivors(stress: Stress) -> tuple[str, ...]:
    """Mutants that no test noticed, as code."""
    return _capped(stress.survivors)


def receipt_table(receipt: Receipt, job: Iterable[JobRow]) -> str:
    """Every phase and every part of the job around them."""
    rows = [(row.name, "", f"{row.seconds:.1f}", "", code(row.note) if row.note else "") for row in job]
    rows += [_phase_row(row) for row in receipt.rows]
    return table(("phase", "attempt", "seconds", "peak", "found"), [[*map(str, row)] for row in rows])


def _phase_row(row: PhaseRow) -> tuple[str, str, str, str, str]:
    return row.phase, str(row.attempt or ""), f"{row.seconds:.1f}", megabytes(row.peak_rss_bytes), cell(row.found)


def receipt_line(receipt: Receipt) -> str:
    """What the run cost, in one line."""
    calls = receipt.usage.calls
    tokens = f"{receipt.usage.tokens_in} tokens in, {receipt.usage.tokens_out} out, {calls} calls"
    memory = f"peak {megabytes(receipt.peak_rss_bytes)} RSS ({percent(receipt.mem_ratio)} of memory)"
    return f"{receipt.seconds:.1f} s, {memory}, {tokens if calls else 'no model calls'}"


def attempts_table(attempts: Sequence[Attempt]) -> str:
    """What was tried, one row an attempt."""
    rows = [(str(a.number), cell(a.parameters.engine), f"{a.seconds:.1f}", cell(a.outcome)) for a in attempts]
    return table(("attempt", "engine", "seconds", "outcome"), rows)


def best_attempt(result: Result) -> Attempt | None:
    """The attempt whose change came closest; the last one where none could be tested."""
    return next(
        (a for a in result.attempts if a.diff and a.diff == result.diff), next(iter(result.attempts[::-1]), None)
    )


def contested(result: Result) -> tuple[str, ...]:
    """The existing tests that alone speak against the change that came closest, as code."""
    return _capped(result.contested)


def percent(share: float) -> str:
    """A share of 1 as per cent."""
    return f"{100 * share:.0f} %"


def megabytes(size_bytes: float) -> str:
    """Bytes as megabytes."""
    return f"{size_bytes / 1_000_000:.0f} MB"


def _yes(holds: bool) -> str:  # noqa: FBT001 - the value is the subject here
    return "yes" if holds else "no"
