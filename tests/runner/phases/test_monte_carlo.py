"""The forecast: simulated runs with sane figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.models import Forecast, Limits, Parameters
from runner.phases.monte_carlo import BATCH, BLOCK, SMALLEST_BATCH, Effort, batch_size, forecast
from runner.phases.optimise import parameter_grid
from runner.phases.run_model import Start
from runner.ports import Pressure
from runner.run_record import AttemptRecord, RunRecord
from runner.testing import FakeClock

SEARCH = Parameters("search")
OLLAMA = Parameters("ollama")
GREEN, RED = True, False
EASY = Limits(seconds=90, memory_bytes=4_000_000_000)


@dataclass
class Gauge:
    """A machine with much room, unless told otherwise."""

    rss_bytes: int = 10

    def read(self) -> Pressure:
        """The value set."""
        return Pressure(self.rss_bytes, self.rss_bytes, self.rss_bytes, 0.0, 0.0)


def run_of(engine: str, *attempts: bool, seconds: float = 10.0, peak: int = 400_000_000) -> RunRecord:
    """A recorded run whose attempts took `seconds` each."""
    phases = {"map": 1.0, "logic": 1.0, "execute": seconds * len(attempts)}
    return RunRecord(
        "a/b",
        engine,
        "VERIFIED" if any(attempts) else "TESTS_STILL_FAIL",
        tuple(AttemptRecord(green, seconds) for green in attempts),
        phases,
        seconds=2.0 + seconds * len(attempts),
        limit_s=90.0,
        peak_rss_bytes=peak,
    )


def one(
    row: Parameters = SEARCH,
    history: tuple[RunRecord, ...] = (),
    limits: Limits = EASY,
    *,
    seed: int = 7,
    samples: int = 1024,
    rss_bytes: int = 10,
    elapsed_s: float | None = None,
) -> Forecast:
    """The forecast of one row."""
    (only,) = forecast(
        [row],
        history,
        limits,
        start=Start("a/b", elapsed_s),
        seed=seed,
        effort=Effort(samples),
        gauge=Gauge(rss_bytes),
        clock=FakeClock(),
    )
    return only


runs = st.builds(
    run_of,
    st.sampled_from(["search", "ollama"]),
    st.booleans(),
    st.booleans(),
    seconds=st.floats(0.0, 200.0),
    peak=st.integers(0, 10**10),
)
limits = st.builds(
    Limits,
    seconds=st.floats(1.0, 300.0),
    retries=st.integers(0, 5),
    memory_bytes=st.sampled_from([0, 10**7, 10**9, 10**10]),
)
rows = st.builds(
    Parameters,
    st.sampled_from(["search", "ollama", "claude"]),
    slices_shown=st.integers(1, 20),
    prompt_tokens=st.integers(500, 4000),
    temperature=st.floats(0.0, 1.0),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows, st.lists(runs, max_size=4), limits, st.integers(0, 2**32))
def test_the_figures_are_possible(row: Parameters, history: list[RunRecord], limits: Limits, seed: int) -> None:
    """Whatever the history and the limits, a forecast is a possible statement."""
    made = one(row, tuple(history), limits, seed=seed, samples=300)
    assert 0.0 <= made.p_green <= 1.0
    assert 0.0 < made.p_green_error < 0.5
    assert 0.0 < made.p50_s <= made.p95_s <= limits.seconds
    assert made.p95_peak_bytes > 0.0
    assert 0.0 <= made.expected_attempts <= 1 + limits.retries
    assert sum(count for _, count in made.seconds_histogram) == made.samples == 300
    assert made.n_history == sum(run.engine == row.engine for run in history)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rows, st.lists(runs, max_size=4), limits, st.integers(0, 2**32))
def test_more_room_never_hurts(row: Parameters, history: list[RunRecord], limits: Limits, seed: int) -> None:
    """One more retry, more seconds or more memory can only raise P(green)."""
    p_green = one(row, tuple(history), limits, seed=seed, samples=300).p_green
    for wider in (
        replace(limits, retries=limits.retries + 1),
        replace(limits, seconds=limits.seconds * 1.5),
        replace(limits, memory_bytes=limits.memory_bytes * 2),
    ):
        assert one(row, tuple(history), wider, seed=seed, samples=300).p_green >= p_green


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(runs, max_size=4), st.integers(0, 2**32))
def test_success_raises_hope_and_failure_lowers_it(history: list[RunRecord], seed: int) -> None:
    """What happened moves the forecast in its direction."""
    free = replace(EASY, memory_bytes=0, seconds=3600.0)
    good = one(SEARCH, (*history, *[run_of("search", GREEN)] * 20), free, seed=seed)
    bad = one(SEARCH, (*history, *[run_of("search", RED)] * 20), free, seed=seed)
    assert good.p_green > bad.p_green


def test_a_seed_repeats_its_forecast() -> None:
    """The bundle's seed lets anybody compute the same summary again."""
    assert one(seed=3) == one(seed=3)
    assert one(seed=3) != one(seed=4)


def test_rows_meet_the_same_luck() -> None:
    """Two equal rows get equal forecasts, so a grid's order is not the luck of the draw."""
    first, second = forecast([SEARCH, SEARCH], (), EASY, start=Start("a/b"), seed=1, gauge=Gauge(), clock=FakeClock())
    assert first == second


def test_without_history_the_priors_speak() -> None:
    """The summary then says so: n = 0; runs of another engine do not count."""
    assert one(OLLAMA, (run_of("search", GREEN),)).n_history == 0
    assert one(SEARCH, (run_of("search", GREEN),)).n_history == 1


