"""Whether Monte Carlo keeps to the job's memory share with a grid that is a thousand times as large as usual.

Usage: python -m bench.memory [--limit-mb 400] [--times 1000] [--seconds 15]

A child process is put into a memory cgroup of its own (v1 or v2, made by hand, which takes root; without one the limit
is told to it and not enforced, which is said), forecasts, and is watched from outside every 50 ms. It does so twice:
alone, where the rows are ranked as well, and beside ballast that fills its share to 61/70 before it begins, where
batches have to shrink. Exit status 0 when the peak stays inside the share and both end in time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

from runner.adapters.grid import DuckDbGrid
from runner.models import Limits, Parameters
from runner.phases.monte_carlo import BATCH, Effort, batch_size, forecast
from runner.phases.optimise import parameter_grid
from runner.phases.run_model import Start
from runner.ports import Pressure
from runner.pressure import PressureGauge, job_share_bytes, total_memory_bytes, tree_rss_bytes
from runner.run_record import AttemptRecord, RunRecord

PERIOD_S = 0.050
LONGEST_S = 15.0
HEADROOM_S = 2.0
BALLAST_SHARE = 61 / 70
TITLE = """| run | rows | runs a row | share MB | peak MB, outside | MB, cgroup | readings | shrank | s | ranking s |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


class NotingGauge:
    """A gauge that remembers what it said."""

    def __init__(self, gauge: PressureGauge) -> None:
        self._gauge = gauge
        self.readings: list[Pressure] = []

    def read(self) -> Pressure:
        """The newest reading."""
        self.readings.append(self._gauge.read())
        return self.readings[-1]

    def periods_s(self) -> tuple[float, ...]:
        """The gauge's own."""
        return self._gauge.periods_s()


def main() -> int:
    """Run both children, or be one."""
    options = read_options()
    if options.child:
        sys.stdout.write(json.dumps(simulate(options)))
        return 0
    print(TITLE, flush=True)
    return max(watched(name, options) for name in ("alone", "ballast"))


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit-mb", type=int, default=400, help="of the cgroup (default: 400)")
    parser.add_argument("--times", type=int, default=1000, help="how many times the usual grid (default: 1000)")
    parser.add_argument("--seconds", type=float, default=LONGEST_S, help="what the simulation may take (default: 15)")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def watched(name: str, options: argparse.Namespace) -> int:
    """One child and its row of the table; 0 when it kept to share and time."""
    limit_bytes = options.limit_mb * 1_000_000
    with memory_cgroup(limit_bytes) as group:
        command = [sys.executable, "-m", "bench.memory", "--child", name, "--limit-mb", str(options.limit_mb)]
        command += ["--times", str(options.times), "--seconds", str(options.seconds)]
        if group is not None:
            command = ["sh", "-c", 'echo $$ > "$0"; exec "$@"', str(group / "cgroup.procs"), *command]
        peak_bytes = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            while child.poll() is None:
                peak_bytes = max(peak_bytes, tree_rss_bytes(child.pid))
                time.sleep(PERIOD_S)
            assert child.stdout is not None
            told = child.stdout.read()
        charged = peak_of(group)
    if child.returncode != 0:
        print(f"| {name} | ended with {child.returncode}, peak {peak_bytes / 1e6:.0f} MB |")
        return 1
    made = json.loads(told)
    share_bytes = job_share_bytes(limit_bytes, 1)
    print(
        f"| {name} | {made['rows']} | {made['samples']} | {share_bytes / 1e6:.0f} | {peak_bytes / 1e6:.0f} | {charged} "
        f"| {made['rounds']} | {made['shrunk']} | {made['seconds']:.1f} | {made['ranking_s']:.1f} |",
        flush=True,
    )
    return int(peak_bytes > share_bytes or made["seconds"] > LONGEST_S)


def simulate(options: argparse.Namespace) -> dict[str, float]:
    """What the child does: forecasts and ranks a huge grid, under a gauge that sees the limit."""
    total_bytes = min(total_memory_bytes(), options.limit_mb * 1_000_000)
    limits = Limits(memory_bytes=job_share_bytes(total_bytes, 1))
    grid = huge_grid(limits, options.times)
    attempts = (AttemptRecord(green=False, seconds=9.0, slices_shown=8), AttemptRecord(green=True, seconds=14.0))
    run = RunRecord("a/b", "ollama", "VERIFIED", attempts, {"map": 2.0}, 25.0, 90.0, 250_000_000)
    history = [replace(run, repository=f"a/{number % 20}", peak_rss_bytes=200_000_000) for number in range(200)]
    with PressureGauge(total_bytes=total_bytes) as gauge, DuckDbGrid(history) as table:
        noting = NotingGauge(gauge)
        missing_bytes = int(BALLAST_SHARE * limits.memory_bytes) - tree_rss_bytes(os.getpid())
        ballast = bytearray(os.urandom(1)) * max(0, missing_bytes if options.child == "ballast" else 0)
        began_s = time.monotonic()
        made = forecast(
            grid,
            history,
            limits,
            start=Start("a/0", 3.0),
            seed=0,
            gauge=noting,
            clock=time.monotonic,
            effort=Effort(samples=10**6, seconds=options.seconds - HEADROOM_S),
        )
        seconds = time.monotonic() - began_s
        if not ballast:
            table.rank(made, limit=4)
        ranking_s = time.monotonic() - began_s - seconds
    sizes = [batch_size(one.rss_bytes / limits.memory_bytes) for one in noting.readings]
    return {
        "rows": len(made),
        "samples": min(one.samples for one in made),
        "rounds": len(sizes),
        "shrunk": sum(size < BATCH for size in sizes),
        "seconds": seconds,
        "ranking_s": ranking_s,
    }


def huge_grid(limits: Limits, times: int) -> list[Parameters]:
    """The usual grid of a model so many times, no two rows alike."""
    return [
        replace(row, temperature=row.temperature + number * 1e-4)
        for row, number in product(parameter_grid("ollama", limits), range(times))
    ]


@contextlib.contextmanager
def memory_cgroup(limit_bytes: int) -> Iterator[Path | None]:
    """A cgroup with this limit; None, and a word about it, where none can be made."""
    for parent, name in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        folder = parent / f"greenloop-bench-{os.getpid()}"
        try:
            folder.mkdir()
            (folder / name).write_text(str(limit_bytes))
        except OSError:
            with contextlib.suppress(OSError):
                folder.rmdir()
            continue
        try:
            yield folder
        finally:
            folder.rmdir()
        return
    print("no cgroup can be made here (it takes root): the limit is not enforced", file=sys.stderr)
    yield None


def peak_of(group: Path | None) -> str:
    """The most that the kernel charged to the cgroup, page cache and all."""
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        if group is not None and (group / name).exists():
            return f"{int((group / name).read_text()) / 1e6:.0f}"
    return "-"


if __name__ == "__main__":
    sys.exit(main())
