"""Where finished runs are remembered for forecasts: one database that all workers share, SQLite or Postgres.

Open it inside the job: a connection does not survive a fork.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import sqlalchemy as sa

from runner.errors import BadInput
from runner.run_record import AttemptRecord, Expected, RunRecord

RECALLED: Final = 200
"""How many runs a forecast rests on at most; older ones say little about today's server."""
FORMAT: Final = 2
"""Of one record. 1 had no clock, no forecast, and one figure for all attempts; it is still read."""
WAIT_S: Final = 5
"""For another worker's writing, and for a server's answer: a run never hangs on its memory."""
SQLITE_WAITS: Final[dict[str, int | str]] = {"timeout": WAIT_S}
POSTGRES_WAITS: Final[dict[str, int | str]] = {
    "connect_timeout": WAIT_S,
    "tcp_user_timeout": 1000 * WAIT_S,
    "options": f"-c statement_timeout={1000 * WAIT_S}",
}
DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}

RUNS: Final = sa.Table(
    "runs",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)

log = logging.getLogger(__name__)


class RunHistory:
    """The port `History`. What cannot be read or kept once it is open is said in the log: it is only a memory."""

    def __init__(self, url: str | Path) -> None:
        """A file for SQLite, or a database's address. A damaged file is moved aside (`<name>.damaged`).

        Raises BadInput when the database cannot be opened.
        """
        address = _address(url)
        self._shown = address.render_as_string(hide_password=True)
        try:
            self._engine = _opened(address)
        except sa.exc.OperationalError as error:  # locked, not permitted, no server: a file itself is sound
            raise BadInput(f"the history {self._shown} cannot be opened: {_cause(error)}; {ADVICE}") from None
        except sa.exc.DatabaseError as error:
            if address.database is None or address.get_backend_name() != "sqlite":
                raise BadInput(f"the history {self._shown} cannot be used: {_cause(error)}; {ADVICE}") from None
            os.replace(address.database, f"{address.database}.damaged")
            self._engine = _opened(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def recall(self, repository: str) -> tuple[RunRecord, ...]:
        """Earlier runs, newest first; those of this repository before all others; at most 200."""
        own_first = sa.case((RUNS.c.repository == repository, 0), else_=1)
        query = sa.select(RUNS.c.repository, RUNS.c.record).order_by(own_first, RUNS.c.id.desc()).limit(RECALLED)
        return self._read(query)

    def chronicle(self) -> tuple[RunRecord, ...]:
        """Every run, oldest first."""
        return self._read(sa.select(RUNS.c.repository, RUNS.c.record).order_by(RUNS.c.id))

    def record(self, run: RunRecord) -> None:
        """Keep one finished run."""
        try:
            with self._engine.begin() as db:
                db.execute(sa.insert(RUNS).values(repository=run.repository, record=_packed(run)))
        except sa.exc.DBAPIError as error:
            log.warning("the history %s did not take this run: %s", self._shown, _cause(error))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _read(self, query: sa.Select[str, str]) -> tuple[RunRecord, ...]:
        try:
            with self._engine.connect() as db:
                rows = db.execute(query).all()
        except sa.exc.DBAPIError as error:
            log.warning("the history %s does not answer: %s", self._shown, _cause(error))
            return ()
        return tuple(run for repository, record in rows if (run := _unpacked(repository, record)) is not None)


ADVICE: Final = "mend it, or name another one in GREENLOOP_HISTORY_URL"


def _address(url: str | Path) -> sa.URL:
    if isinstance(url, Path):
        return sa.URL.create("sqlite", database=str(url))
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise BadInput("GREENLOOP_HISTORY_URL is no address; write postgresql://user@host/database") from None
    if address.drivername not in DRIVERS:
        raise BadInput(f"a history cannot be kept in {address.drivername}; use postgresql:// or sqlite:///")
    return address.set(drivername=DRIVERS[address.drivername])


def _opened(address: sa.URL) -> sa.Engine:
    """The database with its table in it."""
    is_file = address.get_backend_name() == "sqlite"
    if is_file and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        address,
        connect_args=SQLITE_WAITS if is_file else POSTGRES_WAITS,
        pool_pre_ping=not is_file,
        hide_parameters=True,
    )
    try:
        if is_file:
            with engine.connect() as db:
                db.exec_driver_sql("PRAGMA journal_mode = WAL")
        _make_table(engine)
    except sa.exc.DBAPIError:
        engine.dispose()
        raise
    return engine


def _make_table(engine: sa.Engine) -> None:
    """Make the table unless it is there; of two workers that both begin to, one fails and finds it there."""
    if sa.inspect(engine).has_table(RUNS.name):
        return
    try:
        RUNS.create(engine, checkfirst=False)
    except sa.exc.DBAPIError:
        if not sa.inspect(engine).has_table(RUNS.name):
            raise


def _cause(error: sa.exc.DBAPIError) -> str:
    """The driver's own words, on one line."""
    return " ".join(str(error.orig).split())


def _packed(run: RunRecord) -> str:
    return json.dumps({"format": FORMAT, **asdict(run)})


def _unpacked(repository: str, record: str) -> RunRecord | None:
    """The run; None for a record of a later version of this program."""
    data = json.loads(record)
    made = data.pop("format")
    if made == 1:
        return _of_format_1(repository, data)
    if made != FORMAT:
        return None
    attempts = tuple(AttemptRecord(**attempt) for attempt in data.pop("attempts"))
    expected = data.pop("expected")
    return RunRecord(**data, attempts=attempts, expected=Expected(**expected) if expected else None)


def _of_format_1(repository: str, data: Mapping[str, Any]) -> RunRecord:
    """All attempts took the same, as far as is known."""
    spent = data["seconds_by_phase"]
    greens = data["attempts_green"]
    each_s = sum(spent.get(phase, 0.0) for phase in ("plan", "optimise", "execute", "review")) / max(1, len(greens))
    return RunRecord(
        repository=repository,
        engine=data["engine"],
        exit=data["exit"],
        attempts=tuple(AttemptRecord(green, each_s) for green in greens),
        seconds_by_phase=spent,
        seconds=sum(spent.values()),
        peak_rss_bytes=data["peak_rss_bytes"],
    )
