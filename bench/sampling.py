"""How the largest of a figure is seen from outside, looked at every 50 ms while something else runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import psutil

SAMPLE_S: Final = 0.05


class Sampler:
    """Calls `read` in a thread of its own; what it cannot read because a process is gone is left out."""

    def __init__(self, read: Callable[[], int]) -> None:
        """Starts at once."""
        self._read = read
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> int:
        """Stop; the largest value."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            try:
                self._peak = max(self._peak, self._read())
            except psutil.NoSuchProcess:
                continue
