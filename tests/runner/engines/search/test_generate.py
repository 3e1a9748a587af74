"""Candidates come best first, and nothing is made before its turn."""

from __future__ import annotations

import itertools

from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Subject, candidates
from runner.engines.search.source import Source, units_of
from runner.engines.search.view import FunctionView

FUNCTION = "def work_{0}(a, b):\n    total = a\n" + "    total += b - a * {0}\n" * 20 + "    return total\n\n\n"
KINDS = {"a": frozenset({"int"}), "b": frozenset({"int"}), "total": frozenset({"int"})}


def subjects(count: int, suspicious: int) -> list[Subject]:
    source = Source("module.py", "".join(FUNCTION.format(number) for number in range(count)))
    file = FileView(source)
    found = []
    for unit in units_of(source, 0):
        score = 1.0 if unit.number == suspicious else 0.2
        lines = range(unit.node.lineno + 1, (unit.node.end_lineno or 0) + 1)
        view = FunctionView(file, unit, dict.fromkeys(lines, KINDS), {})
        found.append(Subject(view, dict.fromkeys(lines, score)))
    return found


def test_the_order_is_by_cost() -> None:
    """No candidate is dearer than one after it, over many functions of different suspicion."""
    costs = [candidate.cost for candidate in itertools.islice(candidates(subjects(4, 2)), 5000)]
    assert costs == sorted(costs)


def test_the_most_suspicious_function_comes_first() -> None:
    """Where the failing tests point is where the search begins."""
    first = list(itertools.islice(candidates(subjects(30, 17)), 50))
    assert {candidate.unit.number for candidate in first} == {17}


class Watched(dict[int, float]):
    """Suspicion that knows whether anybody asked for a single line of it."""

    is_asked = False

    def __getitem__(self, line: int) -> float:
        self.is_asked = True
        return super().__getitem__(line)


def test_a_large_file_begins_at_once() -> None:
    """The first hundred candidates of 3,000 lines look into one function of 120 and leave the others alone."""
    many = subjects(120, 60)
    watched = [Watched(subject.suspicion) for subject in many]
    seen = [Subject(subject.view, suspicion) for subject, suspicion in zip(many, watched, strict=True)]
    assert len(list(itertools.islice(candidates(seen), 100))) == 100
    assert [number for number, suspicion in enumerate(watched) if suspicion.is_asked] == [60]


def test_the_stream_ends_with_the_time() -> None:
    """However much there is still to think of."""
    turns = iter([False] * 20_000)
    made = list(candidates(subjects(30, 17), lambda: next(turns, True)))
    assert 0 < len(made) < 20_000
