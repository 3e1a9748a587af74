"""A text model sees whole code within its budget, and its answer is read, never trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.budget import estimate_tokens
from runner.edits.apply import apply_edits
from runner.engines.excerpts import render_excerpts
from runner.engines.prompted import Completion, PromptedEngine
from runner.errors import BudgetSpent, EditRejected, PlanInvalid, ReplyMalformed, TimeSpent
from runner.models import EngineContext, Limits, Localisation, Parameters, Slice, Task, TestWanted, Usage
from runner.phases.optimise import parameter_grid
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

    def __init__(self, answer: str, *, is_cut: bool = False) -> None:
        self.answer = answer
        self.is_cut = is_cut
        self.prompts: list[str] = []
        self.schemas: list[Mapping[str, Any] | None] = []
        self.temperatures: list[float] = []

    def check(self) -> str:
        return "a script"

    def complete(
        self, prompt: str, *, schema: Mapping[str, Any] | None, temperature: float, timeout_s: float
    ) -> Completion:
        self.prompts.append(prompt)
        self.schemas.append(schema)
        self.temperatures.append(temperature)
        return Completion(self.answer, Usage(1, 10, 5), self.is_cut)


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


def engine(model: ScriptedModel, python: str = "") -> PromptedEngine:
    return PromptedEngine(model, TEMPLATES, Limits(), python)


def test_edits_are_read_from_the_answer() -> None:
    """The direct-edit format goes in, an anchored edit comes out."""
    model = ScriptedModel("FILE: src/a.py\nLINES: 2-2\nREASONING: one too many\n```\n    return x + x\n```")
    proposal = engine(model).propose(context())
    (edit,) = proposal.edits
    assert (edit.anchor, edit.text, edit.reasoning) == ("    return x + x + 1\n", "    return x + x\n", "one too many")
    assert proposal.usage == Usage(1, 10, 5)


def test_a_prompt_without_a_failing_test_says_why_there_is_none() -> None:
    """A test that was asked for before and never came to anything would puzzle whoever wrote it."""
    model = ScriptedModel("nothing")
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(reproducing=None, untested="the written test was refused"))
    assert "None is known that shows the defect (the written test was refused)." in model.prompts[0]
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(reproducing=None))
    assert "None is known that shows the defect." in model.prompts[1]


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


def test_a_prompt_says_which_python_the_code_runs_on() -> None:
    """Where that is known, and where it is Python's code: newer syntax would break it."""
    model = ScriptedModel("FILE: src/a.py\nLINES: 2-2\nREASONING: r\n```\n    return x + x\n```")
    engine(model, "3.6").propose(context())
    engine(model).propose(context())
    assert ["The code runs on Python 3.6." in prompt for prompt in model.prompts] == [True, False]


def test_the_format_is_shown_in_the_language_of_the_code() -> None:
    """A Python example beside a script makes one wonder."""
    model, script = ScriptedModel("nothing"), replace(SLICE, path="lib/a.js")
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(files={"lib/a.js": CODE}, slices=(script,), may_ask=True))
    assert "FILE: path/as/shown.js\nLINES" in model.prompts[0]
    assert "\n```javascript\n" in model.prompts[0]
    assert "SHOW: path/to/file.js" in model.prompts[0]


def test_a_model_may_ask_for_code_in_place_of_edits() -> None:
    """Once: the prompt says so and names what else was found; edits beside the question come first."""
    model = ScriptedModel("The cause is elsewhere.\n\nSHOW: src/b.py halve\n- `SHOW: src/c.py`\n")
    other = Slice("src/b.py", "halve", 4, 9, "", 0.5, "")
    proposal = engine(model).propose(context(may_ask=True, slices=(SLICE, other)))
    assert proposal.wanted == ("src/b.py halve", "src/c.py")
    assert proposal.usage == Usage(1, 10, 5)
    assert "SHOW: path/to/file.py" in model.prompts[0]
    assert "not shown:\nsrc/b.py: halve\n" in model.prompts[0]
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(may_ask=False))
    assert "SHOW" not in model.prompts[1]
    model.answer = "FILE: src/a.py\nLINES: 2-2\nREASONING: r\n```\n    return x + x\n```\nSHOW: src/b.py\n"
    assert engine(model).propose(context(may_ask=True)).edits


def test_what_was_asked_for_and_finds_no_room_is_named() -> None:
    """A model that is shown less than it asked for would take what it sees for all there is."""
    text = "".join(f"def f{number}():\n    return {number}\n" for number in range(600))
    files = {"src/a.py": CODE, "src/b.py": text}
    asked = (Slice("src/b.py", "f0", 1, 6, "", 0.0, ""), Slice("src/b.py", "all", 301, 1200, "", 0.0, ""))
    model = ScriptedModel("nothing")
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(files=files, slices=(*asked, SLICE), asked=asked))
    assert "    1 | def f0():" in model.prompts[0]
    assert "You asked for these lines too, but there is no room for them: src/b.py 301-1200\n" in model.prompts[0]


