"""Lines that failing tests execute and passing ones do not are suspicious, and definitions by them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.localise.cuts import cut, outlines
from runner.localise.outline import BLOCK
from runner.localise.spectrum import d_star, ochiai, suspicion
from runner.localise.suspects import Seen, around, fused, mean_ranks, suspects, suspicious_files
from runner.models import Slice

LINES = st.frozensets(st.tuples(st.sampled_from(["a.py", "b.py"]), st.integers(1, 6)))


@pytest.mark.parametrize(
    ("failed", "passed", "failing", "first", "second"),
    [(1, 0, 1, 1.0, 2.0), (1, 3, 1, 0.5, 1 / 3), (2, 0, 4, 1 / math.sqrt(2), 2.0), (0, 5, 2, 0.0, 0.0)],
)
def test_the_formulas_are_those_of_the_papers(
    failed: int, passed: int, failing: int, first: float, second: float
) -> None:
    """Ochiai is ef / sqrt(F (ef + ep)), D* is ef^2 / (ep + nf)."""
    assert ochiai(failed, passed, failing) == pytest.approx(first)
    assert d_star(failed, passed, failing) == pytest.approx(second)


def test_passing_tests_clear_lines() -> None:
    """The line that only the failing test executes is the most suspicious, the one of all tests the least."""
    scores = suspicion([{("a.py", 1), ("a.py", 2), ("a.py", 3)}], [{("a.py", 1), ("a.py", 2)}, {("a.py", 1)}])
    assert scores["a.py", 3] == 1.0
    assert scores["a.py", 3] > scores["a.py", 2] > scores["a.py", 1] > 0


@given(st.lists(LINES, max_size=4), st.lists(LINES, max_size=4))
def test_scores_are_shares(
    failing: list[frozenset[tuple[str, int]]], passing: list[frozenset[tuple[str, int]]]
) -> None:
    """Only lines of failing tests have one, in (0, 1]."""
    scores = suspicion(failing, passing)
    assert set(scores) == {line for lines in failing for line in lines}
    assert all(0 < score <= 1 for score in scores.values())


SOURCE = b"""import x


class A:
    limit = 3

    def m(self):
        return self.k()

    def k(self): return 1


def f():
    def inner():
        return 2
    return inner()
"""
OUTLINES = outlines({"a.py": (SOURCE, cut(SOURCE, "python"))}, ())


def test_definitions_are_suspicious_by_their_own_lines() -> None:
    """A class is not by its methods', a function not by its head, which runs at import; one line counts as it is."""
    found = suspects({("a.py", line): 0.5 for line in (4, 7, 8, 10, 13)}, OUTLINES)
    assert found == {("a.py", 7): 0.5, ("a.py", 10): 0.5}


def test_the_most_suspicious_files_come_first() -> None:
    """By their worst line."""
    assert suspicious_files({("a.py", 1): 0.2, ("b.py", 1): 0.9, ("a.py", 2): 0.3}) == ("b.py", "a.py")


def test_equal_scores_share_a_rank() -> None:
    """Three definitions that the same tests execute are each the second of the first three."""
    assert mean_ranks({("a", 1): 1.0, ("a", 2): 1.0, ("a", 3): 1.0, ("a", 4): 0.5}) == {
        ("a", 1): 2.0,
        ("a", 2): 2.0,
        ("a", 3): 2.0,
        ("a", 4): 4.0,
    }


def test_words_and_failing_tests_become_one_ranking() -> None:
    """What failing tests execute comes before what more words name and they do not; what they alone name is added."""
    slices = [Slice("a.py", "A.m", 7, 8, "", 5.0, "words"), Slice("a.py", "A.k", 10, 10, "", 2.0, "words")]
    found = {slice_.name: slice_ for slice_ in fused(slices, Seen({("a.py", 10): 1.0, ("a.py", 16): 0.4}), OUTLINES)}
    assert sorted(found, key=lambda name: -found[name].score) == ["A.k", "A.m", "f"]
    assert found["A.k"].score == 5.0
    assert found["f"].why == "failing tests execute it (suspicion 0.40)"


def test_only_functions_are_blamed_for_not_being_executed() -> None:
    """A class's own lines run at import, and blocks have no test: nobody knows whether they are meant."""
    slices = [Slice("a.py", name, start, start, "", 3.0, "") for name, start in (("A", 4), ("A.m", 7), (BLOCK, 1))]
    found = {slice_.name: slice_.score for slice_ in fused(slices, Seen({("a.py", 10): 1.0}), OUTLINES)}
    assert found["A"] == found[BLOCK] > found["A.m"]


def test_a_file_of_which_failing_tests_execute_nothing_is_less_likely() -> None:
    """Its blocks and classes too, which nobody can see executed."""
    slices = [Slice(path, BLOCK, 1, 1, "", 3.0, "") for path in ("a.py", "b.py", "c.js")]
    blocks = (slice_ for slice_ in fused(slices, Seen({("a.py", 10): 1.0}), OUTLINES) if slice_.name == BLOCK)
    found = {slice_.path: slice_.score for slice_ in blocks}
    assert found["a.py"] == found["c.js"] > found["b.py"]


def test_a_trace_that_was_cut_stands_against_nothing() -> None:
    """What was not seen may have been still to come; what was seen is worth more all the same."""
    slices = [Slice("a.py", "A.m", 7, 8, "", 5.0, "words"), Slice("a.py", "A.k", 10, 10, "", 4.9, "words")]
    whole, cut_short = (
        {slice_.name: slice_.score for slice_ in fused(slices, Seen({("a.py", 10): 1.0}, is_cut=is_cut), OUTLINES)}
        for is_cut in (False, True)
    )
    assert whole["A.k"] - whole["A.m"] > cut_short["A.k"] - cut_short["A.m"] > 0


def test_what_the_line_where_a_test_ended_called_is_likelier() -> None:
    """Itself more than what that called in turn, and neither before what is far more suspicious."""
    lines = {("a.py", 8): 0.5, ("a.py", 10): 0.5, ("a.py", 16): 0.5}
    near = {("a.py", 13): 1, ("a.py", 10): 2, ("b.py", 1): 1}
    found = [slice_.name for slice_ in sorted(fused([], Seen(lines, near), OUTLINES), key=lambda one: -one.score)]
    assert found == ["f", "A.k", "A.m"]


def test_a_line_is_in_its_innermost_definition() -> None:
    """Frames name lines; lines outside the known files name nothing."""
    found = around([("a.py", 8), ("a.py", 5), ("b.py", 1)], OUTLINES, 0.5)
    assert [(slice_.name, slice_.score) for slice_ in found] == [("A.m", 0.5), ("A", 0.5)]
