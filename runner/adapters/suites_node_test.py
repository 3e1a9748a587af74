"""How `node --test` is asked for a report: through a reporter of ours, since its own JUnit leaves out the files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, files_of, replay_of
from runner.adapters.suites_javascript import QUIET, package_of, read_report
from runner.adapters.suites_words import options_of
from runner.proof import TestResult
from runner.verify.reproducer import may_be_foreign_test
from runner.verify.script_reports import lines_of, read_node

PLUGIN: Final = "greenloop_node"
IMPORTED: Final = b"node:test"
FILES_LOOKED_AT: Final = 200
TAKES_VALUE: Final = frozenset({"-r", "--require", "--import", "--loader", "-C", "--conditions", "--env-file"})


class NodeTestRunner(RunnerKind):
    """The runner that comes with Node.js, from version 20."""

    name = "node --test"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether Node is started with --test."""
        return any(PurePosixPath(word).name == "node" for word in words) and "--test" in words

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether there is a package one of whose tests takes itself from Node; others' say nothing under it."""
        tests = (file for file in checkout.rglob("*") if may_be_foreign_test(file.relative_to(checkout).as_posix()))
        own = (file for file in tests if file.is_file() and "node_modules" not in file.parts)
        looked_at = islice(own, FILES_LOOKED_AT)
        return bool(package_of(checkout)) and any(IMPORTED in file.read_bytes() for file in looked_at)

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
