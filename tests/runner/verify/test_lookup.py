"""A test answers for whatever selects it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun
from runner.verify.lookup import has_failed, has_passed, is_below, results_of, without

TEST = "tests/deep/test_a.py::TestX::test_y[a::b[0]]"


@pytest.mark.parametrize(
    "wanted",
    [
        TEST,
        "tests/deep/test_a.py::TestX::test_y",
        "tests/deep/test_a.py::TestX",
        "tests/deep/test_a.py",
        "tests/deep",
        "tests/",
        ".",
    ],
)
def test_these_select_it(wanted: str) -> None:
    """Its id with and without parameters, its class, file and folders."""
    assert is_below(TEST, {wanted})


@pytest.mark.parametrize(
    "wanted",
    [
        "tests/deep/test_a.py::TestX::test_y[a::b]",
        "tests/deep/test_a.py::Test",
        "tests/deep/test_a",
        "test",
        "deep",
        "",
    ],
)
def test_these_do_not(wanted: str) -> None:
    """The beginning of a name is not the name."""
    assert not is_below(TEST, {wanted})


def run(**ends: TestOutcome) -> TestRun:
    """A run of parametrised tests in one file."""
    tests = {f"a.py::{id_}": TestResult(end) for id_, end in ends.items()}
    return TestRun("pytest", 0, "all", RunOutcome.GREEN, tests, 0.0)


def test_a_group_passes_whole_and_fails_in_part() -> None:
    """All below must pass; one that fails is a failure; none at all is neither."""
    mixed = run(test_a=TestOutcome.PASSED, test_b=TestOutcome.FAILED)
    assert (has_passed(mixed, "a.py"), has_failed(mixed, "a.py")) == (False, True)
    good = run(test_a=TestOutcome.PASSED, test_b=TestOutcome.PASSED)
    assert (has_passed(good, "a.py"), has_failed(good, "a.py")) == (True, False)
    assert (has_passed(good, "b.py"), has_failed(good, "b.py")) == (False, False)
    assert results_of(good, "b.py") == {}


def test_the_rest_is_what_nothing_excludes() -> None:
    """By file or by id."""
    both = run(test_a=TestOutcome.PASSED, test_b=TestOutcome.PASSED)
    assert [id_ for id_, _ in without(both, ("a.py::test_a",))] == ["a.py::test_b"]
    assert list(without(both, ("a.py",))) == []


PATHS = st.sampled_from(["a.py", "t/a.py", "t/a.py2", "t/b/c.py", "t2/a.py"])
INNER = st.sampled_from(["", "::T", "::T::x", "::T::x[1]", "::T::x[1-::]", "::Tx", "::x", "::x y", "::x[a[b]]"])
IDS = st.builds("".join, st.tuples(PATHS, INNER))
WANTED = st.one_of(IDS, st.sampled_from([".", "t", "t/", "t/b", "t/b/", "t2", "no"]))


@given(st.sets(IDS), WANTED)
def test_what_is_below_is_found_without_looking_at_all(ids: set[str], wanted: str) -> None:
    """A run may have ten thousand tests of which two thousand are gone: each is looked for."""
    run = TestRun("", 0, "all", RunOutcome.GREEN, dict.fromkeys(sorted(ids), TestResult(TestOutcome.PASSED)), 0.0)
    path = wanted.partition("::")[0]
    below = {wanted} if wanted in ids else {id_ for id_ in ids if is_below(id_, {wanted})}
    assert set(results_of(run, wanted)) == (below or ({wanted} if path in ids else set()))
