"""A change is proven from first to last on fakes: what is measured, in which order, and what it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import TimeSpent
from runner.models import Overlay
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun, Verdict
from runner.testing import FakeCheckout, FakeClock, FakeSuite, FakeWorkspace
from runner.verify.existing import flaky
from runner.verify.matrix import Bench, Selection, measure_base, selected
from runner.verify.proof import Claim, Proof, prove
from runner.verify.stress import wilson_interval

BASE = {"shop.py": b"def f(a, b):\n    return a - b\n", "tests/test_old.py": b"def test_old(): ...\n"}
FIX = b"def f(a, b):\n    return a + b\n"
TESTS = {"tests/test_new.py": b"def test_new():\n    assert f(1, 2) == 3\n"}
NEW, OLD = "tests/test_new.py::test_new", "tests/test_old.py::test_old"
FAR = "tests/test_far.py::test_far"
SELECTION = Selection((NEW,), None)


def judged(files: Mapping[str, bytes]) -> Mapping[str, TestOutcome]:
    """The tests of this small repository: the new one wants `+`, the old one only that the source is there."""
    ends = {OLD: TestOutcome.PASSED if b"def f" in files.get("shop.py", b"") else TestOutcome.ERROR}
    if "tests/test_new.py" in files:
        ends[NEW] = TestOutcome.PASSED if b"+" in files["shop.py"] else TestOutcome.FAILED
    return ends


class TimedSuite(FakeSuite):
    """Each run takes a second and is ended by its limit."""

    def __init__(self, workspace: FakeWorkspace, clock: FakeClock) -> None:
        """The clock goes on with every run."""
        super().__init__(workspace, judged)
        self._clock = clock
        self.seeds: list[int | None] = []

    def run(
        self, checkout: Path, selection: tuple[str, ...] | None, *, timeout_s: float, shuffle_seed: int | None = None
    ) -> TestRun:
        """A second passes, or what is left."""
        self.seeds.append(shuffle_seed)
        self._clock.advance(min(1.0, max(timeout_s, 0.0)))
        if timeout_s < 1.0:
            return TestRun("fake tests", None, "all", RunOutcome.TIMED_OUT, {}, timeout_s)
        done = super().run(checkout, selection, timeout_s=timeout_s, shuffle_seed=shuffle_seed)
        return replace(done, seconds=1.0)


@dataclass(frozen=True)
class RunsAs:
    """A suite that is one function."""

    run: Callable[..., TestRun]

    def is_test_path(self, path: str) -> bool:
        """By its folder."""
        return path.startswith("tests/")


class Case:
    """A bench over the small repository with so many seconds on its clock."""

    def __init__(self, seconds: float = 90.0) -> None:
        """A fresh clock, tree and suite."""
        self.clock = FakeClock()
        workspace = FakeWorkspace(BASE)
        self.suite = TimedSuite(workspace, self.clock)
        self.bench = Bench(self.suite, workspace.tree, lambda: seconds - self.clock())

    def prove(
        self,
        edits: Mapping[str, bytes | None],
        selection: Selection = SELECTION,
        stress_s: float = 0.0,
        first: TestRun | None = None,
        plan_files: tuple[str, ...] = ("shop.py",),
    ) -> Proof:
        """The proof of these edits, with the new test frozen over base and head."""
        before = {path: BASE.get(path) for path in edits}
        claim = Claim(edits, before, selection, TESTS if selection.reproducing else {}, plan_files=plan_files)
        return prove(self.bench, claim, self.clock, seed=5, first=first, stress_s=stress_s)


def test_a_fix_is_proven_in_the_order_of_the_contract() -> None:
    """Base twice, existing, head, existing, revert, three shuffled reruns."""
    case = Case()
    proof = case.prove({"shop.py": FIX})
    assert proof.judgement.verdict is Verdict.PROVEN
    assert case.suite.runs == [(NEW,), (NEW,), None, (NEW,), None, (NEW,), (NEW,), (NEW,), (NEW,)]
    assert case.suite.seeds == [None] * 6 + [6, 7, 8]
    assert [run.outcome for run in proof.matrix.revert.reproducing] == [RunOutcome.RED]


def test_the_heads_first_run_is_not_run_again_where_it_is_known() -> None:
    """It stands in the matrix as if it had been measured there."""
    known = Case().prove({"shop.py": FIX}).matrix.head.reproducing[0]
    case = Case()
    proof = case.prove({"shop.py": FIX}, first=known)
    assert proof.judgement.verdict is Verdict.PROVEN
    assert proof.matrix.head.reproducing[0] is known
    assert case.suite.runs == [(NEW,), (NEW,), None, None, (NEW,), (NEW,), (NEW,), (NEW,)]


def test_a_change_that_mends_nothing_is_settled_early() -> None:
    """A red head needs neither existing tests, nor revert, nor reruns."""
    case = Case()
    proof = case.prove({"shop.py": b"def f(a, b):\n    return a * b\n"})
    assert proof.judgement.verdict is Verdict.UNPROVEN
    assert "still not passing" in proof.judgement.reasons[0]
    assert case.suite.runs == [(NEW,), (NEW,), None, (NEW,)]


def test_half_of_a_fix_is_unproven() -> None:
    """Where the very place that it mends stands once more."""
    thrice = b"def f(a, b):\n    log(a)\n    return first(a) - second(b)\n\n\n" * 3
    half = thrice.replace(b" - ", b" + ", 1)
    claim = Claim({"shop.py": half}, {"shop.py": thrice}, SELECTION, TESTS, plan_files=("shop.py",))
    case = Case()
    proof = prove(case.bench, claim, case.clock, seed=5, stress_s=0.0)
    assert proof.judgement.verdict is Verdict.UNPROVEN
    assert "perhaps only half of the fix" in proof.judgement.reasons[0]


def test_a_change_of_the_tests_alone_is_unproven() -> None:
    """The frozen reproducer wins nothing by being rewritten."""
    proof = Case().prove({"tests/test_new.py": b"def test_new(): ...\n"})
    assert proof.judgement.verdict is Verdict.UNPROVEN
    assert "test-loosened" in {finding.rule for finding in proof.guard}


def test_tests_of_the_changes_own_beside_the_given_ones_are_not_run() -> None:
    """Somebody may write to the file that the test patch changes too: the given version counts, and that is said."""
    case = Case()
    own = b"def test_mine():\n    assert f(2, 2) == 4\n"
    proof = case.prove({"shop.py": FIX, "tests/test_new.py": own}, plan_files=())
    assert proof.judgement.verdict is Verdict.PROVEN
    assert proof.judgement.reasons[-1].startswith("tests/test_new.py is run as the given tests have it")


def test_a_regression_is_unproven() -> None:
    """However green the reproducer is."""
    proof = Case().prove({"shop.py": b"f = lambda a, b: a + b\n"})
    assert proof.judgement.verdict is Verdict.UNPROVEN
    assert OLD in proof.judgement.reasons[0]


class UnsteadyCase(Case):
    """The old test fails in these runs of all existing tests, counted from 1: base, head, base again, head twice."""

    def __init__(self, *failing: int) -> None:
        """A fresh case."""
        super().__init__()
        self._failing = failing
        plain = self.suite.run

        def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
            done = plain(checkout, selection, **options)
            if selection is None and self.suite.runs.count(None) in self._failing:
                red = TestResult(TestOutcome.FAILED, "chance")
                return replace(done, outcome=RunOutcome.RED, tests={**done.tests, OLD: red})
            return done

        self.bench = replace(self.bench, suite=RunsAs(run))


@pytest.mark.parametrize(
    ("failing", "verdict", "runs"),
    [
        ((2,), Verdict.PROVEN, 5),
        ((2, 4), Verdict.UNPROVEN, 4),
        ((2, 5), Verdict.UNPROVEN, 5),
        ((2, 3), Verdict.PROVEN, 3),
    ],
    ids=["once", "again", "twice of three", "on the base too"],
)
def test_a_lost_test_is_run_again_before_it_is_blamed(failing: tuple[int, ...], verdict: Verdict, runs: int) -> None:
    """Both trees again, with the same tests, until it is settled: a flaky one is named, a broken one is not."""
    case = UnsteadyCase(*failing)
    proof = case.prove({"shop.py": FIX})
    assert proof.judgement.verdict is verdict
    assert case.suite.runs.count(None) == runs
    assert flaky(proof.matrix) == ((OLD,) if verdict is Verdict.PROVEN else ())


def test_what_the_base_had_no_time_for_is_not_run_to_settle_a_lost_test() -> None:
    """Both trees run again what was compared: the clock that cut the base would not do for more."""
    case = Case()
    plain, chances = case.suite.run, iter([True])

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        if selection is None:
            return replace(done, left_out=1)
        if OLD in selection and next(chances, False):
            return replace(done, outcome=RunOutcome.RED, tests={**done.tests, OLD: TestResult(TestOutcome.FAILED, "x")})
        return done

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": FIX})
    assert flaky(proof.matrix) == (OLD,)
    assert case.suite.runs.count(None) == 1


def test_without_a_reproducer_existing_tests_decide() -> None:
    """REGRESSION-SAFE, after one run on each side."""
    case = Case()
    proof = case.prove({"shop.py": FIX}, Selection((), None))
    assert proof.judgement.verdict is Verdict.REGRESSION_SAFE
    assert case.suite.runs == [None, None]


def test_without_a_reproducer_the_attempts_own_run_is_the_heads() -> None:
    """It ran the same tests on the same tree, and is not made again."""
    case = Case()
    row = measure_base(case.bench, {}, Selection((), None))
    first = case.suite.run(case.bench.checkout.root, None, timeout_s=9.0)
    claim = Claim({"shop.py": FIX}, {"shop.py": BASE["shop.py"]}, Selection((), None), {})
    proof = prove(case.bench, claim, case.clock, seed=5, base=row, first=first, stress_s=0.0)
    assert proof.judgement.verdict is Verdict.REGRESSION_SAFE
    assert proof.matrix.head.existing[0] is first
    assert case.suite.runs == [None, None]


WATCHED = selected((NEW,), ("tests/test_old.py",), {"tests/test_old.py": b"old", "tests/test_far.py": b"farther"})


def test_the_whole_suite_is_run_where_there_is_time_for_it() -> None:
    """Three tenths of it took a second: after them all of it on base and head, and the verdict says so."""
    case = Case()
    proof = case.prove({"shop.py": FIX}, WATCHED)
    assert WATCHED.existing_ratio == pytest.approx(0.3)
    assert case.suite.runs[-2:] == [None, None]
    assert any("existing tests pass on base and head (all)" in reason for reason in proof.judgement.reasons)


@pytest.mark.parametrize("seconds", [16.0, 25.0])
def test_the_selected_tests_stand_where_there_is_none(seconds: float) -> None:
    """Half of what is left has to hold both runs; nothing is begun that would not end."""
    case = Case(seconds)
    plain = case.suite.run

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        return replace(plain(checkout, selection, **options), seconds=2.0 if selection == WATCHED.existing else 1.0)

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": FIX}, WATCHED)
    assert proof.judgement.verdict is Verdict.PROVEN
    assert None not in case.suite.runs
    assert any("(selected 1 of 2)" in reason for reason in proof.judgement.reasons)


def test_a_runners_start_is_counted_once() -> None:
    """A tenth of the suite takes no longer than the reproducing test alone: there is time for all of it."""
    case = Case(25.0)
    tests = {"tests/test_old.py": b"old", "tests/test_far.py": b"f" * 27}
    proof = case.prove({"shop.py": FIX}, selected((NEW,), ("tests/test_old.py",), tests))
    assert case.suite.runs[-2:] == [None, None]
    assert proof.judgement.verdict is Verdict.PROVEN


def test_what_the_whole_suite_loses_is_a_regression() -> None:
    """A test that nobody would have watched fails on the head, and again when it is run again."""
    case = Case()
    plain = case.suite.run

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        far = TestOutcome.FAILED if b"+" in case.bench.checkout.files["shop.py"] else TestOutcome.PASSED  # type: ignore[attr-defined]
        return replace(done, tests={**done.tests, FAR: TestResult(far)}) if selection is None else done

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": FIX}, WATCHED)
    assert proof.judgement.reasons == (f"passed on the base and not on the head: {FAR}",)


def test_a_whole_suite_that_does_not_come_to_its_end_says_nothing() -> None:
    """The selected tests stand, on both sides."""
    case = Case()
    plain = case.suite.run

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        return replace(done, outcome=RunOutcome.TIMED_OUT, tests={}) if selection is None else done

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": FIX}, WATCHED)
    assert proof.judgement.verdict is Verdict.PROVEN
    assert case.suite.runs[-1] is None
    assert any("(selected 1 of 2)" in reason for reason in proof.judgement.reasons)


def test_tests_that_new_ones_keep_from_being_built_are_measured_without_them() -> None:
    """But not what the new files no longer hold: who changed them took it out, and the change did not lose it."""
    case = Case()
    gone, kept_ = "tests/test_new.py::test_ne", "tests/test_new.py::test_new[1]"

    def run(checkout: Path, selection: tuple[str, ...] | None, **_: Any) -> TestRun:
        if "tests/test_new.py" in case.bench.checkout.files:  # type: ignore[attr-defined]
            return TestRun("cc", 1, "all", RunOutcome.CRASHED, {}, 1.0, "undefined: f")
        passed = {id_: TestResult(TestOutcome.PASSED) for id_ in (OLD, gone, kept_)}
        return TestRun("cc", 0, "all", RunOutcome.GREEN, passed, 1.0)

    row = measure_base(replace(case.bench, suite=RunsAs(run)), TESTS, SELECTION)
    assert tuple(row.existing[0].tests) == (OLD, kept_)
    assert row.reproducing[0].outcome is RunOutcome.CRASHED


def test_the_nearest_files_are_run_where_all_are_too_slow() -> None:
    """A run that is ended before its report says nothing: three files tell more than twelve; the head runs as many."""
    case = Case()
    plain = case.suite.run
    files = ("tests/test_old.py", *(f"tests/test_{number}.py" for number in range(11)))

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        return replace(done, outcome=RunOutcome.TIMED_OUT, tests={}) if selection == files else done

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": FIX}, Selection((NEW,), files, existing_ratio=0.5))
    assert proof.judgement.verdict is Verdict.PROVEN
    assert case.suite.runs[2:6] == [files, files[:3], (NEW,), (OLD,)]
    assert None not in case.suite.runs


def test_a_run_that_went_beyond_the_reproducers_own_files_is_not_added_to() -> None:
    """Most runners keep to the order that they are given; to run those tests again would only take time."""
    case = Case()
    plain = case.suite.run
    files = ("tests/test_new.py", "tests/test_old.py")

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        done = plain(checkout, selection, **options)
        first = {NEW: done.tests[NEW]} if NEW in done.tests else {}
        return replace(done, left_out=1, tests={**first, **done.tests}) if selection == files else done

    measure_base(replace(case.bench, suite=RunsAs(run)), TESTS, Selection((NEW,), files, existing_ratio=0.5))
    assert case.suite.runs == [(NEW,), (NEW,), files]


@pytest.mark.parametrize(("fix", "verdict"), [(FIX, Verdict.PROVEN), (FIX + b"# breaks\n", Verdict.UNPROVEN)])
def test_the_tests_beside_the_reproducer_are_run_however_short_the_time(fix: bytes, verdict: Verdict) -> None:
    """Nothing is nearer to a change; a runner with an order of its own may have left them for the end."""
    case = Case()
    plain = case.suite.run
    files, beside = ("tests/test_new.py", "tests/test_old.py"), "tests/test_new.py::test_beside"

    def run(checkout: Path, selection: tuple[str, ...] | None, **options: Any) -> TestRun:
        if selection in (files, (OLD, beside)):
            return replace(plain(checkout, (OLD,), **options), left_out=1)
        if selection in (files[:1], (beside,)):
            text = case.bench.checkout.files["shop.py"]  # type: ignore[attr-defined]
            end = TestResult(TestOutcome.FAILED if b"breaks" in text else TestOutcome.PASSED)
            return TestRun("fake tests", 0, "all", RunOutcome.RED, {beside: end}, 1.0, callers=(("run.py", 3),))
        return plain(checkout, selection, **options)

    case.bench = replace(case.bench, suite=RunsAs(run))
    proof = case.prove({"shop.py": fix}, Selection((NEW,), files, existing_ratio=0.5))
    assert proof.judgement.verdict is verdict, proof.judgement.reasons
    assert set(proof.matrix.head.existing[0].tests) == {OLD, beside}
    assert proof.matrix.head.existing[0].callers == (("run.py", 3),)


def test_a_green_head_is_worth_the_time_to_ask_the_base_again() -> None:
    """Where the clock cut the existing tests short on the base, and no attempt could ever have been proven."""
    case = Case()
    row = measure_base(case.bench, TESTS, SELECTION)
    cut = replace(row, existing=(replace(row.existing[0], outcome=RunOutcome.TIMED_OUT, tests={}),))
    claim = Claim({"shop.py": FIX}, {"shop.py": BASE["shop.py"]}, SELECTION, TESTS)
    green = case.prove({"shop.py": FIX}).matrix.head.reproducing[0]
    for first, verdict in ((green, Verdict.PROVEN), (row.reproducing[0], Verdict.UNPROVEN)):
        proof = prove(case.bench, claim, case.clock, seed=0, base=cut, first=first, stress_s=0.0)
        assert proof.judgement.verdict is verdict
        assert (proof.matrix.base is cut) == (verdict is Verdict.UNPROVEN)
    case.clock.advance(89.5 - case.clock())
    late = prove(case.bench, claim, case.clock, seed=0, base=cut, first=green, stress_s=0.0)
    assert late.matrix.base is cut  # what was known is not lost to a run that had no time


def test_a_slow_first_run_takes_no_time_from_the_existing_tests() -> None:
    """It compiled what the later ones find: as long as the second is what the runs to come take."""
    case = Case()
    limits: list[float] = []

    def run(
        checkout: Path, selection: tuple[str, ...] | None, *, timeout_s: float, shuffle_seed: int | None = None
    ) -> TestRun:
        limits.append(timeout_s)
        case.clock.advance(14.0 if len(limits) == 1 else 0.0)
        done = case.suite.run(checkout, selection, timeout_s=timeout_s, shuffle_seed=shuffle_seed)
        return replace(done, seconds=15.0 if len(limits) == 1 else 1.0)

    case.bench = replace(case.bench, suite=RunsAs(run))
    measure_base(case.bench, TESTS, SELECTION)
    assert limits[2] == pytest.approx(30.0)


def test_existing_tests_can_be_left_out() -> None:
    """PROVEN then says that there were none."""
    proof = Case().prove({"shop.py": FIX}, Selection((NEW,), ()))
    assert proof.judgement.verdict is Verdict.PROVEN
    assert any(reason.startswith("existing tests: none") for reason in proof.judgement.reasons)


def test_a_base_that_was_measured_is_not_measured_again() -> None:
    """Every attempt is judged against the same base."""
    case = Case()
    row = measure_base(case.bench, TESTS, SELECTION)
    runs = len(case.suite.runs)
    claim = Claim({"shop.py": FIX}, {"shop.py": BASE["shop.py"]}, SELECTION, TESTS)
    proof = prove(case.bench, claim, case.clock, seed=0, base=row, stress_s=0.0)
    assert proof.matrix.base is row
    assert len(case.suite.runs) == runs + 6


@given(seconds=st.floats(0.0, 12.0))
def test_a_clock_that_runs_out_never_proves(seconds: float) -> None:
    """Whenever it ends: PROVEN only if all nine runs of a second each fitted in."""
    case = Case(seconds)
    proof = case.prove({"shop.py": FIX}, Selection((NEW,), ()))
    assert (proof.judgement.verdict is Verdict.PROVEN) == (seconds >= 7.0)


def test_stress_follows_green_and_counts_what_it_saw() -> None:
    """Ten reruns, the verdict's among them, and every mutant of the changed line, with what ten passes support."""
    case = Case()
    stressed = case.prove({"shop.py": FIX}, stress_s=20.0).stress
    assert [seed for seed in case.suite.seeds if seed] == list(range(6, 16))
    assert stressed is not None
    assert (stressed.reruns, stressed.passes) == (10, 10)
    assert stressed.interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    # a + b became a - b and return None: this suite notices that the plus is gone.
    assert stressed.mutants == stressed.killed == 2


