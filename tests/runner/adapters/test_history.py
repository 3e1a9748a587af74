"""The memory of finished runs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from runner.adapters.history import RECALLED, SqliteHistory
from runner.ports import RunRecord

RUN = RunRecord("a/b", "search", {"Map": 1.5, "Execute": 20.25}, (False, True), 123_456_789, "VERIFIED")

WRITER = """
import sys
from pathlib import Path
from runner.adapters.history import SqliteHistory
from runner.ports import RunRecord
for number in range(20):
    with SqliteHistory(Path(sys.argv[1])) as history:
        history.record(RunRecord(sys.argv[2], "search", {}, (True,), number, "VERIFIED"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the history lies; its folder is made on first use."""
    return tmp_path / "state" / "history.sqlite"


def test_a_run_comes_back_as_it_was(path: Path) -> None:
    """Forecasts rest on exactly what was recorded, also after a restart."""
    with SqliteHistory(path) as history:
        assert history.recall("a/b") == ()
        history.record(RUN)
    with SqliteHistory(path) as history:
        assert history.recall("a/b") == (RUN,)


def test_newest_first_and_this_repository_before_others(path: Path) -> None:
    """The repository's own past says most."""
    with SqliteHistory(path) as history:
        for number, repository in enumerate(["x", "a/b", "x", "a/b"]):
            history.record(replace(RUN, repository=repository, peak_rss_bytes=number))
        assert [run.peak_rss_bytes for run in history.recall("a/b")] == [3, 1, 2, 0]
        assert [run.peak_rss_bytes for run in history.recall("unknown")] == [3, 2, 1, 0]


def test_recall_is_bounded(path: Path) -> None:
    """A busy server's forecasts stay fast."""
    with SqliteHistory(path) as history:
        for _ in range(RECALLED + 5):
            history.record(RUN)
        assert len(history.recall("a/b")) == RECALLED


def test_many_workers_record_at_once(path: Path) -> None:
    """Nothing is lost when several processes finish runs at the same moment."""
    argv = [sys.executable, "-c", WRITER, str(path)]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda n: subprocess.run([*argv, f"r{n}"], timeout=60, check=False), range(3)))
    assert [process.returncode for process in done] == [0, 0, 0]
    with SqliteHistory(path) as history:
        recalled = history.recall("r1")
    assert len(recalled) == 60
    assert [run.peak_rss_bytes for run in recalled[:20]] == list(range(19, -1, -1))


def test_a_damaged_file_does_not_stop_a_run(path: Path) -> None:
    """The history is only a memory: the broken file is kept aside and a new one begun."""
    path.parent.mkdir()
    path.write_bytes(b"this is no database, and longer than the header of one" * 50)
    with SqliteHistory(path) as history:
        history.record(RUN)
        assert history.recall("a/b") == (RUN,)
    assert path.with_name("history.sqlite.damaged").read_bytes().startswith(b"this is no database")


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A wrong path is a mistake of the set-up, not damage."""
    with pytest.raises(sqlite3.OperationalError):
        SqliteHistory(tmp_path)
