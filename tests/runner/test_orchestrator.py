"""The loop: from task to result on fakes at every port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.adapters.grid import DuckDbGrid
from runner.commands.fix import blocked_by
from runner.errors import (
    EditRejected,
    EngineFailure,
    EngineUnreachable,
    EnvironmentMissing,
    HookBlocked,
    ReplyMalformed,
)
from runner.models import (
    Edit,
    EngineContext,
    ExitReason,
    Limits,
    Proposal,
    Result,
    Rival,
    RunRequest,
    Slice,
    Spent,
    Task,
    Usage,
)
from runner.orchestrator import run
from runner.ports import Ports
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun, Verdict
from runner.testing import (
    FakeBundle,
    FakeClock,
    FakeCoverage,
    FakeEngine,
    FakeGauge,
    FakeGrid,
    FakeHistory,
    FakeHooks,
    FakeObserver,
    FakeRepository,
    FakeSandbox,
    FakeSliceCache,
    FakeSuite,
    FakeTracer,
    FakeWorkspace,
    SerialScan,
)

CODE = b"def double(x):\n    return x + x + 1\n\n\ndef triple(x):\n    return 3 * x\n"
TESTS = b"def test_double():\n    assert double(2) == 4\n\n\ndef test_triple():\n    assert triple(1) == 3\n"
FILES = {"src/maths.py": CODE, "tests/test_maths.py": TESTS}
RED_ID, GREEN_ID = "tests/test_maths.py::test_double", "tests/test_maths.py::test_triple"
TEXT = "double() in src/maths.py returns one too much\n\n`test_double` fails: double(2) is 5."


def judge(files: Mapping[str, bytes]) -> dict[str, TestOutcome]:
    """What the tests would say of these files."""
    code = files["src/maths.py"]
    double = TestOutcome.PASSED if b"return x + x\n" in code or b"return 2 * x\n" in code else TestOutcome.FAILED
    triple = TestOutcome.PASSED if b"3 * x" in code else TestOutcome.FAILED
    return {RED_ID: double, GREEN_ID: triple}


def judge_reported(files: Mapping[str, bytes]) -> dict[str, TestOutcome]:
    """The same, and the test that was made of the task's code: it goes the way of the double's."""
    known = judge(files)
    return {**known, **{f"{path}::test_reported": known[RED_ID] for path in files if "test_greenloop" in path}}


def proposal(new: str, *, path: str = "src/maths.py", old: str = "    return x + x + 1") -> Proposal:
    return Proposal((Edit(path, 2, 2, old, f"    {new}\n", "because"),), "because")


RIGHT = proposal("return x + x")
WRONG = proposal("return x")
ALSO_WRONG = proposal("return x + x + 2")


class BreakingEngine(FakeEngine):
    """In each of its first calls some step breaks without an exception."""

    def __init__(self, script: Sequence[Proposal | Exception], name: str, breaks: int) -> None:
        super().__init__(script, name)
        self.tracer = FakeTracer()
        self.breaks = breaks

    def propose(self, context: EngineContext) -> Proposal:
        if len(self.contexts) < self.breaks:
            with self.tracer.span("index", "TOOL") as span:
                span.fail("no such table")
        return super().propose(context)


class World:
    """Ports made of fakes, and what they remember."""

    def __init__(
        self,
        script: Sequence[Proposal | Exception],
        *,
        hooks: Sequence[Exception | None] = (None,),
        name: str = "scripted",
        files: Mapping[str, bytes] = FILES,
        judged: Callable[[Mapping[str, bytes]], dict[str, TestOutcome]] = judge,
        breaks: int = 0,
    ) -> None:
        self.workspace = FakeWorkspace(files)
        self.engine = BreakingEngine(script, name, breaks)
        self.bundle = FakeBundle()
        self.tracer = self.engine.tracer
        self.observer = FakeObserver()
        self.history = FakeHistory()
        self.suite = FakeSuite(self.workspace, judged)
        self.clock = FakeClock()
        self.ports = Ports(
            repository=FakeRepository(files),
            workspace=self.workspace,
            sandbox=FakeSandbox(),
            suite=self.suite,
            coverage=FakeCoverage(),
            engine=self.engine,
            tracer=self.tracer,
            gauge=FakeGauge(),
            history=self.history,
            grid=FakeGrid(),
            slice_cache=FakeSliceCache(),
            hooks=FakeHooks(hooks),
            scan=SerialScan(),
            bundle=self.bundle,
            observer=self.observer,
            clock=self.clock,
        )

    def run(self, **more: Any) -> Result:
        values = {
            "task": Task("repo", "base", TEXT, "test"),
            "limits": Limits(),
            "engine": "scripted",
            "out": "/bundle",
        }
        return run(RunRequest(**{**values, "reproducer": (RED_ID,), **more}), self.ports)


def test_a_right_edit_is_proven_at_the_first_attempt() -> None:
    """Red twice on the base, green on the head, red again without the edit: that is a proof."""
    world = World([RIGHT])
    result = world.run()
    assert (result.exit, result.verdict) == (ExitReason.VERIFIED, Verdict.PROVEN), result.reasons
    assert result.tree is not None
    assert result.tree.tree_sha == world.ports.repository.tree_sha("base", result.overlay)
    assert "return x + x" in result.diff
    assert [attempt.outcome for attempt in result.attempts] == ["PROVEN"]


@pytest.mark.parametrize(
    ("code", "verdict"), [("double(2)", Verdict.UNPROVEN), ("assert double(2) == 4", Verdict.PROVEN)]
)
def test_a_reproducer_that_only_runs_does_not_choose_between_changes(code: str, verdict: Verdict) -> None:
    """Where another change passes too and behaves otherwise, only a test that expects something proves one."""
    rival = Rival("`x` becomes `2 * x`", "double(3)", "6", "7")
    world = World([replace(RIGHT, rivals=(rival,))], judged=judge_reported)
    text = f"It is wrong.\n\n```python\nfrom maths import double\n{code}\n```\n\nAssertionError"
    result = world.run(task=Task("repo", "base", text, "test"), reproducer=())
    assert result.verdict is verdict
    assert any(rival.change in reason for reason in result.reasons)


def test_a_reproducer_that_is_asked_for_is_shown_as_it_is_run() -> None:
    """Not as the base has its file, if that has it at all."""
    text = "It is wrong.\n\n```python\nfrom maths import double\nassert double(2) == 4\n```\n\nAssertionError"
    asks = Proposal((), "", wanted=("test_greenloop_it_is_wrong.py test_reported",))
    world = World([asks, RIGHT], judged=judge_reported)
    world.run(task=Task("repo", "base", text, "test"), reproducer=())
    shown = world.engine.contexts[1]
    assert "assert double(2) == 4" in shown.files[shown.slices[0].path]


def test_an_alternative_has_rivals_of_its_own() -> None:
    """What was only second is no better proven than the first choice was."""
    rival = Rival("`x` becomes `2 * x`", "double(3)", "6", "7")
    world = World([Proposal(WRONG.edits, "first", alternatives=(replace(RIGHT, rivals=(rival,)),))])
    result = world.run()
    assert result.verdict is Verdict.PROVEN
    assert result.alternatives == (rival,)


def test_an_engine_is_shown_the_code_that_it_asks_for_and_may_change_it() -> None:
    """Within the same attempt: the plan takes the file in, and what was asked for stays in sight."""
    files = {**FILES, "src/far.py": b"def triple(x):\n    return 3 * x\n"}
    before = Slice("src/maths.py", "double", 1, 2, "", 1.0, "")
    asks = Proposal((), "", usage=Usage(1, 10, 1), wanted=("src/far.py triple", "src/gone.py"), shown=(before,))
    far = proposal("    return x * 3", path="src/far.py", old="    return 3 * x")
    world = World([asks, far, RIGHT], files=files)
    result = world.run()
    assert [attempt.outcome[:6] for attempt in result.attempts] == ["the de", "PROVEN"]
    assert result.attempts[0].usage.calls == 1
    first, again, later = world.engine.contexts
    assert (first.may_ask, again.may_ask, later.may_ask) == (True, True, True)
    assert "triple" not in first.slices[0].name
    assert again.files["src/far.py"].startswith("def triple")
    assert all(seen.slices[0].name == "triple" for seen in (again, later))
    assert (again.seen, again.unknown) == ((before,), ("src/gone.py",))
    assert (later.seen, later.unknown) == ((), ())
    assert "src/far.py" in json.loads(world.bundle.files["plan.json"])["files"]


def test_an_engine_may_ask_twice_in_an_attempt_and_no_more() -> None:
    """Each answer shows it what it did not know to ask for; then it has to make up its mind."""
    asks = Proposal((), "", usage=Usage(1, 10, 1), wanted=("src/maths.py triple",))
    world = World([asks, asks, RIGHT])
    result = world.run()
    assert [context.may_ask for context in world.engine.contexts] == [True, True, False]
    assert [(attempt.outcome, attempt.usage.calls) for attempt in result.attempts] == [("PROVEN", 2)]
    stubborn = World([asks, asks, asks, RIGHT]).run()
    assert "goes on asking" in stubborn.attempts[0].outcome
    assert stubborn.verdict is Verdict.PROVEN


def test_an_answer_of_no_use_is_told_to_the_engine_and_to_nobody_else() -> None:
    """What people read is the reason; a model's own words could hold anything."""
    for error in (ReplyMalformed("no edit", "@maya see ```x```"), EditRejected(("no such line",), "@maya see ```x```")):
        world = World([error, RIGHT])
        result = world.run()
        assert "@maya" in world.engine.contexts[1].feedback[0]
        assert "@maya" not in result.attempts[0].outcome


