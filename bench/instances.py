"""Run `greenloop fix` on real bug-fix instances, answers hidden, and print a table.

    python -m bench.instances --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR --engine search ID [ID ...]

`--data` holds one instance a line (repo, base_commit, problem_statement, test_patch, run.python, run.deps ...),
`--mirrors` bare repositories named `owner+name/repo`, `--pythons` interpreters as `3.9.18/bin/python`. What a run
sees is a fresh repository of one commit, the issue's text and the reproducing tests; never the fix or later history.
With --issue-only it sees no test either. The truth is judged afterwards, by the real fix's tests and on fresh inputs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.cases import Case, Place, Store, read_cases
from bench.judging import Judge
from bench.verdicts import Silent
from runner.compose import Job, open_ports
from runner.models import Limits
from runner.settings import Settings
from runner.verify.test_paths import is_test_path

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run every instance named and print one row each."""
    args = _arguments()
    cases, store = read_cases(args.data), Store(args.work, args.mirrors, args.pythons)
    print(
        "| instance | verdict | exit | seconds | attempts | truth | first reason |\n|---|---|---|---|---|---|---|",
        flush=True,
    )
    for id_ in args.ids:
        report = run_one(cases[id_], store, args)
        print(_row(id_, report, truth_of(cases[id_], store.place(cases[id_]), report, args.work)), flush=True)
    return 0


def truth_of(case: Case, place: Place, report: Mapping[str, Any], work: Path) -> str:
    """What the change is worth beside the real fix, its new tests left out; nothing where there is none."""
    if not report.get("diff"):
        return ""
    job = Job(place.repository, work / "judging" / f"{time.time_ns()}", place.environment, limits=Limits(seconds=600.0))
    with open_ports(Settings(state_dir=work / "state", engine="search"), job, Silent()) as ports:
        commit = ports.repository.resolve("HEAD")
        with ports.workspace.checkout(commit) as checkout:
            change = ports.repository.overlay_of(commit, report["diff"])
            source = {path: content for path, content in change.items() if not is_test_path(path)}
            return Judge(case, place, ports, checkout).truth(source)


def run_one(case: Case, store: Store, args: argparse.Namespace) -> Mapping[str, Any]:
    """The report of one `fix`."""
    found = store.place(case)
    place: Path = args.work / case.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "task.md").write_text(case.issue, encoding="utf-8")
    command = [sys.executable, "-m", "runner", "fix", "--repo", str(found.repository), "--task", str(place / "task.md")]
    command += ["--env", str(found.environment), "--engine", args.engine, "--out", str(place / "bundle"), "--json"]
    if not args.issue_only:
        (place / "tests.diff").write_text(case.test_patch, encoding="utf-8")
        command += ["--test-patch", str(place / "tests.diff")]
    with (place / "progress.log").open("w") as log:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, timeout=600, check=False
        )
    if not done.stdout:
        return {"verdict": "blocked", "reasons": (place / "progress.log").read_text(encoding="utf-8").splitlines()[-1:]}
    (place / "report.json").write_text(done.stdout, encoding="utf-8")
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def _row(id_: str, report: Mapping[str, Any], truth: str) -> str:
    reason = next(iter(report.get("reasons", [])), "").replace("|", "/").replace("\n", " ")[:110]
    seconds = report.get("receipt", {}).get("seconds", 0.0)
    verdict, attempts = (report["verdict"], report.get("exit", "")), len(report.get("attempts", []))
    return "| " + " | ".join(map(str, (id_, *verdict, f"{seconds:.1f}", attempts, truth, reason))) + " |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "mirrors", "pythons", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--engine", default="search")
    parser.add_argument("--issue-only", action="store_true", help="give the issue's text alone, and no test")
    parser.add_argument("ids", nargs="+", metavar="ID")
    args = parser.parse_args()
    args.work = args.work.resolve()
    return args


if __name__ == "__main__":
    sys.exit(main())
