"""In which order candidates are tried: best first over suspicion and prior, made only when their turn comes. Pure."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from runner.engines.search.families import EXPRESSIONS, GAPS, STATEMENTS, Family, Place
from runner.engines.search.sites import Draft, expression_sites, gaps, statement_sites
from runner.engines.search.source import Change, Unit
from runner.engines.search.view import FunctionView

SUSPICION_WEIGHT: Final = 2.0
LEAST_FLOOR: Final = 0.8
LENGTH_WEIGHT: Final = 0.01
"""What a character of new text costs: of equal rules the shorter candidate comes first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change of one function: its spans in the file, what it costs (less is likelier) and who thought of it."""

    unit: Unit
    changes: tuple[Change, ...]
    cost: float
    family: str
    line: int


Expansion = Callable[[], Iterator[Draft]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A function under suspicion: line -> score in (0, 1]."""

    view: FunctionView
    suspicion: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A family that waits to be applied to one place."""

    view: FunctionView
    name: str
    line: int
    burden: float
    expand: Expansion


def candidates(subjects: Sequence[Subject]) -> Iterator[Candidate]:
    """Every candidate, cheapest first. A function is looked into, and a rule applied, only when its turn comes."""
    ticket = itertools.count()
    heap: list[tuple[float, int, Subject | _Rule | Candidate]] = []
    for subject in subjects:
        least = _burden(max(subject.suspicion.values())) + LEAST_FLOOR
        heapq.heappush(heap, (least, next(ticket), subject))
    while heap:
        _, _, entry = heapq.heappop(heap)
        if isinstance(entry, Candidate):
            yield entry
            continue
        for cost, successor in _successors(entry):
            heapq.heappush(heap, (cost, next(ticket), successor))


def _successors(entry: Subject | _Rule) -> Iterator[tuple[float, _Rule | Candidate]]:
    if isinstance(entry, Subject):
        for floor, line, name, expand in _expansions(entry):
            burden = _burden(entry.suspicion[line])
            yield floor + burden, _Rule(entry.view, name, line, burden, expand)
        return
    text = entry.view.source.text
    for draft in entry.expand():
        if all(text[change.start : change.end] == change.text for change in draft.changes):
            continue
        cost = draft.prior + entry.burden + LENGTH_WEIGHT * sum(len(change.text) for change in draft.changes)
        yield cost, Candidate(entry.view.unit, draft.changes, cost, entry.name, entry.line)


def _burden(suspicion: float) -> float:
    return SUSPICION_WEIGHT * -math.log(suspicion)


def _expansions(subject: Subject) -> Iterator[tuple[float, int, str, Expansion]]:
    """Which rules fit which places on suspicious lines: (floor, line, family, how to make its drafts)."""
    view, lines = subject.view, subject.suspicion
    for place in statement_sites(view):
        line = place.statement.lineno
        yield from _fitting(STATEMENTS, place, line, lines)
        for site in expression_sites(view, place.statement, place.environment):
            yield from _fitting(EXPRESSIONS, site, site.line if site.line in lines else line, lines)
    for gap in gaps(view, lines):
        yield from _fitting(GAPS, gap, gap.line, lines)


def _fitting(
    families: Sequence[Family[Place]], place: Place, line: int, lines: Mapping[int, float]
) -> Iterator[tuple[float, int, str, Expansion]]:
    for family in families if line in lines else ():
        yield family.floor, line, family.name, partial(family.expand, place)
