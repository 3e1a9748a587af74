"""How often the right files, definitions and lines are found: real issues, their real fixes as the gold standard.

    python -m bench.localise --data INSTANCES.jsonl --gold GOLD.jsonl --mirrors DIR [--only REPOSITORY] [--limit N]

`--data` holds one instance a line (instance_id, repo, mirror, base_commit, problem_statement). Only the issue's text
and the base commit are read. acc@k is the share of issues whose files are all among the first k (tests are no
candidates), with one standard error; definitions likewise, of the issues that change one. Shown is the share of issues
all of whose changed lines are in the code that one step carries, and two. Cold has an empty cache, warm one that the
repository's other commits have filled. `python -m bench.localise_signals` says what each signal gives.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.localise_cases import CUTS, Case, add_arguments, read_cases, shares
from runner.adapters.git_work_tree import open_repository
from runner.adapters.scan_pool import ScanPool
from runner.localise.outline import BLOCK
from runner.localise.pack import BUDGET_BYTES
from runner.models import Localisation, Slice, Task
from runner.phases.map import Reading, map_slices
from runner.slice_cache import SqliteSliceCache
from runner.verify.test_paths import is_test_path


class Row(NamedTuple):
    """One case: ranks of its files and definitions (0: not found, -1: it changes none), what is shown, seconds.

    `warm_s` is None for a repository's first case.
    """

    case: Case
    rank: int
    symbol_rank: int
    shown: tuple[bool, bool]
    cold_s: float
    warm_s: float | None


def main() -> int:
    """Localise every case twice, cold and warm, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    rows: list[Row] = []
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenloop-bench-")))
        shared = stack.enter_context(SqliteSliceCache(scratch / "slices.sqlite"))
        for case in read_cases(parser.parse_args()):
            is_first = not any(row.case.mirror == case.mirror for row in rows)
            with SqliteSliceCache(scratch / case.id / "slices.sqlite") as fresh:
                one, cold_s = _localised(case, fresh, scratch, BUDGET_BYTES)
            two, warm_s = _localised(case, shared, scratch, 2 * BUDGET_BYTES)
            rows.append(_judged(case, one, two, cold_s, None if is_first else warm_s))
            print(f"{case.id:40s} rank {rows[-1].rank:3d}  {cold_s:5.2f} s cold", file=sys.stderr, flush=True)
    _print_table(rows)
    _print_misses(rows)
    return 0


def _localised(case: Case, cache: SqliteSliceCache, scratch: Path, shown_bytes: int) -> tuple[Localisation, float]:
    start = time.perf_counter()
    repository = open_repository(case.mirror, scratch)
    commit = repository.resolve(case.commit)
    reading = Reading(repository, cache, time.monotonic, ScanPool(cores=os.cpu_count() or 1))
    found = map_slices(Task(case.repository, commit, case.text, "bench"), commit, reading, shown_bytes=shown_bytes)
    return found, time.perf_counter() - start


def _judged(case: Case, one: Localisation, two: Localisation, cold_s: float, warm_s: float | None) -> Row:
    shown = (_shows(one.shown, case), _shows(two.shown, case))
    return Row(case, case.rank(path for path, _ in one.files), _symbol_rank(one, case), shown, cold_s, warm_s)


def _shows(shown: tuple[Slice, ...], case: Case) -> bool:
    return all(any(s.path == path and s.start <= line <= s.end for s in shown) for path, line in case.lines)


def _symbol_rank(found: Localisation, case: Case) -> int:
    """The rank of the last of the changed definitions among the slices."""
    if not case.symbols:
        return -1
    slices = [(s.path, s.name) for s in found.slices if s.name != BLOCK and not is_test_path(s.path)]
    ranks = [slices.index(symbol) + 1 if symbol in slices else 0 for symbol in case.symbols]
    return 0 if 0 in ranks else max(ranks)


def _print_table(rows: list[Row]) -> None:
    by_repository: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_repository[row.case.repository].append(row)
    heads = " | ".join(f"acc@{cut}" for cut in CUTS)
    print(f"| repository | n | {heads} | definitions @5/@10 | shown, 1 and 2 steps | cold s p50/p90 | warm s p50/p90 |")
    print("|---|---|" + "---|" * (len(CUTS) + 4))
    others = [
        row for row in rows if row.case.repository != max(by_repository, key=lambda name: len(by_repository[name]))
    ]
    for name, some in [*sorted(by_repository.items()), ("all but the largest", others), ("all", rows)]:
        if some:
            print(_line(name, some))


def _line(name: str, rows: list[Row]) -> str:
    files = " | ".join(_with_error(share, len(rows)) for share in shares([row.rank for row in rows]))
    symbols = "/".join(f"{share:.0f}" for share in shares([r.symbol_rank for r in rows if r.symbol_rank >= 0], (5, 10)))
    shown = "/".join(f"{100 * sum(row.shown[steps] for row in rows) / len(rows):.0f}" for steps in (0, 1))
    cold = _percentiles([row.cold_s for row in rows])
    warm = _percentiles([row.warm_s for row in rows if row.warm_s is not None])
    return f"| {name} | {len(rows)} | {files} | {symbols} | {shown} | {cold} | {warm} |"


def _with_error(share: float, n: int) -> str:
    return f"{share:.0f} ± {(share * (100 - share) / n) ** 0.5:.0f}"


def _percentiles(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "/".join(f"{one:.2f}" for one in seconds * 2) or "-"
    return f"{statistics.median(seconds):.2f}/{statistics.quantiles(seconds, n=10)[-1]:.2f}"


def _print_misses(rows: list[Row]) -> None:
    """The cases whose file is not first, worst last."""
    print("\n| case | rank of its file | file |\n|---|---|---|")
    for row in sorted(rows, key=lambda row: row.rank or 1_000):
        if row.rank != 1:
            print(f"| {row.case.id} | {row.rank or 'none'} | {', '.join(row.case.files)} |")


if __name__ == "__main__":
    sys.exit(main())
