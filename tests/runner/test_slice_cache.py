"""What was read once is found again; whatever is damaged is a miss and never an answer."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import BadInput
from runner.slice_cache import PAGE_BYTES, SqliteSliceCache


def test_records_outlive_the_connection(tmp_path: Path) -> None:
    """Another run finds them, and only those it asks for."""
    path = tmp_path / "state" / "slices.sqlite"
    with SqliteSliceCache(path) as cache:
        cache.put({"a": b"1", "b": b"", "c": b"\0\xff" * 1000})
    with SqliteSliceCache(path) as cache:
        assert cache.get(["a", "b", "c", "d", "a"]) == {"a": b"1", "b": b"", "c": b"\0\xff" * 1000}
        assert cache.get([]) == {}


def test_a_record_that_exists_stays(tmp_path: Path) -> None:
    """A key stands for one content, so the second writer has nothing to add."""
    with SqliteSliceCache(tmp_path / "s") as cache:
        cache.put({"a": b"first"})
        cache.put({"a": b"second", "b": b"new"})
        assert cache.get(["a", "b"]) == {"a": b"first", "b": b"new"}


def test_more_keys_than_one_statement_takes(tmp_path: Path) -> None:
    """A large repository asks for thousands at once."""
    records = {f"key{n}": b"%d" % n for n in range(3000)}
    with SqliteSliceCache(tmp_path / "s") as cache:
        cache.put(records)
        assert cache.get(records) == records


@pytest.mark.parametrize("vector", [b"", b"junk", b"gl\x02\0\0\0\x01\0\0\0\0x", "text", 7])
def test_a_damaged_record_is_a_miss_and_can_be_written_again(vector: object, tmp_path: Path) -> None:
    """Too short, another version, a wrong length, another type: none of it is ever returned."""
    path = tmp_path / "s"
    with SqliteSliceCache(path) as cache:
        cache.put({"a": b"1", "b": b"2"})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE slice_cache SET vector = ? WHERE hash = 'a'", (vector,))
    connection.close()
    with SqliteSliceCache(path) as cache:
        assert cache.get(["a", "b"]) == {"b": b"2"}
        cache.put({"a": b"again"})
        assert cache.get(["a"]) == {"a": b"again"}


def test_one_flipped_bit_is_a_miss(tmp_path: Path) -> None:
    """A record carries its checksum."""
    path = tmp_path / "s"
    with SqliteSliceCache(path) as cache:
        cache.put({"a": b"content"})
    with sqlite3.connect(path) as connection:
        (vector,) = connection.execute("SELECT vector FROM slice_cache").fetchone()
        connection.execute("UPDATE slice_cache SET vector = ?", (vector[:-1] + b"u",))
    connection.close()
    with SqliteSliceCache(path) as cache:
        assert cache.get(["a"]) == {}


@pytest.mark.parametrize(
    "content", [b"this is no database, and long enough to be taken for one" * 20, b"SQLite format 3\0junk" * 99]
)
def test_a_damaged_file_is_renamed_aside_and_said_once(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The cache starts afresh; the damaged file is kept to be looked at."""
    path = tmp_path / "s"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING), SqliteSliceCache(path) as cache:
        cache.put({"a": b"1"})
        assert cache.get(["a"]) == {"a": b"1"}
    with SqliteSliceCache(path) as cache:
        assert cache.get(["a"]) == {"a": b"1"}
    assert len(caplog.records) == 1
    assert (tmp_path / "s.damaged-1").read_bytes() == content


