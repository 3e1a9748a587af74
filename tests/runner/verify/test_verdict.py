"""The verdict follows from the matrix and the guard, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.proof import Cells, GuardFinding, Matrix, RunOutcome, TestOutcome, TestResult, TestRun, Verdict
from runner.verify.existing import baseline_debt, comparable, flaky, kept, regressions, unreached
from runner.verify.verdict import judge

P, F, E, S = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED
NEW, OLD, DEBT = "tests/test_new.py::test_new", "tests/test_old.py::test_old", "tests/test_old.py::test_debt"
FINDING = GuardFinding("test-skipped", "tests/test_old.py", "one more")


def run(ends: Mapping[str, TestOutcome], *, outcome: RunOutcome | None = None, prints: str = "same") -> TestRun:
    """A run in which these tests ended so."""
    tests = {id_: TestResult(end, prints if end in (F, E) else "") for id_, end in ends.items()}
    red = RunOutcome.RED if {F, E} & set(ends.values()) else RunOutcome.GREEN
    return TestRun("pytest", 0, "all", outcome or red, tests, 0.1)


RED, GREEN = run({NEW: F}), run({NEW: P})
BASE = Cells((run({OLD: P, DEBT: F, NEW: F}),), (RED, RED))
HEAD = Cells((run({OLD: P, DEBT: F, NEW: P}),), (GREEN, GREEN, GREEN, GREEN))
PROVEN = Matrix(BASE, HEAD, Cells((), (RED,)))


def test_everything_held_is_proven() -> None:
    """With the reasons in words, the scope, and the debt that was there before."""
    judgement = judge(PROVEN, ())
    assert judgement.verdict is Verdict.PROVEN
    told = "; ".join(judgement.reasons)
    assert NEW in told
    assert "1 existing tests pass on base and head (all)" in told
    assert f"not judged: {DEBT}" in told
    assert baseline_debt(PROVEN) == (DEBT,)


@pytest.mark.parametrize(("shuffled", "said"), [(3, "3 shuffled reruns"), (2, "3 reruns"), (0, "3 reruns")])
def test_reruns_are_called_shuffled_only_where_they_were(shuffled: int, said: str) -> None:
    """Some runners know no order but their own."""
    reruns = [replace(GREEN, is_shuffled=number < shuffled) for number in range(3)]
    assert f"and in {said}" in judge(head(reproducing=(GREEN, *reruns)), ()).reasons[0]


def test_a_rerun_that_is_not_green_says_how_it_ended() -> None:
    """Whoever reads it can tell a broken runner from a flaky test."""
    crashed = replace(run({}, outcome=RunOutcome.CRASHED), output="Error: no such option: --shuffle\n")
    (told,) = judge(head(reproducing=(GREEN, crashed, GREEN, GREEN)), ()).reasons
    assert told == "2 of 3 reruns on the head passed (one was crashed: Error: no such option: --shuffle); all must"


@pytest.mark.parametrize("outcome", [RunOutcome.MISSING_RUNNER, RunOutcome.CRASHED])
def test_a_run_that_was_none_says_why(outcome: RunOutcome) -> None:
    """What is missing can only be mended by somebody who is told."""
    none = replace(run({}, outcome=outcome), output="no known runner fits; name the command\n")
    (told,) = judge(base(reproducing=(none,)), ()).reasons
    assert told.endswith(f"(its run was {outcome.value}: no known runner fits; name the command)")


def test_what_the_clock_cut_is_said_with_how_much_there_is() -> None:
    """The head is asked for what the base came to alone: its own scope would hide the rest."""
    cut = replace(BASE.existing[0], scope="selected 3 of 1239", left_out=1236)
    told = "; ".join(judge(base(existing=(cut,)), ()).reasons)
    assert "1 existing tests pass on base and head (selected 3 of 1239)" in told


def test_without_existing_tests_it_is_proven_and_says_so() -> None:
    """The existing cell may be none."""
    matrix = Matrix(replace(BASE, existing=()), replace(HEAD, existing=()), PROVEN.revert)
    judgement = judge(matrix, ())
    assert judgement.verdict is Verdict.PROVEN
    assert "existing tests: none (not run)" in judgement.reasons


def test_a_runner_that_the_suite_itself_exchanges_is_no_fault() -> None:
    """What happens on the base as well is none of the change's doing."""
    changed = ("unittest.case.TestCase.run",)
    red, green = replace(RED, exchanged=changed), replace(GREEN, exchanged=changed)
    matrix = Matrix(Cells((), (red, red)), Cells((), (green,) * 4), Cells((), (red,)))
    assert judge(matrix, ()).verdict is Verdict.PROVEN


