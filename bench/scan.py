"""How long `localise` takes, cold and warm, how much memory it needs, and what one `rg` pass over the same files takes.

    python -m bench.scan --repo DIR [--repo DIR ...] --task FILE [--before REVISION] [--runs 3]
    python -m bench.scan --data INSTANCES.jsonl --mirrors DIR [--only REPOSITORY] [--limit N]

Every run is a process of its own, timed from its start to its end. Cold: a new state folder. Warm: a state folder that
a run at another commit has filled: `--before` (default: the commit before HEAD, or HEAD where the clone has no other)
or, with `--data`, the instance before this one of the same repository. CPU seconds are those of the process and of all
that it started; the peak is the largest sum of resident memory in its process tree, looked at every 50 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import psutil

from bench.sampling import Sampler

ROOT = Path(__file__).parent.parent
A_WORD = "sleep"
MEGABYTE = 1e6


class Cost(NamedTuple):
    """What one process tree took. `inside_s` is what `localise` itself says, without starting and loading."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    inside_s: float = 0.0


class Question(NamedTuple):
    """A text about a repository at a commit, and the commit that a warm cache has seen."""

    name: str
    repository: Path
    commit: str
    before: str
    text: str


class Answer(NamedTuple):
    """What a question cost cold and warm, and the size of the cache that one commit fills."""

    question: Question
    cold: Cost
    warm: Cost
    cache_mb: float


def main() -> int:
    """Measure and print two tables in Markdown."""
    args = _arguments()
    questions = list(_instances(args) if args.data else _given(args))
    with tempfile.TemporaryDirectory(prefix="greenloop-scan-") as folder:
        answers = [_answer(question, Path(folder)) for question in questions for _ in range(args.runs)]
    _print_runs(answers)
    if args.repo:
        _print_searches(args.repo, answers, args.runs)
    print(f"\nLoad of the machine at the end (1, 5, 15 minutes): {', '.join(f'{x:.1f}' for x in os.getloadavg())}.")
    return 0


def _answer(question: Question, folder: Path) -> Answer:
    task = folder / "task.md"
    task.write_text(question.text, encoding="utf-8")
    cold = _localise(question, question.commit, task, folder / "cold")
    shutil.rmtree(folder / "cold")
    _localise(question, question.before, task, folder / "warm")
    cache_mb = (folder / "warm" / "slices.sqlite").stat().st_size / MEGABYTE
    warm = _localise(question, question.commit, task, folder / "warm")
    shutil.rmtree(folder / "warm")
    return Answer(question, cold, warm, cache_mb)


def _localise(question: Question, commit: str, task: Path, state: Path) -> Cost:
    words = ["localise", "--repo", str(question.repository), "--commit", commit, "--task", str(task), "--json"]
    with tempfile.TemporaryFile("w+") as out:
        cost = _measured([sys.executable, "-m", "runner", *words], out, {"GREENLOOP_STATE_DIR": str(state)})
        out.seek(0)
        said: Mapping[str, Any] = json.load(out)
    return cost._replace(inside_s=sum(said["seconds"].values()))


def _measured(command: Sequence[str], out: IO[str] | int, more: Mapping[str, str]) -> Cost:
    """Run a command to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, **more})
    root = psutil.Process(process.pid)
    sampler = Sampler(lambda: _tree_bytes(root))
    _, _, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = 0
    return Cost(wall_s, used.ru_utime + used.ru_stime, sampler.end() / MEGABYTE)


def _tree_bytes(root: psutil.Process) -> int:
    """The resident memory of a process and of all below it."""
    return sum(int(process.memory_info().rss) for process in (root, *root.children(recursive=True)))


def _given(args: argparse.Namespace) -> Iterator[Question]:
    text = args.task.read_text(encoding="utf-8")
    for repository in args.repo:
        before = _revision(repository, args.before) or _revision(repository, "HEAD")
        yield Question(repository.name, repository, _revision(repository, "HEAD"), before, text)


def _instances(args: argparse.Namespace) -> Iterator[Question]:
    """The instances whose mirrors are there, each with the commit of the one before it."""
    rows = [json.loads(line) for line in args.data.read_text(encoding="utf-8").splitlines()]
    before: dict[str, str] = {}
    for row in [row for row in rows if args.only in row["repo"]][: args.limit]:
        mirror = args.mirrors / str(row["mirror"]).replace("/", "+") / "repo"
        if mirror.exists():
            commit = row["base_commit"]
            yield Question(row["repo"], mirror, commit, before.get(row["repo"], commit), row["problem_statement"])
            before[row["repo"]] = commit


def _revision(repository: Path, name: str) -> str:
    """The commit's id, "" if there is none."""
    command = ["git", "-C", str(repository), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _print_runs(answers: Sequence[Answer]) -> None:
    by_name: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_name[answer.question.name].append(answer)
    print("| repository | runs | | wall s, median / p90 | of it localising | CPU s | peak MB | cache MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, some in [*by_name.items(), *([("all", list(answers))] if len(by_name) > 1 else [])]:
        cache_mb = max(answer.cache_mb for answer in some)
        for kind, costs in (("cold", [answer.cold for answer in some]), ("warm", [answer.warm for answer in some])):
            print(f"| {name} | {len(some)} | {kind} | {_row(costs)} | {cache_mb:.1f} |")


def _row(costs: Sequence[Cost]) -> str:
    wall, inside = [cost.wall_s for cost in costs], [cost.inside_s for cost in costs]
    return (
        f"{statistics.median(wall):.2f} / {_p90(wall):.2f} | {statistics.median(inside):.2f} / {_p90(inside):.2f} | "
        f"{statistics.median(cost.cpu_s for cost in costs):.2f} | {max(cost.peak_mb for cost in costs):.0f}"
    )


def _p90(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]


def _print_searches(repositories: Sequence[Path], answers: Sequence[Answer], runs: int) -> None:
    """One pass of `rg` over the same work trees, and how many of them a cold run takes."""
    print("\n| repository | rg wall s | rg CPU s | cold localise / rg, wall | CPU |\n|---|---|---|---|---|")
    for number, repository in enumerate(repositories):
        command = ["rg", "--count", "--no-messages", A_WORD, str(repository)]
        theirs = [_measured(command, subprocess.DEVNULL, {}) for _ in range(runs)]
        ours = [answer.cold for answer in answers[number * runs : (number + 1) * runs]]
        wall, cpu = statistics.median(c.wall_s for c in theirs), statistics.median(c.cpu_s for c in theirs)
        ratios = statistics.median(c.wall_s for c in ours) / wall, statistics.median(c.cpu_s for c in ours) / cpu
        print(f"| {repository.name} | {wall:.2f} | {cpu:.2f} | {ratios[0]:.1f} | {ratios[1]:.1f} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, action="append", default=[], help="a work tree")
    parser.add_argument("--task", type=Path, help="the text to localise in each of them")
    parser.add_argument("--before", default="HEAD~1", help="the commit that a warm cache has seen")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--data", type=Path, help="instances instead of --repo")
    parser.add_argument("--mirrors", type=Path)
    parser.add_argument("--only", default="", help="a part of the repository's name")
    parser.add_argument("--limit", type=int, default=None)
    args = parser.parse_args()
    if bool(args.repo) == bool(args.data) or (args.repo and not args.task) or (args.data and not args.mirrors):
        parser.error("give --repo and --task, or --data and --mirrors")
    return args


if __name__ == "__main__":
    sys.exit(main())
