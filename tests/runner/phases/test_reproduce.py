"""An engine's own test becomes the reproducer only if it shows the task on the base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from runner.errors import EngineUnreachable, ReplyMalformed, TimeSpent
from runner.models import ExitReason, Limits, Result, RunRequest, Task
from runner.orchestrator import run
from runner.phases.reproduce import HELPER_LINES, LEAST_TO_ASK_S
from runner.proof import TestOutcome, Verdict
from runner.testing import FakeWriter
from tests.runner.test_orchestrator import CODE, FILES, RIGHT, TESTS, WRONG, World

TEXT = "double() in src/maths.py returns one too much\n\ndouble(2) is 5, and should be 4."
PATH = "tests/test_greenloop_double_in_src_maths_py_returns_one_too_m.py"
NEW_ID = f"{PATH}::test_twice"
GOOD = "def test_twice():\n    assert double(2) == 4\n"
GREEN = "def test_twice():\n    assert double(2) == 5\n"


def judge(files: Mapping[str, bytes]) -> dict[str, TestOutcome]:
    """The repository's one test passes whatever happens; a written one says what it asserts."""
    ends = {"tests/test_maths.py::test_triple": TestOutcome.PASSED}
    mended = b"return x + x\n" in files["src/maths.py"]
    if b"== 4" in files.get(PATH, b""):
        ends[NEW_ID] = TestOutcome.PASSED if mended else TestOutcome.FAILED
    elif PATH in files:
        ends[NEW_ID] = TestOutcome.FAILED if mended else TestOutcome.PASSED
    return ends


class Written(World):
    """A world with a writer and no reproducer."""

    def __init__(self, writer: FakeWriter | None, text: str = TEXT, files: Mapping[str, bytes] = FILES) -> None:
        """`text` is the task's."""
        super().__init__([RIGHT], files=files)
        self.text = text
        self.suite._judge = judge
        self.ports = replace(self.ports, writer=writer)

    def pursue(self, **more: object) -> Result:
        """One run without a given reproducer."""
        task = Task("repo", "base", self.text, "test")
        values = {"task": task, "limits": Limits(retries=0), "engine": "scripted", "out": "/bundle", **more}
        return run(RunRequest(**values), self.ports)  # type: ignore[arg-type]


def test_a_test_that_shows_the_task_is_frozen_and_proves() -> None:
    """It is in the pull request's tree, its origin is told, and the call is in the receipt."""
    world = Written(writer := FakeWriter([GOOD]))
    result = world.pursue()
    assert (result.exit, result.verdict) == (ExitReason.VERIFIED, Verdict.PROVEN), result.reasons
    assert result.overlay[PATH] == GOOD.encode()
    assert any("written by the engine" in reason for reason in result.reasons)
    assert result.receipt.usage.calls == 1
    (span,) = (span for span in world.tracer.spans if span.name == "engine scripted, a test")
    assert span.contents["output.value"] == GOOD
    (wanted,) = writer.wanted
    assert (wanted.path, wanted.example_path, wanted.refused) == (PATH, "tests/test_maths.py", "")
    assert "def test_" in wanted.example
    assert wanted.files == {"src/maths.py": CODE.decode()}


def test_the_writer_sees_what_the_examples_tests_are_made_with() -> None:
    """The files beside it hold no test, and are no example themselves."""
    files = {
        **FILES,
        "tests/test_maths.py": b"from .models import Number\n\n\n" + TESTS,
        "tests/models.py": b"from src.maths import double, triple\n\n\nclass Number:\n    value = 2\n"
        + b"    more = 3\n" * 50,
    }
    Written(writer := FakeWriter([GOOD]), files=files).pursue()
    (wanted, *_) = writer.wanted
    assert wanted.example_path == "tests/test_maths.py"
    assert [(one.path, one.name) for one in wanted.slices].count(("tests/models.py", "Number")) == 1
    assert (wanted.slices[0].name, wanted.slices[0].start, wanted.slices[0].end) == ("Number", 4, 4 + HELPER_LINES)
    assert "tests/models.py" in wanted.files


