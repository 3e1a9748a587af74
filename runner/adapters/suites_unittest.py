"""How unittest is asked for a JUnit report, through a small runner of ours."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

from runner.adapters.suites_invocation import (
    SHARED_PLUGIN,
    WITNESS_PLUGINS,
    Ask,
    HasModule,
    Invocation,
    RunnerKind,
    fitting,
    order_of,
    plugin_settings,
    replay_of,
)
from runner.adapters.suites_pytest import has_python

FILES_LOOKED_AT: Final = 100
SCRIPT: Final = "greenloop_unittest"


class UnittestRunner(RunnerKind):
    """The standard library's runner: where it is named, or where there is no pytest."""

    name = "unittest"
    can_shuffle = True

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command is `python -m unittest …`."""
        return "unittest" in words

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it comes with Python
        """Whether there are Python files that look like its tests."""
        looked_at = islice(checkout.rglob("test*.py"), FILES_LOOKED_AT)
        return has_python(checkout) and any(b"unittest" in path.read_bytes() for path in looked_at if path.is_file())

    def invoke(self, ask: Ask) -> Invocation:
        """Our script with the ids or files."""
        selection = fitting(ask.selection) if ask.selection is not None else ()
        dotted = tuple(id_.replace(".py", "").replace("/", ".").replace("::", ".") for id_ in ask.selection or ())
        replay = replay_of(("python", "-m", "unittest"), dotted, order_of(ask))
        argv = (ask.python, "-m", SCRIPT, str(ask.junit), *selection)
        return Invocation(argv, replay, plugin_settings(ask), (SHARED_PLUGIN, *WITNESS_PLUGINS, f"{SCRIPT}.py"))

    def is_missing(self, output: str) -> bool:
        """Never: it comes with Python."""
        return "No module named unittest" in output
