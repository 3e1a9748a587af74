"""How Mocha is asked for its report: through a reporter of ours. https://mochajs.org/#command-line-usage ."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from runner.adapters.suites_invocation import Ask, Invocation, session_settings
from runner.adapters.suites_javascript import ScriptRunner
from runner.verify.script_reports import read_mocha

PLUGIN: Final = "greenloop_mocha.cjs"


class MochaRunner(ScriptRunner):
    """Mocha 6 and later. It cannot shuffle."""

    name = program = "mocha"
    takes_value = frozenset({"-r", "--require", "-c", "--config", "--ui", "-u", "--timeout", "-t", "-R", "--reporter",
                             "--spec", "--extension", "--package", "--ignore"})  # fmt: skip
    read = staticmethod(read_mocha)

    def invoke(self, ask: Ask) -> Invocation:
        """As the others; the reporter is told by variables, since the name of its option changed."""
        invocation = super().invoke(ask)
        settings = {**session_settings(ask), "GREENLOOP_REPORT": str(ask.junit)}
        return replace(invocation, env={**invocation.env, **settings}, plugins=(PLUGIN,))

    def ours(self, ask: Ask) -> tuple[str, ...]:
        """It ends although something keeps the process open."""
        limit = f"--timeout={int(ask.test_timeout_s * 1000)}"
        return (f"--reporter={ask.folder / PLUGIN}", "--exit", "--no-bail", limit)
