"""How Jest is asked for its JSON report. https://jestjs.io/docs/cli ."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from runner.adapters.suites_invocation import Ask
from runner.adapters.suites_javascript import ScriptRunner
from runner.verify.script_reports import read_jest

RANDOMIZE: Final = "randomize"
UNKNOWN_OPTION: Final = "Unrecognized CLI Parameter"


class JestRunner(ScriptRunner):
    """Jest 24 and later, which shuffles since 29. One worker: more would only divide the memory of a job."""

    name = program = "jest"
    can_shuffle = True
    takes_value = frozenset({"-c", "--config", "--maxWorkers", "-w", "--testTimeout", "--env", "--testEnvironment"})
    read = staticmethod(read_jest)

    def ours(self, ask: Ask) -> tuple[str, ...]:
        """No snapshot is written, no cache kept; a selection is files alone."""
        limit = f"--testTimeout={int(ask.test_timeout_s * 1000)}"
        order = () if ask.shuffle_seed is None else (f"--{RANDOMIZE}", f"--seed={ask.shuffle_seed % 2**31}")
        files = () if ask.selection is None else ("--runTestsByPath",)
        return ("--json", f"--outputFile={ask.junit}", "--ci", "--watchman=false", "--runInBand", "--passWithNoTests",
                "--coverage=false", limit, *order, *files)  # fmt: skip

    def amend(self, ask: Ask, exit_code: int | None, output: str) -> Ask | None:  # noqa: ARG002  # it says it in words
        """In its own order, where it is too old to know another."""
        is_refused = UNKNOWN_OPTION in output and RANDOMIZE in output
        return replace(ask, shuffle_seed=None) if is_refused and ask.shuffle_seed is not None else None
