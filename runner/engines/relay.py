"""Who goes first when a model and the built-in search work together: the model, then the search from its near miss."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from runner.errors import EngineFailure
from runner.models import EngineContext, Localisation, Plan, Proposal, Task, Usage
from runner.ports import Engine

SEARCH_SHARE: Final = 0.4
"""Of an attempt's seconds, what the search may take before the model is asked again."""
STUCK_SHARE: Final = 0.7
"""The same where the model fails in the same way again and again."""


class RelayEngine:
    """Asks the model first; after a failed attempt the search begins at the best one, then the model goes on.

    To the run it is the model: plan, order of files and name are the model's.
    """

    def __init__(self, model: Engine, search: Engine) -> None:
        """Both engines, ready to be asked."""
        self.name = model.name
        self.model = model
        self._search = search
        self._searched: set[tuple[float, tuple[str, ...], tuple[tuple[str, str], ...]]] = set()

    def check(self) -> str:
        """What the model says. Raises EngineUnreachable."""
        return self.model.check()

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        """The model's plan. Raises what the model raises."""
        return self.model.plan(task, context)

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """The model's order. Raises what the model raises."""
        return self.model.rerank(task, found, timeout_s=timeout_s)

    def propose(self, context: EngineContext) -> Proposal:
        """The model's edits; once an attempt has failed, the search's if it finds any. Raises what the model raises."""
        if not context.feedback or context.reproducing is None:
            return self.model.propose(context)
        share = STUCK_SHARE if context.is_stuck else SEARCH_SHARE
        from_here = (share, context.plan.files, tuple(sorted(context.near_miss.items())))
        if from_here in self._searched:  # it would look at the very same changes once more
            return self.model.propose(context)
        self._searched.add(from_here)
        found = self._look(replace(context, seconds_left=share * context.seconds_left))
        if found is not None and found.edits:
            return replace(found, facts={**found.facts, "handed_over_to": self._search.name})
        return self.model.propose(replace(context, seconds_left=(1.0 - share) * context.seconds_left))

    def _look(self, context: EngineContext) -> Proposal | None:
        """What the search proposes; None where it cannot run these tests."""
        try:
            return self._search.propose(context)
        except EngineFailure:
            return None
