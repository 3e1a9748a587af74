"""Which process is at work on a job, whether it still is, and how its tree ends."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil

KILL_WAIT_S: Final = 5.0
SAME_START_S: Final = 1.0
"""Start times of one process differ by less than this between two readings of the system's clock."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for good: pids come back, so its start (seconds since the epoch) belongs to it."""

    pid: int
    started_s: float


def this_process() -> ProcessId:
    """The calling process."""
    return _identified(psutil.Process())


def parent_process() -> ProcessId:
    """The one that started it: for a job's process, the worker."""
    parent = psutil.Process().parent()
    return ProcessId(0, 0.0) if parent is None else _identified(parent)


def is_alive(process: ProcessId) -> bool:
    """Whether that very process still runs; a zombie does not."""
    return _find(process) is not None


def kill_tree(process: ProcessId) -> None:
    """End the process, its group and all its descendants; nothing happens when it is gone."""
    found = _find(process)
    if found is None:
        return
    doomed = [found, *found.children(recursive=True)]
    with suppress(ProcessLookupError):
        # The job's process leads a group of its own; anything else shares its group with innocents.
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
    for one in doomed:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(doomed, timeout=KILL_WAIT_S)


def _identified(process: psutil.Process) -> ProcessId:
    return ProcessId(process.pid, process.create_time())


def _find(process: ProcessId) -> psutil.Process | None:
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started_s) < SAME_START_S
        return found if process.pid and same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
