"""What is believed of a run before its attempts: priors, moved by earlier runs, most by the repository's own. Pure.

What all runs with the engine showed is where a repository begins, and counts as `POOLED` runs of its own at most: so
a repository's own past soon speaks for itself, and a new one borrows from the others (partial pooling).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from runner.models import Parameters
from runner.run_record import AttemptRecord, RunRecord

POOLED: Final = 6.0
PRIOR_RUNS: Final = 3.0
"""A prior counts as so many runs, so that a handful of real ones outweighs it."""
FIXED_PHASES: Final = frozenset({"map", "logic", "monte carlo"})
"""Those that happen once in a run, before its first attempt."""
CENSORED: Final = frozenset({"TIME_SPENT"})
"""Ends that cut the last attempt off: it says how long it took at least, and nothing of its chance."""
UNSAID: Final = frozenset({"CANCELLED", "CRASHED", "ENGINE_UNREACHABLE", "ENVIRONMENT_MISSING", "MEMORY_PRESSURE"})
"""Ends that say nothing of the engine's chance."""
GREEN_ELASTICITY: Final = 0.2
RED_ELASTICITY: Final = 0.8
"""Who has more time takes more: an attempt grows with such a power of the time left when it begins, since search and
stress fill what they are given. Measured (`python -m bench.forecast --slopes`): 0.3 (n = 24) and 0.9 (n = 30), planted
defects. A short clock shows only the quick ones, so those are upper bounds; these two forecast best, by little."""
FULL_S: Final = 90.0
"""The time left that quantities of seconds are told for."""
MOST_ATTEMPTS: Final = 6
STOP_PRIOR: Final = 0.05
"""How likely an engine has nothing left to try after an attempt; counts as one run."""
IMPUTED_ROUNDS: Final = 4
LEAST: Final = 0.01
"""What is measured to be smaller is noise: seconds of an engine that answered at once."""
USUAL_SLICES: Final = 8.0
REPLY_TOKENS: Final = 500.0
READING_SPEEDUP: Final = 12.0
"""A model reads its prompt about so many times as fast as it writes."""
TOKENS_PER_SLICE: Final = 350.0
FRAME_TOKENS: Final = 2000.0
"""What a prompt takes before any code: the issue, the failing tests, the rules of the answer."""


@dataclass(frozen=True, slots=True)
class Beta:
    """A chance that is not known exactly: so many successes and failures were seen, or are assumed."""

    greens: float
    reds: float


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A positive quantity: the mean and standard deviation of its logarithm, what is not known of them included."""

    mu: float
    sigma: float


@dataclass(frozen=True, slots=True)
class EnginePrior:
    """What is assumed of an engine before it has run here. `tokens_per_s` 0 means that no model is asked."""

    first: Beta
    later: Beta
    green_s: float
    red_s: float
    tokens_per_s: float = 0.0


# Search, measured: QuixBugs 40 of 40 green (7 s a program when nothing else runs, 37 s on a busy machine); issues of
# SWE-bench Lite 2 of 7 (80 s green, 30 s an attempt red). The prior stands between the two. No model was measured.
PRIORS: Final[Mapping[str, EnginePrior]] = {"search": EnginePrior(Beta(1.5, 1.5), Beta(0.5, 2.5), 20.0, 20.0)}
MODEL_PRIOR: Final = EnginePrior(Beta(1.0, 2.0), Beta(0.8, 2.2), 12.0, 8.0, tokens_per_s=25.0)
FIXED_PRIOR_S: Final = 8.0
SIGMA_PRIOR: Final = 0.6
PEAK_PRIOR_BYTES: Final = 300e6
PEAK_SIGMA_PRIOR: Final = 0.3


@dataclass(frozen=True, slots=True)
class Costs:
    """What a run takes before its attempts, and for each of them, by how it ends, with FULL_S left when it begins.

    `stops` has for each attempt how likely the engine then has nothing left to try.
    """

    fixed_s: LogNormal
    green_s: LogNormal
    red_s: LogNormal
    asking_s: float
    peak_bytes: LogNormal
    stops: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that the simulation knows about one row: chances of the first attempt and of each later one.

    `first_factor` is how much better this row is than those that were tried before. It is for the first attempt alone:
    the schedule makes the later ones with other rows.
    """

    first: Beta
    later: Beta
    first_factor: float
    costs: Costs
    n_history: int


