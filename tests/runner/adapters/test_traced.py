"""Measurements in the trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.adapters.traced import TracedCoverage, TracedSuite
from runner.errors import EngineFailure
from runner.proof import RunOutcome, Spectra, TestOutcome, TestRun
from runner.testing import FakeCoverage, FakeObserver, FakeSuite, FakeTracer, FakeWorkspace


def test_each_run_of_tests_is_a_span_that_says_how_it_ended() -> None:
    """Whoever reads the trace sees where the seconds went, and whoever waits hears of each."""
    tracer, observer = FakeTracer(), FakeObserver()
    tests = FakeSuite(FakeWorkspace({}), lambda _: {"tests/a.py::test": TestOutcome.FAILED})
    suite = TracedSuite(tests, tracer, observer)
    run = suite.run(Path(), None, timeout_s=1.0)
    assert [span.name for span in tracer.spans] == ["tests"]
    assert tracer.spans[0].attributes == {
        "greenloop.outcome": "red",
        "greenloop.tests": 1,
        "greenloop.command": run.command,
    }
    assert observer.runs == [run]
    assert suite.is_test_path("tests/a.py")


def test_looking_at_what_tests_execute_is_a_span_even_if_it_fails() -> None:
    """The failure passes on as it came."""
    tracer = FakeTracer()
    run = TestRun("", 1, "all", RunOutcome.RED, {}, 0.0)
    found = Spectra((frozenset({("a.py", 1)}),))
    assert TracedCoverage(FakeCoverage(found), tracer).spectra(Path(), run, (), (), timeout_s=1.0) == found
    with pytest.raises(EngineFailure):
        TracedCoverage(FakeCoverage(EngineFailure("no")), tracer).spectra(Path(), run, (), (), timeout_s=1.0)
    assert [span.name for span in tracer.spans] == ["coverage", "coverage"]
