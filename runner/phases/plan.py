"""What will be done about the task: the engine's plan, or one made by rules. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.models import EngineContext, Localisation, Plan, Step, Task, Usage
from runner.ports import Engine

FILES_SHOWN = 6
"""How many of the best files a first plan made by rules may change: more do not fit into a prompt."""
FILES_SEARCHED = 24
"""The same for an engine that a failing test leads: what that does not execute costs it nothing."""
WIDER = 3
"""Each miss makes the next plan so many times as wide."""


def make_plan(engine: Engine, context: EngineContext) -> tuple[Plan, Usage]:
    """The engine's own plan, else the one by rules that the context carries.

    Raises PlanInvalid with every fault, EngineFailure, TimeSpent.
    """
    plan, usage = engine.plan(context.task, context)
    return plan or context.plan, usage


def with_files(plan: Plan, files: Sequence[str]) -> Plan:
    """The plan that may change these files as well."""
    return replace(plan, files=tuple(dict.fromkeys((*plan.files, *files))))


def plan_by_rules(
    task: Task,
    localisation: Localisation,
    reproducer: Sequence[str],
    *,
    editable: Sequence[str],
    first_files: int = FILES_SHOWN,
    misses: int = 0,
) -> Plan:
    """Read the best files, edit them, test: what anybody would do first.

    `editable` are source paths, best first, of which a first plan takes `first_files`; `misses` counts the attempts
    that found no edit, and one more where the attempts go on failing in the same way.
    """
    files = tuple(editable[: first_files * WIDER**misses])
    best = localisation.slices[0] if localisation.slices else None
    suspect = f"{best.path}:{best.name} ({best.why})" if best else "the files that the text names"
    proof = f"{len(reproducer)} reproducing test(s) stay red" if reproducer else "an existing test turns red"
    return Plan(
        hypothesis=f"{task.title}: the cause is most likely in {suspect}",
        files=files,
        reproducer=tuple(reproducer),
        failure_means=f"{proof} after the edit",
        steps=(
            Step("s1", "scan", "read", files, "read what the localisation found"),
            Step("m1", "mutate", "edit", files, "repair the cause", ("s1",)),
            Step("m2", "mutate", "test", tuple(reproducer), "the reproducing tests, then the nearest ones", ("m1",)),
        ),
        source="rules",
    )
