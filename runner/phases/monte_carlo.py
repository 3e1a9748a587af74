"""How runs would end for each row of the parameter grid: whole runs, simulated. Pure; numpy does the arithmetic.

One simulated run: fixed seconds (Map, Logic, ...), then attempts until one is green, the clock runs out or none are
left. Seconds per phase are log-normal, memory grows from attempt to attempt, and success per attempt is drawn once
per run from a beta distribution. Earlier runs move all of them away from the priors below. All rows of a grid meet
the same random numbers, so that their order is not the luck of the draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runner.models import Forecast, Limits, Parameters
from runner.ports import Clock, Gauge, Pressure, RunRecord

Array = npt.NDArray[np.float64]

LONGEST_S: Final = 15.0
MAX_ATTEMPTS: Final = 6
BATCH: Final = 2048
SMALLEST_BATCH: Final = 128
SLOWS_AT: Final = 60 / 70
STOPS_AT: Final = 65 / 70
"""Parts of the job's memory share: from the first the batches shrink, at the second no further one is drawn."""
BINS: Final = 12

ATTEMPT_PHASES: Final = frozenset({"plan", "optimise", "execute", "review"})
"""The phases that every attempt goes through; the others happen once in a run."""


@dataclass(frozen=True, slots=True)
class EnginePrior:
    """What is assumed of an engine before it has run here. `tokens_per_s` 0 means that no model is asked."""

    greens: float
    reds: float
    attempt_s: float
    tokens_per_s: float


# Guesses on the careful side; each counts as three attempts, so that a handful of real ones outweighs it.
PRIORS: Final[Mapping[str, EnginePrior]] = {"search": EnginePrior(1.5, 1.5, 12.0, 0.0)}
MODEL_PRIOR: Final = EnginePrior(1.0, 2.0, 8.0, 25.0)
PRIOR_RUNS: Final = 3.0
FIXED_PRIOR_S: Final = 8.0
SIGMA_PRIOR: Final = 0.6
PEAK_PRIOR_BYTES: Final = 350e6
MEMORY_GROWTH_PER_ATTEMPT: Final = 1.04
REPLY_TOKENS: Final = 500.0
READING_SPEEDUP: Final = 12.0
"""A model reads its prompt about so many times as fast as it writes."""
TOKENS_PER_SLICE: Final = 350.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How many runs to simulate for each row, and the seconds (at most 15) after which those drawn are enough."""

    samples: int = 4 * BATCH
    seconds: float = 1.0


USUAL: Final = Effort()


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A positive quantity: the mean and standard deviation of its logarithm."""

    mu: float
    sigma: float

    def of(self, normal: Array) -> Array:
        """Draws, made from draws of the standard normal distribution."""
        return np.exp(self.mu + self.sigma * normal)


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that the simulation knows about one row. `retry_factor` scales success after the first attempt."""

    greens: float
    reds: float
    success_factor: float
    retry_factor: float
    fixed_s: LogNormal
    attempt_s: LogNormal
    asking_s: float
    peak_bytes: LogNormal
    n_history: int


@dataclass(frozen=True, slots=True)
class Runs:
    """What came of simulated runs, one entry each."""

    green: npt.NDArray[np.bool_]
    seconds: Array
    peak_bytes: Array
    attempts: Array


def forecast(
    grid: Sequence[Parameters],
    history: Sequence[RunRecord],
    limits: Limits,
    *,
    seed: int,
    gauge: Gauge,
    clock: Clock,
    elapsed_s: float | None = None,
    effort: Effort = USUAL,
) -> tuple[Forecast, ...]:
    """One forecast per row, in the grid's order, of the whole run; each rests on at least one batch.

    `elapsed_s` is the run's clock when its attempts begin; None if that is still ahead and to be simulated as well.
    Equal seeds give equal forecasts as long as neither the effort's seconds nor memory cuts the sampling short.
    """
    models = [model_of(row, history, elapsed_s) for row in grid]
    drawn: list[list[Runs]] = [[] for _ in grid]
    deadline_s = clock() + min(effort.seconds, LONGEST_S)
    count = 0
    while count < effort.samples:
        size = min(batch_size(_share_used(gauge.read(), limits)) or SMALLEST_BATCH, effort.samples - count)
        for runs, model in zip(drawn, models, strict=True):
            runs.append(simulate(model, limits, np.random.default_rng([seed, count]), size))
        count += size
        if clock() >= deadline_s or batch_size(_share_used(gauge.read(), limits)) == 0:
            break
    return tuple(
        _summary(row, model, _joined(runs), limits, seed) for row, model, runs in zip(grid, models, drawn, strict=True)
    )


def batch_size(share_used: float) -> int:
    """How many runs to draw at once when so much of the job's memory share is in use (1.0: all); 0 at 65/70."""
    if share_used >= STOPS_AT:
        return 0
    room = min(1.0, (STOPS_AT - share_used) / (STOPS_AT - SLOWS_AT))
    return max(SMALLEST_BATCH, int(BATCH * room))


