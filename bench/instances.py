"""Run `greenloop fix` on real bug-fix instances, answers hidden, and print a table.

    python bench/instances.py --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR --engine search ID [ID ...]

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

ROOT = Path(__file__).parent.parent
Instance = Mapping[str, Any]


def main() -> int:
    """Run every instance named and print one row each."""
    args = _arguments()
    rows = (json.loads(line) for line in args.data.read_text(encoding="utf-8").splitlines())
    instances = {row["instance_id"]: row for row in rows}
    print("| instance | verdict | exit | seconds | attempts | first reason |\n|---|---|---|---|---|---|", flush=True)
    for id_ in args.ids:
        print(_row(id_, run_one(instances[id_], args)), flush=True)
    return 0


def run_one(instance: Instance, args: argparse.Namespace) -> Mapping[str, Any]:
    """The report of one `fix`."""
    place = args.work / instance["instance_id"]
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    base_only(args.mirrors / instance["mirror"].replace("/", "+") / "repo", instance["base_commit"], place / "repo")
    environment = _environment(instance, args, place / "repo")
    (place / "task.md").write_text(instance["problem_statement"], encoding="utf-8")
    (place / "tests.diff").write_text(instance["test_patch"], encoding="utf-8")
    command = [sys.executable, "-m", "runner", "fix", "--repo", str(place / "repo"), "--task", str(place / "task.md")]
    command += ["--test-patch", str(place / "tests.diff"), "--env", str(environment), "--engine", args.engine]
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


def base_only(mirror: Path, commit: str, target: Path) -> None:
    """A repository of that one commit's tree: neither its history nor what came after it."""
    target.mkdir(parents=True)
    archive = subprocess.run(["git", f"--git-dir={mirror}", "archive", commit], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(target)], input=archive.stdout, check=True)
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "base"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
        subprocess.run(["git", "-C", str(target), *identity, *words], check=True)


def _environment(instance: Instance, args: argparse.Namespace, repository: Path) -> Path:
    """The instance's virtual environment, built once; its dependencies alone, or what the base itself asks for too."""
    environment: Path = args.work / "envs" / instance["instance_id"]
    if not (environment / "ready").exists():
        run = instance["run"]
        python = next(args.pythons.glob(f"{run['python']}.*/bin/python"))
        subprocess.run([str(python), "-m", "venv", "--clear", str(environment)], check=True)
        pip = [str(environment / "bin" / "pip"), "-q", "install"]
        has_pytest = any(dep.startswith("pytest=") for dep in run["deps"])
        subprocess.run([*pip, *run["deps"], *([] if has_pytest else ["pytest<8"])], check=True)
        if run["editable"]:
            subprocess.run([*pip, str(repository)], check=True)
        (environment / "ready").touch()
    return environment


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