def test_parts_that_no_test_misses_are_named() -> None:
    """A change that does two things, of which the reproducer needs one, is not proven in the other."""
    two = FIX.replace(b"def f", b"LIMIT = 3\n\n\ndef f")
    proof = Case().prove({"shop.py": two}, stress_s=20.0)
    assert proof.judgement.verdict is Verdict.PROVEN
    assert proof.stress is not None
    assert proof.stress.unasked == ("shop.py lines 1 to 3",)
    assert "no reproducing test asks for these parts of the change: shop.py lines 1 to 3" in proof.judgement.reasons
    whole = Case().prove({"shop.py": FIX}, stress_s=20.0).stress
    assert whole is not None
    assert whole.unasked == ()


def test_stress_ends_with_its_time() -> None:
    """What the end of the time cut off is not counted."""
    case = Case()
    stressed = case.prove({"shop.py": FIX}, stress_s=4.5).stress
    assert stressed is not None
    assert (stressed.reruns, stressed.mutants) == (6, 1)
    assert stressed.seconds <= 4.5


class SlowTree(FakeCheckout):
    """Each switch takes some time too."""

    def __init__(self, clock: FakeClock) -> None:
        """The base, and the clock that goes on."""
        super().__init__(BASE)
        self._clock = clock

    def switch(self, overlay: Overlay) -> None:
        """Base plus overlay, a while later."""
        self._clock.advance(0.3)
        super().switch(overlay)


