"""Whether a model could mend it: how often the first prompt shows every line that the real fix changes.

    python -m bench.prompts --data FILE --gold FILE --mirrors DIR --pythons DIR --work DIR [--issue-only] [ID ...]

A run is given the issue's text and the test patch (with `--issue-only` the text alone), and ends where a model would be
asked for edits; what it would be sent is kept below `--work`. A line counts as shown when the prompt has it with its
number. Beside it stands the same share of what the localisation packed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bench.cases import Case, Store, parsed, read_cases
from bench.kept import Kept
from bench.verdicts import Silent
from runner.compose import PROMPTS, Job, open_ports
from runner.engines.prompted import Completion, PromptedEngine
from runner.errors import BudgetSpent, RunnerError
from runner.models import EngineContext, Limits, Localisation, Plan, Proposal, RunRequest, Task, Usage
from runner.orchestrator import run
from runner.settings import Settings
from runner.verify.stress import wilson_interval

SPANS: Final = re.compile(r"^FILE: (?P<path>.+?) \(lines? (?P<spans>[\d, -]+) of \d+\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One case: how it ended, the rank of the fix's last file in the plan (0: not in it), and what is not shown.

    `is_packed` says whether the localisation's own choice shows all.
    """

    case: str
    ended: str
    seconds: float
    rank: int
    missing: tuple[tuple[str, int], ...]
    is_packed: bool


class Recorder:
    """A text model that keeps the prompt and answers nothing."""

    name = "recorder"

    def __init__(self) -> None:
        self.prompt = ""

    def check(self) -> str:
        """It always answers."""
        return "a recorder"

    def complete(
        self,
        prompt: str,
        *,
        schema: Mapping[str, Any] | None,  # noqa: ARG002 -- the port's
        temperature: float,  # noqa: ARG002 -- the port's
        timeout_s: float,  # noqa: ARG002 -- the port's
    ) -> Completion:
        """Keeps the prompt. Raises BudgetSpent always: the run ends here."""
        self.prompt = prompt
        raise BudgetSpent("the prompt is recorded")


class Asked(PromptedEngine):
    """Asks for edits only: a plan and an order are left to the rules."""

    plan_files: tuple[str, ...] = ()

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:  # noqa: ARG002 -- the port's
        """None."""
        return None, Usage()

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:  # noqa: ARG002 -- the port's
        """None."""
        return (), Usage()

    def propose(self, context: EngineContext) -> Proposal:
        """As ever, once the plan's files are known."""
        self.plan_files = context.plan.files
        return super().propose(context)


def main() -> int:
    """Run what has not been run yet, then print the table."""
    args = _arguments()
    cases = {name: case for name, case in read_cases(args.data).items() if case.recipe}
    gold = {row["instance_id"]: row["files"] for row in map(json.loads, args.gold.read_text().splitlines())}
    store, file = Store(args.work, args.mirrors, args.pythons), args.work / "prompts.jsonl"
    chosen, kept = args.ids or sorted(cases), Kept(file, Row)

    def measured(name: str) -> Row:
        lines = frozenset((one["path"], line) for one in gold[name] for line in one["changed_old_lines"])
        return _measured(cases[name], lines, store, args)

    rows = kept.of(chosen) if args.report else kept.measured(chosen, measured, _line)
    print("\n".join(["", TITLE, *map(_line, rows), "", summary(rows)]))
    return 0


def shown_lines(prompt: str) -> Iterator[tuple[str, int]]:
    """The numbered lines of the prompt's files."""
    for match in SPANS.finditer(prompt):
        for span in match["spans"].split(", "):
            first, _, last = span.partition("-")
            yield from ((match["path"], line) for line in range(int(first), int(last or first) + 1))


def _measured(case: Case, lines: frozenset[tuple[str, int]], store: Store, args: argparse.Namespace) -> Row:
    began_s = time.monotonic()
    try:
        place = store.place(case)
        out = args.work / "bundles" / f"{case.name}-{time.time_ns()}"
        limits = Limits(seconds=args.seconds)
        recorder = Recorder()
        engine = Asked(recorder, {path.name: path.read_text() for path in PROMPTS.glob("*.j2")}, limits)
        settings = Settings(state_dir=args.work / "state", engine="search")
        with open_ports(settings, Job(place.repository, out, place.environment, limits=limits), Silent()) as ports:
            base = ports.repository.resolve("HEAD")
            tests = "" if args.issue_only else case.test_patch
            task = Task(str(place.repository), base, case.issue, "bench")
            began_s = time.monotonic()
            result = run(RunRequest(task, limits, engine.name, str(out), tests), replace(ports, engine=engine))
        (args.work / f"{case.name}.txt").write_text(recorder.prompt, encoding="utf-8")
        files = [path for path, _ in lines]
        ranks = [engine.plan_files.index(path) + 1 if path in engine.plan_files else 0 for path in files]
        missing = lines - frozenset(shown_lines(recorder.prompt))
        packed = result.localisation.shown if result.localisation else ()
        return Row(
            case=case.name,
            ended="asked" if recorder.prompt else result.exit.value,
            seconds=time.monotonic() - began_s,
            rank=0 if 0 in ranks else max(ranks),
            missing=tuple(sorted(missing)),
            is_packed=all(any(s.path == path and s.start <= line <= s.end for s in packed) for path, line in lines),
        )
    except (RunnerError, OSError, subprocess.CalledProcessError) as error:
        return Row(case.name, f"unusable: {error}"[:200], time.monotonic() - began_s, 0, (), is_packed=False)


TITLE = """| case | ended | s | place of its last file | lines not shown |
|---|---|---:|---:|---|"""


def _line(row: Row) -> str:
    missing = ", ".join(f"{path}:{line}" for path, line in row.missing[:3])
    more = f" and {len(row.missing) - 3} more" if len(row.missing) > 3 else ""
    return f"| {row.case} | {row.ended} | {row.seconds:.0f} | {row.rank or '-'} | {missing}{more} |"


def summary(rows: Sequence[Row]) -> str:
    """How many of how many, with Wilson's interval."""
    asked = [row for row in rows if row.ended == "asked"]
    whole = sum(not row.missing for row in asked)
    low, high = wilson_interval(whole, len(asked))
    packed = sum(row.is_packed for row in asked)
    shown = f"all lines shown: {whole} of {len(asked)} ({whole / max(1, len(asked)):.0%}, {low:.0%} to {high:.0%})"
    return f"{shown}; packed: {packed}; not asked: {len(rows) - len(asked)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="the places of the real fixes; only for scoring")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--issue-only", action="store_true", help="without the test patch")
    return parsed(parser)


if __name__ == "__main__":
    sys.exit(main())
