"""Run `greenloop fix` on real bug-fix instances, answers hidden, and print a table.

    python -m bench.instances --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR --engine search ID [ID ...]

`--data` holds one instance a line (repo, base_commit, problem_statement, test_patch, run.python, run.deps ...),
`--mirrors` bare repositories named `owner+name/repo`, `--pythons` interpreters as `3.9.18/bin/python`. What a run
sees is a fresh repository of one commit, the issue's text and the reproducing tests; never the fix or later history.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.cases import Case, Store, read_cases

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run every instance named and print one row each."""
    args = _arguments()
    cases, store = read_cases(args.data), Store(args.work, args.mirrors, args.pythons)
    print("| instance | verdict | exit | seconds | attempts | first reason |\n|---|---|---|---|---|---|", flush=True)
    for id_ in args.ids:
        print(_row(id_, run_one(cases[id_], store, args)), flush=True)
    return 0


def run_one(case: Case, store: Store, args: argparse.Namespace) -> Mapping[str, Any]:
    """The report of one `fix`."""
    found = store.place(case)
    place: Path = args.work / case.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "task.md").write_text(case.issue, encoding="utf-8")
    (place / "tests.diff").write_text(case.test_patch, encoding="utf-8")
    command = [sys.executable, "-m", "runner", "fix", "--repo", str(found.repository), "--task", str(place / "task.md")]
    command += ["--test-patch", str(place / "tests.diff"), "--env", str(found.environment), "--engine", args.engine]
    command += ["--out", str(place / "bundle"), "--json"]
    with (place / "progress.log").open("w") as log:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, timeout=600, check=False
        )
    if not done.stdout:
        return {"verdict": "blocked", "reasons": (place / "progress.log").read_text(encoding="utf-8").splitlines()[-1:]}
    (place / "report.json").write_text(done.stdout, encoding="utf-8")
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def _row(id_: str, report: Mapping[str, Any]) -> str:
    reason = next(iter(report.get("reasons", [])), "").replace("|", "/").replace("\n", " ")[:110]
    seconds = report.get("receipt", {}).get("seconds", 0.0)
    cells = (id_, report["verdict"], report.get("exit", ""), f"{seconds:.1f}", len(report.get("attempts", [])), reason)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "mirrors", "pythons", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--engine", default="search")
    parser.add_argument("ids", nargs="+", metavar="ID")
    args = parser.parse_args()
    args.work = args.work.resolve()
    return args


if __name__ == "__main__":
    sys.exit(main())
