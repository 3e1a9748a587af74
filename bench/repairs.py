"""How many small real fixes the search finds by itself: plausible, correct first, correct somewhere in its list.

    python -m bench.repairs --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR [--near] [--report] [ID ...]

A case counts as small when its real fix removes and adds at most `--lines` lines. A run is given the issue's text and
the test patch, and no file; it ends with the first proposal, whose changes are then judged (`bench.judging`) by the
case's answers. Finished cases are kept in `repairs.jsonl` below `--work` and not run again.

On a busy machine `--stretch` makes the clock as much longer as a processor second takes longer than a second there;
each row says how many processor seconds its run took, which is what an idle core would have needed.

With `--near` the cases are those whose fix has several hunks, and the search starts from the fix without its last one,
as it would from a model's best failed attempt; their rows are in `near.jsonl`.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from bench.cases import Case, Place, Store, parsed, read_cases
from bench.judging import Judge
from bench.kept import Kept
from bench.verdicts import Silent
from runner.compose import Job, open_ports
from runner.edits.apply import apply_edits, encode
from runner.errors import BudgetSpent, RunnerError
from runner.models import EngineContext, Limits, Localisation, Overlay, Plan, Proposal, RunRequest, Task, Usage
from runner.orchestrator import run
from runner.ports import Engine, Ports, Repository
from runner.settings import Settings

LEAST_CANDIDATES: Final = 100
CALIBRATION_S: Final = 0.5
JUDGED: Final = 6
"""How many of a proposal's changes are judged."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case. `truths` are the judge's words on the changes, best first; `place` is the fix's file's.

    `seconds` is what the run took, `cpu_s` what of it its processes spent, `process_s` what the reproducing tests take
    in a process of their own, as they would for each candidate if nothing was swapped.
    """

    case: str
    ended: str
    seconds: float
    cpu_s: float
    process_s: float
    truths: tuple[str, ...]
    changes: tuple[str, ...]
    facts: tuple[dict[str, str], ...]
    place: int


class Watched:
    """The engine under measurement: what it proposes is kept, and the first proposal with edits ends the run."""

    def __init__(self, engine: Engine, near_miss: Mapping[str, str]) -> None:
        self._engine = engine
        self._near_miss = near_miss
        self.name = engine.name
        self.changes: list[Overlay] = []
        self.said: list[str] = []
        self.facts: list[dict[str, str]] = []

    def check(self) -> str:
        """As the engine says."""
        return self._engine.check()

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        """As the engine says."""
        return self._engine.plan(task, context)

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """As the engine says."""
        return self._engine.rerank(task, found, timeout_s=timeout_s)

    def propose(self, context: EngineContext) -> Proposal:
        """The engine's own proposal if it is empty; raises BudgetSpent with the first that is not."""
        proposal = self._engine.propose(replace(context, near_miss=self._near_miss))
        said = proposal.reasoning[:200]
        self.facts.append({**proposal.facts, "said": said, "files": " ".join(context.plan.files)})
        if not proposal.edits:
            return proposal
        for edits in [one.edits for one in (proposal, *proposal.alternatives)][:JUDGED]:
            self.changes.append(encode(apply_edits(edits, context.files)))
            self.said.append(edits[-1].reasoning)
        raise BudgetSpent("plausible")


def main() -> int:
    """Run what has not been run yet, then print the table."""
    args = _arguments()
    fits = (lambda case: case.fix.count("\n@@") > 1) if args.near else (lambda case: lines_of(case) <= args.lines)
    cases = {name: case for name, case in read_cases(args.data).items() if fits(case)}
    runnable = sorted(name for name, case in cases.items() if case.recipe)
    random.Random(args.seed).shuffle(runnable)
    chosen = args.ids or runnable[: args.sample or None]
    store = Store(args.work, args.mirrors, args.pythons)
    kept = Kept(args.work / ("near.jsonl" if args.near else "repairs.jsonl"), Row)
    rows = (
        kept.of(chosen) if args.report else kept.measured(chosen, lambda id_: _measured(cases[id_], store, args), _line)
    )
    print("\n".join(["", TITLE, *map(_line, rows), "", summary(rows, len(cases))]))
    return 0


def lines_of(case: Case) -> int:
    """How many lines the real fix removes or adds, whichever is more."""
    lines = case.fix.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return max(added, removed)


def _measured(case: Case, store: Store, args: argparse.Namespace) -> Row:
    began_s = time.monotonic()
    try:
        return _run(case, store.place(case), args)
    except (RunnerError, OSError, subprocess.CalledProcessError) as error:
        return Row(case.name, f"unusable: {error}"[:200], time.monotonic() - began_s, 0.0, 0.0, (), (), (), 0)


