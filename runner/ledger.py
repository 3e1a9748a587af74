"""What a run has cost so far: one span and one receipt row per phase, on one clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runner.budget import Budget
from runner.models import PhaseRow, Receipt, Usage
from runner.ports import Ports, Span


@dataclass(slots=True)
class Entry:
    """What a phase says about itself while it runs."""

    span: Span
    found: str = ""
    usage: Usage = field(default_factory=Usage)

    def charge(self, usage: Usage) -> None:
        """Add what a call used."""
        self.usage += usage


class Ledger:
    """Keeps the rows. The clock counts what was spent before a restart, too."""

    def __init__(self, budget: Budget, ports: Ports) -> None:
        """No phase has run yet."""
        self._budget = budget
        self._ports = ports
        self._rows: list[PhaseRow] = []

    @property
    def rows(self) -> tuple[PhaseRow, ...]:
        """The phases that have ended, in order."""
        return tuple(self._rows)

    def elapsed_s(self) -> float:
        """Seconds on the run's clock."""
        return self._budget.elapsed_s(self._ports.clock())

    def seconds_left(self) -> float:
        """Seconds until the clock runs out. Raises TimeSpent when none are left."""
        return self._budget.seconds_left(self._ports.clock())

    @contextmanager
    def phase(self, name: str, kind: str, attempt: int) -> Iterator[Entry]:
        """One phase: a span, a row, and a word to the observer at both ends. Raises TimeSpent before it starts."""
        self.seconds_left()
        start_s = self.elapsed_s()
        self._ports.observer.phase_started(name, attempt, start_s)
        with self._ports.tracer.span(name, kind) as span:
            entry = Entry(span)
            span.set("greenloop.attempt", attempt)
            try:
                yield entry
            except BaseException as error:
                entry.found = entry.found or f"{type(error).__name__}: {error}"
                span.fail(entry.found)
                raise
            finally:
                self._close(name, attempt, start_s, entry)

    def receipt(self) -> Receipt:
        """The rows, their sum, and the memory of the job's process tree at its peak. Ends the trace."""
        pressure = self._ports.gauge.read()
        usage = sum((row.usage for row in self._rows), Usage())
        return Receipt(
            rows=self.rows,
            seconds=self.elapsed_s(),
            peak_rss_bytes=pressure.peak_rss_bytes,
            peak_pss_bytes=pressure.peak_pss_bytes,
            mem_ratio=pressure.peak_mem_ratio,
            usage=usage,
            sandbox=self._ports.sandbox.description,
            notes=(_regularity(self._ports.gauge.periods_s()), self._ports.tracer.delivery()),
        )

    def _close(self, name: str, attempt: int, start_s: float, entry: Entry) -> None:
        peak = self._ports.gauge.read().rss_bytes
        seconds = self.elapsed_s() - start_s
        row = PhaseRow(name, attempt, start_s, seconds, peak, entry.found, entry.usage)
        entry.span.set("greenloop.found", entry.found)
        entry.span.set("greenloop.rss_bytes", peak)
        entry.span.set("greenloop.tokens_in", entry.usage.tokens_in)
        entry.span.set("greenloop.tokens_out", entry.usage.tokens_out)
        self._rows.append(row)
        self._ports.observer.phase_finished(row)


def _regularity(periods_s: tuple[float, ...]) -> str:
    """How evenly the memory was read, so that the peak can be trusted."""
    if not periods_s:
        return "memory was read once"
    mean, least, most = sum(periods_s) / len(periods_s), min(periods_s), max(periods_s)
    return f"memory was read {len(periods_s) + 1} times, every {mean * 1e3:.0f} ms ({least * 1e3:.0f}-{most * 1e3:.0f})"