def test_failures_are_those_of_the_code_that_is_shown() -> None:
    """Where an attempt goes on from another one, the base's failures are history."""
    model = ScriptedModel("nothing")
    base = context()
    assert base.reproducing is not None
    later = {id_: replace(test, message="assert 3 == 4") for id_, test in base.reproducing.tests.items()}
    for at_start in (None, replace(base.reproducing, tests=later)):
        with pytest.raises(ReplyMalformed):
            engine(model).propose(replace(base, at_start=at_start))
    assert ["assert 5 == 4" in prompt for prompt in model.prompts] == [True, False]
    assert "assert 3 == 4" in model.prompts[1]


@pytest.mark.parametrize(
    "answer", ["I cannot see why.", "FILE: src/a.py\nLINES: 90-95\nREASONING: r\n```\nsomething else\n```\n"]
)
def test_an_answer_that_came_to_nothing_comes_with_its_failure(answer: str) -> None:
    """A model has not seen its own earlier answers; in the reason that people read it does not stand."""
    with pytest.raises((ReplyMalformed, EditRejected)) as failure:
        engine(ScriptedModel(answer)).propose(context())
    assert failure.value.answer == answer  # type: ignore[attr-defined]  # both have it
    assert answer not in str(failure.value)


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
    model = ScriptedModel(f"Here is the plan:\n```json\n{json.dumps(plan)}\n```\n")
    stuck = context(is_stuck=True, feedback=("Attempt 1: the test stayed red",))
    made, usage = engine(model).plan(stuck.task, stuck)
    assert made is not None
    assert made.files == ("src/a.py",)
    assert usage.calls == 1
    assert model.schemas[0] is not None
    assert "Attempt 1:" in model.prompts[0]
    with pytest.raises(PlanInvalid):
        engine(ScriptedModel('{"format": 1}')).plan(stuck.task, stuck)


def test_no_plan_is_asked_for_while_attempts_teach_something() -> None:
    """A call for a plan takes as long as an attempt, so the rules make it until the model is stuck."""
    model = ScriptedModel("")
    assert engine(model).plan(context().task, context()) == (None, Usage())
    assert model.prompts == []


def test_the_files_of_a_models_own_plan_are_shown_first() -> None:
    """And in them the definitions that it speaks of, also one that nobody had found."""
    other = Slice("src/b.py", "y", 1, 1, "", 9.0, "")
    files = {"src/a.py": CODE + "# rest\n" * 3000 + "\n\ndef half(x):\n    return x\n", "src/b.py": "y = 1\n"}
    model = ScriptedModel("nothing")
    for source in ("rules", "engine"):
        plan = replace(context().plan, source=source, hypothesis="`half` does not divide")
        with pytest.raises(ReplyMalformed):
            engine(model).propose(context(plan=plan, files=files, slices=(other, SLICE)))
    by_rules, by_engine = model.prompts
    assert by_rules.index("FILE: src/b.py") < by_rules.index("FILE: src/a.py")
    assert "def half(x):" not in by_rules
    assert by_engine.index("FILE: src/a.py") < by_engine.index("FILE: src/b.py")
    assert "def half(x):" in by_engine
    assert "Only these files may change: src/a.py" in by_engine


def test_a_failing_test_is_shown_with_its_source() -> None:
    """What the test does says more than its name."""
    model = ScriptedModel("nothing")
    test = "import pytest\nfrom a import double\n\n\ndef test_double():\n    assert double(2) == 4\n" + "\n" * 60
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(test_files={"tests/t.py": test}))
    for part in ("assert 5 == 4", "    2 | from a import double", "    6 |     assert double(2) == 4"):
        assert part in model.prompts[0]
    assert "import pytest" not in model.prompts[0]


def test_a_model_may_say_that_a_lost_test_asks_for_the_defect() -> None:
    """It sees what the test does, and is offered to answer so only where a change loses few tests."""
    model = ScriptedModel("OUTDATED: test_old - it asks for one too many")
    test = "from a import double\n\n\ndef test_old():\n    assert double(2) == 5\n" + "\n" * 60
    lost = {"tests/old.py::test_old": TestResult(TestOutcome.FAILED, message="assert 4 == 5")}
    tried = {"feedback": ("Attempt 1",), "best": 1, "test_files": {"tests/old.py": test}}
    proposal = engine(model).propose(context(lost=lost, **tried))
    assert (proposal.edits, proposal.objection) == ((), "test_old - it asks for one too many")
    for part in ("Lost with the change of attempt 1", "    5 |     assert double(2) == 5", "OUTDATED: "):
        assert part in model.prompts[0]
    with pytest.raises(ReplyMalformed):
        engine(model).propose(context(**tried))
    assert "OUTDATED" not in model.prompts[1]


