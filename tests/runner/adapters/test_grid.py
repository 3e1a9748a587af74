"""Ranking the parameter grid in DuckDB."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from runner.adapters.grid import DuckDbGrid
from runner.models import Forecast, Parameters
from runner.run_record import AttemptRecord, RunRecord


def forecast_of(p_green: float, p50_s: float = 10.0, peak: float = 1e8, *, row: Parameters) -> Forecast:
    """A forecast with the figures that ranking heeds."""
    return Forecast(row, p_green, 0.01, p50_s, 20.0, peak, 1.5, 100, 0, 0)


def rows(count: int, engine: str = "ollama") -> list[Parameters]:
    """Rows that differ in the slices shown."""
    return [Parameters(engine, slices_shown=n, temperature=0.1, prompt_tokens=3500, max_tests=9) for n in range(count)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"p_green": 0.6, "p50_s": 80.0}, {"p_green": 0.4, "p50_s": 1.0}),
        ({"p_green": 0.501, "p50_s": 5.0}, {"p_green": 0.503, "p50_s": 9.0}),
        ({"p_green": 0.5, "peak": 1e8}, {"p_green": 0.5, "peak": 9e8}),
    ],
)
def test_what_ranks_first(better: dict[str, float], worse: dict[str, float]) -> None:
    """P(green) first; differences below the noise leave it to the seconds, then to memory."""
    second, first = rows(2)
    with DuckDbGrid() as grid:
        made = [forecast_of(row=second, **worse), forecast_of(row=first, **better)]
        assert grid.rank(made, limit=5) == (first, second)


def test_the_order_of_the_rows_does_not_matter() -> None:
    """Equal forecasts rank the same way every time."""
    made = [forecast_of(0.5, row=row) for row in rows(4)]
    with DuckDbGrid() as grid:
        assert len({grid.rank(order, limit=4) for order in permutations(made)}) == 1


def test_history_decides_between_equal_engines() -> None:
    """Of two engines with equal forecasts the one that was green more often goes first."""
    zebra, aardvark = Parameters("zebra"), Parameters("aardvark")
    red, green = AttemptRecord(green=False, seconds=1.0), AttemptRecord(green=True, seconds=1.0)
    history = [RunRecord("r", "zebra", "x", (red, green)), RunRecord("r", "aardvark", "x", (red,))]
    with DuckDbGrid(history) as grid:
        assert grid.rank([forecast_of(0.5, row=aardvark), forecast_of(0.5, row=zebra)], limit=2) == (zebra, aardvark)


def test_rows_come_back_as_they_went_in() -> None:
    """Every parameter survives the table."""
    row = Parameters("ollama", slices_shown=5, prompt_tokens=1234, temperature=0.35, max_tests=17)
    with DuckDbGrid() as grid:
        assert grid.rank([forecast_of(0.5, row=row)], limit=1) == (row,)
        assert grid.rank([], limit=1) == ()
        assert grid.rank([forecast_of(0.5, row=replace(row, max_tests=n)) for n in range(9)], limit=4)[3].max_tests == 5


def test_the_table_can_be_looked_at(tmp_path: Path) -> None:
    """With a path the grid stays on disk, and the next run replaces it."""
    for _ in range(2):
        with DuckDbGrid(path=tmp_path / "grid.duckdb") as grid:
            grid.rank([forecast_of(0.5, row=row) for row in rows(3)], limit=2)
    assert (tmp_path / "grid.duckdb").stat().st_size > 0
