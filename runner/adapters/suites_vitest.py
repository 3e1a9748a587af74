"""How Vitest is asked for its JSON report. https://vitest.dev/guide/cli ."""

from __future__ import annotations

from runner.adapters.suites_invocation import Ask
from runner.adapters.suites_javascript import ScriptRunner
from runner.verify.script_reports import read_jest


class VitestRunner(ScriptRunner):
    """Vitest 1 and later; its JSON has Jest's shape."""

    name = program = "vitest"
    can_shuffle = True
    mode = ("run",)
    takes_value = frozenset({"-c", "--config", "-r", "--root", "--dir", "--environment", "--pool", "--project"})
    read = staticmethod(read_jest)

    def ours(self, ask: Ask) -> tuple[str, ...]:
        """No coverage and no watching."""
        limit = f"--testTimeout={int(ask.test_timeout_s * 1000)}"
        order = () if ask.shuffle_seed is None else ("--sequence.shuffle", f"--sequence.seed={ask.shuffle_seed}")
        return ("--reporter=json", f"--outputFile={ask.junit}", "--passWithNoTests", "--coverage.enabled=false", limit,
                *order)  # fmt: skip
