"""What the history keeps of a run."""

from __future__ import annotations

from runner.models import (
    Attempt,
    ExitReason,
    Forecast,
    Parameters,
    PhaseRow,
    Receipt,
    Result,
    Task,
    Usage,
)
from runner.ports import SpanRecord
from runner.proof import Matrix, Verdict
from runner.record import record_of
from runner.run_record import AttemptRecord, Expected

NARROW, WIDE = Parameters("ollama", slices_shown=4, temperature=0.0), Parameters("ollama", 12, temperature=0.5)


def attempt(number: int, row: Parameters, outcome: str) -> Attempt:
    """An attempt of 7 s."""
    return Attempt(number, row, outcome, "", "", "", "", 7.0, Usage())


def forecast(row: Parameters, p_green: float) -> Forecast:
    """A forecast whose figures differ from each other."""
    return Forecast(row, p_green, 0.01, 20.0, 60.0, 3e8, 1.5, 100, 0, 0)


def result(*attempts: Attempt, forecasts: tuple[Forecast, ...] = ()) -> Result:
    """A run with two rows of one phase."""
    rows = (PhaseRow("execute", 1, 1.0, 3.0, 5, ""), PhaseRow("execute", 2, 4.0, 4.5, 6, ""))
    return Result(
        exit=ExitReason.VERIFIED,
        verdict=Verdict.PROVEN,
        reasons=(),
        task=Task("a/b", "base", "It breaks", "label"),
        engine="ollama",
        diff="",
        overlay={},
        tree=None,
        plan=None,
        localisation=None,
        matrix=Matrix(),
        guard=(),
        stress=None,
        forecasts=forecasts,
        attempts=attempts,
        receipt=Receipt(rows, 15.0, 999, 888, 0.1, Usage(2, 3000, 400), "none"),
        trace_id="0",
        bundle="",
    )


def span(tokens: int, seconds: float) -> SpanRecord:
    """A call to a model."""
    counts = {"llm.token_count.completion": tokens} if tokens else {}
    return SpanRecord("1", "", "engine", "LLM", 100.0, 100.0 + seconds, "", counts)


def test_costs_and_ends_are_kept() -> None:
    """Seconds by phase and by attempt, peak, tokens, and the clock they were measured against."""
    record = record_of(result(), (), limit_s=45.0)
    assert (record.repository, record.engine, record.exit) == ("a/b", "ollama", "VERIFIED")
    assert record.seconds_by_phase == {"execute": 7.5}
    assert (record.seconds, record.limit_s, record.peak_rss_bytes) == (15.0, 45.0, 999)
    assert (record.tokens_in, record.tokens_out) == (3000, 400)


def test_an_attempt_is_green_when_its_change_may_be_shown() -> None:
    """A draft counts like a proof: both are what the run was for."""
    ends = ("the decisive tests are RED", "REGRESSION-SAFE", "PROVEN", "UNPROVEN")
    made = record_of(result(*(attempt(n, NARROW, end) for n, end in enumerate(ends))), (), limit_s=90.0)
    assert [one.green for one in made.attempts] == [False, True, True, False]
    assert made.attempts[0] == AttemptRecord(green=False, seconds=7.0, slices_shown=4, temperature=0.0)


def test_the_forecast_kept_is_that_of_the_first_attempts_row() -> None:
    """What is held against the outcome is what was expected of what was done."""
    forecasts = (forecast(NARROW, 0.4), forecast(WIDE, 0.6))
    run = result(attempt(1, NARROW, "PROVEN"), attempt(2, WIDE, "PROVEN"), forecasts=forecasts)
    assert record_of(run, (), limit_s=90.0).expected == Expected(0.4, 20.0, 60.0, 3e8)
    unbegun = record_of(result(forecasts=forecasts), (), limit_s=90.0).expected
    assert unbegun is not None
    assert unbegun.p_green == 0.6
    assert record_of(result(), (), limit_s=90.0).expected is None


def test_the_models_speed_is_measured_over_its_calls() -> None:
    """Tokens written in a second of asking; a run without a model has none."""
    assert record_of(result(), (span(100, 4.0), span(0, 50.0), span(50, 1.0)), limit_s=90.0).tokens_per_s == 30.0
    assert record_of(result(), (span(0, 50.0),), limit_s=90.0).tokens_per_s == 0.0
