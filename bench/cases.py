"""Where a real bug fix's base repository and environment lie, and how they are made once and kept.

    from bench.cases import Store, read_cases

`read_cases` reads a file with one case a line; `Store(work, mirrors, pythons).place(case)` makes, or finds from an
earlier call, a repository of the base commit alone and the virtual environment that its tests need.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SELF_TESTING: Final = frozenset({"pytest-dev/pytest"})
"""Their tests run on the checkout's own pytest: another one must not lie beside it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the tests of a case run on this machine; `installed` says that the base itself is in the environment."""

    tier: str
    python: str
    dependencies: tuple[str, ...]
    installed: bool
    env: Mapping[str, str]
    command: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Case:
    """One real issue with its fix; `fix`, `test_patch` and the list of tests are answers, for scoring only."""

    name: str
    repository: str
    mirror: str
    commit: str
    issue: str
    fix: str
    test_patch: str
    fail_to_pass: tuple[str, ...]
    recipe: Recipe | None


@dataclass(frozen=True, slots=True)
class Place:
    """A case on disk: a repository of one commit, and a virtual environment. Neither is written to again."""

    repository: Path
    environment: Path


def read_cases(data: Path) -> Mapping[str, Case]:
    """Every case of a JSONL file by its name, in the file's order."""
    rows = (json.loads(line) for line in data.read_text(encoding="utf-8").splitlines())
    return {case.name: case for case in map(_case, rows)}


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments, with those that every bench over a choice of cases takes."""
    for name in ("data", "mirrors", "pythons", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many cases, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", action="store_true", help="only print what is known")
    parser.add_argument("ids", nargs="*", metavar="ID")
    args = parser.parse_args()
    args.work = args.work.resolve()
    return args


@dataclass(frozen=True, slots=True)
class Store:
    """Cases on disk, under `work`.

    `mirrors` holds bare repositories as `owner+name/repo`, `pythons` interpreters as `3.9.18/bin/python`; `uv` is a
    program that builds environments faster than pip does.
    """

    work: Path
    mirrors: Path
    pythons: Path
    uv: str | None = field(default_factory=lambda: shutil.which("uv"))

    def place(self, case: Case) -> Place:
        """The case's repository and environment, made now unless they are there. Raises CalledProcessError."""
        return Place(self.repository(case), self.environment(case))

    def repository(self, case: Case) -> Path:
        """A repository that holds the base commit's tree and nothing else."""
        target = self.work / "bases" / case.name
        with _made_once(target) as missing:
            if missing:
                base_only(self.mirrors / case.mirror.replace("/", "+") / "repo", case.commit, target)
        return target

    def environment(self, case: Case) -> Path:
        """The virtual environment; cases with the same dependencies share one unless the base itself is in it."""
        assert case.recipe is not None, f"{case.name} has no recipe: its tests were never seen to run"
        target = self.work / "environments" / _environment_key(case, case.recipe)
        with _made_once(target) as missing:
            if missing:
                self._build(case, case.recipe, target)
        return target

    def _build(self, case: Case, recipe: Recipe, target: Path) -> None:
        python = next(self.pythons.glob(f"{recipe.python}.*/bin/python"))
        dependencies = list(recipe.dependencies)
        if case.repository not in SELF_TESTING and not any(one.startswith("pytest") for one in dependencies):
            dependencies.append("pytest<8")
        subprocess.run([str(python), "-m", "venv", "--clear", str(target)], check=True)
        self._install(target, dependencies, {})
        if recipe.installed:
            base = self.repository(case)
            # pip, because uv refuses versions that setuptools of those days made.
            pip = [str(target / "bin" / "python"), "-m", "pip", "install", "-q", "--no-build-isolation", str(base)]
            subprocess.run(pip, env={**os.environ, **recipe.env}, check=True)
            _commit_generated(base, target)

    def _install(self, environment: Path, words: list[str], variables: Mapping[str, str]) -> None:
        python = str(environment / "bin" / "python")
        installer = (
            [self.uv, "pip", "install", "-q", "--python", python] if self.uv else [python, "-m", "pip", "install", "-q"]
        )
        subprocess.run([*installer, *words], env={**os.environ, **variables}, check=True)


def base_only(mirror: Path, commit: str, target: Path) -> None:
    """A repository of that one commit's tree: neither its history nor what came after it."""
    target.mkdir(parents=True)
    archive = subprocess.run(["git", f"--git-dir={mirror}", "archive", commit], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(target)], input=archive.stdout, check=True)
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "base"]):
        _git(target, *words)


def _commit_generated(base: Path, environment: Path) -> None:
    """Add to the base the version files that building it makes: without them its own code does not import."""
    for made in environment.glob("lib/python*/site-packages/*/_version.py"):
        for package in (base / "src" / made.parent.name, base / made.parent.name):
            if package.is_dir():
                shutil.copy(made, package)  # some builds leave it there themselves, where git ignores it
                _git(base, "add", "-f", str(package / made.name))
                _git(base, "commit", "-q", "--allow-empty", "-m", "what building makes")


def _git(repository: Path, *words: str) -> None:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    subprocess.run(["git", "-C", str(repository), *identity, *words], check=True)


@contextlib.contextmanager
def _made_once(target: Path) -> Iterator[bool]:
    """True where `target` has to be made: one process at a time, and again if it was left half-made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    ready = target.with_name(f"{target.name}.ready")
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not ready.exists()
        if missing:
            shutil.rmtree(target, ignore_errors=True)
        yield missing
        ready.touch()


def _environment_key(case: Case, recipe: Recipe) -> str:
    parts = [recipe.python, *recipe.dependencies, *([case.name] if recipe.installed else [])]
    return f"{case.repository.partition('/')[2]}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        name=row["instance_id"],
        repository=row["repo"],
        mirror=row["mirror"],
        commit=row["base_commit"],
        issue=row["problem_statement"],
        fix=row["patch"],
        test_patch=row["test_patch"],
        fail_to_pass=tuple(row["FAIL_TO_PASS"]),
        recipe=_recipe(row["run"]) if row.get("run") else None,
    )


def _recipe(run: Mapping[str, Any]) -> Recipe:
    return Recipe(
        tier=run["tier"],
        python=run["python"],
        dependencies=tuple(run["deps"]),
        installed=run["editable"],
        env=run["env"],
        command=run["command"],
        seconds=run["seconds_before"],
    )
