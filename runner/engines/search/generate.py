"""In which order candidates are tried: best first over suspicion and prior, made only when their turn comes. Pure."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from runner.engines.search.clues import words_of
from runner.engines.search.families import EXPRESSIONS, GAPS, STATEMENTS, Family, Narrowing, Place
from runner.engines.search.families.atoms import Atom, asked
from runner.engines.search.families.spelling import indentation, whole_lines
from runner.engines.search.sites import Draft, expression_sites, gaps, statement_sites
from runner.engines.search.source import OUTSIDE, Change, Unit
from runner.engines.search.view import FunctionView

SUSPICION_WEIGHT: Final = 2.0
LEAST: Final = min(*(f.least for f in EXPRESSIONS), *(f.least for f in STATEMENTS), *(f.least for f in GAPS))
NAMED_GAIN: Final = 0.5
"""How much less a candidate costs that brings in a name which the task uses."""
LEAST_TWIN: Final = 10
TWIN_COST: Final = 0.5
"""What it costs to change all twins at once; outside functions, where the same text is the same thing, not to."""
PROBE: Final = "__import__('search_probe').hit()"
"""The driver's module is loaded where this runs."""
LENGTH_WEIGHT: Final = 0.01
"""What a character of new text costs: of equal rules the shorter candidate comes first."""


