"""What a run may still spend: its clock, its attempts, its tokens. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runner.errors import BudgetSpent, TimeSpent
from runner.models import Limits, Spent

BYTES_PER_TOKEN = 3.5
"""How many UTF-8 bytes one token is taken for before a model has counted."""

MAX_RETRIES = 5


def estimate_tokens(text: str) -> int:
    """The tokens that a text will take, estimated on the safe side before a call."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Budget:
    """A run's limits and when it began on the monotonic clock, less what it had spent before."""

    limits: Limits
    started_s: float
    spent: Spent

    def elapsed_s(self, now_s: float) -> float:
        """Seconds on the run's clock, those before a restart included."""
        return self.spent.seconds + now_s - self.started_s

    def seconds_left(self, now_s: float) -> float:
        """Seconds until the clock runs out. Raises TimeSpent when none are left."""
        left = self.limits.seconds - self.elapsed_s(now_s)
        if left <= 0:
            raise TimeSpent(f"the {self.limits.seconds:.0f} s are spent; allow more with --seconds or narrow the task")
        return left

    def first_attempt(self) -> int:
        """The number of the next attempt. Raises BudgetSpent when a restart finds none left."""
        if self.spent.attempts >= self.attempts:
            raise BudgetSpent(f"all {self.attempts} attempts are spent; ask again for a new run")
        return self.spent.attempts + 1

    @property
    def attempts(self) -> int:
        """The first try and its retries."""
        return 1 + min(self.limits.retries, MAX_RETRIES)