@given(seconds=st.floats(15.0, 40.0), clock=st.builds(FakeClock))
def test_a_clock_that_runs_out_under_stress_takes_no_verdict_back(seconds: float, clock: FakeClock) -> None:
    """Whatever is measured by then is told; reading the clock may be what ends it."""

    def left() -> float:
        if clock() >= seconds:
            raise TimeSpent("over")
        return seconds - clock()

    workspace = FakeWorkspace(BASE)
    workspace.tree = SlowTree(clock)
    bench = Bench(TimedSuite(workspace, clock), workspace.tree, left)
    claim = Claim({"shop.py": FIX}, {"shop.py": BASE["shop.py"]}, SELECTION, TESTS, plan_files=("shop.py",))
    proof = prove(bench, claim, clock, seed=5, stress_s=20.0)
    assert proof.judgement.verdict is Verdict.PROVEN
    assert proof.stress is not None
    assert proof.stress.passes == proof.stress.reruns >= 3


def test_unproven_is_not_stressed() -> None:
    """There is nothing to support."""
    assert Case().prove({"shop.py": b""}, stress_s=20.0).stress is None


@pytest.mark.parametrize(
    ("passes", "runs", "interval"),
    [
        (0, 0, (0.0, 1.0)),
        (10, 10, (0.7225, 1.0)),
        (0, 10, (0.0, 0.2775)),
        (9, 10, (0.5958, 0.9821)),
        (50, 100, (0.4038, 0.5962)),
        (1, 1, (0.2065, 1.0)),
    ],
)
def test_wilsons_interval_has_its_known_values(passes: int, runs: int, interval: tuple[float, float]) -> None:
    """Checked against published values; ten of ten supports 72 %."""
    assert wilson_interval(passes, runs) == pytest.approx(interval, abs=1e-4)


@given(data=st.data(), runs=st.integers(1, 200))
def test_wilsons_interval_holds_the_rate(data: st.DataObject, runs: int) -> None:
    """Inside 0..1, around the observed rate, and narrower with more of the same."""
    passes = data.draw(st.integers(0, runs))
    low, high = wilson_interval(passes, runs)
    assert 0.0 <= low <= passes / runs <= high <= 1.0
    more_low, more_high = wilson_interval(10 * passes, 10 * runs)
    assert more_high - more_low < high - low