@pytest.mark.parametrize("name", ["tests/test_other.py", "tests.test_other"])
def test_the_example_is_the_test_file_that_the_task_names(name: str) -> None:
    """Whoever reports it knows where its tests belong, however far that is from the code."""
    files = {**FILES, "tests/test_other.py": b"def test_other():\n    assert True\n"}
    Written(writer := FakeWriter([GOOD]), f"{TEXT}\n\nSee {name} for another one.", files).pursue()
    assert writer.wanted[0].example_path == "tests/test_other.py"


def test_a_file_that_is_called_a_test_is_the_example_before_any_other() -> None:
    """A view whose name begins like a test's is none, however directly it calls the code."""
    view = b"from src.maths import double, triple\n\n\ndef testview(request):\n    return double(triple(2))\n"
    files = {**FILES, "tests/maths.py": view}
    Written(writer := FakeWriter([GOOD]), files=files).pursue()
    assert writer.wanted[0].example_path == "tests/test_maths.py"


def test_the_first_refusal_is_told_and_the_second_test_counts() -> None:
    """The writer sees its own test again and what was wrong with it."""
    world = Written(writer := FakeWriter([GREEN, GOOD]))
    assert world.pursue().verdict is Verdict.PROVEN
    assert "pass on the code as it is" in writer.wanted[1].refused
    assert GREEN in writer.wanted[1].refused


def test_a_writer_may_ask_for_code_before_it_writes() -> None:
    """Once; it sees that first, also where its first test is refused, and is told what nobody knows."""
    world = Written(writer := FakeWriter([("src/maths.py triple", "src/gone.py"), GREEN, GOOD]))
    assert world.pursue().verdict is Verdict.PROVEN
    first, second, third = writer.wanted
    assert (first.may_ask, second.may_ask, third.may_ask) == (True, False, False)
    assert [(one.path, one.name) for one in second.asked] == [("src/maths.py", "triple")]
    assert second.slices[0] == second.asked[0]
    assert second.unknown == ("src/gone.py",)
    assert third.asked == second.asked


def test_with_little_time_a_writer_may_not_ask() -> None:
    """The fix needs what is left."""
    Written(writer := FakeWriter([GOOD])).pursue(limits=Limits(retries=0, seconds=LEAST_TO_ASK_S - 1.0))
    assert not writer.wanted[0].may_ask


@pytest.mark.parametrize("entry", [GREEN, ReplyMalformed("no code"), TimeSpent("too late")])
def test_two_refusals_leave_the_run_without_a_reproducer(entry: str | Exception) -> None:
    """Nothing unshown is claimed: at best that nothing regressed, and the note says why."""
    world = Written(writer := FakeWriter([entry]))
    result = world.pursue()
    assert len(writer.wanted) == 2
    assert result.verdict is Verdict.REGRESSION_SAFE
    assert PATH not in result.overlay
    assert any("no test of the engine's own was taken" in reason for reason in result.reasons)


def test_an_engine_that_is_gone_ends_the_run() -> None:
    """As it does in every other step."""
    result = Written(FakeWriter([EngineUnreachable("gone; start it")])).pursue()
    assert result.exit is ExitReason.ENGINE_UNREACHABLE


def test_a_test_that_somebody_gave_is_never_replaced() -> None:
    """Neither ids, nor one that the task names and that fails."""
    for more in ({"reproducer": ("tests/test_maths.py::test_triple",)}, {"test_patch": "tests/test_maths.py"}):
        world = Written(writer := FakeWriter([GOOD]))
        world.pursue(**more)
        assert writer.wanted == []
    named = World([WRONG])
    named.ports = replace(named.ports, writer=(writer := FakeWriter([GOOD])))
    named.run(reproducer=(), limits=Limits(retries=0))
    assert writer.wanted == []
    assert b"test_double" in TESTS


def test_an_engine_that_writes_no_tests_is_not_asked() -> None:
    """The built-in search has no words."""
    assert Written(None).pursue().verdict is Verdict.REGRESSION_SAFE
