"""What was read from a blob once is kept across runs: one SQLite table that all workers of a machine share."""

from __future__ import annotations

import logging
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runner.errors import BadInput

SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_S: Final = 5.0
LOOKUP_SIZE: Final = 500
HEAD: Final = struct.Struct(">2sBII")
"""Before each record: magic, version, length in bytes, CRC-32."""
MAGIC: Final = b"gl"
RECORD_VERSION: Final = 1
TABLE: Final = "CREATE TABLE IF NOT EXISTS slice_cache (hash TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"

log = logging.getLogger(__name__)


class SqliteSliceCache:
    """The port `SliceCache` on one SQLite file. Open it inside the job: a connection does not survive a fork.

    A damaged or foreign file is renamed aside and said once; a damaged record is a miss.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet."""
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Open the file, which is made when missing. Raises BadInput when it cannot be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = _opened(self._path)
        except sqlite3.OperationalError as error:
            raise BadInput(f"{self._path}: {error}; name a state folder that can be written") from error
        except sqlite3.DatabaseError as error:
            aside = _aside(self._path)
            log.warning("the slice cache was damaged (%s); it was renamed to %s and starts afresh", error, aside)
            self._connection = _opened(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """The records that exist and are whole."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, bytes] = {}
        for first in range(0, len(wanted), LOOKUP_SIZE):
            some = wanted[first : first + LOOKUP_SIZE]
            marks = ",".join("?" * len(some))
            # Only question marks are put into the text.
            rows = self._open.execute(f"SELECT hash, vector FROM slice_cache WHERE hash IN ({marks})", some)  # noqa: S608
            unframed = ((key, _unframed(vector)) for key, vector in rows)
            found.update((key, record) for key, record in unframed if record is not None)
        return found

    def put(self, records: Mapping[str, bytes]) -> None:
        """Keep records; one that exists stays, unless it is damaged."""
        whole = self.get(records)
        rows = [(key, _framed(record)) for key, record in records.items() if key not in whole]
        damaged = "DELETE FROM slice_cache WHERE hash = ?"
        keep = "INSERT INTO slice_cache (hash, vector) VALUES (?, ?) ON CONFLICT DO NOTHING"
        with self._open as transaction:
            transaction.executemany(damaged, [(key,) for key, _ in rows])
            transaction.executemany(keep, rows)

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the slice cache is used outside its `with` block")
        return self._connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version not in (0, SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"its schema has version {version}, not {SCHEMA_VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(TABLE)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("SELECT hash, vector FROM slice_cache LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _aside(path: Path) -> Path:
    """Rename the file and what WAL keeps beside it; the new name of the file."""
    number = next(n for n in range(1, 1_000_000) if not path.with_name(f"{path.name}.damaged-{n}").exists())
    aside = path.with_name(f"{path.name}.damaged-{number}")
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return aside


def _framed(record: bytes) -> bytes:
    return HEAD.pack(MAGIC, RECORD_VERSION, len(record), zlib.crc32(record)) + record


def _unframed(vector: object) -> bytes | None:
    if not isinstance(vector, bytes) or len(vector) < HEAD.size:
        return None
    magic, version, length, checksum = HEAD.unpack_from(vector)
    record = vector[HEAD.size :]
    is_whole = (magic, version, length) == (MAGIC, RECORD_VERSION, len(record)) and checksum == zlib.crc32(record)
    return record if is_whole else None
