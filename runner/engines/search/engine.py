"""The repair engine that needs no model: failing tests say where, general rules say what, passing tests say whether."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.engines.search.campaign import Key
from runner.engines.search.dialogue import Driver
from runner.engines.search.session import Session
from runner.models import EngineContext, Localisation, Plan, Proposal, Task, Usage
from runner.ports import Clock, Command, Sandbox
from runner.verify.test_paths import is_test_path

DRIVER: Final = Path(__file__).parent / "driver"
SHARE_OF_TIME: Final = 0.8
"""Of the engine's seconds, what the search may take; the rest is for comparing what it found, and for ending."""

NEAR_SHARE: Final = 0.5
"""Of the search's time, what goes to the neighbourhood of a change that nearly worked."""


@dataclass(frozen=True, slots=True)
class SearchEnvironment:
    """What the target's tests run in: variables, and paths to bind read-only."""

    env: Mapping[str, str]
    readable: tuple[Path, ...] = ()


class SearchEngine:
    """Proposes the simplest change that turns the failing tests green and keeps the passing ones so.

    One for each run: asked again for the same failing tests, it goes on where it ended.
    """

    name = "search"

    def __init__(self, sandbox: Sandbox, environment: SearchEnvironment, clock: Clock) -> None:
        self._sandbox = sandbox
        self._environment = environment
        self._clock = clock
        self._settled = defaultdict[tuple[str, ...], set[Key]](set)

    def check(self) -> str:
        """The built-in engine always answers."""
        return "the built-in search engine answers; it needs no model"

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:  # noqa: ARG002 -- the port's
        """Leaves the plan to the rules."""
        return None, Usage()

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:  # noqa: ARG002 -- the port's
        """Leaves the order to what was measured: it reads no text."""
        return (), Usage()

    def propose(self, context: EngineContext) -> Proposal:
        """The simplest confirmed candidate, the others as alternatives; no edits if there is none.

        Raises EngineFailure when the tests cannot be run at all.
        """
        failing = tuple(name for name in (context.reproducing.failing if context.reproducing else ()) if "::" in name)
        if not failing:
            return Proposal((), "the search needs a failing test with an id (path::name); there is none")
        texts = python_texts(context.plan.files, context.files)
        if not texts:
            return Proposal((), "the search repairs Python; none of the plan's files is Python")
        end_s = self._clock() + SHARE_OF_TIME * context.seconds_left
        near = python_texts(tuple(path for path in context.near_miss if path in context.files), context.near_miss)
        if near:
            # What nearly worked first, for a part of the time; then the base as if nothing had been tried.
            until_s = self._clock() + NEAR_SHARE * (end_s - self._clock())
            found = self._search(context, {**texts, **near}, failing, until_s)
            if found.edits:
                return replace(found, reasoning=f"from the best attempt so far: {found.reasoning}")
        return self._search(context, texts, failing, end_s)

    def _search(
        self, context: EngineContext, texts: Mapping[str, str], failing: tuple[str, ...], deadline_s: float
    ) -> Proposal:
        command = Command(
            argv=("python3", str(DRIVER)),
            workspace=Path(context.checkout),
            timeout_s=context.seconds_left,
            env=self._environment.env,
            readable=(DRIVER, *self._environment.readable),
        )
        with self._sandbox.converse(command) as conversation, _trees_are_no_garbage():
            session = Session(
                Driver(conversation), context, texts, self._clock, deadline_s, settled=self._settled[failing]
            )
            return session.propose(failing)


@contextlib.contextmanager
def _trees_are_no_garbage() -> Iterator[None]:
    """A search holds millions of syntax nodes and makes no cycles: the collector would only go through them again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def python_texts(paths: tuple[str, ...], texts: Mapping[str, str]) -> dict[str, str]:
    """The Python files that are not tests: path -> text, with Unix line ends."""
    wanted = (path for path in paths if path.endswith(".py") and path in texts and not is_test_path(path))
    return {path: texts[path].replace("\r\n", "\n") for path in wanted}
