"""When a find counts as confirmed, and which tests may speak against it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.engines.search.confirming import Confirmation
from runner.engines.search.dialogue import Driver

FIX = {"a.py": "fixed"}


class Talk:
    """A driver at the wire: what is red with the fix and without it; a run of more than `most` tests never ends."""

    ending = ""

    def __init__(self, red: set[str], red_anyway: set[str], most: int = 100) -> None:
        self._red, self._red_anyway, self._most = red, red_anyway, most
        self._asked: dict[str, Any] = {}
        self.runs: list[tuple[bool, int]] = []

    def send(self, line: str) -> None:
        self._asked = json.loads(line)

    def receive(self, timeout_s: float) -> str | None:
        assert timeout_s > 0
        overlay, ids = self._asked["overlay"], [*self._asked["failing"], *self._asked["passing"]]
        self.runs.append((overlay == FIX, len(ids)))
        red = self._red if overlay == FIX else self._red_anyway
        outcomes = {name: "failed" if name in red else "passed" for name in ids} if len(ids) <= self._most else {}
        return json.dumps({"op": "confirmed", "outcomes": outcomes})


def confirmation(talk: Talk) -> Confirmation:
    return Confirmation(Driver(talk), ("f",), ("p", "q", "r"), ("p",), {})


@pytest.mark.parametrize(
    ("red", "red_anyway", "holds"),
    [
        (set(), {"f"}, True),
        ({"f"}, {"f"}, False),
        ({"q"}, {"f"}, False),
        ({"q"}, {"f", "q"}, True),
        ({"q", "r"}, {"f", "q"}, False),
        ({"f", "q"}, {"f", "q"}, False),
    ],
)
def test_a_passing_test_counts_if_it_is_green_without_the_candidate(
    red: set[str], red_anyway: set[str], *, holds: bool
) -> None:
    """What fails has to be green; only a passing test that is red with the candidate alone speaks against it."""
    assert confirmation(Talk(red, red_anyway)).holds(FIX, 9.0) is holds


def test_the_base_is_looked_at_once_and_only_when_it_matters() -> None:
    """A clean find costs one run; the run without it is made for the first doubtful one and kept."""
    talk = Talk({"q"}, {"q"})
    found = confirmation(talk)
    assert [found.holds(FIX, 9.0) for _ in range(2)] == [True, True]
    assert talk.runs == [(True, 4), (False, 3), (True, 4)]
    clean = Talk(set(), {"f"})
    assert confirmation(clean).holds(FIX, 9.0)
    assert clean.runs == [(True, 4)]


def test_what_takes_too_long_is_narrowed_to_the_quick_tests() -> None:
    """When all passing tests do not end in time, those known to be quick decide, for the next find at once."""
    talk = Talk(set(), set(), most=2)
    found = confirmation(talk)
    assert [found.holds(FIX, 9.0) for _ in range(2)] == [True, True]
    assert talk.runs == [(True, 4), (True, 2), (True, 2)]


def test_a_find_that_never_ends_does_not_hold() -> None:
    """A process that dies or hangs with every choice of tests confirms nothing."""
    assert not confirmation(Talk(set(), set(), most=0)).holds(FIX, 9.0)
