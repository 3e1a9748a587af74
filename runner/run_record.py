"""A finished run, as the history of forecasts keeps it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One attempt of a recorded run: whether Review let it pass, what it took, and the row that it was made with."""

    green: bool
    seconds: float
    slices_shown: int = 0
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What was forecast for a run, so that it can be held against what happened."""

    p_green: float
    p50_s: float
    p95_s: float
    p95_peak_bytes: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One finished run, as the history of forecasts.

    `limit_s` is the run's clock and `seconds` what it took of it (0: not known). `tokens_per_s` is the model's speed of
    writing, 0 where none was asked; `expected` is None where the run ended before its forecast.
    """

    repository: str
    engine: str
    exit: str
    attempts: tuple[AttemptRecord, ...] = ()
    seconds_by_phase: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    limit_s: float = 0.0
    peak_rss_bytes: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_per_s: float = 0.0
    expected: Expected | None = None
