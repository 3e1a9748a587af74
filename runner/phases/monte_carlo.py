"""How runs would end for each row of the parameter grid: whole runs, simulated. Pure; numpy does the arithmetic.

One simulated run: fixed seconds (Map, Logic, ...), then attempts until one is green, the clock runs out or none are
left. All rows of a grid meet the same random numbers, so that their order is not the luck of the draw. Of the runs
only counts are kept, so that a large grid takes little memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runner.models import Forecast, Limits, Parameters
from runner.phases.run_model import (
    FULL_S,
    GREEN_ELASTICITY,
    MOST_ATTEMPTS,
    RED_ELASTICITY,
    Beliefs,
    Beta,
    Costs,
    LogNormal,
    Model,
    Start,
)
from runner.ports import Clock, Gauge, Pressure
from runner.run_record import RunRecord

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint32]

LONGEST_S: Final = 15.0
BATCH: Final = 2048
SMALLEST_BATCH: Final = 128
BLOCK: Final = 256
"""Rows that are simulated together: a larger grid is taken in blocks, each with its part of the seconds."""
SLOWS_AT: Final = 60 / 70
STOPS_AT: Final = 65 / 70
"""Parts of the job's memory share: from the first the batches shrink, at the second no further one is drawn."""
SHOWN_BINS: Final = 12
SECONDS_BINS: Final = 40 * SHOWN_BINS
LEAST_PEAK_BYTES: Final = 1e6
PEAK_STEP: Final = 0.02
PEAK_BINS: Final = 700
"""From 1 MB to 1.2 TB in steps of 2 %."""
MEMORY_GROWTH_PER_ATTEMPT: Final = 1.04


@dataclass(frozen=True, slots=True)
class Effort:
    """How many runs to simulate for each row, and the seconds (at most 15) after which those drawn are enough."""

    samples: int = 4 * BATCH
    seconds: float = 1.0


