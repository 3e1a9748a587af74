"""How Mocha is asked for its JSON report. https://mochajs.org/#command-line-usage ."""

from __future__ import annotations

from runner.adapters.suites_invocation import Ask
from runner.adapters.suites_javascript import ScriptRunner
from runner.verify.script_reports import read_mocha


class MochaRunner(ScriptRunner):
    """Mocha 9.2 and later, which writes its JSON to a file. It cannot shuffle."""

    name = program = "mocha"
    takes_value = frozenset({"-r", "--require", "-c", "--config", "--ui", "-u", "--timeout", "-t", "-R", "--reporter",
                             "--spec", "--extension", "--package", "--ignore"})  # fmt: skip
    read = staticmethod(read_mocha)

    def ours(self, ask: Ask) -> tuple[str, ...]:
        """It ends although something keeps the process open."""
        limit = f"--timeout={int(ask.test_timeout_s * 1000)}"
        return ("--reporter=json", f"--reporter-option=output={ask.junit}", "--exit", "--no-bail", limit)