def test_what_the_clock_cut_on_the_base_is_not_asked_of_the_head() -> None:
    """Only what the base's run came to can be compared; a run that told nothing narrows nothing."""
    told = run({OLD: P, DEBT: F})
    assert comparable(Cells((told,)), ("tests",)) == ("tests",)
    assert comparable(Cells((replace(told, left_out=3),)), ("tests",)) == (OLD, DEBT)
    assert comparable(Cells((run({}, outcome=RunOutcome.TIMED_OUT),)), None) is None


def base(**changes: tuple[TestRun, ...]) -> Matrix:
    """The proven matrix with another base row."""
    return replace(PROVEN, base=replace(BASE, **changes))


def head(**changes: tuple[TestRun, ...]) -> Matrix:
    """The proven matrix with another head row."""
    return replace(PROVEN, head=replace(HEAD, **changes))


BREACHES: dict[str, Matrix] = {
    "passes on the base": base(reproducing=(GREEN, GREEN)),
    "fails once only": base(reproducing=(RED, GREEN)),
    "run once on the base": base(reproducing=(RED,)),
    "fails differently": base(reproducing=(RED, run({NEW: F}, prints="other"))),
    "was not collected on the base": base(reproducing=(run({}, outcome=RunOutcome.NONE_COLLECTED),) * 2),
    "skipped on the base": base(reproducing=(run({NEW: S}, outcome=RunOutcome.ALL_SKIPPED),) * 2),
    "still red": head(reproducing=(RED, GREEN, GREEN, GREEN)),
    "skipped on the head": head(reproducing=(run({NEW: S}, outcome=RunOutcome.ALL_SKIPPED), GREEN, GREEN, GREEN)),
    "missing on the head": head(reproducing=(run({}, outcome=RunOutcome.NONE_COLLECTED), GREEN, GREEN, GREEN)),
    "not run on the head": head(reproducing=()),
    "head crashed": head(reproducing=(run({NEW: P}, outcome=RunOutcome.CRASHED), GREEN, GREEN, GREEN)),
    "another test of the selection red": head(reproducing=(run({NEW: P, OLD: F}), GREEN, GREEN, GREEN)),
    "no reruns": head(reproducing=(GREEN,)),
    "two reruns": head(reproducing=(GREEN, GREEN, GREEN)),
    "one rerun red": head(reproducing=(GREEN, GREEN, RED, GREEN)),
    "a rerun timed out": head(reproducing=(GREEN, GREEN, GREEN, run({}, outcome=RunOutcome.TIMED_OUT))),
    "runner exchanged": head(reproducing=(replace(GREEN, exchanged=("unittest.case.TestCase.run",)), *(GREEN,) * 3)),
    "runner exchanged in a rerun": head(reproducing=(*(GREEN,) * 3, replace(GREEN, exchanged=("builtins.len",)))),
    "passes without being called": Matrix(
        replace(BASE, reproducing=(replace(RED, began=(NEW,)),) * 2), HEAD, PROVEN.revert
    ),
    "existing passes without being called": base(existing=(replace(BASE.existing[0], began=(OLD,)),)),
    "existing regressed": head(existing=(run({OLD: F, DEBT: F, NEW: P}),)),
    "existing broke": head(existing=(run({OLD: E, DEBT: F, NEW: P}),)),
    "existing skipped": head(existing=(run({OLD: S, DEBT: F, NEW: P}),)),
    "existing gone": head(existing=(run({DEBT: F, NEW: P}),)),
    "existing file broke": head(existing=(run({"tests/test_old.py": E, NEW: P}),)),
    "existing timed out": head(existing=(run({}, outcome=RunOutcome.TIMED_OUT),)),
    "existing not run": head(existing=()),
    "all existing ones fail on the base": Matrix(
        replace(BASE, existing=(run({DEBT: F}),)), replace(HEAD, existing=(run({DEBT: F}),)), PROVEN.revert
    ),
    "existing crashed on the base": Matrix(
        replace(BASE, existing=(run({}, outcome=RunOutcome.CRASHED),)), replace(HEAD, existing=()), PROVEN.revert
    ),
    "existing timed out on the base": Matrix(
        replace(BASE, existing=(run({}, outcome=RunOutcome.TIMED_OUT),)), replace(HEAD, existing=()), PROVEN.revert
    ),
    "revert not run": replace(PROVEN, revert=Cells()),
    "revert green": replace(PROVEN, revert=Cells((), (GREEN,))),
    "revert timed out": replace(PROVEN, revert=Cells((), (run({}, outcome=RunOutcome.TIMED_OUT),))),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_any_breach_is_unproven(breach: str) -> None:
    """Each required condition, flipped alone, takes the verdict away and gives a reason."""
    judgement = judge(BREACHES[breach], ())
    assert judgement.verdict is Verdict.UNPROVEN
    assert judgement.reasons


LONG = replace(GREEN, outcome=RunOutcome.TIMED_OUT, tests={}, seconds=60.0)
CUT = {"a rerun timed out", "existing timed out", "existing timed out on the base", "revert timed out"}
CUT |= {"existing crashed on the base", "all existing ones fail on the base"}  # which no other change can mend


@pytest.mark.parametrize("breach", BREACHES)
def test_only_what_the_clock_cut_is_unsettled(breach: str) -> None:
    """All else speaks against the change, or against the reproducer; beside it what was cut does not matter."""
    assert judge(BREACHES[breach], ()).is_unsettled == (breach in CUT)
    assert not judge(BREACHES[breach], (FINDING,)).is_unsettled


@pytest.mark.parametrize(
    "matrix",
    [
        head(reproducing=(GREEN, GREEN, GREEN, LONG)),
        head(existing=(LONG,)),
        replace(PROVEN, revert=Cells((), (LONG,))),
        head(reproducing=(GREEN, GREEN, RED, run({}, outcome=RunOutcome.TIMED_OUT))),
    ],
)
def test_a_run_that_had_time_enough_hangs(matrix: Matrix) -> None:
    """What took twice as long as its like was not ended by the clock alone; nor is a red rerun excused by one cut."""
    assert not judge(matrix, ()).is_unsettled


@given(first=st.sampled_from(sorted(BREACHES)), second=st.sampled_from(sorted(BREACHES)), guarded=st.booleans())
def test_breaches_never_cancel_out(first: str, second: str, *, guarded: bool) -> None:
    """Rows of different breaches put together, with or without a finding, are never better than each alone."""
    one, other = BREACHES[first], BREACHES[second]
    mixed = Matrix(
        one.base if one.base != BASE else other.base,
        one.head if one.head != HEAD else other.head,
        one.revert if one.revert != PROVEN.revert else other.revert,
    )
    assert judge(mixed, (FINDING,) if guarded else ()).verdict is Verdict.UNPROVEN


ENDS = st.dictionaries(st.sampled_from([NEW, OLD, DEBT]), st.sampled_from([P, F, E, S]))
RUNS = st.builds(run, ENDS, outcome=st.sampled_from([None, RunOutcome.TIMED_OUT, RunOutcome.CRASHED]))
CELLS = st.builds(
    Cells,
    st.lists(RUNS, max_size=1).map(tuple),
    st.lists(st.one_of(RUNS, st.sampled_from([RED, GREEN])), max_size=4).map(tuple),
)
MATRICES = st.builds(
    Matrix, st.one_of(CELLS, st.just(BASE)), st.one_of(CELLS, st.just(HEAD)), st.one_of(CELLS, st.just(PROVEN.revert))
)


@given(matrix=MATRICES, required=st.sampled_from([(), (NEW,), (OLD,)]))
def test_proven_means_that_everything_was_seen(matrix: Matrix, required: tuple[str, ...]) -> None:
    """Whatever the matrix: PROVEN implies each condition, read off the runs without the judge's own functions."""
    if judge(matrix, (), required).verdict is not Verdict.PROVEN:
        return
    one, two = matrix.base.reproducing[:2]
    failing = set(one.failing)
    assert failing
    assert failing == set(two.failing)
    assert set(required) <= failing
    assert len(matrix.head.reproducing) >= 4
    for seen in matrix.head.reproducing:
        assert seen.outcome is RunOutcome.GREEN
        assert all(seen.tests[id_].outcome is P for id_ in failing)
    assert all(matrix.revert.reproducing[0].tests[id_].outcome in (F, E) for id_ in failing)
    if matrix.head.existing:
        assert matrix.base.existing
        passed = [id_ for id_, test in matrix.base.existing[0].tests.items() if test.outcome is P]
        reported = matrix.base.existing[0].outcome in (RunOutcome.GREEN, RunOutcome.RED)
        after = matrix.head.existing[0].tests
        assert not reported or all(after[id_].outcome is P for id_ in passed if id_ not in failing)


def test_a_finding_of_the_guard_takes_the_verdict() -> None:
    """However green the matrix is; the reason names the rule."""
    judgement = judge(PROVEN, (FINDING,))
    assert judgement.verdict is Verdict.UNPROVEN
    assert "test-skipped" in judgement.reasons[0]


def test_each_named_reproducer_must_fail() -> None:
    """Of ids that a person gave, one that passes on the base is a fault even where another fails."""
    assert judge(PROVEN, (), (NEW,)).verdict is Verdict.PROVEN
    assert judge(PROVEN, (), (NEW, OLD)).verdict is Verdict.UNPROVEN


def test_a_file_that_could_not_be_imported_counts_for_its_tests() -> None:
    """A new test of a new module fails on the base as a whole file, and passes test by test."""
    file = run({"tests/test_new.py": E})
    matrix = Matrix(Cells((), (file, file)), Cells((), (GREEN,) * 4), Cells((), (file,)))
    assert judge(matrix, ()).verdict is Verdict.PROVEN


def without_reproducer(before: TestRun, after: TestRun | None) -> Matrix:
    """A matrix of existing tests alone."""
    return Matrix(Cells((before,)), Cells((after,) if after else ()))


@pytest.mark.parametrize(
    ("matrix", "verdict"),
    [
        (without_reproducer(run({OLD: P, DEBT: F}), run({OLD: P, DEBT: F})), Verdict.REGRESSION_SAFE),
        (without_reproducer(run({OLD: P}), run({OLD: P, NEW: F})), Verdict.REGRESSION_SAFE),
        (without_reproducer(run({OLD: P}), run({OLD: F})), Verdict.UNPROVEN),
        (without_reproducer(run({DEBT: F}), run({DEBT: F})), Verdict.UNPROVEN),
        (without_reproducer(run({}, outcome=RunOutcome.NONE_COLLECTED), run({})), Verdict.UNPROVEN),
        (without_reproducer(run({OLD: S}, outcome=RunOutcome.ALL_SKIPPED), run({OLD: P})), Verdict.UNPROVEN),
        (without_reproducer(run({OLD: P}), None), Verdict.UNPROVEN),
        (Matrix(), Verdict.UNPROVEN),
    ],
)
def test_without_a_reproducer_it_is_safe_at_best(matrix: Matrix, verdict: Verdict) -> None:
    """One existing test at least must pass on both sides, and none may regress."""
    judgement = judge(matrix, ())
    assert judgement.verdict is verdict
    assert judge(matrix, (FINDING,)).verdict is Verdict.UNPROVEN


def test_a_crash_is_told_in_its_own_words() -> None:
    """A broken environment is mended by nobody who hears only that something crashed."""
    says = TestResult(
        E, "x", 'tests/conftest.py:5: in <module>\nTypeError: required field "lineno" missing from alias\n'
    )
    crashed = TestRun("pytest", 1, "selected 1", RunOutcome.CRASHED, {NEW: says}, 0.1, "last words")
    told = judge(replace(PROVEN, head=replace(HEAD, reproducing=(crashed,))), ()).reasons[0]
    assert told == (
        f'still not passing on the head (crashed: TypeError: required field "lineno" missing from alias): {NEW}'
    )
    script = replace(crashed, tests={}, output="Error: Cannot find module 'x'\n    at f\n\nNode.js v20\n")
    assert (
        "(crashed: Error: Cannot find module 'x')"
        in judge(replace(PROVEN, head=replace(HEAD, reproducing=(script,))), ()).reasons[0]
    )
    silent = replace(crashed, tests={}, output="Killed\n\n")
    assert "(crashed: Killed)" in judge(replace(PROVEN, head=replace(HEAD, reproducing=(silent,))), ()).reasons[0]


def test_a_crash_of_the_existing_tests_is_told_as_well() -> None:
    """Nobody sees the base's environment but by these words."""
    crashed = TestRun("pytest", 1, "all", RunOutcome.CRASHED, {}, 4.0, "ImportError: No module named '_pytest.store'\n")
    told = judge(Matrix(Cells((crashed,), ()), Cells(), Cells()), ()).reasons
    assert told == (
        "nothing is known of the existing tests (their run on the base was crashed: "
        "ImportError: No module named '_pytest.store' after 4 s); mend the base or its environment",
    )


def test_a_lost_test_that_is_skipped_is_said_to_be() -> None:
    """One that somebody marked is another thing than one that fails."""
    lost = judge(replace(PROVEN, head=replace(HEAD, existing=(run({OLD: S, DEBT: F}),))), ()).reasons
    assert lost == (f"passed on the base and not on the head: {OLD} (skipped, or expected to fail)",)


TIMED = ("tests/test_old.py::test_at[17:55:45 2026-11-28]", "tests/test_old.py::test_at[17:56:10 2026-11-28]")
PLACED = ("tests/test_old.py::test_of[<object at 0x7f01>]", "tests/test_old.py::test_of[<object at 0x7fab>]")


DRAWN = (
    "tests/test_old.py::test_id[feedbeef-cafe-4abc-babe-c0ffee00dada]",
    "tests/test_old.py::test_id[01234567-abcd-4dad-8bad-fadedfacade0]",
)


@pytest.mark.parametrize(("before", "after"), [TIMED, PLACED, DRAWN])
def test_a_name_that_holds_the_time_or_an_address_is_the_same_test(before: str, after: str) -> None:
    """The base itself does not bear it again; what fails under the new one is lost all the same."""
    old = base(
        existing=(
            run({OLD: P, DEBT: F, NEW: F, before: P}),
            run({OLD: P, DEBT: F, NEW: F, before.replace("[", "[again "): P}),
        )
    ).base
    good, bad = ({OLD: P, DEBT: F, NEW: P, after: end} for end in (P, F))
    assert before in kept(Matrix(old, replace(HEAD, existing=(run(good),)), PROVEN.revert))
    assert judge(Matrix(old, replace(HEAD, existing=(run(good),)), PROVEN.revert), ()).verdict is Verdict.PROVEN
    assert regressions(Matrix(old, replace(HEAD, existing=(run(bad),)), PROVEN.revert)) == (before,)


@pytest.mark.parametrize(
    ("before", "after"), [TIMED, ("tests/test_old.py::test_at[20]", "tests/test_old.py::test_at[0]")]
)
def test_a_case_that_the_change_exchanged_is_lost(before: str, after: str) -> None:
    """The base bears the name whenever it is asked, so it was no clock that changed it."""
    ran = run({OLD: P, DEBT: F, NEW: F, before: P})
    head = replace(HEAD, existing=(run({OLD: P, DEBT: F, NEW: P, after: P}),))
    for runs in ((ran,), (ran, ran)):
        assert regressions(Matrix(base(existing=runs).base, head, PROVEN.revert)) == (before,)


def test_a_test_that_the_base_has_no_more_is_quarantined() -> None:
    """Where ids were asked for, one that is made anew in each run is told under no name at all."""
    old = base(existing=(run({OLD: P, DEBT: F, NEW: F, TIMED[0]: P}),)).base
    again = replace(old, existing=(*old.existing, run({OLD: P, DEBT: F, NEW: F})))
    head = replace(HEAD, existing=(run({OLD: P, DEBT: F, NEW: P}),))
    assert regressions(Matrix(old, head, PROVEN.revert)) == (TIMED[0],)
    assert flaky(Matrix(again, head, PROVEN.revert)) == (TIMED[0],)
    assert judge(Matrix(again, head, PROVEN.revert), ()).verdict is Verdict.PROVEN
    cut = replace(again.existing[1], left_out=3)
    assert not flaky(Matrix(replace(again, existing=(again.existing[0], cut)), head, PROVEN.revert))


def test_a_parameter_that_is_gone_is_lost() -> None:
    """Another one of its test, which the base has as well, does not stand for it."""
    first, second = (f"tests/test_old.py::test_at[{number}]" for number in (1, 2))
    old = base(existing=(run({OLD: P, DEBT: F, NEW: F, first: P, second: P}),)).base
    new = replace(HEAD, existing=(run({OLD: P, DEBT: F, NEW: P, second: P}),))
    assert regressions(Matrix(old, new, PROVEN.revert)) == (first,)


def test_regressions_are_listed() -> None:
    """By id, for the feedback; the reproducer and the debt are not among them."""
    assert regressions(head(existing=(run({OLD: F, DEBT: F, NEW: F}),))) == (OLD,)


LOST = head(existing=(run({OLD: F, DEBT: F, NEW: P}),))
AGAIN_GREEN, AGAIN_RED = run({OLD: P, DEBT: F, NEW: P}), run({OLD: F, DEBT: F, NEW: P})


def rerun_existing(on_head: tuple[TestRun, ...], on_base: TestRun) -> Matrix:
    """The matrix in which an existing test was lost on the head, with reruns of both trees."""
    return Matrix(
        replace(LOST.base, existing=(*LOST.base.existing, on_base)),
        replace(LOST.head, existing=(*LOST.head.existing, *on_head)),
        LOST.revert,
    )


@pytest.mark.parametrize(
    "matrix",
    [
        rerun_existing((AGAIN_GREEN, AGAIN_GREEN), run({OLD: P})),
        rerun_existing((AGAIN_RED, AGAIN_RED), run({OLD: F})),
    ],
    ids=["passes whenever the head runs again", "fails on the base as well"],
)
def test_a_flaky_test_is_quarantined_and_named(matrix: Matrix) -> None:
    """What ends both ways on one tree says nothing about the change."""
    judgement = judge(matrix, ())
    assert (flaky(matrix), regressions(matrix)) == ((OLD,), ())
    assert judgement.verdict is Verdict.PROVEN
    assert f"flaky in reruns of the same tree, not judged: {OLD}" in judgement.reasons


@pytest.mark.parametrize(
    "matrix",
    [
        LOST,
        rerun_existing((AGAIN_GREEN, AGAIN_RED), run({OLD: P})),
        rerun_existing((AGAIN_RED, AGAIN_RED), run({OLD: P})),
        rerun_existing((run({}, outcome=RunOutcome.TIMED_OUT),) * 2, run({}, outcome=RunOutcome.TIMED_OUT)),
    ],
    ids=["never rerun", "fails twice of three", "fails always", "reruns had no time"],
)
def test_what_no_rerun_excuses_is_a_regression(matrix: Matrix) -> None:
    """A change may well have made a test unsteady."""
    assert regressions(matrix) == (OLD,)
    assert judge(matrix, ()).verdict is Verdict.UNPROVEN


@pytest.mark.parametrize("cut", [replace(run({DEBT: F}), left_out=1), run({}, outcome=RunOutcome.TIMED_OUT)])
def test_a_loss_that_the_clock_left_open_is_not_held_against_the_change(cut: TestRun) -> None:
    """It is not proven either; what failed again is."""
    open_ = judge(rerun_existing((AGAIN_GREEN, cut), run({OLD: P})), ())
    assert (open_.verdict, open_.is_unsettled) == (Verdict.UNPROVEN, True)
    assert "passed when run again" in open_.reasons[0]
    failed = judge(rerun_existing((AGAIN_RED, cut), run({OLD: P})), ())
    assert (failed.verdict, failed.is_unsettled) == (Verdict.UNPROVEN, False)


def test_a_flaky_reproducer_is_unproven_for_all_that() -> None:
    """Quarantine is for existing tests alone: the verdict turns on the reproducer."""
    matrix = replace(
        rerun_existing((AGAIN_GREEN, AGAIN_GREEN), run({OLD: P})), base=replace(BASE, reproducing=(RED, GREEN))
    )
    assert judge(matrix, ()).verdict is Verdict.UNPROVEN


MORE = {f"tests/test_more.py::test_{number}": P for number in range(3)}
BASE_WITH_MORE = replace(BASE, existing=(run({OLD: P, DEBT: F, **MORE}),))


@pytest.mark.parametrize(("left_out", "verdict"), [(1, Verdict.PROVEN), (0, Verdict.UNPROVEN)])
def test_a_test_that_the_clock_kept_from_starting_is_not_lost(left_out: int, verdict: Verdict) -> None:
    """One that is simply gone is: as many may be missing as the runner says it left out."""
    cut = replace(run({DEBT: F, NEW: P, **MORE}), left_out=left_out)
    matrix = replace(head(existing=(cut,)), base=BASE_WITH_MORE)
    assert judge(matrix, ()).verdict is verdict
    assert unreached(matrix) == ((OLD,) if left_out else ())


def test_a_head_that_was_hardly_looked_at_is_unproven() -> None:
    """Where more of the existing tests were not reached than were, they say too little."""
    matrix = replace(head(existing=(replace(run({OLD: P, DEBT: F, NEW: P}), left_out=3),)), base=BASE_WITH_MORE)
    judgement = judge(matrix, ())
    assert judgement.verdict is Verdict.UNPROVEN
    assert judgement.reasons[0].startswith("3 of 4 existing tests that pass on the base were not reached")
