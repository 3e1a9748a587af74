"""Which real issues show their defect by themselves: tests made of nothing but the issue's text.

    python -m bench.reproducers --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR [--sample N --seed S] [ID ...]

A test that is taken fails twice alike on the base for the issue's reason. It is *right* if it passes with the real fix,
else *wrong*: whoever mends the defect would never be believed. Cases whose text gives no test are counted, not run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cases import Case, Place, Store, parsed, read_cases
from bench.kept import Kept
from bench.verdicts import Silent
from runner.compose import Job, open_ports
from runner.errors import RunnerError
from runner.models import Limits, Task
from runner.phases.base_tests import base_tests
from runner.phases.logic import reaching_tests, targets_of
from runner.phases.map import map_slices
from runner.settings import Settings
from runner.verify.existing import decisive_ids
from runner.verify.lookup import has_passed
from runner.verify.matrix import Bench, Selection, measure_base
from runner.verify.reason import refusal
from runner.verify.reported_names import own_packages
from runner.verify.reproducer import Reproducer, Surroundings, reported

SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case: right, wrong, refused, none, or unusable; and the tests' text or why not."""

    case: str
    outcome: str
    told: str
    seconds: float


def main() -> int:
    """Measure what is not measured yet, then print the table."""
    args = parsed(argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter))
    cases = {name: case for name, case in read_cases(args.data).items() if case.recipe}
    chosen = args.ids or sorted(cases)[: args.sample or None]
    store = Store(args.work, args.mirrors, args.pythons)
    kept = Kept(args.work / "reproducers.jsonl", Row)
    rows = (
        kept.of(chosen)
        if args.report
        else kept.measured(chosen, lambda id_: _measured(cases[id_], store, args.work), _told)
    )
    counts = Counter(row.outcome for row in rows)
    print("\n".join(f"{outcome}: {count} of {counts.total()}" for outcome, count in counts.most_common()))
    return 0


def _told(row: Row) -> str:
    return f"{row.case}: {row.outcome} ({row.seconds:.0f} s) {row.told[:200]!r}"


def _measured(case: Case, store: Store, work: Path) -> Row:
    began_s = time.monotonic()
    try:
        outcome, told = _outcome(case, store.place(case), work)
    except (RunnerError, OSError, subprocess.CalledProcessError) as error:
        outcome, told = "unusable", str(error)[:300]
    return Row(case.name, outcome, told, time.monotonic() - began_s)


def _outcome(case: Case, place: Place, work: Path) -> tuple[str, str]:
    settings = Settings(state_dir=work / "state", engine="search")
    job = Job(place.repository, work / f"bundle-{time.time_ns()}", place.environment, limits=Limits(seconds=SECONDS))
    with open_ports(settings, job, Silent()) as ports:
        repository = ports.repository
        commit = repository.resolve("HEAD")
        entries = {entry.path: entry for entry in repository.entries(commit)}
        task = Task(case.repository, commit, case.issue, "bench")
        tests = base_tests(entries, repository)
        near = reaching_tests(targets_of(map_slices(task, commit, ports)), tests)
        every = reported(task, tests, Surroundings(own_packages(entries), near))
        refused = ""
        with ports.workspace.checkout(commit) as checkout:
            for one in every:
                until_s = time.monotonic() + SECONDS
                bench = Bench(ports.suite, checkout, lambda until_s=until_s: until_s - time.monotonic())
                row = measure_base(bench, one.overlay, Selection(one.ids, ()))
                refused = refusal(row.reproducing, one.path, task.text)
                if not refused:
                    run = bench.run({**one.overlay, **repository.overlay_of(commit, case.fix)}, one.ids)
                    is_right = all(has_passed(run, id_) for id_ in decisive_ids(row))
                    return "right" if is_right else "wrong", _text(one)
    return ("refused", refused) if refused else ("none", "")


def _text(one: Reproducer) -> str:
    return "".join((content or b"").decode() for content in one.overlay.values())


if __name__ == "__main__":
    sys.exit(main())
