"""What is measured, in which order: base, head, revert, reruns. Uses the ports Suite and Checkout."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from runner.models import Overlay
from runner.ports import Checkout, Suite
from runner.proof import Cells, Matrix, RunOutcome, TestOutcome, TestRun
from runner.verify.existing import (
    CUT_SHORT,
    REPORTED,
    SILENT,
    alike,
    comparable,
    decisive_ids,
    existing_reported,
    lost,
    regressions,
)
from runner.verify.lookup import has_failed, has_passed
from runner.verify.python_tests import tests_in

RERUNS: Final = 3
BASE_RUNS: Final = 2
EXISTING_TIMEOUT_S: Final = 30.0
FEWER: Final = 3
"""Of the selected files so many are run where all of them do not come to an end on the base."""
FEWER_SHARE: Final = 1 / 3
"""The part of the seconds left that those may take: the head has to run them too."""
RESERVE_FLOOR_S: Final = 2.0
RESERVE_FACTOR: Final = 1.25
RUNS_TO_COME: Final = RERUNS + 1
"""Of the reproducing tests, after the existing ones: with the edits taken back, and shuffled."""
HEAD_RECHECKS: Final = 2
SIDES: Final = 2
WIDENING_SHARE: Final = 0.5
"""The part of the seconds left that the whole suite may take on base and head; stress and publishing need the rest."""
LEAST_RATIO: Final = 1e-3
LEAST_MARGIN: Final = 0.1
"""At least this part of a run's seconds goes into its tests, and not into starting."""
OVERRUN: Final = 2.0
"""The whole suite is given up where it takes so many times as long as was expected."""
MOST_RECHECKED: Final = 10
"""Where more tests are lost than this, no flaky test explains it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where measuring happens: a suite, one checkout that nobody else uses, and the seconds left on the clock."""

    suite: Suite
    checkout: Checkout
    seconds_left: Callable[[], float]

    def run(
        self, tree: Overlay, selection: tuple[str, ...] | None, *, reserve_s: float = 0.0, seed: int | None = None
    ) -> TestRun:
        """One run on a fresh tree, ended when less than `reserve_s` seconds are left."""
        self.checkout.switch(tree)
        timeout_s = self.seconds_left() - reserve_s
        return self.suite.run(self.checkout.root, selection, timeout_s=timeout_s, shuffle_seed=seed)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tests are run: reproducing ids or files (none: no reproducer), and the existing ones.

    `existing` None means all of them, an empty tuple that none is run; `existing_ratio` is how much of the whole suite
    they are, by the size of their files, and `existing_timeout_s` what one run of them may take.
    """

    reproducing: tuple[str, ...]
    existing: tuple[str, ...] | None
    existing_ratio: float = 1.0
    existing_timeout_s: float = EXISTING_TIMEOUT_S


def selected(reproducing: tuple[str, ...], existing: tuple[str, ...] | None, tests: Mapping[str, bytes]) -> Selection:
    """The selection of some of the suite's files; `tests` are all of them."""
    total_bytes = sum(map(len, tests.values()))
    if existing is None or not total_bytes:
        return Selection(reproducing, existing)
    return Selection(reproducing, existing, sum(len(tests.get(path, b"")) for path in existing) / total_bytes)


def measure_base(bench: Bench, tree: Overlay, selection: Selection) -> Cells:
    """The base with the reproducer in it: reproducing tests twice, existing ones once."""
    reproducing: tuple[TestRun, ...] = ()
    if selection.reproducing:
        first = bench.run(tree, selection.reproducing)
        again = () if not first.failing else (bench.run(tree, selection.reproducing),)
        reproducing = (first, *again)
    return Cells(_existing_on_base(bench, tree, selection, reproducing), reproducing)


