"""Where finished runs are remembered for forecasts: one SQLite file that all workers share.

Open it inside the job: a connection does not survive a fork.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runner.models import FORMAT
from runner.ports import RunRecord

RECALLED: Final = 200
"""How many runs a forecast rests on at most; older ones say little about today's server."""
BUSY_TIMEOUT_S: Final = 5.0

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, repository TEXT NOT NULL, record TEXT NOT NULL)
"""


class SqliteHistory:
    """The port `History`. A damaged file is moved aside (`<name>.damaged`) and a new one begun: it is only a memory."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # locked or not permitted: the file itself is sound
            os.replace(path, path.with_name(path.name + ".damaged"))
            self._db = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def recall(self, repository: str) -> tuple[RunRecord, ...]:
        """Earlier runs, newest first; those of this repository before all others; at most 200."""
        query = "SELECT repository, record FROM runs ORDER BY repository = ? DESC, id DESC LIMIT ?"
        rows = self._db.execute(query, (repository, RECALLED)).fetchall()
        return tuple(_unpacked(of, record) for of, record in rows)

    def record(self, run: RunRecord) -> None:
        """Keep one finished run."""
        with self._db:
            self._db.execute("INSERT INTO runs (repository, record) VALUES (?, ?)", (run.repository, _packed(run)))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        with db:
            db.execute(SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _packed(run: RunRecord) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "engine": run.engine,
            "seconds_by_phase": dict(run.seconds_by_phase),
            "attempts_green": run.attempts_green,
            "peak_rss_bytes": run.peak_rss_bytes,
            "exit": run.exit,
        }
    )


def _unpacked(repository: str, record: str) -> RunRecord:
    data = json.loads(record)
    return RunRecord(
        repository=repository,
        engine=data["engine"],
        seconds_by_phase=data["seconds_by_phase"],
        attempts_green=tuple(data["attempts_green"]),
        peak_rss_bytes=data["peak_rss_bytes"],
        exit=data["exit"],
    )
