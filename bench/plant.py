"""Makes a history of real runs: plants defects in a small repository and lets the runner repair them, one by one.

Usage: python -m bench.plant --repo DIR --env DIR --work DIR [--files 'src/**/*.py'] [--count 30] [--seconds 90 45 25]

`--repo` is a work tree or bare repository whose tests pass in the environment `--env`; `--work` keeps the copies, so
that all runs are of the same repository. Every second defect is a changed operator or constant, the others are a
statement that is lost, which is harder to mend. The runs land in the history that GREENLOOP_STATE_DIR or
GREENLOOP_HISTORY_URL names, where `python -m bench.forecast` finds them.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.quixbugs import ROOT, git
from runner.verify.mutants import mutants

WHO = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
MOST_TESTS = 3
"""So many of the failing tests are given as reproducers; an issue rarely names more."""


def main() -> int:
    """Plant and repair; exit status 0 when at least one defect was noticed by a test."""
    options = read_options()
    folder = options.work / f"{options.repo.resolve().parent.name}-{options.repo.name}"
    base = copy_of(options.repo, folder)
    files = [path for path in sorted(folder.glob(options.files)) if path.stat().st_size < 60_000]
    sound = failing_tests(folder, options)
    runs = 0
    for number in range(options.first, options.first + 10 * options.count):
        if runs == options.count:
            break
        random_ = random.Random(f"{options.seed} {number}")
        path = random_.choice(files)
        changed = next(defects(path.read_bytes(), number, random_), None)
        if changed is None:
            continue
        path.write_bytes(changed)
        failing = [test for test in failing_tests(folder, options) if test not in sound]
        if failing:
            seconds = options.seconds[number % len(options.seconds)]
            print(
                f"{number} {path.relative_to(folder)} {seconds:g} s: {repaired(folder, failing, seconds, options)}",
                flush=True,
            )
            runs += 1
        git("-C", str(folder), "reset", "-q", "--hard", base)
    return 0 if runs else 2


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--env", type=Path, required=True, help="a virtual environment in which the tests pass")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--files", default="**/*.py", help="where defects are planted (default: **/*.py)")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--first", type=int, default=0, help="the first defect's number, to go on where it ended")
    parser.add_argument("--seconds", type=float, nargs="+", default=[90.0, 45.0, 25.0], help="clocks, in turn")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def copy_of(repository: Path, folder: Path) -> str:
    """A fresh repository with the newest commit's files and no history; the id of its commit."""
    if not folder.exists():
        git("clone", "-q", "--depth=1", f"file://{repository.resolve()}", str(folder))
        shutil.rmtree(folder / ".git")
        for words in (("init", "-q"), ("add", "-A"), (*WHO, "commit", "-q", "-m", "As published")):
            git("-C", str(folder), *words)
        git("-C", str(folder), "tag", "published")
    git("-C", str(folder), "reset", "-q", "--hard", "published")
    return git("-C", str(folder), "rev-parse", "published").strip()


def defects(source: bytes, number: int, random_: random.Random) -> Iterator[bytes]:
    """The source with one defect, in random order: by turns a mutant and a lost statement."""
    if number % 2 == 0:
        lines = frozenset(range(1, source.count(b"\n") + 2))
        yield from (mutant.source for mutant in mutants(source, lines, seed=number))
        return
    lines_ = source.splitlines(keepends=True)
    lost = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assign | ast.AugAssign | ast.Return)]
    random_.shuffle(lost)
    for node in lost:
        assert node.end_lineno is not None
        indent = lines_[node.lineno - 1][: node.col_offset]
        if not indent.strip():
            yield b"".join([*lines_[: node.lineno - 1], indent, b"pass\n", *lines_[node.end_lineno :]])


def failing_tests(folder: Path, options: argparse.Namespace) -> list[str]:
    """The tests that fail in the folder as it is, in their order."""
    python = str(options.env.absolute() / "bin" / "python")
    command = (python, "-m", "pytest", "-q", "--tb=no", "-rf", "--timeout=5", "-p", "no:cacheprovider")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return []
    return re.findall(r"^FAILED (\S+?::\S+)", done.stdout, re.MULTILINE)


def repaired(folder: Path, failing: list[str], seconds: float, options: argparse.Namespace) -> str:
    """How the run ended, in the runner's own words."""
    git("-C", str(folder), *WHO, "commit", "-q", "-a", "-m", "A change")
    command = [sys.executable, "-m", "runner", "fix", "--repo", str(folder), "--task", "-", "--engine", "search"]
    command += ["--env", str(options.env.absolute()), "--seconds", str(seconds)]
    for test in failing[:MOST_TESTS]:
        command += ["--reproducer", test]
    issue = f"`{failing[0]}` fails\n\nIt passed before the last change.\n"
    done = subprocess.run(command, cwd=ROOT, input=issue, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr.strip()[-200:] or "no answer").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
