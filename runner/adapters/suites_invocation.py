"""What a test runner has to tell to be run: the words shared by the suite adapter and its runners."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runner.adapters.suites_report import read_junit_file
from runner.proof import TestResult

IDS_SHOWN: Final = 20
SELECTION_CAP_BYTES: Final = 60_000
"""A longer selection is given as files: one argument list holds 128 KiB at least on every system."""
SHARED_PLUGIN: Final = "greenloop_report.py"
WITNESS_PLUGINS: Final = ("greenloop_witness.py", "greenloop_calls.py")
HasModule = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Ask:
    """One run that is wanted. `words` is the configured command, empty where none was given.

    `test_timeout_s` ends a single test that hangs, no test is started after `session_s` seconds, and the one that still
    runs after `last_s` is given up, where the runner can do that; 0 means no limit. Whatever hung before, a test has
    `slow_s`: some of those that passed needed nearly as long.
    """

    checkout: Path
    words: tuple[str, ...]
    python: str
    selection: tuple[str, ...] | None
    junit: Path
    shuffle_seed: int | None = None
    test_timeout_s: float = 0.0
    slow_s: float = 0.0
    session_s: float = 0.0
    last_s: float = 0.0
    plain_options: bool = False

    @property
    def folder(self) -> Path:
        """A folder of this run alone that its processes can write to; the report goes there."""
        return self.junit.parent


@dataclass(frozen=True, slots=True)
class Invocation:
    """How a runner is started; `replay` is what a person types in the repository to see the same.

    `plugins` name files of ours that are laid beside the report, where the runner finds them; with the witness among
    them, a report without its word is not believed.
    """

    argv: tuple[str, ...]
    replay: str
    env: Mapping[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()


class RunnerKind:
    """A kind of test runner. What most of them have in common stands here.

    `can_shuffle`: a run with a `shuffle_seed` has another order than one without.
    """

    name = ""
    can_shuffle = False

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether this command is one of its kind."""
        raise NotImplementedError

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # most must be configured
        """Whether it fits a repository that names no command; `has_module` asks the environment's Python."""
        return False

    def invoke(self, ask: Ask) -> Invocation:
        """How to run what is asked."""
        raise NotImplementedError

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:  # noqa: ARG002  # for runners without files
        """What the runner reported for each test; None when there is no report that can be read."""
        return read_junit_file(ask.junit, ask.checkout)

    def is_missing(self, output: str) -> bool:
        """Whether the output says that the runner itself is not installed."""
        return "command not found" in output

    def amend(self, ask: Ask, exit_code: int | None, output: str) -> Ask | None:  # noqa: ARG002  # most refuse nothing
        """Another way to ask after the runner refused to start, or None when there is none."""
        return None


def order_of(ask: Ask) -> Mapping[str, str]:
    """The variables that make a shuffled run: people need only the first to see the same hash order."""
    return {} if ask.shuffle_seed is None else {"PYTHONHASHSEED": str(ask.shuffle_seed % 2**32)}


def plugin_settings(ask: Ask) -> Mapping[str, str]:
    """What our modules in the repository's Python read."""
    order = {} if ask.shuffle_seed is None else {"GREENLOOP_ORDER_SEED": str(ask.shuffle_seed)}
    return {
        **order_of(ask),
        **order,
        **session_settings(ask),
        "GREENLOOP_TEST_SECONDS": f"{ask.test_timeout_s:g}",
        "GREENLOOP_SLOW_SECONDS": f"{ask.slow_s:g}",
        "GREENLOOP_WITNESS": str(witness_file(ask)),
    }


def session_settings(ask: Ask) -> Mapping[str, str]:
    """What any of our modules reads: when no more tests begin, when the last one ends, where to say what was left."""
    return {
        "GREENLOOP_SESSION_SECONDS": f"{ask.session_s:g}",
        "GREENLOOP_LAST_SECONDS": f"{ask.last_s:g}",
        "GREENLOOP_LEFT_OUT": str(left_out_file(ask)),
    }


def left_out_file(ask: Ask) -> Path:
    """Where a runner writes how many tests it did not start, because the session's time was over."""
    return ask.folder / "left_out"


def witness_file(ask: Ask) -> Path:
    """Where a runner in Python says at its end how many tests failed and which parts of it were exchanged."""
    return ask.folder / "witness"


def files_of(selection: tuple[str, ...]) -> tuple[str, ...]:
    """The files that a selection of ids touches, in its order, each once."""
    return tuple(dict.fromkeys(id_.partition("::")[0] for id_ in selection))


def fitting(selection: tuple[str, ...]) -> tuple[str, ...]:
    """The selection, as files where it is too long for one command line."""
    unique = tuple(dict.fromkeys(selection))
    return unique if sum(len(id_) + 1 for id_ in unique) <= SELECTION_CAP_BYTES else files_of(unique)


def replay_of(words: tuple[str, ...], selection: tuple[str, ...], env: Mapping[str, str]) -> str:
    """A command for people: long selections as files, and the variables that matter in front."""
    shown = selection if len(selection) <= IDS_SHOWN else files_of(selection)
    settings = [f"{name}={shlex.quote(value)}" for name, value in env.items()]
    return " ".join([*settings, shlex.join([*words, *shown])])
