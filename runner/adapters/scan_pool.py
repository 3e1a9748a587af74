"""How wide reading in parallel may be: min(8, cores), one under memory pressure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from runner.ports import Gauge, R, T

WIDEST = 8
NARROW_FROM = 60 / 70
"""The part of the job's memory share from which the pool reads one at a time."""


class ScanPool:
    """The port `Scan` on threads that end with each call."""

    def __init__(self, gauge: Gauge | None = None, *, cores: int, share_ratio: float = 1.0) -> None:
        """`share_ratio` is the job's share of the machine's memory, 0.0-1.0. Without a gauge it is always as wide."""
        self._gauge = gauge
        self._width = max(1, min(WIDEST, cores))
        self._narrow_from = NARROW_FROM * share_ratio

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The function's values, in the order of the items; what one of them raises is raised here."""
        is_narrow = self._gauge is not None and self._gauge.read().mem_ratio >= self._narrow_from
        width = 1 if is_narrow else self._width
        if width == 1 or len(items) < 2:
            return [function(item) for item in items]
        with ThreadPoolExecutor(width, thread_name_prefix="scan") as pool:
            return list(pool.map(function, items))
