"""The gauge of memory pressure."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner import pressure
from runner.ports import Pressure

GROWING_CHILD = "import sys; block = bytearray(60_000_000); print('grown', flush=True); sys.stdin.read()"
FAMILY = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()']);"
    "print(child.pid, flush=True); child.wait()"
)


@contextmanager
def child(source: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Python process that runs `source`, and the first line it printed."""
    argv = [sys.executable, "-c", source]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            pressure.kill_tree(process.pid)


class Readings:
    """Counts what a gauge publishes and lets a test wait for the n-th."""

    def __init__(self) -> None:
        self.all: list[Pressure] = []
        self._changed = threading.Condition()

    def hear(self, reading: Pressure) -> None:
        with self._changed:
            self.all.append(reading)
            self._changed.notify_all()

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.all) >= count, timeout=20)


def test_children_count_as_part_of_the_job() -> None:
    """The sandboxed tests run in child processes, and their memory must be seen."""
    before = pressure.tree_rss_bytes(os.getpid())
    with child(GROWING_CHILD) as (process, line):
        assert line == "grown"
        assert pressure.tree_rss_bytes(os.getpid()) - before > 60_000_000
        assert pressure.tree_pss_bytes(process.pid) > 60_000_000


def test_the_job_alone_is_told_without_what_it_started() -> None:
    """What the job itself holds is taken from what its sandboxed tree may hold."""
    with child(GROWING_CHILD):
        alone, whole = pressure.process_rss_bytes(os.getpid()), pressure.tree_rss_bytes(os.getpid())
    assert 0 < alone < whole - 60_000_000


def test_a_process_that_is_gone_holds_nothing() -> None:
    """A tree may end between two readings; that is no error."""
    with child("print('x')") as (process, _):
        process.wait(timeout=20)
    assert pressure.tree_rss_bytes(process.pid) == 0
    assert pressure.tree_pss_bytes(process.pid) == 0


def test_a_dead_child_that_nobody_waited_for_holds_nothing() -> None:
    """A zombie is still listed, but has no memory; killing it again is no error."""
    with child("print('x')") as (process, _):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert pressure.tree_rss_bytes(process.pid) == pressure.tree_pss_bytes(process.pid) == 0
        pressure.kill_tree(process.pid)
        assert process.wait(timeout=20) == 0
    pressure.kill_tree(process.pid)


def test_kill_tree_takes_the_grandchildren_along() -> None:
    """Nothing of a killed tree runs on, and the caller still gets the exit status."""
    with child(FAMILY) as (process, line):
        grandchild = int(line)
        assert pressure.tree_rss_bytes(grandchild) > 0
        pressure.kill_tree(process.pid)
        assert process.wait(timeout=20) == -9
        deadline = time.monotonic() + 20
        while pressure.tree_rss_bytes(grandchild) and time.monotonic() < deadline:
            os.sched_yield()
        assert pressure.tree_rss_bytes(grandchild) == 0


def test_it_publishes_beat_by_beat() -> None:
    """Readings come on their own, no faster than the beat; how close to it they come is the benchmark's matter."""
    heard = Readings()
    with pressure.PressureGauge(total_bytes=pressure.total_memory_bytes(), publish=heard.hear) as gauge:
        assert heard.wait_for(9)
        periods = gauge.periods_s()
    assert len(periods) >= 8
    assert sum(periods) / len(periods) > 0.225
    assert heard.all[-1].rss_bytes > 0
    assert heard.all[-1].peak_pss_bytes > 0


def test_it_keeps_the_beat_beside_a_busy_thread() -> None:
    """A search that computes in the main thread must not hide its own memory; its pace is given back afterwards."""
    before = sys.getswitchinterval()
    heard = Readings()
    with pressure.PressureGauge(total_bytes=pressure.total_memory_bytes(), publish=heard.hear):
        deadline = time.monotonic() + 20
        while len(heard.all) < 9 and time.monotonic() < deadline:
            sum(range(1000))
    assert len(heard.all) >= 9
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize(("now_s", "due_s"), [(10.0, 10.25), (10.2, 10.25), (10.26, 10.5), (11.1, 11.25)])
def test_the_due_times_stay_on_the_beat(now_s: float, due_s: float) -> None:
    """A slow reading leaves beats out; it never shifts those that follow."""
    assert pressure._next_due_s(10.0, now_s) == pytest.approx(due_s)


def test_peaks_stay_when_memory_falls() -> None:
    """The receipt wants the peak, the budget the present."""
    rss = iter([100, 900, 300])
    now = iter(range(0, 100, 2))  # every look at the clock finds the last reading too old
    gauge = pressure.PressureGauge(
        total_bytes=1000, probe_rss=lambda _: next(rss), probe_pss=lambda _: 70, clock=lambda: float(next(now))
    )
    readings = [gauge.read() for _ in range(3)]
    assert [reading.mem_ratio for reading in readings] == [0.1, 0.9, 0.3]
    assert readings[-1] == Pressure(300, 900, 70, 0.3, 0.9)


def test_an_old_reading_is_replaced() -> None:
    """After a second without news the value is unknown, so reading takes a new one."""
    now = [0.0]
    rss = iter([1, 2])
    gauge = pressure.PressureGauge(
        total_bytes=10, probe_rss=lambda _: next(rss), probe_pss=lambda _: 0, clock=lambda: now[0]
    )
    assert gauge.read().rss_bytes == 1
    now[0] = 1.0
    assert gauge.read().rss_bytes == 1
    now[0] = 1.01
    assert gauge.read().rss_bytes == 2


def test_it_works_in_a_forked_child() -> None:
    """The queue's worker forks for every job; the gauge is started on that side."""
    reading_end, writing_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            heard = Readings()
            with pressure.PressureGauge(total_bytes=1, publish=heard.hear):
                status = 0 if heard.wait_for(3) else 2
            os.write(writing_end, str(len(heard.all)).encode())
        finally:
            os._exit(status)
    os.close(writing_end)
    with os.fdopen(reading_end) as pipe:
        published = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    assert int(published) >= 3


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        ("0::/job\n", {"job/memory.max": "1000"}, 1000),
        ("0::/a/b\n", {"a/memory.max": "500", "a/b/memory.max": "1000"}, 500),
        ("0::/host/path\n", {"memory.max": "700"}, 700),
        ("0::/\n", {"memory.max": "max"}, None),
        ("4:cpu,memory:/x\n0::/\n", {"memory/x/memory.limit_in_bytes": "800"}, 800),
        ("4:cpu:/x\n", {"memory/memory.limit_in_bytes": "800"}, None),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, None),
        ("", {}, None),
    ],
)
def test_a_container_has_its_cgroups_memory(
    tmp_path: Path, membership: str, files: dict[str, str], limit: int | None
) -> None:
    """In a container the total is the tightest limit above the process, in either version of cgroups."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "self").write_text(membership)
    total = pressure.total_memory_bytes(membership=tmp_path / "self", cgroups=tmp_path)
    whole = pressure.total_memory_bytes(membership=tmp_path / "none", cgroups=tmp_path)
    assert total == (whole if limit is None else limit)


@pytest.mark.parametrize(("workers", "share"), [(1, 700), (2, 350), (0, 700)])
def test_a_jobs_share_is_70_percent_among_the_workers(workers: int, share: int) -> None:
    """All workers at their share together leave 30 % of the machine free."""
    assert pressure.job_share_bytes(1000, workers) == share
