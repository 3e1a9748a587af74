"""How much of the machine's memory the job's process tree holds, read every 250 ms.

Start the gauge inside the job: a thread from before a fork is dead in the child.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, Self

import psutil

from runner.ports import Clock, Pressure

PERIOD_S: Final = 0.250
STALE_AFTER_S: Final = 1.0
SHARE_OF_TOTAL: Final = 0.70
PSS_EVERY: Final = 4
"""One reading in so many also takes PSS: the kernel walks every page for it, tens of ms for a large tree."""
PERIODS_KEPT: Final = 4096
SWITCH_INTERVAL_S: Final = 0.001
"""While a gauge runs, other threads hand over the interpreter this often. A reading is some hundred system calls, and
after each it has to get the interpreter back: at Python's 5 ms a busy main thread makes half a second of them."""

MEMBERSHIP: Final = Path("/proc/self/cgroup")
CGROUPS: Final = Path("/sys/fs/cgroup")


def tree_rss_bytes(pid: int) -> int:
    """Resident bytes of the process and everything below it; 0 when it is gone."""
    return sum(_rss_bytes(process) for process in _tree(pid))


def process_rss_bytes(pid: int) -> int:
    """Resident bytes of the process alone; 0 when it is gone."""
    try:
        return _rss_bytes(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return 0


def tree_pss_bytes(pid: int) -> int:
    """Like `tree_rss_bytes`, with shared pages counted once; RSS where the system does not tell PSS."""
    return sum(_pss_bytes(process) for process in _tree(pid))


def kill_tree(pid: int) -> None:
    """Kill the process and everything below it.

    All are stopped before the first is killed, so that none can fork out of the list meanwhile. The dead are not
    waited for: that would take the exit status away from the caller's Popen.
    """
    stopped: set[psutil.Process] = set()
    while new := set(_tree(pid)) - stopped:
        for process in new:
            _send(process.suspend)
        stopped |= new
    for process in stopped:
        _send(process.kill)


def total_memory_bytes(*, membership: Path = MEMBERSHIP, cgroups: Path = CGROUPS) -> int:
    """The memory there is: the machine's, or the limit of this process's cgroup (v1 or v2) if that is less."""
    machine = int(psutil.virtual_memory().total)
    return min([machine, *_cgroup_limits(membership, cgroups)])


def job_share_bytes(total_bytes: int, workers: int) -> int:
    """What one job may hold: 0.70 of the total, divided among the workers on the machine."""
    return int(SHARE_OF_TOTAL * total_bytes / max(1, workers))


class PressureGauge:
    """The port `Gauge`: a background thread takes a reading every 250 ms between `with` and its end.

    `publish` hears each reading in that thread and must not raise. May be read from any thread; not reusable.
    """

    def __init__(
        self,
        *,
        total_bytes: int,
        pid: int | None = None,
        probe_rss: Callable[[int], int] = tree_rss_bytes,
        probe_pss: Callable[[int], int] = tree_pss_bytes,
        publish: Callable[[Pressure], None] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._pid = os.getpid() if pid is None else pid
        self._total_bytes = total_bytes
        self._probe_rss = probe_rss
        self._probe_pss = probe_pss
        self._publish = publish
        self._clock = clock
        self._lock = threading.Lock()
        self._newest = Pressure(0, 0, 0, 0.0, 0.0)
        self._read_at_s = float("-inf")
        self._count = 0
        self._periods: deque[float] = deque(maxlen=PERIODS_KEPT)
        self._switch_interval_s = sys.getswitchinterval()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read_on, name="pressure-gauge", daemon=True)

    def __enter__(self) -> Self:
        self._switch_interval_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        sys.setswitchinterval(self._switch_interval_s)

    def read(self) -> Pressure:
        """The newest reading; one older than 1 s counts as unknown, and a new one is taken at once."""
        with self._lock:
            if self._clock() - self._read_at_s <= STALE_AFTER_S:
                return self._newest
        return self._take()

    def periods_s(self) -> tuple[float, ...]:
        """Seconds between the background thread's readings, oldest first."""
        return tuple(self._periods)

    def _read_on(self) -> None:
        due_s = self._clock()
        last_s: float | None = None
        # The next due time is added up, not slept from now, so that the period does not drift.
        while not self._stop.wait(max(0.0, due_s - self._clock())):
            now_s = self._clock()
            if last_s is not None:
                self._periods.append(now_s - last_s)
            last_s = now_s
            newest = self._take()
            if self._publish is not None:
                self._publish(newest)
            due_s = _next_due_s(due_s, self._clock())

    def _take(self) -> Pressure:
        rss = self._probe_rss(self._pid)
        with self._lock:
            takes_pss = self._count % PSS_EVERY == 0
            self._count += 1
        pss = self._probe_pss(self._pid) if takes_pss else 0
        with self._lock:
            before = self._newest
            ratio = rss / self._total_bytes
            self._newest = Pressure(
                rss_bytes=rss,
                peak_rss_bytes=max(before.peak_rss_bytes, rss),
                peak_pss_bytes=max(before.peak_pss_bytes, pss),
                mem_ratio=ratio,
                peak_mem_ratio=max(before.peak_mem_ratio, ratio),
            )
            self._read_at_s = self._clock()
            return self._newest


def _next_due_s(due_s: float, now_s: float) -> float:
    """The first multiple of the period after `due_s` that lies ahead: beats that were missed are left out."""
    missed = max(0, int((now_s - due_s) / PERIOD_S))
    return due_s + (missed + 1) * PERIOD_S


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _rss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0  # it ended between the listing and now


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return _rss_bytes(process)  # another user's process, or a system without PSS (macOS)


def _send(signal: Callable[[], None]) -> None:
    try:
        signal()
    except psutil.NoSuchProcess:
        return  # it ended by itself, which is what was wanted


def _cgroup_limits(membership: Path, cgroups: Path) -> Iterator[int]:
    """The limits of this process's cgroups and of all above them.

    /proc/self/cgroup has lines "id:controllers:path" (man 7 cgroups). Inside a container without a cgroup namespace
    the path is the host's and does not exist below the mount; the mount's own root, always looked at, holds then.
    """
    for line in _text(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = cgroups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = cgroups / "memory", "memory.limit_in_bytes"
        else:
            continue
        inside = PurePosixPath(path.lstrip("/"))
        for folder in (inside, *inside.parents):
            limit = _text(root / folder / name).strip()
            if limit.isdigit():  # "max" and an absent file both mean: no limit here
                yield int(limit)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""  # not Linux, or no such controller