def test_asking_for_what_nobody_knows_is_a_failed_attempt() -> None:
    """The engine hears how to ask."""
    world = World([Proposal((), "", wanted=("quadruple",)), RIGHT])
    result = world.run()
    assert "nothing is known by quadruple" in result.attempts[0].outcome
    assert result.verdict is Verdict.PROVEN


def test_three_failures_then_right_is_green_at_attempt_four() -> None:
    """Every failure goes back to the engine, whatever its kind; the fourth attempt may still win."""
    world = World([WRONG, ReplyMalformed("the reply holds no edit"), proposal("return ("), RIGHT])
    result = world.run()
    assert result.verdict is Verdict.PROVEN, result.reasons
    assert [attempt.number for attempt in result.attempts] == [1, 2, 3, 4]
    told = world.engine.contexts[-1].feedback
    assert len(told) == 3
    assert "assert 1 == 2" in told[0]
    assert "holds no edit" in told[1]
    assert "src/maths.py:2" in told[2]


def test_after_three_retries_it_ends_with_the_best_attempt() -> None:
    """No fifth attempt; the exit says why and what was tried is kept."""
    world = World([WRONG, ALSO_WRONG, proposal("return x + 7"), proposal("return x + 9"), RIGHT])
    result = world.run()
    assert (result.exit, result.verdict) == (ExitReason.TESTS_STILL_FAIL, Verdict.UNPROVEN)
    assert len(result.attempts) == 4
    assert result.tree is None
    assert "return x" in result.diff


