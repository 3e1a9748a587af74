"""When a sandboxed process has to die: at its time limit or a cap, or when nobody reads it any more."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from runner.ports import Ending

POLL_S: Final = 0.050
CHUNK_BYTES: Final = 65_536
PROCESS_CAP: Final = 512
"""Processes one command may have at a time; a fork bomb passes it between two polls."""
COUNT_EVERY: Final = 4
"""One sample in so many also counts processes: both read the whole of /proc, 3 ms each."""
DRAIN_S: Final = 1.0
DISK_CAP_BYTES: Final = 2 * 1024**3
FILES_CAP: Final = 200_000
DISK_SHARE: Final = 0.5
"""Of what is free when a command begins: more is never given to one."""
CLOCK_STEP_S: Final = 0.01
"""By how much a file's time may lag behind the clock."""
BLOCK_BYTES: Final = 512
"""What st_blocks counts, whatever the file system: stat(2)."""

Deliver = Callable[[bytes], bool]
"""Takes a piece of output; False means that the process is not worth keeping."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Room on a disk: bytes and files."""

    size_bytes: float
    files: int


class Jail(Protocol):
    """Ends what was started in it."""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the process and whatever it started."""

    def settle(self, process: subprocess.Popen[bytes]) -> None:
        """Return when nothing of it is left. The process itself has been waited for."""

    def scratch_bytes(self) -> int:
        """The memory that its own folders hold, which no process has as its own."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What the process tree may hold; `tree_rss` gives the resident bytes of the tree below a pid."""

    memory_bytes: Callable[[], float]
    tree_rss: Callable[[int], int]


class DiskRoom:
    """What a command may still write where its folders are.

    What is free on the disk tells cheaply that somebody wrote; then the folders tell whether it was the command. Files
    that it has deleted and still writes to are in no folder: for those there is the share of all that is free.
    """

    def __init__(self, folders: Iterable[Path], *, is_capped: bool) -> None:
        """Without a cap of its own a command may take half of what is free."""
        self._folders = tuple(folder for folder in folders if folder.exists())
        self._disks = tuple({folder.stat().st_dev: folder for folder in self._folders}.values())
        self._is_capped = is_capped
        self._began_s = time.time() - CLOCK_STEP_S
        self._seen = self._first = self._free()

    def excess(self) -> str:
        """Why the command has written too much, or nothing."""
        free = self._free()
        if self._first.size_bytes - free.size_bytes > DISK_SHARE * self._first.size_bytes:
            return f"killed: less than {DISK_SHARE:.0%} is left of what was free on disk when it began"
        most_bytes = min(DISK_CAP_BYTES, DISK_SHARE * self._first.size_bytes)
        is_over = self._seen.size_bytes - free.size_bytes > most_bytes or self._seen.files - free.files > FILES_CAP
        if not (self._is_capped and is_over):
            return ""
        self._seen, own = free, self._written()
        if own.size_bytes > most_bytes:
            return f"killed: it wrote {own.size_bytes / 1e6:.0f} MB of the {most_bytes / 1e6:.0f} MB allowed on disk"
        return f"killed: it made {own.files} files, {FILES_CAP} are allowed" if own.files > FILES_CAP else ""

    def _free(self) -> Amount:
        states = [os.statvfs(folder) for folder in self._disks]
        return Amount(sum(one.f_bavail * one.f_frsize for one in states), sum(one.f_favail for one in states))

    def _written(self) -> Amount:
        """What lies in the folders and was changed since the command began."""
        changed = [state for folder in self._folders for state in _states(folder) if state.st_ctime >= self._began_s]
        return Amount(sum(BLOCK_BYTES * state.st_blocks for state in changed), len(changed))


def _states(folder: Path) -> Iterator[os.stat_result]:
    for name, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):  # it is gone again
                yield os.lstat(os.path.join(name, file))


@dataclass(frozen=True, slots=True)
class Watched:
    """How a process ended and the most memory its tree was seen to hold. `note` says why it was killed."""

    ending: Ending
    exit_code: int | None
    peak_rss_bytes: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a process may spend, and what ends it."""

    jail: Jail
    caps: Caps
    room: DiskRoom
    deadline_s: float


def watch(process: subprocess.Popen[bytes], limits: Watch, deliver: Deliver) -> Watched:
    """Read the process until it ends or has to be ended; nothing of it is left afterwards.

    Runs in the thread that started the process: bwrap's --die-with-parent follows that thread.
    """
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        try:
            return _watch(process, limits, selector, deliver)
        finally:
            limits.jail.kill(process)
            process.wait()
            limits.jail.settle(process)
            drain_until_s = time.monotonic() + DRAIN_S
            while selector.get_map() and time.monotonic() < drain_until_s and _read(selector, deliver, 0.0):
                pass


def _watch(
    process: subprocess.Popen[bytes], limits: Watch, selector: selectors.BaseSelector, deliver: Deliver
) -> Watched:
    peak_bytes = samples = 0
    sample_at_s = 0.0
    while True:
        now_s = time.monotonic()
        if now_s >= limits.deadline_s:
            return Watched(Ending.TIMED_OUT, None, peak_bytes, "killed at its time limit")
        if now_s >= sample_at_s:
            held_bytes = limits.caps.tree_rss(process.pid) + limits.jail.scratch_bytes()
            peak_bytes = max(peak_bytes, held_bytes)
            sample_at_s, samples = now_s + POLL_S, samples + 1
            count = tree_size(process.pid) if samples % COUNT_EVERY == 0 else 0
            if excess := _excess(held_bytes, limits.caps.memory_bytes(), count):
                return Watched(Ending.OUT_OF_MEMORY, None, peak_bytes, excess)
            if excess := limits.room.excess():
                return Watched(Ending.OUT_OF_DISK, None, peak_bytes, excess)
        wait_s = max(min(sample_at_s, limits.deadline_s) - time.monotonic(), 0.0)
        if not _pause(process, selector, deliver, wait_s):
            return Watched(Ending.TIMED_OUT, None, peak_bytes, "killed because nobody takes its output")
        if process.poll() is not None:
            return Watched(Ending.EXITED, exit_status(process.returncode), peak_bytes)


def exit_status(returncode: int) -> int:
    """The status as a shell gives it: 128 + n for signal n, which is also what bwrap reports."""
    return returncode if returncode >= 0 else 128 - returncode


def _excess(held_bytes: int, cap_bytes: float, count: int) -> str:
    """Why the tree is too large, or nothing."""
    if held_bytes > cap_bytes:
        return f"killed: its processes held {held_bytes / 1e6:.0f} MB of the {cap_bytes / 1e6:.0f} MB allowed"
    if count > PROCESS_CAP:
        return f"killed: it had {count} processes, {PROCESS_CAP} are allowed"
    return ""


def _pause(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, deliver: Deliver, wait_s: float) -> bool:
    """Let at most `wait_s` pass, less when there is output or the process ends. False when output is unwanted."""
    if selector.get_map():
        return _read(selector, deliver, wait_s) is not False
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=wait_s)
    return True


def _read(selector: selectors.BaseSelector, deliver: Deliver, wait_s: float) -> bool | None:
    """Deliver one chunk: whether more is wanted, None when there was nothing to read."""
    for key, _ in selector.select(wait_s):
        chunk = os.read(key.fd, CHUNK_BYTES)
        if chunk:
            return deliver(chunk)
        selector.unregister(key.fileobj)
    return None


def tree_size(pid: int) -> int:
    """How many processes stand below this one; 0 where the system has no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The name in parentheses may itself hold spaces and parentheses: proc(5).
            parent = int(stat.read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, ())
    return len(found) - 1
