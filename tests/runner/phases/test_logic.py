"""What failing tests and imports say about the candidates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.localise.pack import BUDGET_BYTES
from runner.models import Localisation, Slice, Task
from runner.phases.logic import Failure, prune, reaching_tests, repack, targets_of
from runner.phases.map import Reading
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun
from runner.testing import FakeClock, FakeRepository, FakeSliceCache, SerialScan


def piece(path: str, name: str, start: int, end: int, score: float) -> Slice:
    """A candidate."""
    return Slice(path, name, start, end, "0" * 40, score, "words: x")


def lines(*heads: tuple[int, str], last: int) -> bytes:
    """A file of so many lines, with definitions that start where they are told to."""
    starts = dict(heads)
    return "".join(f"{starts[n]}\n" if n in starts else "    pass\n" for n in range(1, last + 1)).encode()


FILES = {
    "pkg/a.py": lines((1, "def f():"), last=9),
    "pkg/b.py": lines((1, "def e():"), (5, "def g():"), (21, "def i():"), (30, "def h():"), last=40),
    "pkg/c.py": lines((1, "def j():"), (11, "def k():"), last=400),
    "tests/test_b.py": b"def test_b():\n    pass\n    g()\n",
}
TASK = Task("r", "base", "x", "test")
FOUND = Localisation(
    files=(("pkg/a.py", 4.0), ("pkg/b.py", 2.0)),
    slices=(piece("pkg/a.py", "f", 1, 9, 4.0), piece("pkg/b.py", "g", 5, 20, 3.0), piece("pkg/b.py", "h", 30, 40, 0.1)),
    shown=(piece("pkg/a.py", "f", 1, 9, 4.0),),
)


def pruned(failure: Failure, found: Localisation = FOUND) -> Localisation:
    """What Logic makes of it."""
    return prune(found, TASK, Reading(FakeRepository(FILES), FakeSliceCache(), FakeClock(), SerialScan()), failure)


def failing(*frames: tuple[str, int], outcome: TestOutcome = TestOutcome.FAILED) -> Failure:
    """A run of one test that ended with these frames, innermost last."""
    return Failure(TestRun("pytest", 1, "all", RunOutcome.RED, {"t": TestResult(outcome, frames=frames)}, 0.1))


def test_frames_of_a_failing_test_raise_their_slices() -> None:
    """What the test passed through comes first, is shown, and says why."""
    found = pruned(failing(("tests/test_b.py", 3), ("pkg/b.py", 7)))
    assert (found.slices[0].name, found.shown[0].name) == ("g", "g")
    assert found.slices[0].why.startswith("a failing test passes through it")
    assert dict(found.files)["pkg/b.py"] > dict(FOUND.files)["pkg/b.py"]


def test_what_is_called_like_the_failing_test_rises() -> None:
    """Its file's name is a hint where it passed through nothing, and the reason says so."""
    run = TestRun("pytest", 1, "all", RunOutcome.RED, {"tests/test_b.py::test_b": TestResult(TestOutcome.FAILED)}, 0.1)
    found = pruned(Failure(run))
    assert found.slices[0].name == "g"
    assert found.slices[0].why == "words: x; the failing test is called like it"
    assert found.files[0][0] == found.shown[0].path == "pkg/b.py"


def test_the_innermost_frame_says_most() -> None:
    """Two slices on the way: the one where it failed gains more."""
    found = pruned(failing(("pkg/a.py", 2), ("pkg/b.py", 7)))
    gained = {s.name: s.score - old.score for s in found.slices for old in FOUND.slices if old.name == s.name}
    assert gained["g"] > gained["f"] > 0


def test_what_only_the_failing_test_led_to_is_added() -> None:
    """A frame in a definition that no word of the task names becomes a slice of its own."""
    found = pruned(failing(("pkg/c.py", 12)))
    added = next(slice_ for slice_ in found.slices if slice_.path == "pkg/c.py")
    assert (added.name, added.start, added.end, added.why) == ("k", 11, 400, "a failing test passes through it")
    assert added.score > FOUND.slices[-1].score  # the words say as little of it as of the last one that they led to


def test_shown_never_exceeds_its_bytes() -> None:
    """A definition that is too large is left out whole, whatever passed through it."""
    found = pruned(failing(("pkg/c.py", 12), ("pkg/b.py", 7)))
    sizes = [len(b"\n".join(FILES[s.path].split(b"\n")[s.start - 1 : s.end])) + 1 for s in found.shown]
    assert sum(sizes) <= BUDGET_BYTES
    assert "g" in {slice_.name for slice_ in found.shown}