def test_the_evidence_is_that_of_the_change_that_is_shown() -> None:
    """Not of a later one that came less far: its guard, its tests and its reasons, then what ended the run."""
    cheat = proposal("__import__('sys').settrace(None)\n    return x + x")
    world = World([cheat, WRONG], hooks=[None])
    result = world.run(limits=Limits(retries=1))
    assert "settrace" in result.diff
    assert {finding.rule for finding in result.guard} == {"interpreter-hooked"}
    assert any("interpreter-hooked" in reason for reason in result.reasons)
    assert not any("decisive" in reason for reason in result.reasons)
    assert (len(result.matrix.head.reproducing), len(result.matrix.head.existing)) == (1, 0)  # no test could clear it
    assert result.exit is ExitReason.UNPROVEN
    assert not result.contested


def test_a_blocked_alternative_makes_room_for_the_next() -> None:
    """It is not tried again, whatever kept its tests from being run."""
    first = Proposal(WRONG.edits, "first", alternatives=(ALSO_WRONG, RIGHT))
    world = World([first], hooks=[None, HookBlocked("lint", "it is ugly"), None])
    result = world.run()
    assert result.verdict is Verdict.PROVEN
    assert [attempt.number for attempt in result.attempts] == [1, 2, 3]


def test_a_call_that_came_to_nothing_is_paid_for_all_the_same() -> None:
    """The receipt counts what was used, not what was useful."""
    used = Usage(calls=1, tokens_in=900, tokens_out=90)
    script = [ReplyMalformed("no edit", usage=used), EditRejected(("no place",), usage=used), RIGHT]
    result = World(script).run()
    assert result.verdict is Verdict.PROVEN
    assert (result.receipt.usage.calls, result.receipt.usage.tokens_in) == (2, 1800)


