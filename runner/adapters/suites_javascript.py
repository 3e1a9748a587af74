"""What the runners of JavaScript and TypeScript have in common: where they are, what they are told, what they write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, files_of, replay_of
from runner.adapters.suites_report import read_regular_file
from runner.adapters.suites_words import options_of
from runner.errors import BadInput
from runner.proof import TestResult

STARTERS: Final = frozenset({"npx", "pnpx", "bunx", "cross-env", "exec", "dlx", "--", "yarn", "pnpm", "node"})
QUIET: Final[Mapping[str, str]] = {"CI": "true", "NO_COLOR": "1", "FORCE_COLOR": "0"}
"""With CI set the runners write no snapshots and watch no files."""


class ScriptRunner(RunnerKind):
    """A runner with a program of its own, which writes one report file. A selection runs whole files."""

    program = ""
    takes_value: frozenset[str] = frozenset()
    read: Callable[[str, str], Mapping[str, TestResult]]

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the program is the first word that does not only start another."""
        return program_of(words) == self.program

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether the package needs it for development; a test script that names another one is asked before."""
        return self.program in development_packages(checkout)

    def invoke(self, ask: Ask) -> Invocation:
        """The program with the options of the command, then ours."""
        words = ask.words or (self.program,)
        at = next((index for index, word in enumerate(words) if PurePosixPath(word).name == self.program), 0)
        options = words[at + 1 :]
        files: tuple[str, ...] = ()
        if ask.selection is not None:
            options = tuple(options_of(options, self.takes_value))
            files = files_of(ask.selection)
        argv = (self.program, *self.mode, *options, *self.ours(ask), *files)
        replay = replay_of((self.program, *self.mode, *options), files, {})
        return Invocation(argv, replay, QUIET)

    mode: tuple[str, ...] = ()

    def ours(self, ask: Ask) -> tuple[str, ...]:
        """Our options: where the report goes, and the limits."""
        raise NotImplementedError

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:  # noqa: ARG002  # it is in the report
        """What the report says."""
        return read_report(ask, type(self).read)

    def is_missing(self, output: str) -> bool:
        """What Node says of a package that is not installed."""
        return f"Cannot find module '{self.program}" in output or f"Cannot find package '{self.program}" in output


def program_of(words: tuple[str, ...]) -> str:
    """The first program of a command that does not only start another; "" where there is none."""
    names = (PurePosixPath(word).name for word in words if "=" not in word)
    return next((name for name in names if name not in STARTERS), "")


def read_report(ask: Ask, read: Callable[[str, str], Mapping[str, TestResult]]) -> Mapping[str, TestResult] | None:
    """The report file as `read` understands it, or None where there is none that can be read."""
    try:
        return read(read_regular_file(ask.junit).decode("utf-8", "replace"), str(ask.checkout))
    except (OSError, BadInput):
        return None


def development_packages(checkout: Path) -> Mapping[str, str]:
    """The packages that package.json asks for, with their versions; nothing where it cannot be read."""
    package = package_of(checkout)
    found: dict[str, str] = {}
    for key in ("dependencies", "devDependencies"):
        group = package.get(key)
        if isinstance(group, dict):
            found |= {str(name): str(version) for name, version in group.items()}
    return found


def package_of(checkout: Path) -> Mapping[str, object]:
    """What package.json says; nothing where it cannot be read."""
    try:
        found = json.loads(read_regular_file(checkout / "package.json"))
    except (OSError, ValueError, BadInput):
        return {}
    return found if isinstance(found, dict) else {}
