"""When a sandboxed process has to die: at its time limit, its memory cap, or when nobody reads it any more."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable
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

Deliver = Callable[[bytes], bool]
"""Takes a piece of output; False means that the process is not worth keeping."""


class Jail(Protocol):
    """Ends what was started in it."""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the process and whatever it started."""

    def settle(self, process: subprocess.Popen[bytes]) -> None:
        """Return when nothing of it is left. The process itself has been waited for."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What the process tree may hold; `tree_rss` gives the resident bytes of the tree below a pid."""

    memory_bytes: Callable[[], float]
    tree_rss: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Watched:
    """How a process ended and the most memory its tree was seen to hold. `note` says why it was killed."""

    ending: Ending
    exit_code: int | None
    peak_rss_bytes: int
    note: str = ""


def watch(process: subprocess.Popen[bytes], jail: Jail, caps: Caps, deadline_s: float, deliver: Deliver) -> Watched:
    """Read the process until it ends or has to be ended; nothing of it is left afterwards.

    Runs in the thread that started the process: bwrap's --die-with-parent follows that thread.
    """
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        try:
            return _watch(process, caps, deadline_s, selector, deliver)
        finally:
            jail.kill(process)
            process.wait()
            jail.settle(process)
            drain_until_s = time.monotonic() + DRAIN_S
            while selector.get_map() and time.monotonic() < drain_until_s and _read(selector, deliver, 0.0):
                pass


def _watch(
    process: subprocess.Popen[bytes],
    caps: Caps,
    deadline_s: float,
    selector: selectors.BaseSelector,
    deliver: Deliver,
) -> Watched:
    peak_bytes = samples = 0
    sample_at_s = 0.0
    while True:
        now_s = time.monotonic()
        if now_s >= deadline_s:
            return Watched(Ending.TIMED_OUT, None, peak_bytes, "killed at its time limit")
        if now_s >= sample_at_s:
            rss_bytes = caps.tree_rss(process.pid)
            peak_bytes = max(peak_bytes, rss_bytes)
            sample_at_s, samples = now_s + POLL_S, samples + 1
            count = tree_size(process.pid) if samples % COUNT_EVERY == 0 else 0
            if excess := _excess(rss_bytes, caps.memory_bytes(), count):
                return Watched(Ending.OUT_OF_MEMORY, None, peak_bytes, excess)
        wait_s = max(min(sample_at_s, deadline_s) - time.monotonic(), 0.0)
        if not _pause(process, selector, deliver, wait_s):
            return Watched(Ending.TIMED_OUT, None, peak_bytes, "killed because nobody takes its output")
        if process.poll() is not None:
            return Watched(Ending.EXITED, exit_status(process.returncode), peak_bytes)


def exit_status(returncode: int) -> int:
    """The status as a shell gives it: 128 + n for signal n, which is also what bwrap reports."""
    return returncode if returncode >= 0 else 128 - returncode


def _excess(rss_bytes: int, cap_bytes: float, count: int) -> str:
    """Why the tree is too large, or nothing."""
    if rss_bytes > cap_bytes:
        return f"killed: its processes held {rss_bytes / 1e6:.0f} MB of the {cap_bytes / 1e6:.0f} MB allowed"
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
