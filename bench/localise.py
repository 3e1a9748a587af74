"""How often the right files come first: real issues, their real fixes as the gold standard, and a table.

    python bench/localise.py --data INSTANCES.jsonl --gold GOLD.jsonl --mirrors DIR [--only REPOSITORY] [--limit N]

`--data` holds one instance a line (instance_id, repo, mirror, base_commit, problem_statement), `--gold` the files of
its real fix, `--mirrors` bare repositories named `owner+name/repo`. Only the issue's text and the base commit are read.
acc@k is the share of issues whose files are all among the first k (tests are no candidates); one standard error beside.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from runner.adapters.git_work_tree import GitRepository, open_repository  # noqa: E402
from runner.localise.kinds import is_test  # noqa: E402
from runner.models import Localisation, Task  # noqa: E402
from runner.phases.map import Reading, map_slices  # noqa: E402
from runner.slice_cache import SqliteSliceCache  # noqa: E402

CUTS = (1, 3, 5, 10)
Instance = Mapping[str, Any]


class Row(NamedTuple):
    """One instance: the rank of its worst-ranked gold file (0: not found), of a gold symbol, and the seconds."""

    repository: str
    id: str
    rank: int
    symbol_rank: int
    shown: bool
    seconds: float


def main() -> int:
    """Localise every instance whose mirror is there and print the accuracies."""
    args = _arguments()
    gold = {row["instance_id"]: row for row in _rows(args.gold)}
    instances = [row for row in _rows(args.data) if args.only in row["repo"] and _mirror(row, args.mirrors).exists()]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenloop-bench-")))
        cache = stack.enter_context(SqliteSliceCache(scratch / "slices.sqlite"))
        rows = list[Row]()
        for instance in instances[: args.limit]:
            repository = open_repository(_mirror(instance, args.mirrors), scratch)
            rows.append(_judge(instance, gold[instance["instance_id"]], repository, cache))
            print(f"{rows[-1].id:40s} rank {rows[-1].rank:3d}  {rows[-1].seconds:5.2f} s", file=sys.stderr, flush=True)
    _print_table(rows)
    return 0


def _judge(instance: Instance, gold: Instance, repository: GitRepository, cache: SqliteSliceCache) -> Row:
    commit = repository.resolve(instance["base_commit"])
    task = Task(instance["repo"], commit, instance["problem_statement"], "bench")
    start = time.perf_counter()
    found = map_slices(task, commit, Reading(repository, cache, time.monotonic))
    seconds = time.perf_counter() - start
    ranked = [path for path, _ in found.files if not is_test(path)]
    wanted = [file["path"] for file in gold["files"]]
    ranks = [ranked.index(path) + 1 if path in ranked else 0 for path in wanted]
    lines = [(file["path"], line) for file in gold["files"] for line in file["changed_old_lines"]]
    return Row(
        instance["repo"],
        instance["instance_id"],
        0 if 0 in ranks else max(ranks),
        _symbol_rank(found, gold),
        all(any(s.path == path and s.start <= line <= s.end for s in found.shown) for path, line in lines),
        seconds,
    )


def _symbol_rank(found: Localisation, gold: Instance) -> int:
    """The rank of the worst-ranked changed definition, 0 if one is missing or none is known."""
    functions = [(s.path, s.name) for s in found.slices if s.name != "<module>" and not is_test(s.path)]
    wanted = {(file["path"], name) for file in gold["files"] for name in file["symbols"]}
    ranks = [functions.index(symbol) + 1 if symbol in functions else 0 for symbol in wanted]
    return 0 if not ranks or 0 in ranks else max(ranks)


def _print_table(rows: list[Row]) -> None:
    by_repository: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_repository[row.repository].append(row)
    heads = [f"acc@{k}" for k in CUTS]
    print(f"| repository | n | {' | '.join(heads)} | definitions @5/@10 | all lines shown | median s | worst s |")
    print("|---|---|" + "---|" * (len(CUTS) + 4))
    for name, some in [*sorted(by_repository.items()), ("all", rows)]:
        if some:
            print(_line(name, some))


def _line(name: str, rows: list[Row]) -> str:
    n = len(rows)
    shares = [sum(0 < row.rank <= k for row in rows) / n for k in CUTS]
    errors = [(share * (1 - share) / n) ** 0.5 for share in shares]
    files = " | ".join(f"{100 * share:.0f} ± {100 * error:.0f}" for share, error in zip(shares, errors, strict=True))
    symbols = "/".join(f"{100 * sum(0 < row.symbol_rank <= k for row in rows) / n:.0f}" for k in (5, 10))
    shown = f"{100 * sum(row.shown for row in rows) / n:.0f}"
    seconds = [row.seconds for row in rows]
    return f"| {name} | {n} | {files} | {symbols} | {shown} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |"


def _mirror(instance: Instance, mirrors: Path) -> Path:
    return mirrors / str(instance["mirror"]).replace("/", "+") / "repo"


def _rows(path: Path) -> Iterator[Instance]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--only", default="", help="a part of the repository's name")
    parser.add_argument("--limit", type=int, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
