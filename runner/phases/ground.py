"""What all attempts of a run stand on: where to look, what must go green, what must stay so. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from runner.errors import EnvironmentMissing
from runner.models import BlobEntry, Localisation, Overlay, RunRequest
from runner.phases.logic import prune, reaching_tests
from runner.ports import Checkout, Ports, Suite
from runner.proof import Cells, RunOutcome, TestOutcome, TestRun
from runner.verify.matrix import Bench, Selection, decisive_ids, measure_base
from runner.verify.reproducer import Reproducer, candidates

SLOWDOWN = 5.0
"""A changed tree's tests may take so many times as long as the base's before they count as hanging."""
LEAST_TIMEOUT_S = 5.0
REVIEW_RUNS = 6
"""How often Review runs the decisive tests: head, revert, three reruns, and one to spare."""
STRESS_S = 8.0
TEST_FILES_CAP_BYTES = 20_000_000
SMALL_SUITE_BYTES = 40_000
"""Test files of so many bytes together are run as a whole."""
NEAREST = 12
BROKEN = frozenset({RunOutcome.MISSING_RUNNER, RunOutcome.CRASHED})
OUTPUT_TOLD_CHARS = 600
HOLDS_TESTS = re.compile(rb"\bdef test|TestCase|\bclass Test")
NEIGHBOURS_SHARE = 0.2
"""The part of the seconds left that the existing tests' first run may take."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Established by Logic before the first attempt.

    `frozen` are the reproducer's files, `required` the test ids that somebody named one by one.
    """

    commit: str
    bench: Bench
    entries: Mapping[str, BlobEntry]
    localisation: Localisation
    frozen: Overlay
    selection: Selection
    base: Cells
    required: tuple[str, ...] = ()

    @property
    def reproducing(self) -> TestRun | None:
        """The reproducing tests' first run on the base, if there is a reproducer that fails."""
        return self.base.reproducing[0] if decisive_ids(self.base) else None

    @property
    def decisive(self) -> tuple[str, ...] | None:
        """The tests that have to be green: the reproducing ones, else the watched ones (None: all)."""
        return self.selection.reproducing or self.selection.existing

    @property
    def debt(self) -> frozenset[str]:
        """Without a reproducer: the watched tests that fail on the base already."""
        if self.selection.reproducing:
            return frozenset()
        return frozenset(id_ for run in self.base.existing for id_ in run.failing)

    @property
    def passing(self) -> tuple[str, ...]:
        """The tests that pass on the base, those of the reproducer's own files first."""
        runs = (*self.base.reproducing[:1], *self.base.existing)
        return tuple(dict.fromkeys(id_ for run in runs for id_ in run.ids(TestOutcome.PASSED)))

    def editable(self, suite: Suite) -> tuple[str, ...]:
        """The source files worth changing, best first: what is localised and is no test."""
        ranked = [slice_.path for slice_ in self.localisation.slices] + [path for path, _ in self.localisation.files]
        return tuple(path for path in dict.fromkeys(ranked) if path in self.entries and not suite.is_test_path(path))

    def test_timeout_s(self, seconds_left: float) -> float:
        """Seconds after which a run of the decisive tests counts as hanging."""
        return min(seconds_left, LEAST_TIMEOUT_S + SLOWDOWN * self._decisive_s())

    def engine_seconds(self, seconds_left: float) -> float:
        """Seconds that an engine may take so that Review still has its own."""
        review_s = REVIEW_RUNS * self._decisive_s() + sum(run.seconds for run in self.base.existing) + STRESS_S
        return max(1.0, seconds_left - min(review_s, 0.5 * seconds_left))

    def summary(self) -> str:
        """One line for the receipt."""
        state = f"{len(decisive_ids(self.base))} reproducing test(s) fail" if self.reproducing else "no reproducer"
        return f"{state}, {len(self.passing)} tests pass on the base"

    def _decisive_s(self) -> float:
        runs = self.base.reproducing or self.base.existing
        honest = [run.seconds for run in runs if run.outcome is not RunOutcome.TIMED_OUT]
        return max(honest, default=0.0)


