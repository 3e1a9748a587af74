"""Which plausible candidates behave differently on inputs that no test holds, and on which one it shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Noted = tuple[tuple[str, ...], ...]
"""What a test's checks looked at, one after the other, and how the test ended."""

Behaviour = Mapping[str, Noted]
"""Fresh input -> what came of it."""

SHOWN_CHARS: Final = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """An input on which two candidates differ, and what each makes of it."""

    given: str
    chosen: str
    other: str


def stable(one: Behaviour, again: Behaviour) -> frozenset[str]:
    """The inputs on which the same candidate did the same twice: the others say nothing."""
    return frozenset(given for given, noted in one.items() if again.get(given) == noted)


def difference(chosen: Behaviour, other: Behaviour, inputs: frozenset[str]) -> Difference | None:
    """The shortest input on which both ran and did not do the same; None when there is none."""
    differing = [given for given in inputs if given in other and chosen[given] != other[given]]
    if not differing:
        return None
    given = min(differing, key=lambda name: (_is_broken(chosen[name]) + _is_broken(other[name]), len(name), name))
    one, two = _first_difference(chosen[given], other[given])
    return Difference(given[: 2 * SHOWN_CHARS], one, two)


def _is_broken(noted: Noted) -> bool:
    """Whether the test ended with an exception: a value says more."""
    return noted[-1] != ("passed",)


def _first_difference(one: Noted, other: Noted) -> tuple[str, str]:
    for left, right in zip(one, other, strict=False):
        for value, rival in zip(left, right, strict=False):
            if value != rival:
                return value[:SHOWN_CHARS], rival[:SHOWN_CHARS]
    return one[-1][0], other[-1][0]
