"""Which rows of the parameter grid the attempts use, best first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from runner.models import Forecast, Limits, Parameters
from runner.ports import Grid

MODEL_FREE: Final = frozenset({"search"})
"""Engines guided by a failing test alone: they have no prompt and no luck. Wider plans are another try, and fewer
passing tests that a change has to keep green while it is searched for; Review runs them all."""
LOOKS: Final = ((4, 0.85), (8, 1.0), (12, 1.0))
"""Slices shown, and the part of the prompt's tokens that may be used: a small prompt is read sooner, and has still room
for the longest issue and feedback."""
TEMPERATURES: Final = (0.0, 0.2, 0.6)
TESTS: Final = (200, 40)


def parameter_grid(engine: str, limits: Limits) -> tuple[Parameters, ...]:
    """The rows to choose from for one engine, within the limits; at least one."""
    if engine in MODEL_FREE:
        return tuple(Parameters(engine, temperature=0.0, max_tests=tests) for tests in TESTS)
    return tuple(
        Parameters(engine, slices_shown=shown, prompt_tokens=int(part * limits.prompt_tokens), temperature=temperature)
        for (shown, part), temperature in product(LOOKS, TEMPERATURES)
    )


def schedule(forecasts: Sequence[Forecast], attempts: int, grid: Grid) -> tuple[Parameters, ...]:
    """One row per attempt, best first; with fewer rows than attempts the round starts again. Needs a forecast."""
    ranked = grid.rank(forecasts, limit=attempts)
    return tuple(ranked[number % len(ranked)] for number in range(attempts))


def told(row: Parameters) -> str:
    """What is particular about a row, for the receipt."""
    if row.engine in MODEL_FREE:
        return f"{row.engine}, up to {row.max_tests} passing tests kept green"
    return f"{row.engine}, {row.slices_shown} slices in {row.prompt_tokens} tokens, temperature {row.temperature:g}"