def _run(case: Case, place: Place, args: argparse.Namespace) -> Row:
    out = args.work / "bundles" / f"{case.name}-{time.time_ns()}"
    limits = Limits(seconds=args.seconds * (slowness() if args.stretch else 1.0))
    settings = Settings(state_dir=args.work / "state", engine="search")
    with open_ports(settings, Job(place.repository, out, place.environment, limits=limits), Silent()) as ports:
        base = ports.repository.resolve("HEAD")
        fix = ports.repository.overlay_of(base, case.fix)
        watched = Watched(ports.engine, near_miss_of(fix, base, ports.repository) if args.near else {})
        request = RunRequest(
            Task(str(place.repository), base, case.issue, "bench"), limits, watched.name, str(out), case.test_patch
        )
        began_s, began_cpu_s = time.monotonic(), cpu_s()
        result = run(request, replace(ports, engine=watched))
        seconds, spent_s = time.monotonic() - began_s, cpu_s() - began_cpu_s
        files = [path for path, _ in result.localisation.files] if result.localisation else []
        places = [files.index(path) + 1 for path in fix if path in files]
        return Row(
            case=case.name,
            ended=result.exit.value if not watched.changes else "plausible",
            seconds=seconds,
            cpu_s=spent_s,
            process_s=min((one.seconds for one in result.matrix.base.reproducing), default=0.0),
            truths=_judged(case, place, ports, watched.changes),
            changes=tuple(watched.said),
            facts=tuple(watched.facts),
            place=max(places, default=0),
        )


def slowness() -> float:
    """How many seconds a processor second takes on this machine now."""
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    while time.process_time() < began_cpu_s + CALIBRATION_S:
        pass
    return max(1.0, (time.monotonic() - began_s) / CALIBRATION_S)


def cpu_s() -> float:
    """Processor seconds of this process and of those that it has ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def near_miss_of(fix: Overlay, base: str, repository: Repository) -> dict[str, str]:
    """The fix's files (path -> text) without the last of its hunks."""
    entries = {entry.path: entry.blob_id for entry in repository.entries(base) if entry.path in fix}
    contents = dict(repository.read(entries.values()))
    texts = {path: content.decode() for path, content in fix.items() if content and path.endswith(".py")}
    for path in reversed(texts):
        old = contents[entries[path]].decode().splitlines(keepends=True) if path in entries else []
        new = texts[path].splitlines(keepends=True)
        hunks = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
        if hunks:
            _, i1, i2, j1, j2 = hunks[-1]
            return {**texts, path: "".join((*new[:j1], *old[i1:i2], *new[j2:]))}
    return {}


def _judged(case: Case, place: Place, ports: Ports, changes: Sequence[Overlay]) -> tuple[str, ...]:
    if not changes:
        return ()
    with ports.workspace.checkout(ports.repository.resolve("HEAD")) as checkout:
        judge = Judge(case, place, ports, checkout)
        return tuple(judge.truth(change) for change in changes)


TITLE = """| case | ended | s | CPU s | file's rank | candidates | a second | changes, best first | the first change |
|---|---|---:|---:|---:|---:|---:|---|---|"""


def _line(row: Row) -> str:
    facts = row.facts[-1] if row.facts else {}
    cells = [row.case, row.ended, f"{row.seconds:.0f}", f"{row.cpu_s:.0f}", str(row.place or "-")]
    cells += ["; ".join(one.get("candidates", "0") for one in row.facts), facts.get("candidates_per_second", "")]
    said = row.changes[0] if row.changes else facts.get("said", "")
    cells += ["; ".join(row.truths), said.replace("|", "&#124;")]
    return "| " + " | ".join(cells) + " |"


def summary(rows: Sequence[Row], small: int) -> str:
    """How many of how many."""
    usable = [row for row in rows if not row.ended.startswith("unusable")]
    plausible = [row for row in usable if row.truths and any(one != "fails" for one in row.truths)]
    first = [row for row in usable if row.truths[:1] and row.truths[0].startswith("correct")]
    listed = [row for row in usable if any(one.startswith("correct") for one in row.truths)]
    counts = ", ".join(
        f"{title} {len(found)} ({len(found) / max(1, len(usable)):.0%})"
        for title, found in (("plausible", plausible), ("correct first", first), ("correct in the list", listed))
    )
    faster = [one for row in usable for one in speedups(row)]
    speed = f"; {statistics.median(faster):.0f} times as fast as a process per candidate" if faster else ""
    return f"n = {len(usable)} of {small} small fixes: {counts}{speed} (median of {len(faster)} searches)"


def speedups(row: Row) -> Iterator[float]:
    """For each search of a case, how many candidates it judged in the time of one run of the reproducing tests."""
    for facts in row.facts:
        if row.process_s and int(facts.get("candidates", "0")) >= LEAST_CANDIDATES:
            yield row.process_s * float(facts["candidates_per_second"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--stretch", action="store_true", help="a longer clock on a busy machine")
    parser.add_argument("--near", action="store_true", help="start from the fix without its last hunk")
    return parsed(parser)


if __name__ == "__main__":
    sys.exit(main())
