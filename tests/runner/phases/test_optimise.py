"""The schedule of attempts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.models import Forecast, Limits, Parameters
from runner.phases.optimise import parameter_grid, schedule, told
from runner.testing import FakeGrid


def forecast_of(row: Parameters, p_green: float) -> Forecast:
    """A forecast that differs in P(green) alone."""
    return Forecast(row, p_green, 0.01, 10.0, 20.0, 1e8, 1.5, 100, 0, 0)


def test_the_best_rows_come_first() -> None:
    """An attempt is expensive, so the most promising parameters go first."""
    rows = [Parameters("ollama", slices_shown=n) for n in (1, 2, 3)]
    forecasts = [forecast_of(row, p) for row, p in zip(rows, (0.2, 0.9, 0.5), strict=True)]
    assert [row.slices_shown for row in schedule(forecasts, 2, FakeGrid())] == [2, 3]


@pytest.mark.parametrize("attempts", [1, 4, 6])
def test_every_attempt_has_a_row(attempts: int) -> None:
    """With fewer rows than attempts the round starts again."""
    rows = [Parameters("search", slices_shown=n) for n in (1, 2)]
    made = schedule([forecast_of(row, 0.5) for row in rows], attempts, FakeGrid())
    assert len(made) == attempts
    assert made == tuple(rows[n % 2] for n in range(attempts))


def test_a_models_grid_varies_what_it_sees_and_how_freely_it_answers() -> None:
    """Every row is another prompt or another draw, and none asks for a longer prompt than allowed."""
    rows = parameter_grid("ollama", Limits(prompt_tokens=3000))
    assert {row.slices_shown for row in rows} == {4, 8, 12}
    assert {row.prompt_tokens for row in rows} == {2550, 3000}
    assert {row.temperature for row in rows} == {0.0, 0.2, 0.6}
    assert len(set(rows)) == len(rows) == 9


def test_a_searchs_grid_varies_the_tests_alone() -> None:
    """It has no prompt and no temperature: rows that differ in those would be the same search twice."""
    rows = parameter_grid("search", Limits())
    assert [row.max_tests for row in rows] == [200, 40]
    assert len({replace(row, max_tests=0) for row in rows}) == 1
    assert len({told(row) for row in rows}) == 2
