"""How Django's own tests/runtests.py is asked for a JUnit report.

https://docs.djangoproject.com/en/stable/internals/contributing/writing-code/unit-tests/
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path, PurePosixPath
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
from runner.adapters.suites_words import interpreter, options_of, script_at

SCRIPT: Final = "runtests.py"
DEFAULT: Final = ("tests/runtests.py",)
PLUGIN: Final = "greenloop_django"
NO_GIS: Final = "A GIS database backend is required"
GIS_FOLDER: Final = "/gis_tests/"
TAKES_VALUE: Final = frozenset(
    {"-v", "--verbosity", "--settings", "--bisect", "--pair", "--parallel", "--tag", "--exclude-tag", "-k",
     "--shuffle", "--selenium", "--selenium-hub", "--external-host", "--start-at", "--start-after"}
)  # fmt: skip


class DjangoRunner(RunnerKind):
    """The script that runs the tests of Django itself; one process, or no test could be ended alone."""

    name = "django"
    can_shuffle = True

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command runs a runtests.py."""
        return script_at(words, SCRIPT) is not None

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # the repository brings it
        """Whether this is Django's repository."""
        return (checkout / DEFAULT[0]).is_file() and (checkout / "django" / "test").is_dir()

    def invoke(self, ask: Ask) -> Invocation:
        """The script with its options, under our module; a selection as labels."""
        words = ask.words or DEFAULT
        at = script_at(words, SCRIPT) or 0
        script, options = words[at], words[at + 1 :]
        folder = PurePosixPath(script).parent
        labels: dict[str, str] = {}
        if ask.selection is not None:
            options = tuple(options_of(options, TAKES_VALUE))
            labels = {_label(id_, folder): id_.partition("::")[0] for id_ in fitting(ask.selection)}
        python = interpreter(words[:at], ask.python)
        argv = (*python, "-m", PLUGIN, str(ask.junit), script, *options, "--parallel=1", *labels)
        env = {**plugin_settings(ask), "GREENLOOP_LABELS": json.dumps(labels)}
        replay = replay_of(("python", script, *options), tuple(labels), order_of(ask))
        return Invocation(argv, replay, env, (SHARED_PLUGIN, *WITNESS_PLUGINS, f"{PLUGIN}.py"))

    def is_missing(self, output: str) -> bool:
        """What the script says where Django's own requirements are not installed, and Python where it is not there."""
        return "Django module not found" in output or "can't open file" in output

    def amend(self, ask: Ask, exit_code: int | None, output: str) -> Ask | None:  # noqa: ARG002  # it says it in words
        """Leave out the geographic tests where their database is not there: the script ends at their sight."""
        if NO_GIS not in output or ask.selection is None:
            return None
        rest = tuple(id_ for id_ in ask.selection if GIS_FOLDER not in f"/{id_}")
        return replace(ask, selection=rest) if rest and rest != ask.selection else None


def _label(id_: str, folder: PurePosixPath) -> str:
    """The dotted name by which the script knows a test; a file that holds no tests stands for its application."""
    path, _, inner = id_.partition("::")
    pure = PurePosixPath(path)
    below = pure.relative_to(folder) if pure.is_relative_to(folder) else pure
    return ".".join([*below.with_suffix("").parts, *filter(None, inner.partition("[")[0].split("::"))])