def test_damage_that_shows_later_is_a_miss_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that opens may still be broken further in: the run goes on with a new one."""
    path = tmp_path / "s"
    with SqliteSliceCache(path) as cache:
        cache.put({f"{n}": b"x" * 1000 for n in range(500)})
    with path.open("r+b") as file:
        file.seek(2 * PAGE_BYTES)
        file.write(b"\xff" * 8 * PAGE_BYTES)
    with caplog.at_level(logging.WARNING), SqliteSliceCache(path) as cache:
        assert len(cache.get([f"{n}" for n in range(500)])) < 500
        cache.put({"new": b"1"})
        assert cache.get(["new"]) == {"new": b"1"}
    assert len(caplog.records) == 1
    assert (tmp_path / "s.damaged-1").exists()


def test_a_locked_file_is_a_miss_and_not_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who cannot write in time goes on without."""
    path = tmp_path / "s"
    with SqliteSliceCache(path, busy_timeout_s=0.01) as cache:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING):
            cache.put({"a": b"1"})
        other.rollback()
        other.close()
        assert cache.get(["a"]) == {}
        cache.put({"a": b"1"})
        assert cache.get(["a"]) == {"a": b"1"}
    assert "left out" in caplog.text


def test_a_run_begins_while_another_writes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Opening the file only reads it; a new file that another process holds is done without."""
    path = tmp_path / "s"
    with SqliteSliceCache(path) as cache:
        cache.put({"a": b"1"})
    for known, kept in ((path, {"a": b"1"}), (tmp_path / "new", {})):
        other = sqlite3.connect(known)
        other.execute("BEGIN EXCLUSIVE" if known != path else "BEGIN IMMEDIATE")
        with SqliteSliceCache(known, busy_timeout_s=0.01) as cache:
            assert cache.get(["a"]) == kept
            cache.put({"b": b"2"})
        other.rollback()
        other.close()
    assert "left out" in caplog.text


def test_a_damaged_file_that_another_process_put_aside_is_gone(tmp_path: Path) -> None:
    """Of two that find the damage the slower one finds no file any more."""
    path = tmp_path / "s"
    with SqliteSliceCache(path) as cache:
        cache.put({f"{n}": b"x" * 1000 for n in range(500)})
    with SqliteSliceCache(path) as cache:
        with path.open("r+b") as file:
            file.seek(2 * PAGE_BYTES)
            file.write(b"\xff" * 8 * PAGE_BYTES)
        path.unlink()
        assert len(cache.get([f"{n}" for n in range(500)])) < 500
        cache.put({"new": b"1"})
        assert cache.get(["new"]) == {"new": b"1"}


def test_the_file_is_bounded_and_the_oldest_records_go(tmp_path: Path) -> None:
    """However many commits are read, the file stops growing and what came last is there."""
    path = tmp_path / "s"
    with SqliteSliceCache(path, most_bytes=1_000_000) as cache:
        for n in range(100):
            cache.put({f"{n}-{m}": b"x" * 1000 for m in range(50)})
        assert len(cache.get([f"99-{m}" for m in range(50)])) == 50
        assert cache.get([f"0-{m}" for m in range(50)]) == {}
    assert path.stat().st_size < 1_500_000


def test_a_file_of_a_later_version_is_not_touched_but_put_aside(tmp_path: Path) -> None:
    """Going back to an older Greenloop loses the cache, not the run."""
    path = tmp_path / "s"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE slice_cache (hash TEXT, vector BLOB, extra TEXT)")
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with SqliteSliceCache(path) as cache:
        cache.put({"a": b"1"})
    assert (tmp_path / "s.damaged-1").exists()


def test_a_folder_that_cannot_be_opened_is_bad_input(tmp_path: Path) -> None:
    """The message says which folder to change."""
    (tmp_path / "s").mkdir()
    with pytest.raises(BadInput, match="state folder"), SqliteSliceCache(tmp_path / "s"):
        pass


def test_processes_share_the_file(tmp_path: Path) -> None:
    """Several workers write and read at the same time; nothing is lost and nobody is refused."""
    path = tmp_path / "s"
    program = (
        "import sys; from pathlib import Path; from runner.slice_cache import SqliteSliceCache\n"
        "with SqliteSliceCache(Path(sys.argv[1])) as cache:\n"
        "    for n in range(50): cache.put({f'{sys.argv[2]}-{n}': b'x', f'both-{n}': b'y'})\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in ("a", "b", "c")]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0, 0]
    with SqliteSliceCache(path) as cache:
        keys = [f"{name}-{n}" for name in ("a", "b", "c", "both") for n in range(50)]
        assert len(cache.get(keys)) == 200
