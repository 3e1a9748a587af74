"""How tests that print TAP are run: a process for each file, as their output does not say from which one it is.

https://github.com/tape-testing/tape , https://node-tap.org , https://github.com/avajs/ava/blob/main/docs/05-command-line.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import (
    Ask,
    HasModule,
    Invocation,
    RunnerKind,
    files_of,
    replay_of,
    session_settings,
)
from runner.adapters.suites_javascript import QUIET, development_packages, program_of, read_report
from runner.proof import TestOutcome, TestResult
from runner.verify.reproducer import may_be_foreign_test
from runner.verify.script_reports import lines_of
from runner.verify.tap_reports import read_tap

PLUGIN: Final = "greenloop_tap.cjs"
PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {"tape": ("node",), "tap": ("node",), "ava": ("ava", "--tap")}
"""How one file is started: those of the first two are programs of their own."""
REQUIRING: Final = frozenset({"-r", "--require", "--import", "--loader"})
NO_TESTS: Final = frozenset({"node_modules", "fixtures", "fixture", "helpers", "tap-snapshots"})


class TapRunner(RunnerKind):
    """tape, tap and AVA. A selection runs whole files."""

    name = "tap"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether one of the programs is the first word that does not only start another."""
        return program_of(words) in PROGRAMS

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether the package needs one of them for development."""
        return not PROGRAMS.keys().isdisjoint(development_packages(checkout))

    def invoke(self, ask: Ask) -> Invocation:
        """Our script with the files."""
        packages = development_packages(ask.checkout)
        program = program_of(ask.words) or next((name for name in PROGRAMS if name in packages), "tap")
        starter = (*PROGRAMS[program], *_required(ask.words))
        files = tuple(_all_files(ask)) if ask.selection is None else files_of(ask.selection)
        ours = {"GREENLOOP_STARTER": json.dumps(starter), "GREENLOOP_REPORT": str(ask.junit)}
        settings = {**QUIET, **session_settings(ask), **ours}
        replay = replay_of(ask.words or (program,), (), {}) if ask.selection is None else replay_of(starter, files, {})
        return Invocation(("node", str(ask.folder / PLUGIN), *files), replay, settings, (PLUGIN,))

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:
        """What the files said; nothing where none could be started for want of the runner."""
        found = read_report(ask, lambda text, root: read_tap(lines_of(text), root)) or {}
        is_missing = self.is_missing(output) and {test.outcome for test in found.values()} == {TestOutcome.ERROR}
        return None if is_missing or not ask.junit.exists() else found

    def is_missing(self, output: str) -> bool:
        """What Node says of a package that is not installed."""
        said = (f"Cannot find {what} '{program}'" for program in PROGRAMS for what in ("module", "package"))
        return "spawnSync ava ENOENT" in output or any(one in output for one in said)


def _required(words: tuple[str, ...]) -> Iterator[str]:
    """The options of the command that load something first: Node's and the programs' are called alike."""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word in REQUIRING:
            yield from (word, following)
        elif word.partition("=")[0] in REQUIRING:
            yield word


def _all_files(ask: Ask) -> Iterator[str]:
    """The test files that the command names, by patterns or folders; where it names none, what looks like tests."""
    root = ask.checkout
    for place in list(_places(ask)) or [root]:
        below = (file for file in sorted(place.rglob("*")) if may_be_foreign_test(file.relative_to(root).as_posix()))
        for file in [place] if place.is_file() else below:
            path = file.relative_to(root)
            if NO_TESTS.isdisjoint(path.parts) and file.is_file():
                yield path.as_posix()


def _places(ask: Ask) -> Iterator[Path]:
    """The files and folders that the command names."""
    options = set(_required(ask.words))
    for word in ask.words:
        pattern = PurePosixPath(word)
        is_named = "*" in word or (ask.checkout / word).exists()
        if is_named and word not in options and pattern.name not in PROGRAMS and not pattern.is_absolute():
            yield from sorted(ask.checkout.glob(str(pattern))) if pattern.parts else (ask.checkout,)