@dataclass(frozen=True, slots=True)
class Excess:
    """How a change that mends what is broken, and breaks what is not, can be made under a condition.

    Conditions are asked at `place`, on a line of its own; where the tests fail they have to come to `holds`, elsewhere
    to the opposite. They can name the `types`.
    """

    place: Change
    holds: bool
    types: frozenset[str]
    conditions: Callable[[], Iterator[Atom]]
    under: Callable[[Iterable[Atom]], Iterator[Candidate]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change of one function: its spans in the file, what it costs (less is likelier) and who thought of it.

    `excess` is there where it can go too far.
    """

    unit: Unit
    changes: tuple[Change, ...]
    cost: float
    family: str
    line: int
    excess: Excess | None = field(default=None, compare=False, repr=False)

    @property
    def is_live(self) -> bool:
        """Whether it changes a function, whose code can be swapped in a running program."""
        return bool(self.unit.qualified_name != OUTSIDE)


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """A function under suspicion: line -> score in (0, 1]."""

    view: FunctionView
    suspicion: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A family that waits to be applied to one place; `span` is where an expression stands.

    `burden` is what the place adds to the prior of each of its drafts.
    """

    view: FunctionView
    family: Family[Any]
    place: Any
    line: int
    burden: float
    span: Span | None = None


def candidates(subjects: Sequence[Subject], is_over: Callable[[], bool] = lambda: False) -> Iterator[Candidate]:
    """Every candidate, cheapest first, until the time `is_over`.

    A function is looked into, and a rule applied, only when its turn comes.
    """
    ticket = itertools.count()
    heap: list[tuple[float, int, Subject | _Rule | Candidate]] = []
    for subject in subjects:
        least = _burden(max(subject.suspicion.values())) + LEAST - _most_gain(subject.view)
        heapq.heappush(heap, (least, next(ticket), subject))
    while heap and not is_over():
        _, _, entry = heapq.heappop(heap)
        if isinstance(entry, Candidate):
            yield entry
            continue
        for cost, successor in _successors(entry):
            heapq.heappush(heap, (cost, next(ticket), successor))


def _successors(entry: Subject | _Rule) -> Iterator[tuple[float, _Rule | Candidate]]:
    if isinstance(entry, Subject):
        yield from _rules(entry)
        return
    text, family = entry.view.source.text, entry.family
    twins = tuple(_twins(text, entry))
    for draft in family.expand(entry.place):
        if all(text[change.start : change.end] == change.text for change in draft.changes):
            continue
        made = _candidate(entry, family, draft)
        if more := tuple(_moved(draft, entry, twins)):
            together = tuple(sorted((*draft.changes, *more), key=lambda change: change.start))
            yield _costing(replace(made, changes=together), TWIN_COST if made.is_live else 0.0)
            made = replace(made, cost=made.cost + (0.0 if made.is_live else TWIN_COST))
        if family.narrowing:
            made = replace(made, excess=_excess(entry, draft, family.narrowing))
        yield _costing(made)


def _costing(made: Candidate, more: float = 0.0) -> tuple[float, Candidate]:
    """The candidate behind its cost, which is `more` than it was."""
    return made.cost + more, replace(made, cost=made.cost + more)


def _candidate(rule: _Rule, by: Family[Any] | Narrowing[Any], draft: Draft) -> Candidate:
    cost = draft.prior + rule.burden + by.shift + LENGTH_WEIGHT * sum(len(change.text) for change in draft.changes)
    cost -= NAMED_GAIN * _names_something(draft, rule.view)
    return Candidate(rule.view.unit, draft.changes, cost, by.name, rule.line)


def _most_gain(view: FunctionView) -> float:
    return NAMED_GAIN if view.file.clues.words else 0.0


def _names_something(draft: Draft, view: FunctionView) -> bool:
    """Whether the draft brings in a name that the task uses."""
    words, text = view.file.clues.words, view.source.text
    for change in draft.changes if words else ():
        new = words.intersection(words_of(change.text))
        if new and not new <= set(words_of(text[change.start : change.end])):
            return True
    return False


def _excess(rule: _Rule, draft: Draft, narrowing: Narrowing[Any]) -> Excess | None:
    place, source = rule.place, rule.view.source
    statement = narrowing.statement(place)
    lines, margin = whole_lines(source, statement, statement), indentation(source, statement)
    if lines is None or margin is None:
        return None
    return Excess(
        place=Change(lines[0], lines[0], f"{margin}{PROBE}\n"),
        holds=narrowing.holds(draft),
        types=rule.view.file.defined,
        conditions=lambda: asked(place.view, place.environment, getattr(place, "comprehension", frozenset())),
        under=lambda conditions: (
            _candidate(rule, narrowing, narrower) for narrower in narrowing.expand(place, draft, conditions)
        ),
    )


def _twins(text: str, rule: _Rule) -> Iterator[int]:
    """Where in the same function the same expression stands again, if it is long enough to be no accident."""
    if rule.span is None or rule.span[1] - rule.span[0] < LEAST_TWIN:
        return
    wanted = text[slice(*rule.span)]
    at = text.find(wanted, rule.view.unit.start, rule.view.unit.end)
    while at >= 0:
        if abs(at - rule.span[0]) >= len(wanted):
            yield at
        at = text.find(wanted, at + len(wanted), rule.view.unit.end)


def _moved(draft: Draft, rule: _Rule, twins: tuple[int, ...]) -> Iterator[Change]:
    """The draft's changes at every twin; none where they reach beyond the expression itself."""
    start, end = rule.span or (0, 0)
    if all(start <= change.start and change.end <= end for change in draft.changes):
        for twin in twins:
            yield from (Change(c.start - start + twin, c.end - start + twin, c.text) for c in draft.changes)


def _burden(suspicion: float) -> float:
    return SUSPICION_WEIGHT * -math.log(suspicion)


def _rules(subject: Subject) -> Iterator[tuple[float, _Rule]]:
    """Which families fit which places on suspicious lines, each with the least that its candidates can cost."""
    view, lines = subject.view, subject.suspicion
    for place in statement_sites(view):
        line = place.statement.lineno
        yield from _fitting(subject, STATEMENTS, place, line)
        for site in expression_sites(view, place.statement, place.environment):
            own = site.line if site.line in lines else line
            yield from _fitting(subject, EXPRESSIONS, site, own, view.source.span(site.node))
    for gap in gaps(view, lines):
        yield from _fitting(subject, GAPS, gap, gap.line)


def _fitting(
    subject: Subject, families: Sequence[Family[Place]], place: Place, line: int, span: Span | None = None
) -> Iterator[tuple[float, _Rule]]:
    if line not in subject.suspicion:
        return
    for family in families:
        burden = _burden(subject.suspicion[line])
        yield family.least + burden - _most_gain(subject.view), _Rule(subject.view, family, place, line, burden, span)