def test_what_blocks_a_run_is_told_apart_from_the_notes() -> None:
    """What is unusual about the environment comes last, and is not why the run could not go on."""
    notes = ("numpy was not installed",)
    result = World([EngineUnreachable("start Ollama")]).run(notes=notes)
    assert result.reasons[-1] == notes[0]
    assert blocked_by(result, notes) == "start Ollama"


def test_the_same_change_is_never_tested_twice() -> None:
    """A repeated edit is refused before any test, with the reason."""
    world = World([WRONG])
    result = world.run()
    assert "tried before" in result.attempts[1].outcome
    assert world.engine.contexts[1].tried


@pytest.mark.parametrize("path", ["tests/test_maths.py", ".github/workflows/ci.yml", "../outside.py", "src/other.py"])
def test_an_edit_off_the_plan_is_refused(path: str) -> None:
    """Tests, workflows, the outside and unplanned files are out of reach."""
    world = World([Proposal((Edit(path, 1, 0, None, "x = 1\n", "sneaky"),), "sneaky"), RIGHT])
    result = world.run()
    assert path in result.attempts[0].outcome
    assert result.verdict is Verdict.PROVEN


def test_alternatives_are_tried_before_the_engine_is_asked_again() -> None:
    """What an engine found as plausible is not searched for twice."""
    first = Proposal(WRONG.edits, "first", alternatives=(RIGHT,))
    world = World([first])
    assert world.run().verdict is Verdict.PROVEN
    assert len(world.engine.contexts) == 1


def test_a_hook_with_exit_code_two_blocks_and_is_fed_back() -> None:
    """The hook's own words reach the engine."""
    world = World([RIGHT, proposal("return 2 * x")], hooks=[HookBlocked("lint", "line 2 is ugly"), None])
    result = world.run()
    assert result.verdict is Verdict.PROVEN
    assert "line 2 is ugly" in world.engine.contexts[1].feedback[0]


def test_an_unreachable_engine_ends_the_run_with_its_reason() -> None:
    """Retrying a server that is not there helps nobody."""
    result = World([EngineUnreachable("start it with `ollama serve`")]).run()
    assert result.exit is ExitReason.ENGINE_UNREACHABLE
    assert "ollama serve" in " ".join(result.reasons)


def test_an_engine_that_is_not_there_is_found_out_before_anything_is_read() -> None:
    """No repository is searched for an engine that nobody started; the end is named and the bundle written."""
    world = World([RIGHT])
    world.ports = replace(world.ports, engine=FakeEngine([RIGHT], is_there=False))
    result = world.run()
    assert result.exit is ExitReason.ENGINE_UNREACHABLE
    assert result.receipt.rows == ()
    assert world.bundle.is_sealed


def test_tests_that_pass_already_leave_nothing_to_do() -> None:
    """A reproducer that is green on the base reproduces nothing."""
    result = World([RIGHT]).run(reproducer=(GREEN_ID,))
    assert (result.exit, result.verdict) == (ExitReason.NOTHING_TO_DO, Verdict.UNPROVEN)


def test_search_without_a_failing_test_says_what_is_missing() -> None:
    """The built-in engine needs a failing test, and says how to give one."""
    task = Task("repo", "base", "make it nicer", "test")
    result = World([RIGHT], name="search").run(reproducer=(), task=task)
    assert result.exit is ExitReason.NO_REPRODUCER
    assert "python block" in result.reasons[0]


def test_a_test_patch_that_passes_already_is_said_to() -> None:
    """Whoever gave tests does not want to hear that none is known."""
    patch = "tests/test_maths.py=def test_triple():\n    assert triple(2) == 6\n"
    world, task = World([RIGHT], name="search"), Task("repo", "base", "make it nicer", "test")
    result = world.run(reproducer=(), test_patch=patch, task=task)
    assert result.exit is ExitReason.NOTHING_TO_DO
    assert result.reasons[0].startswith("the given tests"), result.reasons


def test_a_run_whose_every_attempt_broke_says_how_the_last_one_did() -> None:
    """A verdict without a reason would help nobody."""
    result = World([EngineFailure("the model said nothing; ask another")]).run()
    assert result.exit is ExitReason.TESTS_STILL_FAIL
    assert result.reasons == ("the model said nothing; ask another",)


