"""What failing tests and imports say about the candidates."""

from __future__ import annotations

import pytest

from runner.localise.graph import imported_names, module_name
from runner.models import Localisation, Slice
from runner.phases.logic import prune, reaching_tests
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun


def piece(path: str, name: str, start: int, end: int, score: float) -> Slice:
    """A candidate."""
    return Slice(path, name, start, end, "0" * 40, score, "words: x")


FOUND = Localisation(
    files=(("pkg/a.py", 4.0), ("pkg/b.py", 2.0)),
    slices=(piece("pkg/a.py", "f", 1, 9, 4.0), piece("pkg/b.py", "g", 5, 20, 3.0), piece("pkg/b.py", "h", 30, 40, 0.1)),
    shown=(piece("pkg/a.py", "f", 1, 9, 4.0),),
)


def failing(*frames: tuple[str, int], outcome: TestOutcome = TestOutcome.FAILED) -> TestRun:
    """A run of one test that ended with these frames, innermost last."""
    return TestRun("pytest", 1, "all", RunOutcome.RED, {"t": TestResult(outcome, frames=frames)}, 0.1)


def test_frames_of_a_failing_test_raise_their_slices() -> None:
    """What the test passed through comes first, is shown, and says why."""
    found = prune(FOUND, failing(("tests/test_b.py", 3), ("pkg/b.py", 7)))
    assert (found.slices[0].name, found.shown[0].name) == ("g", "g")
    assert found.slices[0].why.startswith("a failing test passes through it")
    assert found.files[0][0] in ("pkg/a.py", "pkg/b.py")
    assert dict(found.files)["pkg/b.py"] > dict(FOUND.files)["pkg/b.py"]


def test_the_innermost_frame_says_most() -> None:
    """Two slices on the way: the one where it failed gains more."""
    found = prune(FOUND, failing(("pkg/a.py", 2), ("pkg/b.py", 7)))
    gained = {s.name: s.score - old.score for s in found.slices for old in FOUND.slices if old.name == s.name}
    assert gained["g"] > gained["f"] > 0


@pytest.mark.parametrize("run", [None, failing(outcome=TestOutcome.PASSED), failing()])
def test_without_frames_only_weak_slices_go(run: TestRun | None) -> None:
    """No failure, no change of order."""
    found = prune(FOUND, run)
    assert [slice_.name for slice_ in found.slices] == ["f", "g"]
    assert (found.files, found.shown) == (FOUND.files, FOUND.shown)


def test_nothing_can_be_pruned_from_nothing() -> None:
    """An empty localisation stays empty; a frame's file is still worth a look."""
    empty = Localisation((), (), ())
    assert prune(empty, None) == empty
    assert prune(empty, failing(("pkg/a.py", 1))).files[0][0] == "pkg/a.py"


def test_tests_that_reach_the_candidates_are_found_nearest_first() -> None:
    """Import of the very module with its name, then the import alone, then the package; strangers are left out."""
    tests = {
        "tests/test_other.py": b"import json\n",
        "tests/test_package.py": b"import pkg.sub.z\nimport pkg\n",
        "tests/test_all.py": b"from pkg.a import f\n",
        "tests/test_a.py": b"from pkg import a\nassert a.f()\n",
        "tests/test_b.py": b"from pkg.b import (\n    g,\n)\n",
    }
    assert reaching_tests(FOUND, tests) == (
        "tests/test_a.py",
        "tests/test_all.py",
        "tests/test_b.py",
        "tests/test_package.py",
    )


def test_a_test_file_is_no_target_of_itself() -> None:
    """When Map ranks a test file high, it does not pull in its own neighbours."""
    found = Localisation((("tests/test_x.py", 9.0),), (), ())
    assert reaching_tests(found, {"tests/test_x.py": b"import tests.test_x\n"}) == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/pkg/a.py", "pkg.a"),
        ("pkg/__init__.py", "pkg"),
        ("lib/x/index.ts", "x"),
        ("a.py", "a"),
        ("src/a.py", "a"),
        ("src.py", "src"),
    ],
)
def test_modules_are_named_as_they_are_imported(path: str, name: str) -> None:
    """Source folders are no part of the name, packages are their folder."""
    assert module_name(path) == name


def test_imports_are_read_in_their_usual_spellings() -> None:
    """Plain, aliased, in brackets, relative, and JavaScript's two ways."""
    content = (
        b'import a.b as c, d\nfrom e import (f as g,\n  h)\nfrom ..i import j\nimport x from "./k/l"\nrequire("m")\n'
    )
    assert {"a.b", "d", "e", "e.f", "e.h", "i", "i.j", "k.l", "m"} <= imported_names(content)
