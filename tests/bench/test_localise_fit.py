"""Weights are fitted to what sets the right candidates apart, and counted on cases that they have not seen."""

from __future__ import annotations

import numpy as np

from bench.localise_fit import Choices


def choices(*, missing: int = 0) -> Choices:
    """Twenty cases of five candidates: the first signal tells the right one, the second says nothing."""
    random = np.random.default_rng(1)
    cases = [np.column_stack([[1.0, 0.2, 0.1, 0.0, 0.3], random.random(5)]) for _ in range(20)]
    right = [0 if number < missing else 1 for number in range(20)]
    groups = ["a" if number % 2 else "b" for number in range(20)]
    return Choices(cases, right, groups, free=np.zeros(2, dtype=bool), sharpness=4.0, shrink=0.03)


def test_the_telling_signal_gets_the_weight() -> None:
    """And puts the right candidate first, on unseen cases too."""
    known = choices()
    telling, idle = known.fitted()
    assert telling > 4 * idle >= 0.0
    for score in (known.halves(), known.other_groups()):
        assert set(score.ranks) == {1}
        assert max(score.losses) < np.log(5)


def test_a_missing_answer_has_no_rank_and_no_loss() -> None:
    """It counts among the cases, and against every cut."""
    score = choices(missing=3).score(np.array([1.0, 0.0]))
    assert score.ranks.count(0) == 3
    assert len(score.losses) == 17


def test_of_several_right_ones_the_last_counts() -> None:
    """All must be found."""
    case = np.array([[1.0], [0.2], [0.5], [0.1]])
    one = Choices([case], [2], ["a"], free=np.zeros(1, dtype=bool), sharpness=1.0, shrink=0.0)
    assert one.score(np.array([1.0])).ranks == [3]


def test_cases_aside_are_fitted_to_and_never_scored() -> None:
    """What they say of the second signal counts in fits of cases of their group, and in no other."""
    cases = [np.array([[1.0, 0.0], [0.0, 0.0]])] * 4 + [np.array([[0.0, 1.0], [0.0, 0.0]])] * 4
    free = np.zeros(2, dtype=bool)
    known = Choices(cases, [1] * 8, ["a", "b", *"ab", *"aaaa"], free=free, sharpness=1.0, shrink=0.03, aside=4)
    assert len(known.score(np.ones(2)).ranks) == 4
    assert known.fitted(np.array([0, 2]))[1] > 0.1
    assert known.fitted(np.array([1, 3]))[1] < 0.1
