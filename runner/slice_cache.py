"""What was read from a blob once is kept across runs: one SQLite table that all workers of a machine share."""

from __future__ import annotations

import json
import logging
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runner.errors import BadInput

SCHEMA_VERSION: Final = 2
BUSY_TIMEOUT_S: Final = 5.0
MOST_BYTES: Final = 2_000_000_000
"""What the file may hold; beyond it the oldest part of the records goes."""
FORGOTTEN_SHARE: Final = 0.25
PAGES_KEPT: Final = 2_000
"""How much of the file is kept in memory: what a large repository's records touch is not read again and again."""
PAGE_BYTES: Final = 16_384
"""Most records fit in one page, so that one is read in one go."""
HEAD: Final = struct.Struct(">2sBII")
"""Before each record: magic, version, length in bytes, CRC-32."""
MAGIC: Final = b"gl"
IN_MEMORY: Final = ":memory:"
PRIMARY_CODE: Final = 0xFF
"""The part of an SQLite error's code that tells its kind: https://www.sqlite.org/rescode.html"""
RECORD_VERSION: Final = 1
TABLE: Final = "CREATE TABLE IF NOT EXISTS slice_cache (hash TEXT PRIMARY KEY, vector BLOB NOT NULL)"
"""Rows keep the order in which they came (their rowid), by which the oldest are known."""
FIND: Final = "SELECT hash, vector FROM slice_cache WHERE hash IN (SELECT value FROM json_each(?))"
DROP: Final = "DELETE FROM slice_cache WHERE hash IN (SELECT value FROM json_each(?))"
KEEP: Final = "INSERT INTO slice_cache (hash, vector) VALUES (?, ?) ON CONFLICT DO NOTHING"
FORGET: Final = """
DELETE FROM slice_cache WHERE rowid <=
    (SELECT min(rowid) + (max(rowid) - min(rowid)) * ? FROM slice_cache)
"""

log = logging.getLogger(__name__)


class SqliteSliceCache:
    """The port `SliceCache` on one SQLite file. Open it inside the job: a connection does not survive a fork.

    A damaged or foreign file is renamed aside and said once; a damaged record is a miss. What cannot be read or kept
    right now, because the file is locked or the disk full, is a miss as well: no run fails for its cache.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """Nothing is opened yet. `most_bytes` bounds the file, `busy_timeout_s` the wait for another's writing."""
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._most_bytes = most_bytes
        self._damaged: set[str] = set()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Open the file, which is made when missing. Raises BadInput when it cannot be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._connected()
        except sqlite3.OperationalError as error:
            raise BadInput(f"{self._path}: {error}; name a state folder that can be written") from error
        except sqlite3.DatabaseError as error:
            self._start_afresh(error)
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
        try:
            # In the order of the table's own index, so that its pages are looked at one after the other.
            rows = self._open.execute(FIND, (json.dumps(sorted(keys)),)).fetchall()
        except sqlite3.DatabaseError as error:
            self._do_without(error)
            return {}
        found = {key: record for key, vector in rows if (record := _unframed(vector)) is not None}
        self._damaged.update(key for key, _ in rows if key not in found)
        return found

    def put(self, records: Mapping[str, bytes]) -> None:
        """Keep records; one that exists stays, unless it was found damaged."""
        if not records:
            return
        try:
            with self._open as transaction:
                transaction.execute(DROP, (json.dumps([key for key in records if key in self._damaged]),))
                transaction.executemany(KEEP, ((key, _framed(record)) for key, record in records.items()))
            self._damaged.difference_update(records)
            if self._used_bytes() > self._most_bytes:
                self._forget()
        except sqlite3.DatabaseError as error:
            self._do_without(error)

    def _used_bytes(self) -> int:
        pages, free, page_bytes = (
            int(self._open.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * page_bytes

    def _forget(self) -> None:
        """Let the oldest records go; their pages are filled again, so that the file stays as large as it is."""
        with self._open as transaction:
            transaction.execute(FORGET, (FORGOTTEN_SHARE,))

    def _do_without(self, error: sqlite3.DatabaseError) -> None:
        """What SQLite cannot do now is left; a file that turns out damaged is put aside."""
        if isinstance(error, sqlite3.OperationalError):
            log.warning("the slice cache %s was left out: %s", self._path, error)
        else:
            self._start_afresh(error)

    def _start_afresh(self, error: sqlite3.DatabaseError) -> None:
        self.__exit__(None, None, None)
        aside = _aside(self._path)
        log.warning("the slice cache was damaged (%s); it was renamed to %s and starts afresh", error, aside)
        self._connection = self._connected()

    def _connected(self) -> sqlite3.Connection:
        """The file; a cache in memory where another process holds it for longer than the wait."""
        try:
            return _opened(self._path, self._busy_timeout_s)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            self._do_without(error)
            return _opened(IN_MEMORY, self._busy_timeout_s)

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the slice cache is used outside its `with` block")
        return self._connection


def _opened(path: Path | str, busy_timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_timeout_s)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = {PAGES_KEPT}")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version not in (0, SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"its schema has version {version}, not {SCHEMA_VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")
        # Nobody waits for the disk: what a power cut damages is found out by its checksum, or put aside.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(TABLE)
        # Written each time, it would wait for whoever is writing, and every run opens the file.
        if version != SCHEMA_VERSION:
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
    with suppress(FileNotFoundError):  # another process was quicker
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
