"""How unittest is asked for a JUnit report, through a small runner of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from runner.adapters.suites_invocation import Ask, Invocation, fitting, replay_of
from runner.adapters.suites_pytest import HASH_SEED, ORDER_SEED, has_python

SCRIPT: Final = "greenloop_unittest"


class UnittestRunner:
    """The standard library's runner: where it is named, or where there is no pytest."""

    name = "unittest"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command is `python -m unittest …`."""
        return "unittest" in words

    def detects(self, checkout: Path, has_module: Callable[[str], bool]) -> bool:
        """Whether there are Python files that look like its tests."""
        return has_python(checkout) and any(True for _ in checkout.rglob("test*.py")) and has_module("unittest")

    def invoke(self, ask: Ask) -> Invocation:
        """Our script with the ids or files."""
        selection = fitting(ask.selection) if ask.selection is not None else ()
        env = {} if ask.shuffle_seed is None else {HASH_SEED: str(ask.shuffle_seed % 2**32)}
        dotted = tuple(id_.replace(".py", "").replace("/", ".").replace("::", ".") for id_ in ask.selection or ())
        replay = replay_of(("python", "-m", "unittest"), dotted, env)
        if ask.shuffle_seed is not None:
            env = {**env, ORDER_SEED: str(ask.shuffle_seed)}
        return Invocation((ask.python, "-m", SCRIPT, str(ask.junit), *selection), replay, env, SCRIPT)

    def is_missing(self, output: str) -> bool:
        """Never: it comes with Python."""
        return "No module named unittest" in output

    def amend(self, ask: Ask, exit_code: int | None, output: str) -> Ask | None:  # noqa: ARG002  # our script refuses nothing
        """Nothing to amend."""
        return None
