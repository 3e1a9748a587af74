"""What all attempts of a run stand on: where to look, what must go green, what must stay so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from runner.errors import EnvironmentMissing
from runner.models import BlobEntry, Localisation, Overlay, RunRequest, Usage
from runner.phases.base_tests import base_tests, suite_tests
from runner.phases.logic import Failure, prune, reaching_tests, targets_of
from runner.phases.reproduce import Written, written_test
from runner.phases.spectrum import spectrum_of
from runner.phases.watched import between, watched_tests
from runner.ports import Checkout, Ports, Suite
from runner.proof import Cells, RunOutcome, TestOutcome, TestRun
from runner.verify.existing import comparable, decisive_ids
from runner.verify.matrix import Bench, Selection, measure_base, selected
from runner.verify.reason import difference, refusal
from runner.verify.reported_names import own_packages
from runner.verify.reproducer import NO_TEST_KNOWN, Reproducer, Surroundings, candidates
from runner.verify.test_paths import looks_python

SLOWDOWN = 5.0
"""A changed tree's tests may take so many times as long as the base's before they count as hanging."""
LEAST_TIMEOUT_S = 5.0
REVIEW_RUNS = 6
"""How often Review runs the decisive tests: head, revert, three reruns, and one to spare."""
STRESS_S = 8.0
MOST_REVIEW_SHARE = 0.35
"""The part of the seconds left that is kept for Review at most: without a find there is nothing to review."""
BROKEN = frozenset({RunOutcome.MISSING_RUNNER, RunOutcome.CRASHED})
OUTPUT_TOLD_CHARS = 600
MOST_TARGETS = 3
"""Files beside whose tests code of the task would stand."""
REPORTED_SHARE = 0.2
"""After this part of the seconds left no further test is made of the task's text."""
NEIGHBOURS_SHARE = 0.13
"""The part of the seconds left that the existing tests' first run may take; on the head they take as long again."""
MOST_START_S = 4.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Established by Logic before the first attempt.

    `frozen` are the reproducer's files, `required` the test ids that somebody named one by one. `only_runs`: it expects
    nothing but that its code runs. `notes` say where an unusual reproducer comes from, `usage` what asking for it cost,
    `compared` what failing tests compared (id -> both sides), where that was seen.
    """

    commit: str
    bench: Bench
    entries: Mapping[str, BlobEntry]
    localisation: Localisation
    frozen: Overlay
    selection: Selection
    base: Cells
    required: tuple[str, ...] = ()
    only_runs: bool = False
    notes: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    compared: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def reproducing(self) -> TestRun | None:
        """The reproducing tests' first run on the base, if there is a reproducer that fails."""
        return self.base.reproducing[0] if decisive_ids(self.base) else None

    @property
    def decisive(self) -> tuple[str, ...] | None:
        """The tests that have to be green: the reproducing ones, else what was watched on the base (None: all)."""
        return self.selection.reproducing or comparable(self.base, self.selection.existing)

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
        return max(1.0, seconds_left - min(review_s, MOST_REVIEW_SHARE * seconds_left))

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
    tests = base_tests(entries, ports.repository, request.task.text)
    chosen, row = _first_that_fails(request, tests, _surroundings(request, localisation, tests, entries), bench, ports)
    written = None if decisive_ids(row) else _written(request, localisation, tests, bench, ports)
    if written and written.reproducer:
        chosen, row = written.reproducer, written.row
    failure = Failure(row.reproducing[0] if row.reproducing else None)
    pruned = prune(localisation, request.task, ports, failure)
    suite = suite_tests(tests, entries, ports.repository)
    existing = _existing(pruned, chosen, suite, entries, ports)
    watched = measure_base(_frugal(bench, row), chosen.overlay, Selection((), existing))
    _refuse_a_broken_environment(row.reproducing, watched.existing)
    base = Cells(watched.existing, row.reproducing)
    spectrum = spectrum_of(pruned, base, chosen.overlay, bench, ports.coverage, paths=entries, near=existing or ())
    if spectrum.suspicion:
        seen = replace(failure, suspicion=spectrum.suspicion, near=spectrum.near, is_cut=spectrum.is_cut)
        pruned = prune(localisation, request.task, ports, seen)
    return Ground(
        commit=commit,
        bench=bench,
        entries=entries,
        localisation=replace(pruned, notes=(*pruned.notes, *filter(None, [spectrum.note]))),
        frozen=chosen.overlay,
        selection=selected(chosen.ids, existing, suite),
        base=base,
        required=chosen.required,
        only_runs=chosen.only_runs,
        notes=_notes(request, chosen, row, written),
        usage=written.usage if written else Usage(),
        compared=spectrum.compared,
    )