USUAL: Final = Effort()


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of simulated runs, one entry each."""

    green: npt.NDArray[np.bool_]
    seconds: Array
    peak_bytes: Array
    attempts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Course:
    """How one run after the other goes but for its chances: when each attempt would end, and whether it may be green.

    `failed_s`, `failed_attempts` tell the run in which none is green.
    """

    green_ends_s: Array
    may_be_green: npt.NDArray[np.bool_]
    peak_bytes: Array
    failed_s: Array
    failed_attempts: npt.NDArray[np.int64]


class Luck:
    """The random numbers of one round, the same for every row; what rows have in common is worked out once."""

    def __init__(self, seed: Sequence[int], size: int, limits: Limits) -> None:
        random = np.random.default_rng(seed)
        self.verdicts = random.random((size, MOST_ATTEMPTS))
        self.stops = random.random((size, MOST_ATTEMPTS))
        self.normals = random.standard_normal((size, MOST_ATTEMPTS + 2))
        self._seed = seed
        self._size = size
        self._limits = limits
        self._chances: dict[Beta, Array] = {}
        self._courses: dict[Costs, Course] = {}

    def chances(self, of: Beta) -> Array:
        """One chance a run: it is the repository's, and not every attempt's anew."""
        if of not in self._chances:
            self._chances[of] = np.random.default_rng([*self._seed, 1]).beta(of.greens, of.reds, self._size)
        return self._chances[of]

    def course(self, costs: Costs) -> Course:
        """The runs at these costs. However many retries are allowed, the same numbers are drawn."""
        if costs not in self._courses:
            self._courses[costs] = _course(costs, self._limits, self)
        return self._courses[costs]


@dataclass(slots=True)
class Tally:
    """Counts of the simulated runs of one row; `seconds` and `peaks` are histograms."""

    seconds: Counts
    peaks: Counts
    runs: int = 0
    greens: int = 0
    attempts: int = 0
    at_limit: int = 0

    @classmethod
    def empty(cls) -> Tally:
        """Nothing was counted yet."""
        return cls(np.zeros(SECONDS_BINS, np.uint32), np.zeros(PEAK_BINS, np.uint32))

    def add(self, batch: Batch, limit_s: float) -> None:
        """Count a batch in."""
        self.runs += len(batch.green)
        self.greens += int(batch.green.sum())
        self.attempts += int(batch.attempts.sum())
        self.at_limit += int((batch.seconds >= limit_s).sum())
        steps = np.minimum(batch.seconds * (SECONDS_BINS / limit_s), SECONDS_BINS - 1).astype(np.int64)
        self.seconds += np.bincount(steps, minlength=SECONDS_BINS).astype(np.uint32)
        steps = (np.log(np.maximum(batch.peak_bytes, LEAST_PEAK_BYTES) / LEAST_PEAK_BYTES) / PEAK_STEP).astype(np.int64)
        self.peaks += np.bincount(np.minimum(steps, PEAK_BINS - 1), minlength=PEAK_BINS).astype(np.uint32)


def forecast(
    grid: Sequence[Parameters],
    history: Sequence[RunRecord],
    limits: Limits,
    *,
    start: Start,
    seed: int,
    gauge: Gauge,
    clock: Clock,
    effort: Effort = USUAL,
) -> tuple[Forecast, ...]:
    """One forecast per row, in the grid's order, of the whole run; each rests on at least one batch.

    Rows whose block has not begun after 15 s are left out: then the machine is too busy for so large a grid. Equal
    seeds give equal forecasts as long as neither the effort's seconds nor memory cuts the sampling short.
    """
    beliefs = Beliefs(history, start)
    began_s = clock()
    blocks = math.ceil(len(grid) / BLOCK)

    def room() -> int:
        return batch_size(_share_used(gauge.read(), limits))

    made: list[Forecast] = []
    for first in range(0, len(grid), BLOCK):
        if made and clock() - began_s >= LONGEST_S:
            break
        rows = grid[first : first + BLOCK]
        due_s = began_s + min(effort.seconds, LONGEST_S) * (first + len(rows)) / len(grid)
        models = [beliefs.model_of(row) for row in rows]
        tallies = [Tally.empty() for _ in rows]
        count = 0
        while count < effort.samples:
            size = min(max(SMALLEST_BATCH, room() // blocks), effort.samples - count)
            _count_in(tallies, models, Luck((seed, count), size, limits), limits.seconds)
            count += size
            if clock() >= due_s or room() == 0:
                break
        made += [_summary(*one, limits, seed) for one in zip(rows, models, tallies, strict=True)]
    return tuple(made)


def _count_in(tallies: Sequence[Tally], models: Sequence[Model], luck: Luck, limit_s: float) -> None:
    """One round of the simulation, every row with the same luck."""
    for tally, model in zip(tallies, models, strict=True):
        tally.add(simulate(model, luck), limit_s)


def batch_size(share_used: float) -> int:
    """How many runs to draw at once for each row when so much of the job's memory share is in use; 0 at 65/70."""
    if share_used >= STOPS_AT:
        return 0
    room = min(1.0, (STOPS_AT - share_used) / (STOPS_AT - SLOWS_AT))
    return max(SMALLEST_BATCH, int(BATCH * room))


def simulate(model: Model, luck: Luck) -> Batch:
    """One run for each entry of the luck. More retries, seconds or memory can only help."""
    course = luck.course(model.costs)
    chance = np.repeat(luck.chances(model.later)[:, None], MOST_ATTEMPTS, axis=1)
    chance[:, 0] = luck.chances(model.first) * model.first_factor
    green = (luck.verdicts < chance) & course.may_be_green
    first = green.argmax(axis=1)
    picked = np.arange(len(first))
    is_green = green[picked, first]
    attempts = np.where(is_green, first + 1, course.failed_attempts)
    seconds = np.where(is_green, course.green_ends_s[picked, first], course.failed_s)
    return Batch(is_green, seconds, course.peak_bytes[picked, np.maximum(attempts, 1) - 1], attempts)


