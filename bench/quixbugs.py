"""How many QuixBugs programs the runner repairs, proves and gets right, and how fast; prints a Markdown table.

Usage: python bench/quixbugs.py --source DIR --env DIR [--programs NAME ...] [--limit N] [--seconds 90] [--out DIR]

`--source` is a clone (or bare repository) of QuixBugs, https://github.com/jkoppel/QuixBugs; `--env` a virtual
environment with pytest and pytest-timeout. Each program gets a fresh repository of its own, with its tests and what
they share: no corrected programs, no Java, no history, and no other programs, whose endless loops would only cost time.
A repair counts as correct when it does what the corrected program does on `--inputs` random inputs
(`bench/quixbugs_alike.py`); the corrected program is read only then.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ("python_programs/node.py", "python_testcases/node.py", "python_testcases/load_testdata.py", "conftest.py")


@dataclass(frozen=True)
class Row:
    """What came of one program."""

    program: str
    verdict: str
    seconds: float
    facts: dict[str, str]
    change: str
    alike: str = ""


def main() -> int:
    """Run the benchmark; exit status 0 when at least one program was asked for."""
    options = read_options()
    rows = []
    names = options.programs or programs_of(options.source)
    print(TITLE, flush=True)
    for name in names[: options.limit]:
        with tempfile.TemporaryDirectory(prefix="quixbugs-") as folder:
            repository = make_repository(options.source, Path(folder, "repository"), name)
            rows.append(ask_runner(name, repository, options))
        print(line_of(rows[-1]), flush=True)
    print("\n" + summary_of(rows))
    return 0 if rows else 2


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--env", type=Path, required=True, help="a virtual environment with pytest and pytest-timeout")
    parser.add_argument("--programs", nargs="*")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--test-seconds", type=int, default=2, help="pytest-timeout's limit for one test (default: 2)")
    parser.add_argument("--inputs", type=int, default=1000, help="random inputs that say whether a repair is correct")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def git(*words: str) -> str:
    """What git prints."""
    return subprocess.run(("git", *words), check=True, capture_output=True, text=True).stdout


def programs_of(source: Path) -> list[str]:
    """The programs that have Python tests."""
    listed = git("-C", str(source), "ls-tree", "--name-only", "HEAD", "python_testcases/").split()
    return sorted(m.group(1) for path in listed if (m := re.fullmatch(r"python_testcases/test_(\w+)\.py", path)))


def make_repository(source: Path, target: Path, name: str) -> Path:
    """A fresh repository of one commit that holds one program, its tests and no answers."""
    wanted = (f"python_programs/{name}.py", f"python_testcases/test_{name}.py", f"json_testcases/{name}.json", *SHARED)
    listed = set(git("-C", str(source), "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    for path in filter(listed.__contains__, wanted):
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(git("-C", str(source), "show", f"HEAD:{path}"))
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "A program and its tests")):
        git("-C", str(target), *words)
    return target


def first_failures(name: str, repository: Path, env: Path, test_seconds: int) -> tuple[list[str], str]:
    """The failing tests of a program, and the message of the first."""
    with tempfile.TemporaryDirectory(prefix="quixbugs-run-") as folder:
        copy = Path(folder, "copy")
        shutil.copytree(repository, copy, ignore=shutil.ignore_patterns(".git"))
        command = (
            *(str(env.absolute() / "bin" / "python"), "-m", "pytest", f"python_testcases/test_{name}.py", "-q"),
            *("--tb=line", "-rA", f"--timeout={test_seconds}", "-p", "no:cacheprovider"),
        )
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=300, check=False)
    failed = re.findall(r"^FAILED (python_testcases/\S+?::\S.*?)(?: - (.*))?$", done.stdout, re.MULTILINE)
    return [test for test, _ in failed], next((message for _, message in failed if message), "it does not end in time")


def issue_text(name: str, message: str) -> str:
    """An issue that says no more than a failing test does."""
    return f"`{name}` gives a wrong result\n\nThe tests of `{name}` fail. The first failure reads:\n\n    {message}\n"


def ask_runner(name: str, repository: Path, options: argparse.Namespace) -> Row:
    """One program through `python -m runner fix`."""
    failing, message = first_failures(name, repository, options.env, options.test_seconds)
    out = (options.out or repository.parent) / f"bundle-{name}"
    command = [sys.executable, "-m", "runner", "fix", "--repo", str(repository), "--task", "-"]
    command += ["--env", str(options.env.absolute()), "--engine", "search", "--seconds", str(options.seconds)]
    command += ["--out", str(out), "--json"]
    command += ["--test", f"python -m pytest python_testcases/test_{name}.py --timeout={options.test_seconds}"]
    for test in failing:
        command += ["--reproducer", test]
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, input=issue_text(name, message), capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - started
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{name}.json").write_text(done.stdout or done.stderr)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return Row(name, f"error: {done.stderr.strip()[-200:]}", seconds, {}, "")
    verdict = answer["verdict"] if answer["verdict"] == "PROVEN" else f"{answer['verdict']} ({answer['exit']})"
    diff = answer.get("diff", "")
    alike = compared(name, repository, diff, options) if diff else ""
    return Row(name, verdict, seconds, facts_of(Path(answer["bundle"])), changed_lines(diff), alike)


def compared(name: str, repository: Path, diff: str, options: argparse.Namespace) -> str:
    """How the repaired program and the corrected one compare: "correct" or the first difference, with n."""
    subprocess.run(["git", "-C", str(repository), "apply"], input=diff, text=True, check=True)
    correct = repository.parent / f"correct_{name}.py"
    correct.write_text(git("-C", str(options.source), "show", f"HEAD:correct_python_programs/{name}.py"))
    command = [str(options.env.absolute() / "bin" / "python"), str(ROOT / "bench" / "quixbugs_alike.py"), name]
    command += [str(repository / "python_programs" / f"{name}.py"), str(correct)]
    command += [str(data)] if (data := repository / "json_testcases" / f"{name}.json").exists() else []
    command += ["--inputs", str(options.inputs), "--seed", str(options.seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"not compared: {done.stderr.strip()[-100:]}"
    said = json.loads(done.stdout)
    if not said["count"]:
        return f"correct ({said['inputs']})"
    given, wanted, found = said["differing"][0]
    return f"differs ({said['count']} of {said['inputs']}): {given} gives {found}, not {wanted}"


def facts_of(bundle: Path) -> dict[str, str]:
    """What the engine told about its search, from the bundle's spans."""
    spans = bundle / "spans.json"
    attributes: dict[str, str] = {}
    for span in json.loads(spans.read_text())["spans"] if spans.exists() else ():
        attributes |= {key.rpartition(".")[2]: str(value) for key, value in span["attributes"].items()}
    return attributes