@dataclass(frozen=True, slots=True)
class Start:
    """Which run is forecast: its repository, and its clock when the attempts begin (None: that is still ahead)."""

    repository: str
    elapsed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Values that were observed, and others that were at least so large when they were cut off."""

    whole: tuple[float, ...] = ()
    cut: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What one group of runs showed."""

    first: tuple[bool, ...] = ()
    later: tuple[bool, ...] = ()
    green_s: Seen = field(default_factory=Seen)
    red_s: Seen = field(default_factory=Seen)
    fixed_s: Seen = field(default_factory=Seen)
    peak_bytes: Seen = field(default_factory=Seen)
    slices_shown: tuple[int, ...] = ()


class Beliefs:
    """What one history says about a run; what it says of an engine is found out once, however many rows ask."""

    def __init__(self, history: Sequence[RunRecord], start: Start) -> None:
        self._history = history
        self._start = start
        self._usual: dict[str, tuple[Model, float]] = {}

    def model_of(self, row: Parameters) -> Model:
        """The row's model."""
        if row.engine not in self._usual:
            self._usual[row.engine] = _usual_row(row.engine, self._history, self._start)
        usual, usual_slices = self._usual[row.engine]
        tokens_per_s = PRIORS.get(row.engine, MODEL_PRIOR).tokens_per_s
        if tokens_per_s == 0:
            return usual
        shown = min(float(row.slices_shown), row.prompt_tokens / TOKENS_PER_SLICE)
        # Recorded attempts hold the time of asking already.
        asking_s = 0.0 if usual.n_history else _asking_seconds(row, tokens_per_s)
        return replace(
            usual,
            first_factor=_sight(shown) / _sight(usual_slices) * _care(row.temperature),
            costs=replace(usual.costs, asking_s=asking_s),
        )


def _usual_row(engine: str, history: Sequence[RunRecord], start: Start) -> tuple[Model, float]:
    """The model of a row like those that were tried, and how many slices those showed."""
    prior = PRIORS.get(engine, MODEL_PRIOR)
    runs = [run for run in history if run.engine == engine and run.exit not in UNSAID and run.attempts]
    own = _past([run for run in runs if run.repository == start.repository])
    others = _past([run for run in runs if run.repository != start.repository])
    # What has elapsed when the attempts begin is certain.
    fixed_s = (
        LogNormal(math.log(start.elapsed_s), 0.0)
        if start.elapsed_s
        else _quantity(FIXED_PRIOR_S, SIGMA_PRIOR, others.fixed_s, own.fixed_s)
    )
    costs = Costs(
        fixed_s=fixed_s,
        green_s=_quantity(prior.green_s, SIGMA_PRIOR, others.green_s, own.green_s),
        red_s=_quantity(prior.red_s, SIGMA_PRIOR, others.red_s, own.red_s),
        asking_s=0.0,
        stops=tuple(_stop(number, runs) for number in range(1, MOST_ATTEMPTS + 1)),
        peak_bytes=_quantity(PEAK_PRIOR_BYTES, PEAK_SIGMA_PRIOR, others.peak_bytes, own.peak_bytes),
    )
    model = Model(
        first=_chance(prior.first, others.first, own.first),
        later=_chance(prior.later, others.later, own.later),
        first_factor=1.0,
        costs=costs,
        n_history=len(runs),
    )
    shown = (*others.slices_shown, *own.slices_shown)
    return model, sum(shown) / len(shown) if shown else USUAL_SLICES


def _past(runs: Sequence[RunRecord]) -> Past:
    whole = [_whole(run) for run in runs]
    attempts = [attempt for made in whole for attempt in made]
    return Past(
        first=tuple(made[0].green for made in whole if made),
        later=tuple(attempt.green for made in whole for attempt in made[1:]),
        green_s=_seconds(runs, GREEN_ELASTICITY, green=True),
        red_s=_seconds(runs, RED_ELASTICITY, green=False),
        fixed_s=Seen(tuple(map(_fixed_seconds, runs))),
        peak_bytes=Seen(tuple(float(run.peak_rss_bytes) for run in runs)),
        slices_shown=tuple(attempt.slices_shown for attempt in attempts if attempt.slices_shown),
    )


def _seconds(runs: Sequence[RunRecord], elasticity: float, *, green: bool) -> Seen:
    """What attempts with such an end took, or would have taken with FULL_S left; what was cut off may be of either."""
    whole: list[float] = []
    cut: list[float] = []
    for run in runs:
        for attempt, left_s in with_time_left(run):
            seconds = attempt.seconds / (left_s / FULL_S) ** elasticity
            if run.exit in CENSORED and attempt is run.attempts[-1]:
                cut.append(seconds)
            elif attempt.green is green:
                whole.append(seconds)
    return Seen(tuple(whole), tuple(cut))