def test_a_search_that_found_nothing_looks_once_more_and_wider_then_stops() -> None:
    """An engine without chance is not asked the same question four times."""
    nothing = Proposal((), "120 candidates tried, none turns the failing tests green")
    result = World([nothing], name="search").run()
    assert result.exit is ExitReason.BUDGET_SPENT
    assert len(result.attempts) == 2
    assert "120 candidates" in result.attempts[0].outcome


def test_a_search_that_found_nothing_in_few_files_looks_at_more_with_its_best_row() -> None:
    """A wider plan is another question; only the same files with the same row are never asked again."""
    nothing = Proposal((), "nothing")
    files = {f"src/part{number}.py": b"def double(x):\n    return x\n" for number in range(30)}
    world = World([nothing], name="search", files={**FILES, **files})
    world.run(limits=Limits(retries=5))
    asked = [(context.plan.files, context.parameters) for context in world.engine.contexts]
    assert len(asked) == len(set(asked)) > 2
    assert len(asked[0][0]) < len(asked[1][0])
    assert asked[0][1] == asked[1][1]


def test_attempts_follow_the_ranking_and_no_row_comes_twice() -> None:
    """Best first, the widest look once failures are alike; each row reaches the engine, and none of them twice."""
    wrong = [proposal(f"return x + {number}") for number in range(2, 9)]
    world = World(wrong, name="ollama")
    with DuckDbGrid() as grid:
        world.ports = replace(world.ports, grid=grid)
        result = world.run(limits=Limits(retries=5))
        ranked = grid.rank(result.forecasts, limit=6)
    asked = [context.parameters for context in world.engine.contexts]
    assert asked[:2] == list(ranked[:2])
    assert asked[2] == max(ranked[2:], key=lambda row: row.slices_shown)
    assert len(set(asked)) == 6


def test_without_a_reproducer_a_harmless_change_is_regression_safe() -> None:
    """Nothing is proven, and it says so; what passed still passes."""
    task = Task("repo", "base", "simplify triple in src/maths.py", "test")
    edit = Edit("src/maths.py", 6, 6, "    return 3 * x", "    return x + 2 * x if x else 3 * x\n", "r")
    result = World([Proposal((edit,), "r")]).run(reproducer=(), task=task)
    assert (result.exit, result.verdict) == (ExitReason.VERIFIED, Verdict.REGRESSION_SAFE), result.reasons
    assert result.tree is not None


def test_a_fix_that_breaks_a_neighbour_is_not_proven() -> None:
    """The existing tests are part of the proof."""
    breaking = Proposal(
        (Edit("src/maths.py", 1, 6, CODE.decode().rstrip(), "def double(x):\n    return x + x\n", "r"),), "r"
    )
    world = World([breaking, RIGHT])
    result = world.run()
    assert result.attempts[0].outcome != "PROVEN"
    assert GREEN_ID in result.attempts[0].outcome
    assert f"it breaks what worked: {GREEN_ID}" in world.engine.contexts[1].feedback[0]
    assert result.verdict is Verdict.PROVEN
    assert not result.contested


def test_what_only_existing_tests_speak_against_is_told_apart() -> None:
    """The reproducer may ask for what they forbid: a person has to say which is right, and sees that change."""
    breaking = Edit("src/maths.py", 1, 6, CODE.decode().rstrip(), "def double(x):\n    return x + x\n", "r")
    result = World([WRONG, Proposal((breaking,), "r"), ALSO_WRONG]).run()
    assert result.verdict is Verdict.UNPROVEN
    assert result.contested == (GREEN_ID,)
    assert "return x + x\n" in result.diff
    assert not World([WRONG, ALSO_WRONG]).run().contested


def test_an_engine_may_leave_to_a_person_which_is_right() -> None:
    """It is shown what its change loses; the run ends there, unproven, with that change and what the engine says."""
    breaking = Edit("src/maths.py", 1, 6, CODE.decode().rstrip(), "def double(x):\n    return x + x\n", "r")
    world = World([Proposal((breaking,), "r"), Proposal((), "", objection="test_triple - it is gone"), RIGHT])
    result = world.run()
    assert list(world.engine.contexts[1].lost) == [GREEN_ID]
    assert world.engine.contexts[1].best == 1
    assert (result.exit, result.verdict) == (ExitReason.UNPROVEN, Verdict.UNPROVEN)
    assert "test_triple - it is gone" in result.reasons[-1]
    assert result.contested == (GREEN_ID,)
    assert len(result.attempts) == 1


