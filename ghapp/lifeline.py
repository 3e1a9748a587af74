"""Keeps one command alive for as long as the process that started it lives, and not a moment longer.

    python ghapp/lifeline.py GRACE_SECONDS COMMAND [ARGUMENT ...]

Standard input is the lifeline: whoever started this holds its other end, and the kernel closes that end however the
holder dies, SIGKILL too. Everything the command started goes with it, also what fled into sessions of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from types import FrameType
from typing import Final

import psutil

POLL_S: Final = 0.1
PR_SET_PDEATHSIG: Final = 1
"""The kernel sends a signal when the parent ends. https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html"""

PR_SET_CHILD_SUBREAPER: Final = 36
"""Orphans below become our children, not init's: so they are found. https://man7.org/linux/man-pages/man2/prctl.2.html"""


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process. Elsewhere than on Linux there is no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_lifeline() -> None:
    """Run in the command's process before it starts: SIGKILL of this lifeline is then its end too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def is_cut() -> bool:
    """Whether the other end of standard input was closed; waits at most `POLL_S`."""
    readable, _, _ = select.select([0], [], [], POLL_S)
    return bool(readable) and os.read(0, 1) == b""


def end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask the command to stop, then kill it and everything below this process."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace_s)
    while below := [p for p in psutil.Process().children(recursive=True) if is_alive(p)]:
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(below, timeout=1.0)
    child.poll()


def is_alive(process: psutil.Process) -> bool:
    """Whether the process still runs; the dead that nobody has asked about do not count."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(number: int, _frame: FrameType | None) -> None:
    """Signal handler: leave, by way of every `finally`."""
    raise SystemExit(128 + number)


def main(argv: list[str]) -> int:
    """Run the command until it ends or the lifeline is cut. The result is the command's exit status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    adopt_orphans()
    child = subprocess.Popen(
        argv[1:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_lifeline,  # noqa: PLW1509 - this process has one thread, so the fork is safe
    )
    try:
        while child.poll() is None and not is_cut():
            pass
    finally:
        end(child, float(argv[0]))
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