def ask_again(bench: Bench, tree: Overlay, selection: Selection, base: Cells, first: TestRun | None) -> Cells:
    """The base's row, its nearest existing tests run once more where the clock cut them short and `first` is green.

    What is left on the clock is theirs then: a change that mends the rest is worth nothing while they tell nothing.
    """
    is_cut = bool(base.existing) and base.existing[0].outcome in CUT_SHORT
    if not (is_cut and first and is_mended(Cells((), (first,)), base)):
        return base
    again = _nearest(bench, tree, selection, base.reproducing)
    return replace(base, existing=again) if any(run.tests for run in again) else base


def measure_head(bench: Bench, tree: Overlay, selection: Selection, base: Cells, first: TestRun | None = None) -> Cells:
    """The head: reproducing tests, and the existing ones if those passed and the base has been measured on them.

    `first` is the run of the reproducing tests on this tree, without any that of the existing ones, where it is known.
    """
    reproducing: tuple[TestRun, ...] = ()
    if selection.reproducing:
        reproducing = (first or bench.run(tree, selection.reproducing),)
    head = Cells((), reproducing)
    if not (is_mended(head, base) and existing_reported(base)):
        return head
    if first and not selection.reproducing:
        return Cells((first,), ())
    selection = replace(selection, existing=comparable(base, selection.existing))
    return Cells(_existing(bench, tree, selection, reproducing), reproducing)


def measure_revert(bench: Bench, tree: Overlay, ids: tuple[str, ...]) -> Cells:
    """The base's source with the head's tests: shows that the edits, and not the tests, made them pass."""
    return Cells((), (bench.run(tree, ids),)) if ids else Cells()


def rerun(bench: Bench, tree: Overlay, ids: tuple[str, ...], *, seed: int, count: int = RERUNS) -> tuple[TestRun, ...]:
    """The decisive tests again, in shuffled order with other hash seeds; ends at the first that is not green."""
    runs: list[TestRun] = []
    for offset in range(count if ids else 0):
        runs.append(bench.run(tree, ids, seed=seed + offset + 1))
        if runs[-1].outcome is not RunOutcome.GREEN:
            break
    return tuple(runs)


def is_mended(head: Cells, base: Cells) -> bool:
    """Whether every decisive test passed in the head's first run; true where there is none."""
    ids = decisive_ids(base)
    return not ids or (bool(head.reproducing) and all(has_passed(head.reproducing[0], id_) for id_ in ids))


def widen(bench: Bench, matrix: Matrix, base: Overlay, head: Overlay, selection: Selection) -> tuple[Matrix, Selection]:
    """The whole suite in place of the selected tests, where what those took says that there is time for it.

    What does not come to its end in that time says nothing, and the selected tests stand.
    """
    expected_s = _whole_suite_s(matrix, selection)
    if not _is_settled(matrix, selection) or expected_s > min(
        selection.existing_timeout_s, WIDENING_SHARE * bench.seconds_left() / SIDES
    ):
        return matrix, selection
    timeout_s = min(selection.existing_timeout_s, OVERRUN * expected_s)
    whole = replace(selection, existing=None, existing_ratio=1.0, existing_timeout_s=timeout_s)
    before = _existing(bench, base, whole, matrix.base.reproducing)
    after = _existing(bench, head, whole, matrix.head.reproducing) if _is_complete(before) else ()
    if not after or after[0].left_out or after[0].outcome in CUT_SHORT:
        return matrix, selection
    cells = replace(matrix.base, existing=before), replace(matrix.head, existing=after)
    return Matrix(*cells, matrix.revert), whole


def _is_settled(matrix: Matrix, selection: Selection) -> bool:
    """Whether a part of the suite was selected, all of it was run on both sides, and none of it was lost."""
    is_part = bool(selection.existing) and selection.existing_ratio < 1.0
    return is_part and _is_complete(matrix.base.existing) and _is_complete(matrix.head.existing) and not _gone(matrix)