SCRIPT = b"exports.double = function double(x) {\n  return x + x + 1;\n};\nexports.triple = (x) => 3 * x;\n"
SCRIPT_TESTS = b"describe('maths', () => {\n  it('doubles', () => {});\n  it('triples', () => {});\n});\n"
DOUBLES, TRIPLES = "tests/maths.js::maths doubles", "tests/maths.js::maths triples"


def judge_script(files: Mapping[str, bytes]) -> dict[str, TestOutcome]:
    """What the tests of the script would say."""
    double, triple = b"x + x;" in files["src/maths.js"], b"3 * x" in files["src/maths.js"]
    return {
        id_: TestOutcome.PASSED if good else TestOutcome.FAILED for id_, good in ((DOUBLES, double), (TRIPLES, triple))
    }


@pytest.mark.parametrize("padding", [0, 2000])
def test_in_other_languages_too_the_existing_tests_are_part_of_the_proof(padding: int) -> None:
    """All of a small suite, of a large one the nearest files: a fix that breaks another test is not proven."""
    others = {f"tests/other{number}.js": b"it('a', f)\n" + b"// more\n" * padding for number in range(30)}
    files = {"src/maths.js": SCRIPT, "tests/maths.js": SCRIPT_TESTS, **others}
    old = SCRIPT.decode().splitlines()
    right = Proposal((Edit("src/maths.js", 2, 2, old[1], "  return x + x;\n", "r"),), "r")
    breaking = Proposal((*right.edits, Edit("src/maths.js", 4, 4, old[3], "exports.triple = 3;\n", "r")), "r")
    world = World([breaking, right], files=files, judged=judge_script)
    result = world.run(reproducer=(DOUBLES,))
    assert TRIPLES in result.attempts[0].outcome
    assert result.verdict is Verdict.PROVEN, result.reasons
    assert "1 existing tests pass on base and head" in "; ".join(result.reasons)
    assert (world.suite.runs[2] is None) == (padding == 0)


def test_where_no_file_tells_of_tests_all_are_run_beside_a_named_one() -> None:
    """As with a command that writes its report for tests in C: nothing but their ids says where they are."""
    files = {"src/maths.js": SCRIPT, "run.sh": b"cc src/maths.c\n"}
    old = SCRIPT.decode().splitlines()[1]
    right = Proposal((Edit("src/maths.js", 2, 2, old, "  return x + x;\n", "r"),), "r")
    world = World([right], files=files, judged=judge_script)
    result = world.run(reproducer=(DOUBLES,))
    assert result.verdict is Verdict.PROVEN, result.reasons
    assert "1 existing tests pass on base and head (all)" in "; ".join(result.reasons)


def test_every_phase_has_a_row_a_span_and_a_word_to_the_observer() -> None:
    """Map to Review, in their order, in receipt, trace and progress alike."""
    world = World([WRONG, RIGHT])
    result = world.run()
    once, again = ["map", "logic", "monte carlo"], ["plan", "optimise", "execute", "review"]
    assert [row.phase for row in result.receipt.rows] == once + again + again
    assert [name for name, _ in world.observer.started] == once + again + again
    assert {*once, *again, "greenloop run"} <= {span.name for span in world.tracer.spans}


def test_a_restarted_run_goes_on_with_its_count_and_clock() -> None:
    """Two attempts and 60 s were spent; two attempts and 30 s are left."""
    world = World([WRONG, ALSO_WRONG])
    result = world.run(spent=Spent(attempts=2, seconds=60.0))
    assert [attempt.number for attempt in result.attempts] == [3, 4]
    assert result.receipt.rows[0].start_s == 60.0


