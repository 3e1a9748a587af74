"""What is said of a candidate to the people who review it."""

from __future__ import annotations

import pytest

from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Subject, candidates
from runner.engines.search.patch import explain
from runner.engines.search.source import Source, apply_changes, units_of
from runner.engines.search.view import FunctionView

TEXT = """def total(prices):
    prices = list(prices)
    prices.sort()
    return sum(prices, start=1)
"""


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("    prices = list(prices)\n    return sum(prices, start=1)", "drops `prices.sort()`"),
        ("    return sum(prices, start=0)", "`return sum(prices, start=1)` becomes `return sum(prices, start=0)`"),
        ("    prices.sort()\n    prices.sort()\n", "adds `prices.sort()`"),
    ],
)
def test_a_candidate_is_told_by_what_it_does(after: str, said: str) -> None:
    """An insertion says what it adds, a deletion what it drops, all else what becomes what."""
    source = Source("shop.py", TEXT)
    (unit,) = units_of(source, 0)
    view = FunctionView(FileView(source), unit, {}, {})
    every = candidates([Subject(view, dict.fromkeys(range(1, 5), 1.0))])
    told = [explain(source, one) for one in every if after in apply_changes(TEXT, one.changes)]
    assert told, "no family makes it"
    assert told[0].startswith("shop.py:")
    assert told[0].endswith(said)