def test_suspicion_and_text_make_one_order() -> None:
    """What failing tests execute and passing ones do not rises, tests stay out, and the reason is told.

    `f`, which no failing test executes, comes last.
    """
    suspicion = {("pkg/b.py", 22): 1.0, ("pkg/b.py", 7): 0.8, ("tests/test_b.py", 2): 1.0}
    known = (replace(FOUND.slices[0], score=3.5), *FOUND.slices[1:])
    found = pruned(Failure(suspicion=suspicion), replace(FOUND, slices=known))
    assert [slice_.name for slice_ in found.slices] == ["g", "i", "f"]
    assert found.slices[1].why == "failing tests execute it (suspicion 1.00)"
    assert found.slices[0].why == "failing tests execute it (suspicion 0.80); words: x"
    assert found.files[0][0] == "pkg/b.py"


@pytest.mark.parametrize("failure", [Failure(), failing(outcome=TestOutcome.PASSED), failing()])
def test_without_a_failure_only_weak_slices_go(failure: Failure) -> None:
    """No failure, no change of order."""
    found = pruned(failure)
    assert [slice_.name for slice_ in found.slices] == ["f", "g"]
    assert (found.files, found.shown) == (FOUND.files, FOUND.shown)


def test_nothing_can_be_pruned_from_nothing() -> None:
    """An empty localisation stays empty; a frame's file is still worth a look."""
    empty = Localisation((), (), ())
    assert pruned(Failure(), empty) == empty
    assert pruned(failing(("pkg/a.py", 2)), empty).files[0][0] == "pkg/a.py"


def test_packing_again_follows_the_order_of_the_slices() -> None:
    """After a change of order the spans that are shown are chosen anew, in exact bytes."""
    reading = Reading(FakeRepository(FILES), FakeSliceCache(), FakeClock(), SerialScan())
    found = Localisation((), (piece("pkg/b.py", "g", 5, 20, 9.0), piece("pkg/a.py", "f", 1, 9, 1.0)), ())
    assert [slice_.name for slice_ in repack(found, TASK, reading).shown] == ["g", "f"]
    assert [slice_.name for slice_ in repack(found, TASK, reading, 160).shown] == ["g"]


def test_tests_that_reach_the_candidates_are_found_nearest_first() -> None:
    """Import of the very module with its name, then the import alone, then the package; strangers are left out."""
    tests = {
        "tests/test_other.py": b"import json\n",
        "tests/test_package.py": b"import pkg.sub.z\nimport pkg\n",
        "tests/test_all.py": b"from pkg.a import f\n",
        "tests/test_a.py": b"from pkg import a\nassert a.f()\n",
        "tests/test_b.py": b"from pkg.b import (\n    g,\n)\n",
    }
    assert reaching_tests(targets_of(FOUND), tests) == (
        "tests/test_a.py",
        "tests/test_all.py",
        "tests/test_b.py",
        "tests/test_package.py",
    )


def test_tests_reach_the_candidates_through_other_files() -> None:
    """By a fixture, by a helper, and by a name that the package re-exports; whoever uses none of them stays out."""
    tests = {
        "tests/test_direct.py": b"import pkg.a\n",
        "tests/test_exported.py": b"from pkg import f\n",
        "tests/test_fixture.py": b"def test_x(client):\n    client.go()\n",
        "tests/test_helper.py": b"from .helper import check\n",
        "tests/test_none.py": b"import json\n",
    }
    others = {
        "pkg/__init__.py": b"from .a import f\n",
        "tests/conftest.py": b"from pkg.a import f\n\ndef client():\n    return f()\n",
        "tests/helper.py": b"import pkg.a\n",
    }
    found = reaching_tests(targets_of(FOUND), tests, others)
    assert set(found) == set(tests) - {"tests/test_none.py"}
    assert set(found[:2]) == {"tests/test_direct.py", "tests/test_exported.py"}


def test_a_test_file_is_no_target_of_itself() -> None:
    """When Map ranks a test file high, it does not pull in its own neighbours."""
    found = Localisation((("tests/test_x.py", 9.0),), (), ())
    assert reaching_tests(targets_of(found), {"tests/test_x.py": b"import tests.test_x\n"}) == ()
