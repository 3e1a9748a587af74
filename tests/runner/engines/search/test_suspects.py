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