def _existing(
    found: Localisation,
    chosen: Reproducer,
    suite: Mapping[str, bytes],
    entries: Mapping[str, BlobEntry],
    ports: Ports,
) -> tuple[str, ...] | None:
    """The existing test files to watch (None: all).

    Of what a command of its own tests no file tells where its tests are: all are run if somebody named one of them.
    """
    if not suite:
        return () if looks_python(entries) or not chosen.ids else None
    others = between([path for path, _ in found.files], entries, ports.repository)
    return watched_tests(targets_of(found), chosen.ids, suite, others)


def _written(
    request: RunRequest, localisation: Localisation, tests: Mapping[str, bytes], bench: Bench, ports: Ports
) -> Written | None:
    """The last source of a reproducer, asked only where nobody gave one."""
    if request.reproducer or request.test_patch:
        return None
    return written_test(request.task, localisation, tests, bench, ports)


def _notes(request: RunRequest, chosen: Reproducer, row: Cells, written: Written | None) -> tuple[str, ...]:
    """Where a new reproducer comes from, and how its failure differs from what the task tells."""
    if chosen.source == "code in the task":
        asks = "; it asks for no more than that this runs" if chosen.only_runs else ""
        return (f"the reproducing test {chosen.path} was made of the code in the task{asks}",)
    if request.test_patch and not chosen.ids:
        return (NO_TEST_KNOWN,)
    told = difference(row.reproducing[0], request.task.text) if decisive_ids(row) and not request.reproducer else ""
    return tuple(note for note in (written.note if written else "", told) if note)


def _surroundings(
    request: RunRequest, localisation: Localisation, tests: Mapping[str, bytes], paths: Iterable[str]
) -> Surroundings:
    """Where code of the task would run; not looked for where somebody gave a test."""
    if request.reproducer or request.test_patch:
        return Surroundings()
    best = dict(islice(targets_of(localisation).items(), MOST_TARGETS))
    return Surroundings(own_packages(paths), reaching_tests(best, tests))


def _first_that_fails(
    request: RunRequest, tests: Mapping[str, bytes], surroundings: Surroundings, bench: Bench, ports: Ports
) -> tuple[Reproducer, Cells]:
    """The most believed reproducer that fails on the base, with its runs; else the last that is a test of somebody's.

    What was made of code in the task has to fail for the reason that the task gives.
    """
    patch = ports.repository.overlay_of(request.task.base_commit, request.test_patch) if request.test_patch else {}
    last = (Reproducer((), "engine"), Cells())
    least_s = (1.0 - REPORTED_SHARE) * bench.seconds_left()
    for reproducer in candidates(request.task, request.reproducer, patch, tests, surroundings):
        if reproducer.source == "code in the task" and bench.seconds_left() < least_s:
            break
        row = measure_base(bench, reproducer.overlay, Selection(reproducer.ids, ()))
        if reproducer.source == "code in the task" and refusal(row.reproducing, reproducer.path, request.task.text):
            continue
        last = (reproducer, _whole(row) if reproducer.required else row)
        if decisive_ids(last[1]):
            break
    return last


def _tells_nothing(run: TestRun, *, is_existing: bool) -> bool:
    """Whether no test of the run was started: several existing ones are then blamed with one and the same crash."""
    causes = {(test.outcome, test.fingerprint) for test in run.tests.values()}
    is_one_crash = len(run.tests) > 1 and len(causes) == 1 and next(iter(causes))[0] is TestOutcome.ERROR
    return not run.tests or (is_existing and is_one_crash)


def _whole(row: Cells) -> Cells:
    """The row, if it tells of every test that was asked for; else none of them had time enough."""
    first = row.reproducing[0]
    if not first.left_out:
        return row
    return replace(row, reproducing=(replace(first, outcome=RunOutcome.TIMED_OUT, tests={}),))


def _frugal(bench: Bench, row: Cells) -> Bench:
    """The same bench with only a part of its time, so that the neighbours leave most of it to the attempts.

    What the reproducing tests took is mostly the start of the runner, which comes on top.
    """
    start_s = min((run.seconds for run in row.reproducing), default=0.0)
    share = NEIGHBOURS_SHARE if row.reproducing else 0.5
    return replace(bench, seconds_left=lambda: share * bench.seconds_left() + min(start_s, MOST_START_S))


def _refuse_a_broken_environment(reproducing: Sequence[TestRun], existing: Sequence[TestRun]) -> None:
    """Where no test could even be started, no edit can be judged; the existing ones were tried without new ones too."""
    runs = (*reproducing, *existing)
    is_silent = all(_tells_nothing(run, is_existing=run in existing) for run in runs)
    if all(run.outcome in BROKEN for run in runs) and (is_silent or (existing and not existing[-1].tests)) and runs:
        said = runs[-1].output.strip()[-OUTPUT_TOLD_CHARS:]
        raise EnvironmentMissing(
            "the tests do not start on the base; name the commands that build their environment as `setup:` in "
            f".github/greenloop.yml, or mend the base. They said: {said}"
        )