def _gone(matrix: Matrix) -> tuple[str, ...]:
    """The lost tests for which none passes on the head that may be the same, called by another time."""
    known, head = alike(matrix), matrix.head.existing[:1]
    passing = {id_ for id_, new in known.items() if all(has_passed(run, name) for run in head for name in new)}
    return tuple(id_ for id_ in lost(matrix) if id_ not in passing)


def _whole_suite_s(matrix: Matrix, selection: Selection) -> float:
    """The seconds that one run of the whole suite should take, by what its selected part took.

    What a few reproducing tests take is taken for the runner's start, which does not grow with the suite.
    """
    ran = (*matrix.base.existing[:1], *matrix.head.existing[:1])
    part_s = max((run.seconds for run in ran), default=0.0)
    start_s = min((run.seconds for cells in (matrix.base, matrix.head) for run in cells.reproducing), default=0.0)
    tests_s = max(part_s - start_s, LEAST_MARGIN * part_s)
    return RESERVE_FACTOR * (start_s + tests_s / max(selection.existing_ratio, LEAST_RATIO))


def _is_complete(runs: tuple[TestRun, ...]) -> bool:
    """Whether the first run told the end of each of its tests."""
    return bool(runs) and runs[0].outcome in REPORTED and not runs[0].left_out


def recheck(bench: Bench, matrix: Matrix, base: Overlay, head: Overlay, existing: tuple[str, ...] | None) -> Matrix:
    """The matrix with reruns of the existing tests where some were lost: once on the base, up to twice on the head.

    The same tests in the same order, since one that only passes alone may be one that the change broke. It ends with
    the run that settles it: what fails on the base too is nobody's fault, what fails again on the head is broken.
    """
    if not lost(matrix) or len(_gone(matrix)) > MOST_RECHECKED or not existing_reported(matrix.head):
        return matrix
    ran = matrix.head.existing[0]
    selection = tuple(ran.tests) if ran.left_out else comparable(matrix.base, existing)
    again = bench.run(base, selection, reserve_s=RESERVE_FLOOR_S)
    matrix = replace(matrix, base=replace(matrix.base, existing=(*matrix.base.existing, again)))
    for _ in range(HEAD_RECHECKS):
        left = regressions(matrix)
        if not left or any(has_failed(run, id_) for run in matrix.head.existing[1:] for id_ in left):
            break
        run = bench.run(head, selection, reserve_s=RESERVE_FLOOR_S)
        matrix = replace(matrix, head=replace(matrix.head, existing=(*matrix.head.existing, run)))
    return matrix


def fails_alike(runs: tuple[TestRun, ...]) -> bool:
    """Whether all runs have the same failing tests with the same fingerprints."""
    prints = [{id_: run.tests[id_].fingerprint for id_ in run.failing} for run in runs]
    return all(one == prints[0] for one in prints)


def _existing_on_base(
    bench: Bench, tree: Overlay, selection: Selection, reproducing: tuple[TestRun, ...]
) -> tuple[TestRun, ...]:
    """The existing tests' run; where it tells nothing because it was cut short or broke, that of the nearest alone.

    New tests of what is still to be written may keep all of a package's from being built: then they are left out.
    """
    runs = _existing(bench, tree, selection, reproducing)
    if tree and runs and runs[0].outcome not in CUT_SHORT and not runs[0].ids(TestOutcome.PASSED):
        without = tuple(_known_to(tree, run) for run in _existing(bench, {}, selection, reproducing))
        runs = without if without[0].ids(TestOutcome.PASSED) else runs
    if not selection.existing or len(selection.existing) <= FEWER or runs[0].outcome not in SILENT:
        return runs
    return _nearest(bench, tree, selection, reproducing)