def test_history_moves_the_seconds() -> None:
    """Thirty slow runs outweigh the prior."""
    slow = one(SEARCH, tuple(run_of("search", GREEN, seconds=60.0) for _ in range(30)))
    fast = one(SEARCH, tuple(run_of("search", GREEN, seconds=2.0) for _ in range(30)))
    assert slow.p50_s > 50.0
    assert fast.p50_s < 10.0


def test_an_engine_that_gave_up_does_not_use_up_its_attempts() -> None:
    """Two attempts and no more are expected where no run had a third."""
    history = (replace(run_of("search", RED, RED), exit="BUDGET_SPENT"),) * 40
    assert one(history=history).expected_attempts < 2.1
    assert one(history=(run_of("search", RED, RED, RED, RED),) * 40).expected_attempts > 3.0


def test_what_has_elapsed_is_certain() -> None:
    """After Map and Logic their seconds are known, so the forecast of the whole run starts from them."""
    history = tuple(run_of("search", GREEN, seconds=1.0) for _ in range(30))
    early, late = one(history=history, elapsed_s=2.0), one(history=history, elapsed_s=50.0)
    assert 2.0 < early.p50_s < 10.0
    assert 50.0 < late.p50_s < 60.0
    assert one(history=history, elapsed_s=90.0).p_green == 0.0


def test_the_error_shrinks_with_the_sample() -> None:
    """The figure's own uncertainty falls with the root of the number of runs."""
    assert one(samples=6400).p_green_error == pytest.approx(one(samples=400).p_green_error / 4, rel=0.2)


def test_the_error_is_true() -> None:
    """Repeated with other seeds, the estimates scatter as widely as the error says."""
    made = [one(seed=seed, samples=500) for seed in range(60)]
    mean = sum(f.p_green for f in made) / len(made)
    scatter = (sum((f.p_green - mean) ** 2 for f in made) / len(made)) ** 0.5
    assert scatter == pytest.approx(made[0].p_green_error, rel=0.4)


def test_a_job_too_small_for_its_memory_never_gets_green() -> None:
    """P(green) is inside all budgets, memory too."""
    assert one(limits=replace(EASY, memory_bytes=1_000)).p_green == 0.0


def test_it_stops_at_its_deadline() -> None:
    """After the deadline no further batch is drawn, and what was drawn counts."""
    ticks = iter([0.0, 0.5, 2.0])
    (made,) = forecast(
        [SEARCH], (), EASY, start=Start("a/b"), seed=1, effort=Effort(10**9), gauge=Gauge(), clock=lambda: next(ticks)
    )
    assert made.samples == 2 * BATCH


@pytest.mark.parametrize(
    ("share_used", "size"),
    [(0.0, BATCH), (60 / 70, BATCH), (62.5 / 70, BATCH // 2), (64.99 / 70, SMALLEST_BATCH), (65 / 70, 0), (2.0, 0)],
)
def test_batches_shrink_as_memory_fills(share_used: float, size: int) -> None:
    """From 60/70 of the share the sampling slows down; at 65/70 it ends."""
    assert batch_size(share_used) == pytest.approx(size, abs=2)


def test_under_pressure_one_small_batch_is_all() -> None:
    """Even then there is a forecast, with the larger error that goes with it."""
    made = one(rss_bytes=EASY.memory_bytes, samples=10_000)
    assert made.samples == SMALLEST_BATCH
    assert made.p_green_error > one(samples=10_000).p_green_error


def test_a_large_grid_is_taken_in_blocks_and_nothing_is_left_out() -> None:
    """Every row gets its forecast, in its place, from the same luck as in a small grid."""
    grid = [replace(OLLAMA, temperature=number / 1000) for number in range(2 * BLOCK + 1)]
    effort = Effort(SMALLEST_BATCH)
    made = forecast(grid, (), EASY, start=Start("a/b"), seed=1, effort=effort, gauge=Gauge(), clock=FakeClock())
    alone = forecast(grid[-1:], (), EASY, start=Start("a/b"), seed=1, effort=effort, gauge=Gauge(), clock=FakeClock())
    assert [one.parameters for one in made] == grid
    assert made[-1:] == alone


def test_a_grid_too_large_for_a_busy_machine_is_cut_after_fifteen_seconds() -> None:
    """What could not be simulated in time is left out; the first block is always there."""
    grid = [replace(OLLAMA, temperature=number / 1000) for number in range(3 * BLOCK)]
    clock = FakeClock()

    def slow() -> float:
        clock.advance(4.0)
        return clock()

    made = forecast(grid, (), EASY, start=Start("a/b"), seed=1, effort=Effort(1), gauge=Gauge(), clock=slow)
    assert len(made) == 2 * BLOCK


@pytest.mark.parametrize("elapsed_s", [10.0, 45.0])
def test_a_model_that_never_ran_here_is_shown_all_that_fits(elapsed_s: float) -> None:
    """A few definitions less are read hardly sooner, and hold the fault less often."""
    grid = parameter_grid("ollama", EASY)
    made = forecast(grid, (), EASY, start=Start("a/b", elapsed_s), seed=1, gauge=Gauge(), clock=FakeClock())
    best = max(made, key=lambda row: row.p_green).parameters
    assert (best.slices_shown, best.prompt_tokens) == (max(row.slices_shown for row in grid), EASY.prompt_tokens)
