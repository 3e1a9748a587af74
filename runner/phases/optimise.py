"""Which rows of the parameter grid the attempts use, best first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from runner.models import Forecast, Limits, Parameters
from runner.ports import Grid

MODEL_FREE: Final = frozenset({"search"})
"""Engines guided by a failing test alone: they have no prompt and no luck, so only a wider look is another try."""
SLICES_SHOWN: Final = (4, 8, 12)
WIDER_LOOKS: Final = (12, 40)
TEMPERATURES: Final = (0.0, 0.2, 0.6)


def parameter_grid(engine: str, limits: Limits) -> tuple[Parameters, ...]:
    """The rows to choose from for one engine, within the limits; at least one."""
    looks, temperatures = (WIDER_LOOKS, (0.0,)) if engine in MODEL_FREE else (SLICES_SHOWN, TEMPERATURES)
    return tuple(
        Parameters(engine, slices_shown=shown, prompt_tokens=limits.prompt_tokens, temperature=temperature)
        for shown, temperature in product(looks, temperatures)
    )


def schedule(forecasts: Sequence[Forecast], attempts: int, grid: Grid) -> tuple[Parameters, ...]:
    """One row per attempt, best first; with fewer rows than attempts the round starts again. Needs a forecast."""
    ranked = grid.rank(forecasts, limit=attempts)
    return tuple(ranked[number % len(ranked)] for number in range(attempts))