def establish(
    request: RunRequest, localisation: Localisation, checkout: Checkout, ports: Ports, seconds_left: Callable[[], float]
) -> Ground:
    """Find the reproducer, see it fail twice, sharpen the localisation by its failure, and run its neighbours.

    Raises EnvironmentMissing when no test runner answers, BadInput when a given test patch does not apply.
    """
    commit = request.task.base_commit
    entries = {entry.path: entry for entry in ports.repository.entries(commit)}
    bench = Bench(ports.suite, checkout, seconds_left)
    tests = _test_files(request.task.text, entries, ports)
    chosen, row = _first_that_fails(request, tests, bench, ports)
    localisation = prune(localisation, row.reproducing[0] if row.reproducing else None)
    existing = _neighbours(localisation, chosen, tests)
    watched = measure_base(_frugal(bench, row), chosen.overlay, Selection((), existing))
    _refuse_a_broken_environment((*row.reproducing, *watched.existing))
    return Ground(
        commit=commit,
        bench=bench,
        entries=entries,
        localisation=localisation,
        frozen=chosen.overlay,
        selection=Selection(chosen.ids, existing),
        base=Cells(watched.existing, row.reproducing),
        required=chosen.required,
    )


def _test_files(text: str, entries: Mapping[str, BlobEntry], ports: Ports) -> dict[str, bytes]:
    """The base's Python test files: all of them, or in a huge repository those that the text names first."""
    paths = [path for path in entries if path.endswith(".py") and ports.suite.is_test_path(path)]
    paths.sort(key=lambda path: PurePosixPath(path).name not in text)
    kept: dict[str, str] = {}
    left_bytes = TEST_FILES_CAP_BYTES
    for path in paths:
        left_bytes -= entries[path].size_bytes
        if left_bytes >= 0:
            kept[path] = entries[path].blob_id
    contents = dict(ports.repository.read(dict.fromkeys(kept.values())))
    return {path: contents[id_] for path, id_ in kept.items() if HOLDS_TESTS.search(contents[id_])}


def _first_that_fails(
    request: RunRequest, tests: Mapping[str, bytes], bench: Bench, ports: Ports
) -> tuple[Reproducer, Cells]:
    """The most believed reproducer that fails on the base, with its runs; the last one tried if none does."""
    patch = ports.repository.overlay_of(request.task.base_commit, request.test_patch) if request.test_patch else {}
    last = (Reproducer((), "engine"), Cells())
    for reproducer in candidates(request.task, request.reproducer, patch, tests):
        last = (reproducer, measure_base(bench, reproducer.overlay, Selection(reproducer.ids, ())))
        if decisive_ids(last[1]):
            break
    return last


def _neighbours(localisation: Localisation, chosen: Reproducer, tests: Mapping[str, bytes]) -> tuple[str, ...] | None:
    """The existing test files to watch, nearest first: None (all) where that is little, () where none is known."""
    if sum(map(len, tests.values())) <= SMALL_SUITE_BYTES:
        return None if tests else ()
    own = [id_.partition("::")[0] for id_ in chosen.ids]
    near = [*(path for path in own if path in tests), *reaching_tests(localisation, tests)]
    return tuple(dict.fromkeys(near))[:NEAREST]


def _frugal(bench: Bench, row: Cells) -> Bench:
    """The same bench with only a part of its time, so that the neighbours leave most of it to the attempts."""
    reserve = 1.0 - NEIGHBOURS_SHARE if row.reproducing else 0.5
    return replace(bench, seconds_left=lambda: (1.0 - reserve) * bench.seconds_left())


def _refuse_a_broken_environment(runs: Sequence[TestRun]) -> None:
    """Where no test could even be started, no edit can be judged."""
    if runs and all(run.outcome in BROKEN and not run.tests for run in runs):
        said = runs[0].output.strip()[-OUTPUT_TOLD_CHARS:]
        raise EnvironmentMissing(
            "the tests do not start on the base; name the commands that build their environment as `setup:` in "
            f".github/greenloop.yml, or mend the base. They said: {said}"
        )