def test_a_model_may_go_on_from_the_best_attempt() -> None:
    """It sees the file as that attempt left it and is told so; its edits come back as edits of the base."""
    changed = "import os\n\n\n" + CODE.replace("+ 1", "+ 2")
    model = ScriptedModel("FILE: src/a.py\nLINES: 4-5\nREASONING: r\n```\ndef double(x):\n    return x + x\n```")
    proposal = engine(model).propose(context(near_miss={"src/a.py": changed}, start=2))
    assert "    5 |     return x + x + 2" in model.prompts[0]
    assert "This is the code as attempt 2 left it" in model.prompts[0]
    made = apply_edits(proposal.edits, {"src/a.py": CODE})
    assert made == {"src/a.py": "import os\n\n\n" + CODE.replace(" + 1", "")}
    assert proposal.shown == (SLICE,)


def test_a_near_miss_alone_is_not_shown() -> None:
    """The search begins there; the model goes on from the base unless it is told otherwise."""
    model = ScriptedModel("FILE: src/a.py\nLINES: 2-2\nREASONING: r\n```\n    return x + x\n```")
    engine(model).propose(context(near_miss={"src/a.py": "x = 1\n"}))
    assert "This is" not in model.prompts[0]


def test_a_model_may_ask_for_code_before_it_writes_a_test() -> None:
    """Where it is offered; elsewhere such an answer is no test. What nobody knows is said."""
    model = ScriptedModel("SHOW: src/a.py double")
    wanted = TestWanted(
        Task("r", "c", "double is wrong", "t"), "tests/test_new.py", "", "", (SLICE,), {"src/a.py": CODE}
    )
    draft = engine(model).write_test(replace(wanted, may_ask=True), timeout_s=9.0)
    assert (draft.text, draft.wanted, draft.usage.calls) == ("", ("src/a.py double",), 1)
    with pytest.raises(ReplyMalformed):
        engine(model).write_test(replace(wanted, asked=(SLICE,), unknown=("src/b.py",)), timeout_s=9.0)
    assert ["SHOW: " in prompt for prompt in model.prompts] == [True, False]
    assert "Nothing is known by what you asked for as: src/b.py" in model.prompts[1]


def test_a_cut_answer_is_no_answer() -> None:
    """Half an edit would delete the other half's lines."""
    model = ScriptedModel("FILE: src/a.py\nLINES: 1-2\nREASONING: r\n```\ndef double(x):\n", is_cut=True)
    with pytest.raises(ReplyMalformed, match="was cut"):
        engine(model).propose(context())


def test_no_call_is_made_without_time() -> None:
    """The clock is looked at before the model is asked."""
    model = ScriptedModel("")
    with pytest.raises(TimeSpent, match="--seconds"):
        engine(model).propose(context(seconds_left=0.5))
    assert model.prompts == []


@pytest.mark.parametrize("row", parameter_grid("scripted", Limits()))
@pytest.mark.parametrize("lines", [10, 400, 5000])
def test_a_prompt_never_exceeds_its_tokens(lines: int, row: Parameters) -> None:
    """However long issue, code and feedback are, and with whichever row of the grid."""
    model = ScriptedModel("nothing")
    text = "\n".join(f"x{n} = {n}" for n in range(lines))
    slices = tuple(Slice("src/a.py", f"s{n}", n, n + 30, "0" * 40, 1.0, "why") for n in range(1, lines, 31))
    busy = context(
        files={"src/a.py": text},
        slices=slices,
        feedback=("f" * 9000,),
        task=Task("r", "c", "t" * 9000, "x"),
        parameters=row,
    )
    with pytest.raises(ReplyMalformed):
        engine(model).propose(busy)
    assert estimate_tokens(model.prompts[0]) <= row.prompt_tokens


def test_every_row_of_the_grid_is_another_call() -> None:
    """Another prompt or another temperature: no two attempts of a schedule ask the same."""
    text = "\n".join(f"x{n} = {n}" for n in range(3000))
    slices = tuple(Slice("src/a.py", f"s{n}", n, n + 9, "0" * 40, 1.0, "why") for n in range(1, 3000, 200))
    model = ScriptedModel("nothing")
    rows = parameter_grid("scripted", Limits())
    for row in rows:
        with pytest.raises(ReplyMalformed):
            engine(model).propose(context(files={"src/a.py": text}, slices=slices, parameters=row))
    assert len(set(zip(model.prompts, model.temperatures, strict=True))) == len(rows)
    assert len(set(model.prompts)) == 3


def test_a_budget_without_room_for_code_is_an_error() -> None:
    """A prompt without code would only invite invention."""
    with pytest.raises(BudgetSpent):
        engine(ScriptedModel("")).propose(context(parameters=Parameters("scripted", prompt_tokens=100)))


def test_whole_definitions_are_shown_never_half_of_one() -> None:
    """What does not fit is left out; a smaller one behind it may still be shown."""
    text = "\n".join(f"line {n}" for n in range(1, 201))
    big, small = Slice("a", "big", 1, 150, "", 2.0, ""), Slice("a", "small", 160, 162, "", 1.0, "")
    shown = render_excerpts([big, small], {"a": text}, token_cap=60).text
    assert "lines 160-162 of 200" in shown
    assert "    1 | line 1\n" not in shown
