"""Where prepared environments lie and how they are built: once per set of lock files, in the sandbox.

Building needs the network and runs the project's own build code, so it happens in the sandbox, with no token, before
any run. Two environments never share a package cache: a wheel that one project's build left there would be code that
another project's tests run.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.adapters.interpreters import Interpreter, Interpreters, machine_interpreters
from runner.adapters.pip_settings import PipSettings
from runner.adapters.sandbox_output import telling_end
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.environment_plan import EnvironmentPlan, is_relevant, plan_environment
from runner.environment_step import BuildStep
from runner.errors import BadInput, EnvironmentMissing
from runner.ports import Clock, Command, Completed, Ending, Repository, Sandbox, Workspace
from runner.repository_config import CONFIG_PATH, RepositoryConfig, read_config

READY: Final = "ready.json"
LOG_KEPT_CHARS: Final = 8_000
OLD_PIP_MINOR: Final = 8
NEWER_PIP: Final = BuildStep(("python", "-m", "pip", "install", "--upgrade", "pip<25"), is_required=False)
"""What a Python of those years brings along knows none of today's wheels, and builds them all.

Later pips do not run there, and where packages come from a folder nobody says so.
"""
TAIL_SHOWN_CHARS: Final = 1_200
ERRORS_SHOWN: Final = 5

# The tree that is built has no .git, where these tools look for the version.
VERSION_WITHOUT_GIT: Final[Mapping[str, str]] = {
    "SETUPTOOLS_SCM_PRETEND_VERSION": "0.0.0",
    "PDM_BUILD_SCM_VERSION": "0.0.0",
    "PBR_VERSION": "0.0.0",
    "POETRY_DYNAMIC_VERSIONING_BYPASS": "0.0.0",
}


@dataclass(frozen=True, slots=True)
class Environment:
    """A prepared environment: bound read-only, `folder`/bin first on PATH.

    `seconds` is what this call took, `log` the end of what the build printed (empty for one that was given).
    """

    folder: Path
    seconds: float
    was_cached: bool
    config: RepositoryConfig
    log: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Build:
    """One build: by which Python, into which folder, from which checkout, until when."""

    python: Interpreter
    target: Path
    checkout: Path
    deadline_s: float


def given_environment(folder: Path, config: RepositoryConfig | None = None) -> Environment:
    """An environment that somebody prepared (`--env DIR`), as it is. Raises EnvironmentMissing if it has no bin/."""
    if not (folder / "bin").is_dir():
        raise EnvironmentMissing(f"{folder} has no bin/; give the folder of a virtual environment")
    return Environment(folder.absolute(), 0.0, was_cached=True, config=config or RepositoryConfig())


def repository_config(repository: Repository, commit: str) -> RepositoryConfig:
    """The configuration in the commit, which has to be of the base branch. Raises BadInput."""
    return read_config(_texts(repository, commit, {CONFIG_PATH}).get(CONFIG_PATH, ""))


class EnvironmentStore:
    """Prepared environments below one folder, each under the hash of what it was built from."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        pip: PipSettings,
        *,
        timeout_s: float,
        clock: Clock = time.monotonic,
        interpreters: Callable[[], Interpreters] = machine_interpreters,
    ) -> None:
        """A build is over `timeout_s` after it was asked for, its wait for another one included."""
        self._folder = folder
        self._sandbox = sandbox
        self._pip = pip
        self._clock = clock
        self._timeout_s = timeout_s
        self._interpreters = interpreters

    def prepare(self, repository: Repository, workspace: Workspace, commit: str) -> Environment:
        """The commit's environment, built now if it is not there yet; builders of the same one wait for the first.

        Raises EnvironmentMissing, with what to configure, when it cannot be built, and BadInput.
        """
        began_s = self._clock()
        paths = [entry.path for entry in repository.entries(commit)]
        texts = _texts(repository, commit, {path for path in paths if is_relevant(path)})
        config = read_config(texts.get(CONFIG_PATH, ""))
        python, note = self._interpreters().choose(texts, config.python)
        plan = plan_environment(paths, texts, config, interpreter=f"{python.prefix} {python.version}")
        target = self._folder / plan.key[:32]
        with _locked(target.with_suffix(".lock")):
            was_cached = (target / READY).is_file()
            if not was_cached:
                with workspace.checkout(commit) as checkout:
                    self._fill(plan, _Build(python, target, checkout.root, began_s + self._timeout_s))
        said = json.loads((target / READY).read_text(encoding="utf-8"))
        return Environment(
            folder=target,
            seconds=self._clock() - began_s,
            was_cached=was_cached,
            config=config,
            log=said["log"],
            notes=(*filter(None, [note]), *said["notes"]),
        )

    def _fill(self, plan: EnvironmentPlan, build: _Build) -> None:
        """Fill the folder at its final place (scripts in it name that place); READY, written last, makes it count."""
        target = build.target
        shutil.rmtree(target, ignore_errors=True)
        (target / "tmp").mkdir(parents=True)
        try:
            for name, content in plan.files.items():
                (target / name).write_text(content, encoding="utf-8")
            log, notes = self._run_all(plan, build)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        shutil.rmtree(target / "tmp", ignore_errors=True)
        ready = {"format": 1, "notes": notes, "log": log[-LOG_KEPT_CHARS:]}
        _write_atomically(target / READY, json.dumps(ready, sort_keys=True, indent=2) + "\n")

    def _run_all(self, plan: EnvironmentPlan, build: _Build) -> tuple[str, list[str]]:
        first = [BuildStep((str(build.python.program), "-m", "venv", "{env}"))]
        if build.python.minor <= OLD_PIP_MINOR:
            first.append(NEWER_PIP)
        log, notes = "", []
        for step in (*first, *plan.steps):
            argv, done = self._ran(step.argv, build)
            log += f"$ {' '.join(argv)}\n{done.output}\n"
            if _succeeded(done):
                continue
            partly = self._ran(step.otherwise, build)[1] if step.otherwise else done
            log += partly.output if step.otherwise else ""
            if step.is_required and not _succeeded(partly):
                raise EnvironmentMissing(_failure(argv, done))
            missing = (
                partly.output.rstrip().splitlines()[-1] if _succeeded(partly) else "its packages are not installed"
            )
            notes.append(f"`{' '.join(argv)[:200]}` failed; {missing}")
        return log, notes

    def _ran(self, words: tuple[str, ...], build: _Build) -> tuple[tuple[str, ...], Completed]:
        argv = tuple(word.replace("{env}", str(build.target)) for word in words)
        return argv, self._sandbox.run(self._command(argv, build))

    def _command(self, argv: tuple[str, ...], build: _Build) -> Command:
        target = build.target
        env = {
            **VERSION_WITHOUT_GIT,
            **self._pip.env,
            "PATH": f"{target / 'bin'}{os.pathsep}{SYSTEM_PATH}",
            "VIRTUAL_ENV": str(target),
            "TMPDIR": str(target / "tmp"),  # the sandbox's own /tmp is memory
            "npm_config_cache": str(target / "tmp" / "npm"),
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
            "PIP_CACHE_DIR": str(target / "tmp" / "pip"),  # gone with the rest; old pips cannot be told to keep none
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        timeout_s = max(1.0, build.deadline_s - self._clock())
        readable = (*environment_paths(build.python.prefix), *self._pip.readable)
        return Command(argv, build.checkout, timeout_s, env, readable, writable=(target,), network=True)


def _succeeded(done: Completed) -> bool:
    return done.ending is Ending.EXITED and done.exit_code == 0


def _failure(argv: tuple[str, ...], done: Completed) -> str:
    how = f"exit code {done.exit_code}" if done.ending is Ending.EXITED else done.ending.value
    return (
        f"the environment could not be built: `{' '.join(argv)[:200]}` ended with {how}; name the commands that do as "
        f"`setup:` in {CONFIG_PATH}, or give a virtual environment (--env). It said: "
        f"{telling_end(done.output, TAIL_SHOWN_CHARS, ERRORS_SHOWN)}"
    )


def _texts(repository: Repository, commit: str, wanted: set[str]) -> dict[str, str]:
    ids = {entry.path: entry.blob_id for entry in repository.entries(commit) if entry.path in wanted}
    contents = dict(repository.read(ids.values()))
    try:
        return {path: contents[blob_id].decode("utf-8") for path, blob_id in sorted(ids.items())}
    except UnicodeDecodeError as error:
        raise BadInput(f"a manifest of the project is not UTF-8 ({error}); save it as UTF-8") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other process works under this lock; the kernel gives it back when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_atomically(target: Path, content: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(name, target)
