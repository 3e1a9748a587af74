"""A run stops when its clock or its attempts are spent, also across a restart."""

from __future__ import annotations

import pytest

from runner.budget import Budget, estimate_tokens
from runner.errors import BudgetSpent, TimeSpent
from runner.models import Limits, Spent


def test_the_clock_counts_what_was_spent_before_a_restart() -> None:
    """70 s before and 15 s now leave 5 of 90."""
    budget = Budget(Limits(seconds=90), started_s=100.0, spent=Spent(attempts=1, seconds=70.0))
    assert budget.seconds_left(115.0) == 5.0
    with pytest.raises(TimeSpent, match="--seconds"):
        budget.seconds_left(120.0)


def test_attempts_go_on_where_they_were() -> None:
    """A restart does not give a run more attempts."""
    assert Budget(Limits(retries=3), 0.0, Spent(attempts=2)).first_attempt() == 3
    with pytest.raises(BudgetSpent):
        Budget(Limits(retries=3), 0.0, Spent(attempts=4)).first_attempt()


def test_retries_are_capped_at_five() -> None:
    """Nobody can ask for more than 1 + 5."""
    assert Budget(Limits(retries=50), 0.0, Spent()).attempts == 6


def test_a_token_is_three_and_a_half_bytes_rounded_up() -> None:
    """The estimate errs on the safe side."""
    assert [estimate_tokens(text) for text in ("", "a", "1234567", "12345678", "ää")] == [0, 1, 2, 3, 2]
