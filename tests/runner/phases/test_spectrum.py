"""Tests are traced where there is time and something to gain; else a note says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.errors import EngineFailure
from runner.models import Localisation, Slice
from runner.phases.spectrum import MOST_S, Spectrum, spectrum_of
from runner.proof import Cells, RunOutcome, Spectra, TestOutcome, TestResult, TestRun
from runner.testing import FakeCoverage, FakeSuite, FakeWorkspace
from runner.verify.matrix import Bench

PIECE = Slice("a.py", "f", 1, 2, "0" * 40, 1.0, "words")
OTHER = Slice("a.py", "g", 4, 5, "0" * 40, 1.0, "words")
FOUND = Localisation((("a.py", 1.0),), (PIECE, OTHER), (PIECE,))
RED = TestRun(
    "pytest",
    1,
    "all",
    RunOutcome.RED,
    {"t.py::red": TestResult(TestOutcome.FAILED), "t.py::green": TestResult(TestOutcome.PASSED)},
    0.1,
)
SEEN = Spectra((frozenset({("a.py", 1), ("a.py", 2)}),), (frozenset({("a.py", 1)}),))


def looked(
    coverage: FakeCoverage, *, base: Cells | None = None, found: Localisation = FOUND, seconds_left: float = 60.0
) -> Spectrum:
    """What comes of looking."""
    workspace = FakeWorkspace({"a.py": b""})
    left: Callable[[], float] = lambda: seconds_left  # noqa: E731 -- a clock that stands
    bench = Bench(FakeSuite(workspace, lambda _files: {}), workspace.tree, left)
    base = base or Cells((), (RED,))
    return spectrum_of(found, base, {"t.py": b"x"}, bench, coverage, paths=["a.py", "t.md", "tests/t.py"])


def test_lines_of_failing_tests_are_suspicious() -> None:
    """The more so, the fewer passing tests execute them; no more than a share of the time is spent."""
    coverage = FakeCoverage(SEEN)
    spectrum = looked(coverage)
    assert spectrum.suspicion["a.py", 2] > spectrum.suspicion["a.py", 1]
    assert spectrum.note == ""
    assert looked(coverage, seconds_left=900.0).suspicion
    assert coverage.timeouts_s == [12.0, MOST_S]


def test_what_the_tests_compared_comes_with_it() -> None:
    """Even where they execute nothing of the repository."""
    compared = {"t.py::red": ("1", "2")}
    for seen in (SEEN, Spectra((frozenset(),))):
        assert looked(FakeCoverage(replace(seen, compared=compared))).compared == compared


def test_a_trace_in_part_is_told() -> None:
    """Whoever reads the localisation knows that its failing tests may execute more."""
    spectrum = looked(FakeCoverage(replace(SEEN, is_cut=True)))
    assert spectrum.is_cut
    assert "in part" in spectrum.note


@pytest.mark.parametrize(
    ("answer", "seconds_left", "said"),
    [
        (SEEN, 9.0, "1.8 s are too few"),
        (EngineFailure("no pytest"), 60.0, "no pytest"),
        (Spectra((frozenset(),)), 60.0, "execute none"),
    ],
)
def test_what_cannot_be_seen_is_told(answer: Spectra | Exception, seconds_left: float, said: str) -> None:
    """Tracing is a help and never a hindrance."""
    spectrum = looked(FakeCoverage(answer), seconds_left=seconds_left)
    assert not spectrum.suspicion
    assert said in spectrum.note


@pytest.mark.parametrize(
    ("base", "found"),
    [
        (Cells(), FOUND),
        (Cells((), (TestRun("pytest", 0, "all", RunOutcome.GREEN, {}, 0.1),)), FOUND),
        (None, Localisation((), (PIECE,), (PIECE,))),
        (None, Localisation((), (PIECE, OTHER), (Slice("a.py", "<module>", 1, 9, "0" * 40, 1.0, "words"),))),
    ],
)
def test_nothing_is_traced_where_nothing_is_gained(base: Cells | None, found: Localisation) -> None:
    """Without a failing test, or where every candidate is shown already."""
    coverage = FakeCoverage(SEEN)
    assert looked(coverage, base=base, found=found) == Spectrum()
    assert coverage.timeouts_s == []