def test_the_clock_ends_a_run_and_keeps_what_was_learned() -> None:
    """Time runs out in the engine: no more attempts, the one that was cut off is told, and the bundle is complete."""
    world = World([WRONG])
    propose = world.engine.propose

    def slow(context: Any) -> Proposal:
        world.clock.advance(100.0)
        return propose(context)

    world.engine.propose = slow  # type: ignore[method-assign]  # a fake that takes its time
    result = world.run()
    assert result.exit is ExitReason.TIME_SPENT
    assert result.localisation is not None
    assert [attempt.outcome[:19] for attempt in result.attempts] == ["the 90 s are spent;"]
    assert len(world.history.records[0].attempts) == 1
    assert "tests.json" in world.bundle.files


def test_the_engine_is_not_asked_again_where_only_time_is_missing() -> None:
    """Another change would need the same evidence in less time; what was found is kept and told."""
    world = World([RIGHT, WRONG])
    plain = world.suite.run

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        return done if selection == (RED_ID,) else replace(done, outcome=RunOutcome.TIMED_OUT, tests={})

    world.suite.run = run  # type: ignore[method-assign]  # a suite whose existing tests never come to an end
    result = world.run()
    assert (result.exit, len(result.attempts)) == (ExitReason.TIME_SPENT, 1)
    assert "nothing is known of the existing tests" in result.reasons[0]
    assert "nothing speaks against this change" in result.reasons[-1]
    assert result.diff


def test_the_tests_time_is_what_the_engine_leaves() -> None:
    """An engine that takes nearly all of the clock does not make the run of its tests outlast it."""
    world = World([WRONG])
    propose, run_tests = world.engine.propose, world.suite.run
    allowed_s: list[float] = []

    def slow(context: Any) -> Proposal:
        world.clock.advance(88.0)
        return propose(context)

    def watched(*words: Any, timeout_s: float, **more: Any) -> TestRun:
        allowed_s.append(timeout_s)
        return run_tests(*words, timeout_s=timeout_s, **more)

    world.engine.propose = slow  # type: ignore[method-assign]  # a fake that takes its time
    world.suite.run = watched  # type: ignore[method-assign]  # and one that tells what it was given
    world.run(limits=Limits(retries=0))
    assert allowed_s[-1] == 2.0


@pytest.mark.parametrize("script", [[RIGHT], [WRONG], [EngineUnreachable("gone")]])
def test_every_run_leaves_a_complete_bundle_and_a_line_of_history(script: list[Proposal | Exception]) -> None:
    """Also the failed ones."""
    world = World(script)
    result = world.run()
    assert {"plan.json", "tests.json", "artifacts.json", "monte_carlo.json", "receipt.json", "spans.json"} <= set(
        world.bundle.files
    )
    assert world.bundle.is_sealed
    assert all(json.loads(text)["format"] == 1 for name, text in world.bundle.files.items() if name.endswith(".json"))
    assert world.history.records[0].exit == result.exit.value


def test_a_bug_passes_on_after_the_bundle_was_written() -> None:
    """Nothing is swallowed, nothing is lost."""
    world = World([RuntimeError("a bug")])
    with pytest.raises(RuntimeError):
        world.run()
    assert '"CRASHED"' in world.bundle.files["tests.json"] + world.bundle.files["artifacts.json"]


def test_a_missing_environment_is_a_named_end() -> None:
    """It says what to configure, as a result."""
    world = World([EnvironmentMissing("name `setup:`")])
    assert world.run().exit is ExitReason.ENVIRONMENT_MISSING


def test_tests_that_all_crash_in_one_way_on_the_base_are_the_environments_fault() -> None:
    """No engine is asked: whatever it answered, every test would crash again."""
    world = World([RIGHT], judged=lambda _: {RED_ID: TestOutcome.ERROR, GREEN_ID: TestOutcome.ERROR})
    run_tests = world.suite.run

    def crash(*words: Any, **more: Any) -> TestRun:
        run = run_tests(*words, **more)
        blamed = {id_: TestResult(TestOutcome.ERROR, "one crash") for id_ in run.tests}
        return replace(run, outcome=RunOutcome.CRASHED, tests=blamed, output="No module named '_pytest.store'")

    world.suite.run = crash  # type: ignore[method-assign]  # a runner that does not start
    result = world.run(reproducer=(), task=Task("repo", "base", "make it nicer", "test"))
    assert result.exit is ExitReason.ENVIRONMENT_MISSING
    assert "_pytest.store" in result.reasons[0]
    assert not world.engine.contexts


