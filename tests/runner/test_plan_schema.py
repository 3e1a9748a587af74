"""plan.json is checked as a whole: every fault at once, each with its path."""

from __future__ import annotations

import json

import pytest

from runner.errors import PlanInvalid
from runner.models import Plan, Step
from runner.plan_schema import dump_plan, in_order, load_plan

PLAN = Plan(
    hypothesis="the sign is wrong",
    files=("a.py",),
    reproducer=("tests/t.py::test_a",),
    failure_means="it stays red",
    steps=(
        Step("s1", "scan", "read", ("a.py",), "read"),
        Step("m1", "mutate", "edit", ("a.py",), "edit", ("s1",)),
        Step("m2", "mutate", "test", (), "test", ("m1",)),
    ),
    source="rules",
)


def test_a_plan_survives_the_file() -> None:
    """What is written is read back."""
    assert load_plan(dump_plan(PLAN), {"a.py"}) == PLAN


def test_steps_come_in_waves() -> None:
    """A step waits for what it needs."""
    assert [[step.id for step in wave] for wave in in_order(PLAN.steps)] == [["s1"], ["m1"], ["m2"]]


def test_every_schema_fault_is_told_at_once_with_its_path() -> None:
    """Nobody mends a plan one fault per round."""
    document = json.loads(dump_plan(PLAN))
    document["hypothesis"] = 7
    document["steps"][1]["pool"] = "both"
    document["files"] = ["/etc/passwd", "a/../../b"]
    with pytest.raises(PlanInvalid) as invalid:
        load_plan(json.dumps(document), {"a.py"})
    paths = [fault.split(":")[0] for fault in invalid.value.faults]
    assert paths == ["$.hypothesis", "$.files[0]", "$.files[1]", "$.steps[1].pool"]


def test_faults_of_meaning_are_told_at_once() -> None:
    """Ids, needs, pools, circles and paths are judged together."""
    document = json.loads(dump_plan(PLAN))
    document["steps"] = [
        {"id": "a", "pool": "mutate", "action": "read", "paths": ["gone.py"], "why": "w", "needs": ["b"]},
        {"id": "b", "pool": "mutate", "action": "test", "paths": ["other.py"], "why": "w", "needs": ["a", "zz"]},
        {"id": "b", "pool": "mutate", "action": "test", "paths": [], "why": "w"},
    ]
    with pytest.raises(PlanInvalid) as invalid:
        load_plan(json.dumps(document), {"a.py"})
    said = "\n".join(invalid.value.faults)
    for part in ("belongs to the pool 'scan'", "no step 'zz'", "used twice", "not in the repository", "no step edits"):
        assert part in said


def test_what_is_no_json_is_one_fault() -> None:
    """A model's prose is refused with the reason."""
    with pytest.raises(PlanInvalid, match="not JSON"):
        load_plan("Here is the plan:", set())


def test_a_circle_is_named() -> None:
    """The steps of the circle are told."""
    document = json.loads(dump_plan(PLAN))
    document["steps"][0]["needs"] = ["m2"]
    with pytest.raises(PlanInvalid, match="circle"):
        load_plan(json.dumps(document), {"a.py"})