def with_time_left(run: RunRecord) -> Iterator[tuple[AttemptRecord, float]]:
    """The attempts, each with the seconds that were left when it began: at least 1, and FULL_S where none was told."""
    left_s = (run.limit_s or FULL_S) - _fixed_seconds(run)
    for attempt in run.attempts:
        yield attempt, max(1.0, left_s) if run.limit_s else FULL_S
        left_s -= attempt.seconds


def _stop(number: int, runs: Sequence[RunRecord]) -> float:
    """How likely the engine gives up after its attempt of that number, when it is red."""
    ended = sum(len(run.attempts) == number and run.exit == "BUDGET_SPENT" for run in runs)
    went_on = sum(len(run.attempts) > number for run in runs)
    return (STOP_PRIOR + ended) / (1.0 + ended + went_on)


def _whole(run: RunRecord) -> tuple[AttemptRecord, ...]:
    """The attempts that came to their own end."""
    return run.attempts[:-1] if run.exit in CENSORED else run.attempts


def _fixed_seconds(run: RunRecord) -> float:
    return sum(seconds for phase, seconds in run.seconds_by_phase.items() if phase in FIXED_PHASES)


def _chance(prior: Beta, others: Sequence[bool], own: Sequence[bool]) -> Beta:
    """The others' rate, prior included, with the weight of at most POOLED runs, then the repository's own."""
    greens, count = prior.greens + sum(others), prior.greens + prior.reds + len(others)
    weight = min(count, POOLED)
    rate = greens / count
    return Beta(weight * rate + sum(own), weight * (1.0 - rate) + len(own) - sum(own))


def _quantity(prior_median: float, prior_sigma: float, others: Seen, own: Seen) -> LogNormal:
    """The others' spread, prior included, with the weight of at most POOLED values, then the repository's own.

    The spread is widened by what so few values leave open of the mean.
    """
    mu, sigma, count = _moved(math.log(prior_median), prior_sigma, PRIOR_RUNS, others)
    mu, sigma, count = _moved(mu, sigma, min(count, POOLED), own)
    return LogNormal(mu, sigma * math.sqrt(1.0 + 1.0 / count))


def _moved(mu: float, sigma: float, weight: float, seen: Seen) -> tuple[float, float, float]:
    """Mean, spread and weight after the values; one that was cut off counts as what it may have come to."""
    whole = [math.log(max(value, LEAST)) for value in seen.whole if value > 0]
    cut = [math.log(max(value, LEAST)) for value in seen.cut if value > 0]
    count = weight + len(whole) + len(cut)
    before, spread = mu, sigma
    for _ in range(IMPUTED_ROUNDS if cut else 1):
        logs = [*whole, *(_beyond(value, mu, sigma) for value in cut)]
        mean = sum(logs) / len(logs) if logs else before
        mu = (weight * before + sum(logs)) / count
        between = weight * len(logs) / count * (mean - before) ** 2
        sigma = math.sqrt((weight * spread**2 + sum((value - mean) ** 2 for value in logs) + between) / count)
    return mu, sigma, count


def _beyond(value: float, mu: float, sigma: float) -> float:
    """What a normal quantity is on average when it is larger than the value."""
    z = (value - mu) / sigma
    above = 0.5 * math.erfc(z / math.sqrt(2.0))
    if above < 1e-9:
        return value
    return mu + sigma * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) / above


def _sight(slices_shown: float) -> float:
    """How often the definition to be changed is among so many: 55 % of 5, 65 % of 10 (`bench.localise`, n = 145)."""
    return min(1.0, max(0.1, 0.55 + 0.10 * math.log2(max(1.0, slices_shown) / 5.0)))


def _care(temperature: float) -> float:
    """Which part of its chance a single answer keeps that is drawn so freely. A guess: no model has been measured."""
    return 1.0 - 0.15 * temperature


def _asking_seconds(row: Parameters, tokens_per_s: float) -> float:
    read_tokens = min(row.prompt_tokens, FRAME_TOKENS + row.slices_shown * TOKENS_PER_SLICE)
    return REPLY_TOKENS / tokens_per_s + read_tokens / (READING_SPEEDUP * tokens_per_s)
