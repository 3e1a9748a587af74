"""What is under suspicion, from the failing tests and from the plan's own order."""

from __future__ import annotations

from collections.abc import Sequence

from runner.engines.search.dialogue import Driver
from runner.engines.search.source import Source, Unit
from runner.engines.search.spectrum import Survey
from runner.engines.search.surveying import Surveys
from runner.engines.search.suspects import constants_under_suspicion, subjects_of, views_of

TEXT = "LIMIT = 3\n\n\ndef work(a):\n    return a < LIMIT\n\n\ndef idle(a):\n    return a\n"


class AllAlive(Driver):
    """A driver that can swap every function."""

    def __init__(self) -> None:
        pass

    def units(self, units: Sequence[tuple[Source, Unit]]) -> frozenset[int]:
        return frozenset(unit.number for _, unit in units)


def test_equal_suspicion_follows_the_plans_order() -> None:
    """Where the tests say the same of two files, the localisation's word counts; what no test executes is left out."""
    sources = {path: Source(path, TEXT) for path in ("b.py", "a.py")}
    surveys = Surveys({"t": Survey("failed", 0.0, frozenset({("a.py", 5), ("b.py", 5)}))}, {})
    subjects = subjects_of(views_of(sources, surveys), surveys, AllAlive())
    assert [subject.view.unit.path for subject in subjects] == ["b.py", "a.py"]
    first, second = (max(subject.suspicion.values()) for subject in subjects)
    assert first > second > 0.9 * first


def test_a_constant_is_as_suspicious_as_who_reads_it() -> None:
    """Assignments outside functions are not executed by a test, but what reads them is."""
    sources = {"a.py": Source("a.py", TEXT)}
    surveys = Surveys({"t": Survey("failed", 0.0, frozenset({("a.py", 5)}))}, {})
    views = views_of(sources, surveys)
    (outside,) = constants_under_suspicion(views, subjects_of(views, surveys, AllAlive()))
    assert outside.suspicion == {1: 1.0}


def test_what_a_failing_test_names_is_more_suspicious() -> None:
    """A function that it calls, then the methods of a class that it names, then the rest."""
    text = (
        "def far():\n    return 1\n\nclass Shop:\n    def open(self):\n        return 2\n\ndef near():\n    return 3\n"
    )
    lines = frozenset({("a.py", 2), ("a.py", 6), ("a.py", 9)})
    surveys = Surveys({"t": Survey("failed", 0.0, lines, source="def test(): near(Shop)")}, {})
    subjects = subjects_of(views_of({"a.py": Source("a.py", text)}, surveys), surveys, AllAlive())
    scores = {one.view.unit.qualified_name: max(one.suspicion.values()) for one in subjects}
    assert scores["near"] == 1.0 > scores["Shop.open"] > scores["far"]


def test_what_checks_is_suspected_last() -> None:
    """A helper that the failing test calls by name turns it green most easily, and is right most seldom."""
    text = "def assert_equal(a, b):\n    assert a == b\n\ndef far():\n    return 1\n"
    lines = frozenset({("a.py", 2), ("a.py", 5)})
    surveys = Surveys({"t": Survey("failed", 0.0, lines, source="def test(): assert_equal(1, 2)")}, {})
    subjects = subjects_of(views_of({"a.py": Source("a.py", text)}, surveys), surveys, AllAlive())
    scores = {one.view.unit.qualified_name: max(one.suspicion.values()) for one in subjects}
    assert scores["far"] == 1.0 > 0.3 > scores["assert_equal"] > 0


def test_what_runs_the_tests_is_no_suspect() -> None:
    """A function that was running when the test was called decides whether anything is tested at all."""
    sources = {"a.py": Source("a.py", TEXT)}
    lines = frozenset({("a.py", 5), ("a.py", 9)})
    surveys = Surveys({"t": Survey("failed", 0.0, lines, around=frozenset({("a.py", 5)}))}, {})
    (subject,) = subjects_of(views_of(sources, surveys), surveys, AllAlive())
    assert subject.view.unit.qualified_name == "idle"
