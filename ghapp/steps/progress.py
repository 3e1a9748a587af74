"""How a run is shown while it goes on: one comment, edited in place by a thread of its own.

It never holds a phase up; the run's end waits for the edit that is on its way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final

from ghapp.errors import GitHubFailed
from ghapp.render import Progress, ProgressRow
from runner.models import PhaseRow
from runner.proof import TestRun

MIN_GAP_S: Final = 2.0
"""Between two edits: GitHub counts them against the secondary limit."""

ROWS_SHOWN: Final = 12
ATTEMPT_PHASES: Final = frozenset({"plan", "optimise", "execute", "review"})
"""Map and Logic come before the first attempt: a run that is lost there has used up none."""

log = logging.getLogger(__name__)


class ProgressComment:
    """Hears how the run goes: keeps the checkpoint at once, and the comment at most every two seconds."""

    def __init__(self, show: Callable[[Progress], None], save: Callable[[int, float], None], first: Progress) -> None:
        self._show = show
        self._save = save
        self._progress = first
        self._changed = threading.Condition()
        self._is_dirty = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write, name="progress", daemon=True)

    def __enter__(self) -> ProgressComment:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        with self._changed:
            self._changed.notify()
        self._thread.join()

    def phase_started(self, phase: str, attempt: int, elapsed_s: float) -> None:
        """A phase begins; from here on a lost run has used up this attempt."""
        self._save(attempt if phase in ATTEMPT_PHASES else attempt - 1, elapsed_s)
        self._put(ProgressRow(phase, done=False), attempt, elapsed_s)

    def tests_ended(self, run: TestRun) -> None:
        """Not shown: each change of the comment is a request."""

    def phase_finished(self, row: PhaseRow) -> None:
        """A phase has ended."""
        elapsed_s = row.start_s + row.seconds
        self._save(row.attempt if row.phase in ATTEMPT_PHASES else row.attempt - 1, elapsed_s)
        done = ProgressRow(
            row.phase, done=True, seconds=row.seconds, found=row.found, peak_rss_bytes=row.peak_rss_bytes
        )
        self._put(done, row.attempt, elapsed_s)

    def _put(self, row: ProgressRow, attempt: int, elapsed_s: float) -> None:
        with self._changed:
            before = self._progress
            open_row = next((r for r in before.rows if not r.done and r.phase == row.phase), None)
            rows = [*(r for r in before.rows if r is not open_row), row][-ROWS_SHOWN:]
            self._progress = Progress(rows, attempt, elapsed_s, before.limit_s, before.requester, before.interruptions)
            self._is_dirty = True
            self._changed.notify()

    def _write(self) -> None:
        while not self._is_over.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._is_dirty or self._is_over.is_set())
                progress, self._is_dirty = self._progress, False
            if self._is_over.is_set():
                return
            try:
                self._show(progress)
            except GitHubFailed as error:
                log.warning("the progress comment stays as it is: %s", error)
            self._is_over.wait(MIN_GAP_S)