def _course(costs: Costs, limits: Limits, luck: Luck) -> Course:
    green_ends_s, red_ends_s, begins_s = _times(costs, limits, luck)
    growth = MEMORY_GROWTH_PER_ATTEMPT ** np.arange(MOST_ATTEMPTS)
    peak_bytes = _of(costs.peak_bytes, luck.normals[:, -2:-1]) * growth
    stops = luck.stops < np.array(costs.stops)
    goes_on = np.cumsum(stops, axis=1) <= stops  # nothing but this attempt itself may have been the last
    allowed = (np.arange(MOST_ATTEMPTS) <= min(limits.retries, MOST_ATTEMPTS - 1)) & goes_on
    fits = peak_bytes <= (limits.memory_bytes or math.inf)
    begins = (begins_s < limits.seconds) & allowed
    begun = begins.sum(axis=1)
    last = np.maximum(begun, 1) - 1
    return Course(
        green_ends_s=green_ends_s,
        may_be_green=(green_ends_s <= limits.seconds) & fits & begins,
        peak_bytes=peak_bytes,
        failed_s=np.minimum(red_ends_s[np.arange(len(last)), last], limits.seconds),
        failed_attempts=begun,
    )


def _times(costs: Costs, limits: Limits, luck: Luck) -> tuple[Array, Array, Array]:
    """When each attempt ends if it is green, if it is red, and when it begins: after as many red ones before it."""
    green_s = _of(costs.green_s, luck.normals[:, :MOST_ATTEMPTS]) + costs.asking_s
    red_s = _of(costs.red_s, luck.normals[:, :MOST_ATTEMPTS]) + costs.asking_s
    begins_s, green_ends_s, red_ends_s = (np.empty_like(green_s) for _ in range(3))
    now_s = _of(costs.fixed_s, luck.normals[:, -1])
    for number in range(MOST_ATTEMPTS):
        left = np.maximum(limits.seconds - now_s, 0.0) / FULL_S
        begins_s[:, number] = now_s
        green_ends_s[:, number] = now_s + green_s[:, number] * left**GREEN_ELASTICITY
        now_s = now_s + red_s[:, number] * left**RED_ELASTICITY
        red_ends_s[:, number] = now_s
    return green_ends_s, red_ends_s, begins_s


def _of(quantity: LogNormal, normal: Array) -> Array:
    """Draws, made from draws of the standard normal distribution."""
    drawn: Array = np.exp(quantity.mu + quantity.sigma * normal)
    return drawn


def _share_used(reading: Pressure, limits: Limits) -> float:
    return reading.rss_bytes / limits.memory_bytes if limits.memory_bytes else 0.0


def _summary(row: Parameters, model: Model, tally: Tally, limits: Limits, seed: int) -> Forecast:
    # Two imagined runs, one of each kind, keep the error from being zero where all were alike.
    cautious = (tally.greens + 1) / (tally.runs + 2)
    width_s = limits.seconds / SHOWN_BINS
    shown = tally.seconds.reshape(SHOWN_BINS, -1).sum(axis=1)
    return Forecast(
        parameters=row,
        p_green=tally.greens / tally.runs,
        p_green_error=math.sqrt(cautious * (1 - cautious) / tally.runs),
        p50_s=_seconds_quantile(0.50, tally, limits),
        p95_s=_seconds_quantile(0.95, tally, limits),
        p95_peak_bytes=LEAST_PEAK_BYTES * math.exp(PEAK_STEP * _quantile(0.95, tally.peaks)),
        expected_attempts=tally.attempts / tally.runs,
        samples=tally.runs,
        seed=seed,
        n_history=model.n_history,
        seconds_histogram=tuple((number * width_s, int(count)) for number, count in enumerate(shown)),
    )


def _seconds_quantile(part: float, tally: Tally, limits: Limits) -> float:
    if tally.at_limit >= (1.0 - part) * tally.runs:
        return limits.seconds
    return _quantile(part, tally.seconds) * limits.seconds / SECONDS_BINS


def _quantile(part: float, counts: Counts) -> float:
    """Where in the bins so large a part of the counts lies below, evenly spread in its bin."""
    below = np.cumsum(counts, dtype=np.int64)
    wanted = part * float(below[-1])
    step = int(np.searchsorted(below, wanted))
    return step + 1.0 - (float(below[step]) - wanted) / float(counts[step])
