"""How true the forecasts are: replays a history in the order of time, each run forecast from those before it alone.

Usage: python -m bench.forecast --history FILE_OR_URL [--engine search] [--skip 0] [--runs] [--slopes]

Printed are the Brier score of P(green), lower is better, beside that of two forecasts that know less: the base rate of
the runs so far, and the prior without any history; and how many runs took at most the forecast p50 and p95 of seconds
(ideal: 50 % and 95 %). Only runs that came to an attempt count. The history is what GREENLOOP_HISTORY_URL names, or the
file `history.sqlite` in a state folder; `python -m bench.plant` and `bench/quixbugs.py` make one.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import linear_regression, median

from runner.adapters.history import RECALLED, RunHistory
from runner.models import Forecast, Limits, Parameters
from runner.phases.monte_carlo import Effort, forecast
from runner.phases.run_model import CENSORED, FIXED_PHASES, UNSAID, Start, with_time_left
from runner.ports import Pressure
from runner.run_record import RunRecord
from runner.verify.stress import wilson_interval

SAMPLES = 8192


class EmptyGauge:
    """A machine with nothing on it."""

    def read(self) -> Pressure:
        """Nothing is used."""
        return Pressure(0, 0, 0, 0.0, 0.0)

    def periods_s(self) -> tuple[float, ...]:
        """It was read once."""
        return ()


@dataclass(frozen=True)
class Replayed:
    """One run: what was expected of it with its past, with the base rate, with the prior, and what happened."""

    run: RunRecord
    made: Forecast
    base_rate: float
    prior: Forecast
    green: bool
    seconds: float


def main() -> int:
    """Replay and print; exit status 0 when at least one run could be compared."""
    options = read_options()
    name = options.history
    with RunHistory(name if "://" in name else Path(name)) as history:
        runs = [run for run in history.chronicle() if is_told(run) and options.engine in ("", run.engine)]
    replayed = [replay(run, runs[:number]) for number, run in enumerate(runs)][options.skip :]
    if not replayed:
        print("no run of this history came to an attempt", file=sys.stderr)
        return 2
    if options.runs:
        for one in replayed:
            print(line_of(one))
    print(summary_of(replayed))
    if options.slopes:
        print(slopes_of([one.run for one in replayed]))
    return 0


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", required=True, help="a file, or the address of a database")
    parser.add_argument("--engine", default="", help="only runs with this engine (default: all)")
    parser.add_argument("--skip", type=int, default=0, help="leave out so many first runs, which know no past")
    parser.add_argument("--runs", action="store_true", help="print a line for each run, too")
    parser.add_argument("--slopes", action="store_true", help="print how attempts grow with the time left, too")
    return parser.parse_args()


def is_told(run: RunRecord) -> bool:
    """Whether the run can be compared: its forecast was due, and its end says something of it."""
    return bool(run.attempts) and run.limit_s > 0 and run.exit not in UNSAID


def replay(run: RunRecord, before: Sequence[RunRecord]) -> Replayed:
    """The run as it would have been forecast from the runs before it."""
    own = [earlier for earlier in reversed(before) if earlier.repository == run.repository]
    others = [earlier for earlier in reversed(before) if earlier.repository != run.repository]
    greens = [is_green(earlier) for earlier in before if earlier.engine == run.engine]
    return Replayed(
        run=run,
        made=forecast_of(run, [*own, *others][:RECALLED]),
        base_rate=(sum(greens) + 0.5) / (len(greens) + 1),
        prior=forecast_of(run, ()),
        green=is_green(run),
        seconds=min(run.seconds, run.limit_s),
    )


def forecast_of(run: RunRecord, history: Sequence[RunRecord]) -> Forecast:
    """The forecast that is made when the attempts begin."""
    elapsed_s = sum(seconds for phase, seconds in run.seconds_by_phase.items() if phase in FIXED_PHASES)
    first = run.attempts[0]
    row = replace(Parameters(run.engine), slices_shown=first.slices_shown, temperature=first.temperature)
    return forecast(
        [row],
        history,
        Limits(seconds=run.limit_s),
        start=Start(run.repository, elapsed_s),
        seed=0,
        gauge=EmptyGauge(),
        clock=lambda: 0.0,
        effort=Effort(SAMPLES),
    )[0]


def is_green(run: RunRecord) -> bool:
    """Whether the run ended with a change that may be shown."""
    return any(attempt.green for attempt in run.attempts)


def line_of(one: Replayed) -> str:
    """One run."""
    made = one.made
    return (
        f"{one.run.exit:17} {one.run.limit_s:3.0f} s  P {made.p_green:4.0%} (base {one.base_rate:4.0%}, n = "
        f"{made.n_history:3})  p50 {made.p50_s:5.1f}  p95 {made.p95_s:5.1f}  took {one.seconds:5.1f} s"
    )


def summary_of(replayed: Sequence[Replayed]) -> str:
    """The figures as a Markdown table."""
    n = len(replayed)
    repositories = len({one.run.repository for one in replayed})
    at_limit = sum(one.made.p95_s >= one.run.limit_s for one in replayed)
    told = [one for one in replayed if one.run.expected is not None]
    at_the_time = brier(told, lambda one: one.run.expected.p_green if one.run.expected else 0.0) if told else "-"
    rows = [
        f"{n} runs of {repositories} repositories, {sum(one.green for one in replayed)} green\n",
        "| forecast of green | Brier score (95 %) |",
        "|---|---:|",
        f"| this model, from the runs before | {brier(replayed, lambda one: one.made.p_green)} |",
        f"| base rate of the runs before | {brier(replayed, lambda one: one.base_rate)} |",
        f"| prior alone | {brier(replayed, lambda one: one.prior.p_green)} |",
        f"| what the {len(told)} runs said themselves, by the model of their time | {at_the_time} |",
        "",
        "| seconds | at or below (95 %) | ideal |",
        "|---|---:|---:|",
        f"| p50 | {coverage([one.seconds <= one.made.p50_s for one in replayed])} | 50 % |",
        f"| p95 (the run's limit in {at_limit} of {n}) | "
        f"{coverage([one.seconds <= one.made.p95_s for one in replayed])} | 95 % |",
        f"| p50, prior alone | {coverage([one.seconds <= one.prior.p50_s for one in replayed])} | 50 % |",
        f"| p95, prior alone | {coverage([one.seconds <= one.prior.p95_s for one in replayed])} | 95 % |",
        "",
        "| P(green) | runs | green |",
        "|---|---:|---:|",
        *reliability(replayed),
    ]
    return "\n".join(rows)


def brier(replayed: Sequence[Replayed], chance: Callable[[Replayed], float]) -> str:
    """The mean squared error of the chances, with the interval of a mean."""
    errors = [(chance(one) - one.green) ** 2 for one in replayed]
    mean = sum(errors) / len(errors)
    spread = math.sqrt(sum((error - mean) ** 2 for error in errors) / max(1, len(errors) - 1))
    half = 1.96 * spread / math.sqrt(len(errors))
    return f"{mean:.3f} ({max(0.0, mean - half):.3f}-{mean + half:.3f})"


def coverage(hits: Sequence[bool]) -> str:
    """The share of hits with its Wilson interval."""
    low, high = wilson_interval(sum(hits), len(hits))
    return f"{sum(hits) / len(hits):.0%} ({low:.0%}-{high:.0%})"


def slopes_of(runs: Sequence[RunRecord]) -> str:
    """Least squares of log(an attempt's seconds) over log(seconds left when it began), by its end."""
    rows = ["", "| attempts | n | median s | slope | residual sd |", "|---|---:|---:|---:|---:|"]
    for name, green in (("green", True), ("red", False)):
        points = [
            (math.log(left_s), math.log(max(0.01, attempt.seconds)))
            for run in runs
            for attempt, left_s in with_time_left(run)
            if attempt.green is green and not (run.exit in CENSORED and attempt is run.attempts[-1])
        ]
        if len(points) > 2:
            xs, ys = zip(*points, strict=True)
            slope, level = linear_regression(xs, ys)
            rest = math.sqrt(sum((y - level - slope * x) ** 2 for x, y in points) / (len(points) - 2))
            rows.append(f"| {name} | {len(points)} | {math.exp(median(ys)):.1f} | {slope:.2f} | {rest:.2f} |")
    return "\n".join(rows)


def reliability(replayed: Sequence[Replayed]) -> list[str]:
    """How many were green where so much was promised."""
    rows = []
    for low in (0.0, 0.25, 0.5, 0.75):
        inside = [
            one for one in replayed if low <= one.made.p_green < low + 0.25 or (low, one.made.p_green) == (0.75, 1.0)
        ]
        if inside:
            promised = sum(one.made.p_green for one in inside) / len(inside)
            rows.append(f"| {promised:.0%} | {len(inside)} | {coverage([one.green for one in inside])} |")
    return rows


if __name__ == "__main__":
    sys.exit(main())
