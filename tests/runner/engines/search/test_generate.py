"""Candidates come best first, and nothing is made before its turn."""

from __future__ import annotations

import itertools

import pytest

from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Subject, candidates
from runner.engines.search.source import Source, constants_of, units_of
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


@pytest.mark.parametrize(("head", "first"), [("", 2), ("def work():\n    ", 1)], ids=["outside", "in a function"])
def test_twins_outside_functions_are_changed_together_first(head: str, first: int) -> None:
    """Where the same text stands twice in a file's constants it means the same; in a function one place is likelier."""
    pattern = r"^[0-9a-f]+$"
    source = Source("module.py", f'{head}one = r"{pattern}"; two = r"{pattern}"\n')
    unit = units_of(source, 0)[0] if head else constants_of(source, 0)
    subject = Subject(FunctionView(FileView(source), unit, {}, {}), {len(source.lines): 1.0})
    anchored = (one for one in candidates([subject]) if r"\Z" in one.changes[0].text)
    assert len(next(anchored).changes) == first


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
