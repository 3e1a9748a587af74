"""What plan.json must look like: a published JSON Schema, then what a schema cannot say. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

import jsonschema

from runner.errors import PlanInvalid
from runner.models import FORMAT, Plan, Step

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 2000}
_PATH: Final = {"type": "string", "minLength": 1, "maxLength": 4096, "not": {"pattern": "^/|(^|/)\\.\\.(/|$)"}}
SCHEMA: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "plan.json",
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "hypothesis", "files", "reproducer", "failure_means", "steps"],
    "properties": {
        "format": {"const": FORMAT},
        "hypothesis": _TEXT,
        "files": {"type": "array", "minItems": 1, "maxItems": 50, "uniqueItems": True, "items": _PATH},
        "reproducer": {"type": "array", "items": _TEXT},
        "failure_means": _TEXT,
        "source": _TEXT,
        "steps": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "pool", "action", "paths", "why"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,30}$"},
                    "pool": {"enum": ["scan", "mutate"]},
                    "action": {"enum": ["read", "find", "edit", "test"]},
                    "paths": {"type": "array", "items": _PATH},
                    "why": _TEXT,
                    "needs": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                },
            },
        },
    },
}
_POOL_OF: Final = {"read": "scan", "find": "scan", "edit": "mutate", "test": "mutate"}


def load_plan(text: str, known_paths: Collection[str]) -> Plan:
    """The plan in a JSON text. Raises PlanInvalid with every fault at once, each with its JSON path."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise PlanInvalid((f"$: not JSON: {error}",)) from error
    validator = jsonschema.Draft202012Validator(SCHEMA)
    faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    if not faults:
        faults = list(_meaning_faults(document, known_paths))
    if faults:
        raise PlanInvalid(tuple(faults))
    return Plan(
        hypothesis=document["hypothesis"],
        files=tuple(document["files"]),
        reproducer=tuple(document["reproducer"]),
        failure_means=document["failure_means"],
        steps=tuple(_step(step) for step in document["steps"]),
        source=document.get("source", "engine"),
    )


def dump_plan(plan: Plan) -> str:
    """The plan as canonical JSON text; load_plan reads it back to the same plan."""
    steps = [
        {
            "id": s.id,
            "pool": s.pool,
            "action": s.action,
            "paths": list(s.paths),
            "why": s.why,
            "needs": list(s.needs),
        }
        for s in plan.steps
    ]
    document = {
        "format": FORMAT,
        "hypothesis": plan.hypothesis,
        "files": list(plan.files),
        "reproducer": list(plan.reproducer),
        "failure_means": plan.failure_means,
        "steps": steps,
        "source": plan.source,
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def in_order(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """The steps in waves: each wave's needs are met by the waves before it."""
    by_id = {step.id: step for step in steps}
    graph = TopologicalSorter({step.id: step.needs for step in steps})
    graph.prepare()
    while graph.is_active():
        ready = graph.get_ready()
        yield tuple(by_id[id_] for id_ in by_id if id_ in ready)
        graph.done(*ready)


def _step(document: Mapping[str, Any]) -> Step:
    return Step(
        id=document["id"],
        pool=document["pool"],
        action=document["action"],
        paths=tuple(document["paths"]),
        why=document["why"],
        needs=tuple(document.get("needs", ())),
    )


def _meaning_faults(document: Mapping[str, Any], known_paths: Collection[str]) -> Iterator[str]:
    steps = document["steps"]
    ids = [step["id"] for step in steps]
    for at, step in enumerate(steps):
        here = f"$.steps[{at}]"
        if ids.count(step["id"]) > 1:
            yield f"{here}.id: {step['id']!r} is used twice"
        if _POOL_OF[step["action"]] != step["pool"]:
            yield f"{here}.pool: {step['action']!r} belongs to the pool {_POOL_OF[step['action']]!r}"
        for need in set(step.get("needs", ())) - set(ids):
            yield f"{here}.needs: there is no step {need!r}"
        yield from _path_faults(here, step, document["files"], known_paths)
    if not any(step["action"] == "edit" for step in steps):
        yield "$.steps: no step edits anything"
    yield from _cycle_faults(steps)


def _path_faults(here: str, step: Mapping[str, Any], files: list[str], known: Collection[str]) -> Iterator[str]:
    for n, path in enumerate(step["paths"]):
        if step["action"] == "edit" and path not in files:
            yield f"{here}.paths[{n}]: {path!r} is edited but not listed in $.files"
        if step["action"] == "read" and path not in known:
            yield f"{here}.paths[{n}]: {path!r} is not in the repository; paths are relative to its root"


def _cycle_faults(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    try:
        TopologicalSorter({step["id"]: step.get("needs", ()) for step in steps}).prepare()
    except CycleError as error:
        yield "$.steps: the needs form a circle: " + " -> ".join(error.args[1])
