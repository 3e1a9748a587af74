"""After a plan of its own a model sees what the plan speaks of."""

from __future__ import annotations

from dataclasses import replace

from runner.engines.planned import planned_first
from runner.models import Plan, Slice

FILES = {
    "a.py": "class Till:\n    def count(self):\n        return 0\n\n    def total(self):\n        return 1\n",
    "b.txt": "x\n",
}
PLAN = Plan("`total` forgets the first price", ("a.py", "b.txt", "gone.py"), (), "", (), "engine")
FOUND = (Slice("c.py", "other", 1, 9, "", 2.0, ""), Slice("a.py", "Till.count", 2, 3, "1" * 40, 1.0, "named"))


def test_what_the_plan_names_comes_first_then_its_files_then_the_rest() -> None:
    """With the heads of classes, and without a fault where a planned file is unknown."""
    made = [(one.path, one.name, one.start, one.end) for one in planned_first(FOUND, PLAN, FILES)]
    assert made[0] == ("a.py", "Till.total", 5, 6)
    assert made[1] == ("a.py", "Till.count", 2, 3)
    assert ("a.py", "Till", 1, 1) in made
    assert made[-1] == ("c.py", "other", 1, 9)


def test_a_plan_by_rules_changes_nothing() -> None:
    """Its hypothesis is no more than the order that the slices have already."""
    assert planned_first(FOUND, replace(PLAN, source="rules"), FILES) == FOUND
