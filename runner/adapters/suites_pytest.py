"""How pytest (3 to 9) is asked for a JUnit report without leaving anything in the checkout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import (
    WITNESS_PLUGINS,
    Ask,
    HasModule,
    Invocation,
    RunnerKind,
    files_of,
    fitting,
    order_of,
    plugin_settings,
    replay_of,
)
from runner.verify.command_options import TAKES_VALUE
from runner.verify.test_paths import PYTHON_SIGNS

USAGE_ERROR: Final = 4
NOT_FOUND: Final = re.compile(r"^ERROR: .*(not found|found no collectors)", re.MULTILINE)
BROKEN_CONFTEST: Final = re.compile(r"^ImportError while loading conftest '(?P<path>[^']+)'", re.MULTILINE)
PLUGIN: Final = "greenloop_pytest"


class PytestRunner(RunnerKind):
    """pytest, named as `pytest`, `py.test` or `python -m pytest`."""

    name = "pytest"
    can_shuffle = True

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether one of the words is pytest's name."""
        return any(PurePosixPath(word).name in {"pytest", "py.test"} for word in words)

    def detects(self, checkout: Path, has_module: HasModule) -> bool:
        """Whether the environment has it and the repository has Python in it."""
        return has_python(checkout) and has_module("pytest")

    def invoke(self, ask: Ask) -> Invocation:
        """Put the repository's options first, then ours, which win where both speak."""
        words = ask.words or (ask.python, "-m", "pytest")
        selection = fitting(ask.selection) if ask.selection is not None else ()
        if ask.selection is not None:
            words = tuple(_without_paths(words, ask.checkout))
        if ask.plain_options:
            words = (*words, "-o", "addopts=")
        ours = ["--junitxml", str(ask.junit), "-o", "junit_family=xunit1", f"--rootdir={ask.checkout}", "--tb=short"]
        ours += ["-p", "no:cacheprovider", "-p", "no:randomly", "--color=no", "--maxfail=0"]
        ours += ["--continue-on-collection-errors", "-p", PLUGIN]
        replay = replay_of(_public(words), ask.selection or (), order_of(ask))
        return Invocation((*words, *ours, *selection), replay, plugin_settings(ask), (*WITNESS_PLUGINS, f"{PLUGIN}.py"))

    def is_missing(self, output: str) -> bool:
        """Python's own words for a module that is not there."""
        return "No module named pytest" in output or "No module named 'pytest'" in output

    def amend(self, ask: Ask, exit_code: int | None, output: str) -> Ask | None:
        """Leave out what the environment lacks: options of plugins, folders of tests; fall back from ids to files.

        One id that is not there, or whose file does not import, keeps pytest from running all the others. An id that
        it reports and does not take is most often one of a parameter.
        """
        if exit_code != USAGE_ERROR:
            return None
        if "unrecognized arguments" in output and not ask.plain_options:
            return replace(ask, plain_options=True)
        if ask.selection is not None and (broken := BROKEN_CONFTEST.search(output)):
            return _without_folder(ask, ask.selection, PurePosixPath(broken["path"]).parent)
        if ask.selection is not None and NOT_FOUND.search(output):
            return _less_exactly(ask, ask.selection)
        return None


def _less_exactly(ask: Ask, selection: tuple[str, ...]) -> Ask | None:
    """The same ask by names without parameters, then by the files that exist; None where it is by those already."""
    names = tuple(dict.fromkeys(id_.partition("[")[0] for id_ in selection))
    files = tuple(file for file in files_of(selection) if (ask.checkout / file).exists())
    wider = names if names != selection else files
    return replace(ask, selection=wider) if wider and wider != selection else None


def _without_folder(ask: Ask, selection: tuple[str, ...], folder: PurePosixPath) -> Ask | None:
    """The same ask without the tests of a folder whose conftest does not load: it would keep any other from running."""
    left = tuple(id_ for id_ in selection if not (PurePosixPath(ask.checkout) / id_).is_relative_to(folder))
    return replace(ask, selection=left) if left and left != selection else None


def has_python(checkout: Path) -> bool:
    """Whether the repository looks like one with Python tests."""
    return any(True for sign in PYTHON_SIGNS for _ in checkout.glob(sign))


def _without_paths(words: tuple[str, ...], checkout: Path) -> Iterator[str]:
    """The command without the tests that it names itself: a selection takes their place."""
    previous, after_name = "", False
    for word in words:
        is_path = after_name and not word.startswith("-") and previous not in TAKES_VALUE
        if not (is_path and (checkout / word.partition("::")[0]).exists()):
            yield word
        after_name = after_name or PurePosixPath(word).name in {"pytest", "py.test"}
        previous = word


def _public(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command as a person has it: without the folder of our interpreter."""
    return (PurePosixPath(words[0]).name, *words[1:])
