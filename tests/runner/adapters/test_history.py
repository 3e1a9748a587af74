"""The memory of finished runs."""

from __future__ import annotations

import json
import logging
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from runner.adapters.history import RECALLED, RunHistory
from runner.errors import BadInput
from runner.run_record import AttemptRecord, Expected, RunRecord

RUN = RunRecord(
    repository="a/b",
    engine="search",
    exit="VERIFIED",
    attempts=(
        AttemptRecord(green=False, seconds=7.5, slices_shown=12),
        AttemptRecord(green=True, seconds=12.75, slices_shown=40, temperature=0.25),
    ),
    seconds_by_phase={"map": 1.5, "execute": 20.25},
    seconds=21.75,
    limit_s=90.0,
    peak_rss_bytes=123_456_789,
    tokens_in=1000,
    tokens_out=200,
    tokens_per_s=31.5,
    expected=Expected(0.75, 20.0, 60.0, 3e8),
)

WRITER = """
import sys
from runner.adapters.history import RunHistory
from runner.run_record import RunRecord
for number in range(20):
    with RunHistory(sys.argv[1]) as history:
        history.record(RunRecord(sys.argv[2], "search", "VERIFIED", peak_rss_bytes=number))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the history lies; its folder is made on first use."""
    return tmp_path / "state" / "history.sqlite"


def postgres_program(name: str) -> str:
    """A program of the newest Postgres on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or name


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a throw-away Postgres that listens on a socket of its own; root may not run one."""
    # A socket's path has at most 107 bytes.
    folder = Path(f"/tmp/greenloop-postgres-{os.getpid()}")
    folder.mkdir()
    as_user: dict[str, int | str] = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid}
    data = folder / "data"
    start = ["start", "-w", "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "-l", str(folder / "log")]
    options = ["--auth=trust", "--username=greenloop", "--no-sync"]
    try:
        for argv in ([postgres_program("initdb"), "-D", str(data), *options], [*_control(data), *start]):
            subprocess.run(argv, check=True, timeout=60, stdout=subprocess.DEVNULL, cwd=folder, **as_user)  # type: ignore[call-overload]
        yield f"postgresql://greenloop:unused@/postgres?host={folder}"
        stop = [*_control(data), "stop", "-m", "immediate"]
        subprocess.run(stop, check=True, timeout=60, stdout=subprocess.DEVNULL, cwd=folder, **as_user)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder)


def _control(data: Path) -> list[str]:
    return [postgres_program("pg_ctl"), "-D", str(data)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
def address(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """An empty history of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{path}"
        return
    yield (url := request.getfixturevalue("cluster"))
    psql = [postgres_program("psql"), "-q", "-c", "DROP TABLE IF EXISTS runs", url]
    subprocess.run(psql, check=True, timeout=60, stderr=subprocess.DEVNULL)


def test_a_run_comes_back_as_it_was(address: str) -> None:
    """Forecasts rest on exactly what was recorded, also after a restart."""
    with RunHistory(address) as history:
        assert history.recall("a/b") == ()
        history.record(RUN)
        history.record(replace(RUN, expected=None))
    with RunHistory(address) as history:
        assert history.recall("a/b") == (replace(RUN, expected=None), RUN)


def test_newest_first_and_this_repository_before_others(address: str) -> None:
    """The repository's own past says most; the whole can be replayed from its beginning."""
    with RunHistory(address) as history:
        for number, repository in enumerate(["x", "a/b", "x", "a/b"]):
            history.record(replace(RUN, repository=repository, peak_rss_bytes=number))
        assert [run.peak_rss_bytes for run in history.recall("a/b")] == [3, 1, 2, 0]
        assert [run.peak_rss_bytes for run in history.recall("unknown")] == [3, 2, 1, 0]
        assert [run.peak_rss_bytes for run in history.chronicle()] == [0, 1, 2, 3]


def test_recall_is_bounded(path: Path) -> None:
    """A busy server's forecasts stay fast."""
    with RunHistory(path) as history:
        for _ in range(RECALLED + 5):
            history.record(RUN)
        assert len(history.recall("a/b")) == RECALLED


def test_many_workers_record_at_once(address: str) -> None:
    """Nothing is lost when several processes begin with no table and finish runs at the same moment."""
    argv = [sys.executable, "-c", WRITER, address]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda n: subprocess.run([*argv, f"r{n}"], timeout=120, check=False), range(3)))
    assert [process.returncode for process in done] == [0, 0, 0]
    with RunHistory(address) as history:
        recalled = history.recall("r1")
    assert len(recalled) == 60
    assert [run.peak_rss_bytes for run in recalled[:20]] == list(range(19, -1, -1))


def test_a_history_of_the_first_format_is_still_read(path: Path) -> None:
    """An upgrade forgets nothing; what was not recorded then is not known."""
    path.parent.mkdir()
    old = {"format": 1, "engine": "search", "seconds_by_phase": {"map": 2.0, "execute": 7.0, "review": 3.0}}
    old |= {"attempts_green": [False, True], "peak_rss_bytes": 5, "exit": "VERIFIED"}
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, repository TEXT NOT NULL, record TEXT NOT NULL)")
        db.execute("INSERT INTO runs (repository, record) VALUES (?, ?)", ("a/b", json.dumps(old)))
    db.close()
    with RunHistory(path) as history:
        (run,) = history.recall("a/b")
        history.record(RUN)
        assert history.recall("a/b") == (RUN, run)
    assert run.attempts == (AttemptRecord(green=False, seconds=5.0), AttemptRecord(green=True, seconds=5.0))
    assert (run.seconds, run.limit_s, run.peak_rss_bytes, run.expected) == (12.0, 0.0, 5, None)


def test_a_record_of_a_later_version_is_passed_over(path: Path) -> None:
    """Two versions can share a history while a server is upgraded."""
    with RunHistory(path) as history:
        history.record(RUN)
        with sqlite3.connect(path) as db:
            db.execute("INSERT INTO runs (repository, record) VALUES ('a/b', '{\"format\": 99}')")
        db.close()
        assert history.recall("a/b") == (RUN,)


def test_a_damaged_file_does_not_stop_a_run(path: Path) -> None:
    """The history is only a memory: the broken file is kept aside and a new one begun."""
    path.parent.mkdir()
    path.write_bytes(b"this is no database, and longer than the header of one" * 50)
    with RunHistory(path) as history:
        history.record(RUN)
        assert history.recall("a/b") == (RUN,)
    assert path.with_name("history.sqlite.damaged").read_bytes().startswith(b"this is no database")


def test_a_database_that_goes_away_does_not_stop_a_run(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A finished run is never lost because it could not be remembered; the log says it."""
    with RunHistory(path) as history:
        path.unlink()
        path.mkdir()
        with caplog.at_level(logging.WARNING):
            history.close()
            history.record(RUN)
            assert history.recall("a/b") == ()
    assert len(caplog.records) == 2
    assert "did not take this run" in caplog.text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:hush-hush@127.0.0.1:1/none", "cannot be opened"),
        ("mysql://me:hush-hush@127.0.0.1/none", "use postgresql:// or sqlite:///"),
        ("hush-hush", "is no address"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(url: str, said: str) -> None:
    """A mistake of the set-up stops the run at its start and says what to do."""
    with pytest.raises(BadInput, match=said) as caught:
        RunHistory(url)
    assert "hush-hush" not in str(caught.value)


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A wrong path is a mistake of the set-up, not damage."""
    with pytest.raises(BadInput, match="GREENLOOP_HISTORY_URL"):
        RunHistory(tmp_path)
