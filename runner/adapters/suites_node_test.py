"""How `node --test` is asked for a report: through a reporter of ours, since its own JUnit leaves out the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, files_of, replay_of
from runner.adapters.suites_javascript import QUIET, package_of, read_report
from runner.adapters.suites_words import options_of
from runner.proof import TestResult
from runner.verify.script_reports import lines_of, read_node

PLUGIN: Final = "greenloop_node"
TAKES_VALUE: Final = frozenset({"-r", "--require", "--import", "--loader", "-C", "--conditions", "--env-file"})


class NodeTestRunner(RunnerKind):
    """The runner that comes with Node.js, from version 20."""

    name = "node --test"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether Node is started with --test."""
        return any(PurePosixPath(word).name == "node" for word in words) and "--test" in words

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether there is a package, and no other runner fits it: this one needs nothing."""
        return bool(package_of(checkout))

    def invoke(self, ask: Ask) -> Invocation:
        """Node with the options of the command, then ours."""
        words = ask.words or ("node", "--test")
        at = next((index for index, word in enumerate(words) if PurePosixPath(word).name == "node"), 0)
        options = tuple(word for word in words[at + 1 :] if not word.startswith("--test-reporter"))
        files: tuple[str, ...] = ()
        if ask.selection is not None:
            options = tuple(options_of(options, TAKES_VALUE))
            files = files_of(ask.selection)
        ours = (f"--test-reporter={ask.folder / PLUGIN}.mjs", f"--test-reporter-destination={ask.junit}")
        limit = (f"--test-timeout={int(ask.test_timeout_s * 1000)}",) if ask.test_timeout_s else ()
        replay = replay_of(("node", *options), files, {})
        return Invocation(("node", *ours, *limit, *options, *files), replay, QUIET, (f"{PLUGIN}.mjs",))

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:  # noqa: ARG002  # it is in the report
        """What the report says."""
        return read_report(ask, lambda text, root: read_node(lines_of(text), root))