def changed_lines(diff: str) -> str:
    """The diff's lines without their context."""
    marks = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    return " / ".join(re.sub(r"\s+", " ", line) for line in marks)


TITLE = """| program | verdict | random inputs | s | first plausible, s | candidates | per second | plausible | change |
|---|---|---|---:|---:|---:|---:|---:|---|"""


def line_of(row: Row) -> str:
    """One row of the table."""
    facts = row.facts.get
    cells = [row.program, row.verdict, row.alike.replace("|", "&#124;"), f"{row.seconds:.1f}"]
    cells += [facts("first_plausible_s", ""), facts("candidates", "")]
    cells += [facts("candidates_per_second", ""), facts("plausible", ""), f"`{row.change.replace('|', '&#124;')}`"]
    return "| " + " | ".join(cells) + " |"


def summary_of(rows: list[Row]) -> str:
    """How many of how many, and the median program."""
    plausible = sum(bool(row.change) for row in rows)
    proven = sum(row.verdict == "PROVEN" for row in rows)
    correct = sum(row.alike.startswith("correct") for row in rows)
    medians = ", ".join(
        f"{title} {statistics.median(float(row.facts.get(fact, 0)) for row in rows):.1f}"
        for title, fact in (
            ("candidates a second", "candidates_per_second"),
            ("first plausible, s", "first_plausible_s"),
        )
    )
    return (
        f"{len(rows)} programs: {plausible} plausible, {proven} PROVEN, {correct} correct; median: {medians}; "
        f"{sum(row.seconds for row in rows):.0f} s in all"
    )


if __name__ == "__main__":
    sys.exit(main())
