"""How suspicious each line is, from what failing and passing tests execute (Ochiai). Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runner.engines.search.clues import Clash, Clues
from runner.engines.search.kinds import Environment, Kinds

Line = tuple[str, int]

RAISING_BONUS: Final = 0.3
"""How much a line gains when the failing test's exception passed through it last."""


@dataclass(frozen=True, slots=True)
class Survey:
    """How one test went on the code as it is. `raised` are the lines an exception passed, innermost first.

    `around` are the lines of functions that were running when the test's own function was called.
    `clash` says how it failed, `members` what the types that it met offer, `source` is the test's own text. `part` is
    the id under which its failing part alone runs, in `part_s`; empty where that saves nothing. `is_cut` says that the
    clock ended the trace before the test did. `near` are the functions that were entered from the test's last line, by
    their own first line, and how many calls below it.
    """

    outcome: str
    cpu_s: float
    lines: frozenset[Line] = frozenset()
    types: Mapping[str, Mapping[int, Environment]] = field(default_factory=dict)
    returns: Mapping[str, Kinds] = field(default_factory=dict)
    raised: tuple[Line, ...] = ()
    around: frozenset[Line] = frozenset()
    clash: Clash = field(default_factory=Clash)
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    source: str = ""
    part: str = ""
    part_s: float = 0.0
    is_cut: bool = False
    name: str = ""
    near: Mapping[Line, int] = field(default_factory=dict)


def suspicion_of(failing: Sequence[Survey], passing: Sequence[Survey]) -> dict[Line, float]:
    """Line -> score in (0, 1], for the lines that a failing test executes.

    Ochiai: https://doi.org/10.1109/TAIC.PART.2007.13, with a bonus where exceptions came from.
    """
    red = Counter(line for survey in failing for line in survey.lines)
    green = Counter(line for survey in passing for line in survey.lines)
    bonus: dict[Line, float] = {}
    for survey in failing:
        for depth, line in enumerate(survey.raised[:4] if survey.outcome == "failed" else ()):
            bonus[line] = max(bonus.get(line, 0.0), RAISING_BONUS / (1 + depth))
    scores = {
        line: count / math.sqrt(len(failing) * (count + green[line])) + bonus.get(line, 0.0)
        for line, count in red.items()
    }
    highest = max(scores.values(), default=1.0)
    return {line: score / highest for line, score in scores.items()}


def types_of(surveys: Sequence[Survey], path: str) -> dict[int, Environment]:
    """Line of the file -> types of the names seen there, over all surveys."""
    merged: dict[int, dict[str, Kinds]] = {}
    for survey in surveys:
        for line, environment in survey.types.get(path, {}).items():
            names = merged.setdefault(line, {})
            for name, kinds in environment.items():
                names[name] = names.get(name, frozenset()) | kinds
    return dict(merged)


def returns_of(surveys: Sequence[Survey]) -> dict[str, Kinds]:
    """Function name -> types it returned, over all surveys."""
    merged: dict[str, Kinds] = {}
    for survey in surveys:
        for name, kinds in survey.returns.items():
            merged[name] = merged.get(name, frozenset()) | kinds
    return merged


def clues_of(failing: Sequence[Survey]) -> Clues:
    """What the failing tests say, all together."""
    members: dict[str, Sequence[str]] = {}
    for survey in failing:
        members |= survey.members
    clashes = tuple(dict.fromkeys(survey.clash for survey in failing))
    return Clues(clashes, tuple(dict.fromkeys(survey.source for survey in failing if survey.source)), members)