@pytest.mark.parametrize("is_sound", [True, False])
def test_new_tests_that_keep_a_package_from_being_built_are_no_broken_environment(*, is_sound: bool) -> None:
    """They call what is still to be written; without them the base has to build, and its tests count as ever."""
    world = World([RIGHT])
    run_tests = world.suite.run

    def build(checkout: Path, selection: tuple[str, ...] | None, **more: Any) -> TestRun:
        tree = world.workspace.tree.files
        is_written = tree["src/maths.py"] != CODE
        run = run_tests(checkout, selection, **more)
        if is_sound and (is_written or b"new" not in tree["tests/test_maths.py"]):
            return run
        blamed = {} if selection is None else {RED_ID: TestResult(TestOutcome.ERROR, "one crash")}
        return replace(run, outcome=RunOutcome.CRASHED, tests=blamed, output="undefined: new")

    world.suite.run = build  # type: ignore[method-assign]  # a compiler before the tests
    result = world.run(reproducer=(), test_patch=f"tests/test_maths.py={TESTS.decode()}# new\n")
    assert result.exit is (ExitReason.VERIFIED if is_sound else ExitReason.ENVIRONMENT_MISSING), result.reasons
    assert ("1 existing tests pass on base and head" in "; ".join(result.reasons)) == is_sound


def test_each_failure_is_told_against_the_one_before() -> None:
    """The base first, then the last attempt whose tests ran; the same failure twice names the dead idea."""
    world = World([WRONG, ReplyMalformed("no edit"), proposal("return 0"), ALSO_WRONG, RIGHT])
    result = world.run(limits=Limits(retries=4))
    told = world.engine.contexts[-1].feedback
    assert "every failure is exactly as with the unchanged code" in told[0]
    assert "Its idea: because" in told[0]
    assert "every failure is exactly as with the code as attempt 1 left it" in told[2]
    assert [attempt.start for attempt in result.attempts] == [0] * 5
    assert world.engine.contexts[-1].is_stuck
    assert not world.engine.contexts[1].is_stuck


def test_an_attempt_goes_on_from_the_one_that_turned_a_test_green() -> None:
    """Two tests fail, the first change mends one: the engine begins there and is told so, and the record says it."""
    both = {**FILES, "src/maths.py": CODE.replace(b"3 * x", b"4 * x")}
    half = proposal("return x + x")
    whole_text = CODE.decode().replace(" + 1", "")
    whole = Proposal((Edit("src/maths.py", 1, 7, None, whole_text, "r"),), "r")
    world = World([half, whole], files=both)
    result = world.run(reproducer=(RED_ID, GREEN_ID))
    assert result.verdict is Verdict.PROVEN, result.reasons
    second = world.engine.contexts[1]
    assert (second.start, second.near_miss) == (1, {"src/maths.py": both["src/maths.py"].decode().replace(" + 1", "")})
    assert [attempt.start for attempt in result.attempts] == [0, 1]
    assert f"now pass: {RED_ID}" in second.feedback[0]


def test_an_error_span_in_a_green_attempt_forces_a_retry() -> None:
    """A step that broke makes a failed attempt of it, and the engine hears which; the change itself may come again."""
    world = World([RIGHT], breaks=1)
    result = world.run()
    assert [attempt.outcome for attempt in result.attempts] == ["the step `index` broke: no such table", "PROVEN"]
    assert "the step `index` broke" in world.engine.contexts[1].feedback[0]


def test_error_spans_never_make_a_fourth_retry() -> None:
    """Each attempt is green and each has a broken step: after three retries the run ends without a tree."""
    world = World([proposal(f"return x + x\n    # {n}") for n in range(5)], breaks=9)
    result = world.run()
    assert len(result.attempts) == 4
    assert (result.verdict, result.tree) == (Verdict.UNPROVEN, None)
    assert all("broke" in attempt.outcome for attempt in result.attempts)


def test_the_trace_shows_what_the_engine_was_told() -> None:
    """Green at attempt 4; every call's span carries the failures before it."""
    world = World([WRONG, ALSO_WRONG, proposal("return x + 7"), RIGHT])
    assert world.run().verdict is Verdict.PROVEN
    told = [span.contents["input.value"] for span in world.tracer.spans if span.name == "engine scripted"]
    assert [text.count("Attempt ") for text in told] == [0, 1, 2, 3]
    assert "assert 1 == 2" in told[3]
