"""Where the parameter grid is ranked: a DuckDB table of rows with their forecasts, beside what earlier runs showed.

Open it inside the job: a connection does not survive a fork.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb

from runner.models import Forecast, Parameters
from runner.run_record import RunRecord

SCHEMA: Final = """
CREATE OR REPLACE TABLE forecasts (
    engine VARCHAR, slices_shown INTEGER, prompt_tokens INTEGER, temperature DOUBLE, max_tests INTEGER,
    p_green DOUBLE, p50_s DOUBLE, p95_s DOUBLE, p95_peak_bytes DOUBLE
);
CREATE OR REPLACE TABLE history (engine VARCHAR, attempts INTEGER, greens INTEGER);
"""

# Column by column: row by row a thousand rows take seconds.
FILLED: Final = f"INSERT INTO forecasts SELECT {', '.join(['unnest(?)'] * 9)}"

# Two P(green) that differ by less than a hundredth are equal: that much is noise of the simulation.
RANKED: Final = """
SELECT DISTINCT engine, slices_shown, prompt_tokens, temperature, max_tests,
       round(p_green, 2) AS p, round(p50_s, 1) AS s, coalesce(seen.share, 0) AS share, p95_peak_bytes AS peak
FROM forecasts
LEFT JOIN (SELECT engine, sum(greens) / greatest(sum(attempts), 1) AS share FROM history GROUP BY engine) AS seen
    USING (engine)
ORDER BY p DESC, s, share DESC, peak, engine, slices_shown, prompt_tokens, temperature, max_tests DESC
LIMIT ?
"""

# One small thread: the ranking of a few dozen rows must not take memory that the tests need. No extension is fetched.
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "128MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class DuckDbGrid:
    """The port `Grid`. In memory unless `path` names a file (which one process at a time can hold open)."""

    def __init__(self, history: Sequence[RunRecord] = (), *, path: Path | None = None) -> None:
        self._db = duckdb.connect(str(path) if path else ":memory:", config=CONFIG)
        self._db.execute(SCHEMA)
        seen = [(run.engine, len(run.attempts), sum(one.green for one in run.attempts)) for run in history]
        if seen:
            self._db.executemany("INSERT INTO history VALUES (?, ?, ?)", seen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def rank(self, forecasts: Sequence[Forecast], *, limit: int) -> tuple[Parameters, ...]:
        """The best rows, best first, at most `limit`: by P(green), then speed, then what the engine did before."""
        self._db.execute("DELETE FROM forecasts")
        if forecasts:
            columns = [list(column) for column in zip(*map(_row, forecasts), strict=True)]
            self._db.execute(FILLED, columns)
        best = self._db.execute(RANKED, [limit]).fetchall()
        return tuple(Parameters(str(row[0]), int(row[1]), int(row[2]), float(row[3]), int(row[4])) for row in best)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


def _row(forecast: Forecast) -> tuple[str | float, ...]:
    row = forecast.parameters
    return (
        row.engine,
        row.slices_shown,
        row.prompt_tokens,
        row.temperature,
        row.max_tests,
        forecast.p_green,
        forecast.p50_s,
        forecast.p95_s,
        forecast.p95_peak_bytes,
    )