def model_of(row: Parameters, history: Sequence[RunRecord], elapsed_s: float | None = None) -> Model:
    """The row's model: priors, moved by the earlier runs with the same engine; what has elapsed is certain."""
    prior = PRIORS.get(row.engine, MODEL_PRIOR)
    runs = [run for run in history if run.engine == row.engine]
    tries = [green for run in runs for green in run.attempts_green]
    asks_model = prior.tokens_per_s > 0
    shown = min(float(row.slices_shown), row.prompt_tokens / TOKENS_PER_SLICE)
    fixed_s = _log_normal(FIXED_PRIOR_S, [_fixed_seconds(run) for run in runs])
    return Model(
        greens=prior.greens + sum(tries),
        reds=prior.reds + len(tries) - sum(tries),
        success_factor=1.0 - 0.5 * math.exp(-shown / 3.0),
        retry_factor=_retry_factor(row, asks_model=asks_model),
        fixed_s=LogNormal(math.log(elapsed_s), 0.0) if elapsed_s else fixed_s,
        attempt_s=_log_normal(prior.attempt_s, [_attempt_seconds(run) for run in runs]),
        # Recorded attempts hold the time of asking already.
        asking_s=_asking_seconds(shown, prior.tokens_per_s) if asks_model and not runs else 0.0,
        peak_bytes=_log_normal(PEAK_PRIOR_BYTES, [float(run.peak_rss_bytes) for run in runs]),
        n_history=len(runs),
    )


def simulate(model: Model, limits: Limits, random: np.random.Generator, size: int) -> Runs:
    """`size` runs. However many retries are allowed, the same numbers are drawn: more of them can only help."""
    shape = (size, MAX_ATTEMPTS)
    chance = random.beta(model.greens, model.reds, size)[:, None] * model.success_factor
    luck = random.random(shape)
    fixed_s = model.fixed_s.of(random.standard_normal(size))[:, None]
    attempt_s = model.attempt_s.of(random.standard_normal(shape)) + model.asking_s
    growth = MEMORY_GROWTH_PER_ATTEMPT ** np.arange(MAX_ATTEMPTS)
    peak_bytes = model.peak_bytes.of(random.standard_normal(size))[:, None] * growth

    factor = np.where(np.arange(MAX_ATTEMPTS) == 0, 1.0, model.retry_factor)
    end_s = fixed_s + np.cumsum(attempt_s, axis=1)
    allowed = np.arange(MAX_ATTEMPTS) <= min(limits.retries, MAX_ATTEMPTS - 1)
    fits = peak_bytes <= (limits.memory_bytes or math.inf)
    green = (luck < chance * factor) & (end_s <= limits.seconds) & fits & allowed

    is_green = np.asarray(green.any(axis=1))
    begun = (end_s - attempt_s < limits.seconds) & allowed
    attempts = np.where(is_green, green.argmax(axis=1) + 1, begun.sum(axis=1))
    last = np.maximum(attempts, 1) - 1
    picked = np.arange(size)
    return Runs(is_green, np.minimum(end_s[picked, last], limits.seconds), peak_bytes[picked, last], attempts * 1.0)


def _retry_factor(row: Parameters, *, asks_model: bool) -> float:
    """Who answers the same to the same question gains little by a retry; feedback moves a model more than a search."""
    return min(1.0, 0.7 + row.temperature / 2) if asks_model else 0.4


def _share_used(reading: Pressure, limits: Limits) -> float:
    return reading.rss_bytes / limits.memory_bytes if limits.memory_bytes else 0.0


def _attempt_seconds(run: RunRecord) -> float:
    """Seconds of one attempt of a recorded run: what all took, shared equally."""
    total = sum(s for phase, s in run.seconds_by_phase.items() if phase.lower() in ATTEMPT_PHASES)
    return total / max(1, len(run.attempts_green))


def _fixed_seconds(run: RunRecord) -> float:
    return sum(s for phase, s in run.seconds_by_phase.items() if phase.lower() not in ATTEMPT_PHASES)


def _asking_seconds(shown: float, tokens_per_s: float) -> float:
    return REPLY_TOKENS / tokens_per_s + shown * TOKENS_PER_SLICE / (READING_SPEEDUP * tokens_per_s)


def _log_normal(prior_median: float, seen: Sequence[float]) -> LogNormal:
    """The prior median counts as three observations with spread SIGMA_PRIOR; what was not measured is 0 in `seen`."""
    logs = [math.log(value) for value in seen if value > 0]
    mu = (PRIOR_RUNS * math.log(prior_median) + sum(logs)) / (PRIOR_RUNS + len(logs))
    mean = sum(logs) / len(logs) if logs else mu
    scatter = sum((value - mean) ** 2 for value in logs)
    return LogNormal(mu, math.sqrt((PRIOR_RUNS * SIGMA_PRIOR**2 + scatter) / (PRIOR_RUNS + len(logs))))


def _joined(runs: Sequence[Runs]) -> Runs:
    return Runs(
        np.concatenate([batch.green for batch in runs]),
        np.concatenate([batch.seconds for batch in runs]),
        np.concatenate([batch.peak_bytes for batch in runs]),
        np.concatenate([batch.attempts for batch in runs]),
    )


def _summary(row: Parameters, model: Model, runs: Runs, limits: Limits, seed: int) -> Forecast:
    n = len(runs.green)
    greens = int(runs.green.sum())
    # Two imagined runs, one of each kind, keep the error from being zero where all were alike.
    cautious = (greens + 1) / (n + 2)
    counts, edges = np.histogram(runs.seconds, bins=BINS, range=(0.0, limits.seconds))
    return Forecast(
        parameters=row,
        p_green=greens / n,
        p_green_error=math.sqrt(cautious * (1 - cautious) / n),
        p50_s=float(np.percentile(runs.seconds, 50)),
        p95_s=float(np.percentile(runs.seconds, 95)),
        p95_peak_bytes=float(np.percentile(runs.peak_bytes, 95)),
        expected_attempts=float(runs.attempts.mean()),
        samples=n,
        seed=seed,
        n_history=model.n_history,
        seconds_histogram=tuple((float(e), int(c)) for e, c in zip(edges[:-1], counts, strict=True)),
    )