def _known_to(tree: Overlay, run: TestRun) -> TestRun:
    """The run without the tests of changed files that are not there any more: whoever changed those took them out."""
    left = {path: tests_in(path, content) for path, content in tree.items() if path.endswith(".py")}

    def is_there(id_: str) -> bool:
        path, *names = id_.partition("[")[0].split("::")
        if path in left:
            return id_.partition("[")[0] in left[path]
        return path not in tree or all(_is_word(name, tree[path] or b"") for name in names)

    return replace(run, tests={id_: test for id_, test in run.tests.items() if is_there(id_)})


def _is_word(name: str, text: bytes) -> bool:
    return re.search(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", text) is not None


def _nearest(
    bench: Bench, tree: Overlay, selection: Selection, reproducing: tuple[TestRun, ...]
) -> tuple[TestRun, ...]:
    """The run of the nearest files alone, in a part of the seconds left; of the whole suite where none is selected."""
    timeout_s = min(selection.existing_timeout_s, FEWER_SHARE * bench.seconds_left())
    nearest = selection.existing and selection.existing[:FEWER]
    runs = _existing(bench, tree, replace(selection, existing=nearest, existing_timeout_s=timeout_s), reproducing)
    least = int(nearest != selection.existing)
    return tuple(replace(run, left_out=max(least, run.left_out)) for run in runs)


def _existing(
    bench: Bench, tree: Overlay, selection: Selection, reproducing: tuple[TestRun, ...]
) -> tuple[TestRun, ...]:
    """The existing tests' run, which leaves time for the reproducing runs that are still to come.

    Of several of those the quickest counts: the first one of all reads and compiles what the others find.
    """
    if selection.existing == ():
        return ()
    to_come_s = RUNS_TO_COME * RESERVE_FACTOR * min((run.seconds for run in reproducing), default=0.0)
    reserve_s = RESERVE_FLOOR_S + to_come_s
    beyond_s = bench.seconds_left() - selection.existing_timeout_s
    run = bench.run(tree, selection.existing, reserve_s=max(reserve_s, beyond_s))
    missed = _own_missed(run, reproducing, selection.existing or ())
    return (_joined(run, bench.run(tree, missed, reserve_s=reserve_s)) if missed else run,)


def _own_missed(run: TestRun, reproducing: Sequence[TestRun], selection: tuple[str, ...]) -> tuple[str, ...]:
    """What is selected of the reproducer's own files, if the clock cut the run before it came to all of that."""
    files = frozenset(id_.partition("::")[0] for first in reproducing[:1] for id_ in first.tests)
    own = tuple(one for one in selection if one.partition("::")[0] in files)
    is_cut = run.left_out > 0 and run.outcome in REPORTED
    return own if is_cut and not _came_past(run, own, selection) else ()


def _came_past(run: TestRun, own: tuple[str, ...], selection: tuple[str, ...]) -> bool:
    """Whether a run that was cut came to all of its own tests, or through its files in their order and beyond those."""
    order = [path for path, _ in groupby(id_.partition("::")[0] for id_ in run.tests)]
    places = [selection.index(path) if path in selection else -1 for path in order]
    is_beyond = set(own) < set(order) and order[-1] not in own and places == sorted(set(places))
    return is_beyond or all(one in run.tests for one in own)


def _joined(run: TestRun, own: TestRun) -> TestRun:
    """A run that the clock cut, with those of the reproducer's own files that it did not come to: nothing is nearer.

    Some runners have an order of their own, in which those may be last.
    """
    new = {id_: test for id_, test in own.tests.items() if id_ not in run.tests}
    if own.outcome not in REPORTED or not new:
        return run
    is_red = any(test.outcome in {TestOutcome.FAILED, TestOutcome.ERROR} for test in new.values())
    return replace(
        run,
        tests={**run.tests, **new},
        outcome=RunOutcome.RED if is_red else run.outcome,
        left_out=max(1, run.left_out - len(new)),  # a file that was not begun counts as one
        seconds=run.seconds + own.seconds,
        began=(*run.began, *own.began),
        exchanged=(*run.exchanged, *own.exchanged),
        callers=(*run.callers, *own.callers),
    )
