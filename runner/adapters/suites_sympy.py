"""How SymPy's own bin/test is asked for a JUnit report.

https://docs.sympy.org/latest/contributing/new-contributors-guide/index.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from runner.adapters.suites_invocation import (
    SHARED_PLUGIN,
    WITNESS_PLUGINS,
    Ask,
    HasModule,
    Invocation,
    RunnerKind,
    order_of,
    plugin_settings,
    replay_of,
)
from runner.adapters.suites_words import interpreter, options_of

SCRIPT: Final = "bin/test"
PLUGIN: Final = "greenloop_sympy"
TAKES_VALUE: Final = frozenset({"--tb", "--seed", "-t", "--types", "--timeout", "--split", "--rerun"})


class SympyRunner(RunnerKind):
    """The script that runs the tests of SymPy itself; it needs nothing but SymPy."""

    name = "sympy"
    can_shuffle = True

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command runs bin/test."""
        return _script_at(words) is not None

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # the repository brings it
        """Whether this is SymPy's repository."""
        return (checkout / SCRIPT).is_file() and (checkout / "sympy" / "core").is_dir()

    def invoke(self, ask: Ask) -> Invocation:
        """The script with its options, under our module; a selection as files, and the names wanted in them."""
        words = ask.words or (SCRIPT,)
        at = _script_at(words) or 0
        script, options = words[at], words[at + 1 :]
        wanted: dict[str, list[str]] = {}
        if ask.selection is not None:
            options = tuple(word for word in options_of(options, TAKES_VALUE) if word != "-k")
            wanted = _by_file(ask.selection)
        # The script draws a seed for the tests' random numbers, if it is given none.
        seed = () if "--seed" in options else (f"--seed={ask.shuffle_seed or 0}",)
        python = interpreter(words[:at], ask.python)
        argv = (*python, "-m", PLUGIN, str(ask.junit), script, *seed, *options, *wanted)
        env = {**plugin_settings(ask), "GREENLOOP_ONLY": json.dumps(wanted)}
        names = tuple(dict.fromkeys(name for names in wanted.values() for name in names))
        keywords = ("-k", *names) if names else ()
        replay = replay_of(("python", script, *seed, *options, *wanted, *keywords), (), order_of(ask))
        return Invocation(argv, replay, env, (SHARED_PLUGIN, *WITNESS_PLUGINS, f"{PLUGIN}.py"))

    def is_missing(self, output: str) -> bool:
        """What Python says where the script is not there or SymPy's one requirement is not installed."""
        return any(said in output for said in ("can't open file", "No module named 'mpmath'", "depends on mpmath"))


def _script_at(words: tuple[str, ...]) -> int | None:
    return next((index for index, word in enumerate(words) if f"/{word}".endswith(f"/{SCRIPT}")), None)


def _by_file(selection: tuple[str, ...]) -> dict[str, list[str]]:
    """The names wanted in each file; none where the whole file is wanted."""
    wanted: dict[str, list[str]] = {}
    whole = {id_ for id_ in selection if "::" not in id_}
    for id_ in selection:
        path, _, name = id_.partition("::")
        wanted.setdefault(path, []).extend([name] if name and path not in whole else [])
    return wanted
