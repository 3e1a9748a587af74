"""How wide reading in parallel may be: min(8, cores), one under memory pressure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

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
        width = self._allowed_width()
        if width == 1 or len(items) < 2:
            return [function(item) for item in items]
        with ThreadPoolExecutor(width, thread_name_prefix="scan") as pool:
            return list(pool.map(function, items))

    @contextmanager
    def meanwhile(self, function: Callable[[], R]) -> Iterator[Callable[[], R]]:
        """The function's value, once it is asked for; what the function raises is raised there."""
        if self._allowed_width() == 1:
            yield function
            return
        with ThreadPoolExecutor(1, thread_name_prefix="scan") as pool:
            yield pool.submit(function).result

    def _allowed_width(self) -> int:
        is_narrow = self._gauge is not None and self._gauge.read().mem_ratio >= self._narrow_from
        return 1 if is_narrow else self._width
