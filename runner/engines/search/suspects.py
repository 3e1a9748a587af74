"""Which functions and constants of the plan's files are under suspicion, and how much each of their lines is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from runner.engines.search.dialogue import Driver
from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Subject
from runner.engines.search.package import Package
from runner.engines.search.source import Source, Unit, constants_of, units_of
from runner.engines.search.spectrum import Line, clues_of, returns_of, suspicion_of, types_of
from runner.engines.search.surveying import Surveys
from runner.engines.search.syntax import mentioned_in
from runner.engines.search.view import FunctionView
from runner.syntax_tree import UNREADABLE

RANK_DECAY: Final = 0.95
"""A file's lines are so much less suspicious than those of the file before it in the plan, which is best first."""
UNNAMED: Final = 0.5
"""How suspicious a function is that no failing test names, of what it were if one did: of the development half's small
fixes 30 % are in a function that the test names, and another 23 % in a class that it names."""
OF_NAMED: Final = 0.75
"""The same for a method of a class that one names."""
CHECKING: Final = 0.1
"""The same for a function that checks: who asks less of the code turns every test green."""


def executed(surveys: Surveys) -> frozenset[str]:
    """The files that failing tests execute."""
    return frozenset(path for survey in surveys.failing.values() for path, _ in survey.lines)


def read_sources(texts: Mapping[str, str]) -> dict[str, Source]:
    """The files parsed, but for those that today's Python cannot read."""
    sources: dict[str, Source] = {}
    for path, text in texts.items():
        with contextlib.suppress(*UNREADABLE):
            sources[path] = Source(path, text)
    return sources


def views_of(sources: Mapping[str, Source], surveys: Surveys, task: str = "") -> dict[str, FileView]:
    """Path -> the file with all that it may borrow from the others, from the failing tests and from the task's text."""
    clues, package = replace(clues_of(tuple(surveys.failing.values())), task=task), Package(sources.values())
    return {path: FileView(source, clues, package) for path, source in sources.items()}


def subjects_of(files: Mapping[str, FileView], surveys: Surveys, driver: Driver) -> list[Subject]:
    """The functions that failing tests execute and whose code can be swapped live; not those that run the tests."""
    returns = returns_of(surveys.all)
    types = {path: types_of(surveys.all, path) for path in files}
    subjects = [
        Subject(FunctionView(file, unit, types[unit.path], returns), lines)
        for file, unit, lines in _suspicious(files, surveys)
    ]
    units = [(subject.view.source, subject.view.unit) for subject in subjects]
    swappable = driver.units(units) if units else frozenset()
    return _scaled([subject for subject in subjects if subject.view.unit.number in swappable])


def _suspicious(files: Mapping[str, FileView], surveys: Surveys) -> Iterator[tuple[FileView, Unit, dict[int, float]]]:
    """Functions that failing tests execute, with their lines' scores; not those that were running when a test began."""
    suspicion = suspicion_of(tuple(surveys.failing.values()), tuple(surveys.passing.values()))
    around = frozenset(line for survey in surveys.all for line in survey.around)
    for share, file, unit in _functions(files):
        lines = _lines_of(suspicion, unit)
        if lines and around.isdisjoint((unit.path, line) for line in lines):
            yield file, unit, {line: share * score for line, score in lines.items()}


def _functions(files: Mapping[str, FileView]) -> Iterator[tuple[float, FileView, Unit]]:
    """All functions with what counts of their suspicion, by their file's rank and by whether the tests name them."""
    number = 0
    for rank, file in enumerate(files.values()):
        units = units_of(file.source, number)
        number += len(units)
        yield from ((RANK_DECAY**rank * _named(unit, file), file, unit) for unit in units)


def _scaled(subjects: Sequence[Subject]) -> list[Subject]:
    """The same with 1.0 for the most suspicious line."""
    highest = max((score for subject in subjects for score in subject.suspicion.values()), default=1.0)
    return [
        Subject(subject.view, {line: score / highest for line, score in subject.suspicion.items()})
        for subject in subjects
    ]


def constants_under_suspicion(files: Mapping[str, FileView], subjects: Sequence[Subject]) -> list[Subject]:
    """Per file, the assignments outside functions that the suspicious functions read, as suspicious as those."""
    read: dict[str, float] = {}
    for subject in subjects:
        score = max(subject.suspicion.values())
        for name in mentioned_in(subject.view.unit.node):
            read[name] = max(read.get(name, 0.0), score)
    outside = []
    for file in files.values():
        unit = constants_of(file.source, 0)
        scores = {
            statement.lineno: max((read.get(name, 0.0) for name in mentioned_in(statement)), default=0.0)
            for statement in unit.node.body
        }
        lines = {line: score for line, score in scores.items() if score > 0}
        if lines:
            outside.append(Subject(FunctionView(file, unit, {}, {}), lines))
    return outside


def _named(unit: Unit, file: FileView) -> float:
    """How much counts of the suspicion of a function, by its name and by whether the failing tests say it."""
    *holders, name = unit.qualified_name.split(".")
    if name.lstrip("_").startswith("assert"):
        return CHECKING
    names = file.clues.names
    return 1.0 if name in names else OF_NAMED if any(holder in names for holder in holders) else UNNAMED


def _lines_of(suspicion: Mapping[Line, float], unit: Unit) -> dict[int, float]:
    """The suspicious lines of the function's body."""
    body = range(unit.node.lineno + 1, (unit.node.end_lineno or 0) + 1)
    lines = ((line, suspicion.get((unit.path, line), 0.0)) for line in body)
    return {line: score for line, score in lines if score > 0}
