"""What the history keeps of a run: its costs and its end, beside what had been forecast. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.models import Attempt, Result
from runner.ports import SpanRecord
from runner.proof import Verdict
from runner.run_record import AttemptRecord, Expected, RunRecord

GREEN = frozenset({Verdict.PROVEN.value, Verdict.REGRESSION_SAFE.value})
"""The outcomes of an attempt whose change may be shown."""


def record_of(result: Result, spans: Sequence[SpanRecord], *, limit_s: float) -> RunRecord:
    """The record of a run whose clock was `limit_s`."""
    seconds: dict[str, float] = {}
    for row in result.receipt.rows:
        seconds[row.phase] = seconds.get(row.phase, 0.0) + row.seconds
    return RunRecord(
        repository=result.task.repository,
        engine=result.engine,
        exit=result.exit.value,
        attempts=tuple(_attempt(attempt) for attempt in result.attempts),
        seconds_by_phase=seconds,
        seconds=result.receipt.seconds,
        limit_s=limit_s,
        peak_rss_bytes=result.receipt.peak_rss_bytes,
        tokens_in=result.receipt.usage.tokens_in,
        tokens_out=result.receipt.usage.tokens_out,
        tokens_per_s=_tokens_per_s(spans),
        expected=_expected(result),
    )


def _attempt(attempt: Attempt) -> AttemptRecord:
    row = attempt.parameters
    return AttemptRecord(attempt.outcome in GREEN, attempt.seconds, row.slices_shown, row.temperature)


def _tokens_per_s(spans: Sequence[SpanRecord]) -> float:
    """What the model wrote in a second of its calls, reading the prompt included."""
    calls = [span for span in spans if float(span.attributes.get("llm.token_count.completion", 0)) > 0]
    seconds = sum(span.end_s - span.start_s for span in calls)
    written = sum(float(span.attributes["llm.token_count.completion"]) for span in calls)
    return written / seconds if seconds > 0 else 0.0


def _expected(result: Result) -> Expected | None:
    """The forecast of the row that the first attempt was made with; the likeliest one's where there was no attempt."""
    if not result.forecasts:
        return None
    first = result.attempts[0].parameters if result.attempts else None
    likeliest = max(result.forecasts, key=lambda row: row.p_green)
    made = next((row for row in result.forecasts if row.parameters == first), likeliest)
    return Expected(made.p_green, made.p50_s, made.p95_s, made.p95_peak_bytes)
