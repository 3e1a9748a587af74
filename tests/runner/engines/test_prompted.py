"""A text model sees whole code within its budget, and its answer is read, never trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.budget import estimate_tokens
from runner.engines.excerpts import render_excerpts
from runner.engines.prompted import Completion, PromptedEngine
from runner.errors import BudgetSpent, PlanInvalid, ReplyMalformed
from runner.models import EngineContext, Limits, Localisation, Parameters, Slice, Task, Usage
from runner.phases.plan import plan_by_rules
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

PROMPTS = Path(__file__).parents[3] / "templates" / "prompts"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in PROMPTS.glob("*.j2")}
CODE = "def double(x):\n    return x + x + 1\n"
SLICE = Slice("src/a.py", "double", 1, 2, "0" * 40, 1.0, "named in the issue")
RED = TestRun(
    "python -m pytest",
    1,
    "selected 1",
    RunOutcome.RED,
    {"tests/t.py::test_double": TestResult(TestOutcome.FAILED, "fp", "assert 5 == 4")},
    0.1,
)


class ScriptedModel:
    """Answers as told and keeps its prompts."""

    name = "scripted"

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.prompts: list[str] = []
        self.schemas: list[Mapping[str, Any] | None] = []

    def check(self) -> str:
        return "a script"

    def complete(
        self, prompt: str, *, schema: Mapping[str, Any] | None, temperature: float, timeout_s: float
    ) -> Completion:
        self.prompts.append(prompt)
        self.schemas.append(schema)
        return Completion(self.answer, Usage(1, 10, 5))


def context(**more: Any) -> EngineContext:
    task = Task("r", "c", "double() is off by one\n\nIt returns 5 for 2.", "test")
    plan = plan_by_rules(
        task, Localisation((), (SLICE,), (SLICE,)), ("tests/t.py::test_double",), editable=["src/a.py"]
    )
    made = EngineContext(
        task=task,
        plan=plan,
        checkout="/c",
        files={"src/a.py": CODE},
        slices=(SLICE,),
        reproducing=RED,
        passing=(),
        feedback=(),
        tried=frozenset(),
        parameters=Parameters("scripted"),
        seconds_left=60,
    )
    return replace(made, **more)


def engine(model: ScriptedModel) -> PromptedEngine:
    return PromptedEngine(model, TEMPLATES, Limits())


def test_edits_are_read_from_the_answer() -> None:
    """The direct-edit format goes in, an anchored edit comes out."""
    model = ScriptedModel("FILE: src/a.py\nLINES: 2-2\nREASONING: one too many\n```\n    return x + x\n```")
    proposal = engine(model).propose(context())
    (edit,) = proposal.edits
    assert (edit.anchor, edit.text, edit.reasoning) == ("    return x + x + 1", "    return x + x\n", "one too many")
    assert proposal.usage == Usage(1, 10, 5)


def test_the_edit_prompt_is_self_sufficient() -> None:
    """Issue, plan, failing test with its values, numbered code, earlier failures and the format are all there."""
    model = ScriptedModel("nothing")
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(feedback=("Attempt 1: the test stayed red",)))
    (prompt,) = model.prompts
    for part in (
        "It returns 5 for 2.",
        "assert 5 == 4",
        "    2 |     return x + x + 1",
        "Attempt 1:",
        "LINES: first-last",
    ):
        assert part in prompt


def test_a_plan_is_asked_for_with_its_schema_and_validated() -> None:
    """The schema constrains the model; what comes back is checked all the same."""
    plan = {
        "format": 1,
        "hypothesis": "one too many",
        "files": ["src/a.py"],
        "reproducer": ["tests/t.py::test_double"],
        "failure_means": "red",
        "source": "engine",
        "steps": [{"id": "m1", "pool": "mutate", "action": "edit", "paths": ["src/a.py"], "why": "w", "needs": []}],
    }
    model = ScriptedModel(json.dumps(plan))
    made, usage = engine(model).plan(context().task, context())
    assert made is not None
    assert made.files == ("src/a.py",)
    assert usage.calls == 1
    assert model.schemas[0] is not None
    with pytest.raises(PlanInvalid):
        engine(ScriptedModel('{"format": 1}')).plan(context().task, context())


@pytest.mark.parametrize("lines", [10, 400, 5000])
def test_a_prompt_never_exceeds_its_tokens(lines: int) -> None:
    """However long issue, code and feedback are."""
    model = ScriptedModel("nothing")
    text = "\n".join(f"x{n} = {n}" for n in range(lines))
    slices = tuple(Slice("src/a.py", f"s{n}", n, n + 30, "0" * 40, 1.0, "why") for n in range(1, lines, 31))
    busy = context(
        files={"src/a.py": text}, slices=slices, feedback=("f" * 9000,), task=Task("r", "c", "t" * 9000, "x")
    )
    with pytest.raises(ReplyMalformed):
        engine(model).propose(busy)
    assert estimate_tokens(model.prompts[0]) <= 4000


def test_a_budget_without_room_for_code_is_an_error() -> None:
    """A prompt without code would only invite invention."""
    with pytest.raises(BudgetSpent):
        engine(ScriptedModel("")).propose(context(parameters=Parameters("scripted", prompt_tokens=100)))


def test_whole_definitions_are_shown_never_half_of_one() -> None:
    """What does not fit is left out; a smaller one behind it may still be shown."""
    text = "\n".join(f"line {n}" for n in range(1, 201))
    big, small = Slice("a", "big", 1, 150, "", 2.0, ""), Slice("a", "small", 160, 162, "", 1.0, "")
    shown = render_excerpts([big, small], {"a": text}, token_cap=60)
    assert "lines 160-162 of 200" in shown
    assert "    1 | line 1\n" not in shown
