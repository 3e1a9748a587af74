"""What is seen of measuring: each run of tests, and each look at what they execute, is a span; people hear of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.ports import Coverage, Observer, Suite, Tracer
from runner.proof import Spectra, TestRun


class TracedSuite:
    """The port `Suite`: another one, seen."""

    def __init__(self, suite: Suite, tracer: Tracer, observer: Observer) -> None:
        """Nothing is run yet."""
        self._suite = suite
        self._tracer = tracer
        self._observer = observer

    def run(
        self,
        checkout: Path,
        selection: tuple[str, ...] | None,
        *,
        timeout_s: float,
        shuffle_seed: int | None = None,
    ) -> TestRun:
        """As the suite does."""
        with self._tracer.span("tests", "TOOL") as span:
            run = self._suite.run(checkout, selection, timeout_s=timeout_s, shuffle_seed=shuffle_seed)
            span.set("greenloop.outcome", run.outcome.value)
            span.set("greenloop.tests", len(run.tests))
            span.set("greenloop.command", run.command)
        self._observer.tests_ended(run)
        return run

    def is_test_path(self, path: str) -> bool:
        """As the suite does."""
        return self._suite.is_test_path(path)


class TracedCoverage:
    """The port `Coverage`: another one, seen."""

    def __init__(self, coverage: Coverage, tracer: Tracer) -> None:
        """Nothing is traced yet."""
        self._coverage = coverage
        self._tracer = tracer

    def spectra(
        self, checkout: Path, failed: TestRun, passing: Sequence[str], paths: Sequence[str], *, timeout_s: float
    ) -> Spectra:
        """As the other does."""
        with self._tracer.span("coverage", "TOOL") as span:
            spectra = self._coverage.spectra(checkout, failed, passing, paths, timeout_s=timeout_s)
            span.set("greenloop.tests", len(spectra.failing) + len(spectra.passing))
        return spectra
