"""Which services run below this process, and that all of them stop with it, however it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

from ghapp.errors import ServiceFailed

LIFELINE: Final = str(Path(__file__).with_name("lifeline.py"))
POLL_S: Final = 0.05
LOG_TAIL_BYTES: Final = 2_000
MAX_RESTARTS: Final = 5
"""A service that dies more often than this is broken, and starting it again hides that."""


@dataclass(frozen=True, slots=True)
class Service:
    """One program to keep running: how it starts, when it counts as ready, and what to do when it dies.

    `env` is its whole environment. It gets `grace_s` to stop by itself.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    is_ready: Callable[[], bool]
    ready_within_s: float = 30.0
    grace_s: float = 5.0
    restarts: bool = False


@dataclass(slots=True)
class _Running:
    """A started service: its process (the lifeline's) and how often it was started again."""

    service: Service
    process: subprocess.Popen[bytes]
    restarted: int = field(default=0)


class Supervisor:
    """Starts services, looks after them, and stops them in reverse order. For one thread; use it in a `with` block."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[_Running] = []

    def __enter__(self) -> Supervisor:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._running:
            self._stop(self._running.pop())

    def log_of(self, name: str) -> Path:
        """Where the service's output goes."""
        return self._logs / f"{name}.log"

    def launch(self, service: Service) -> None:
        """Start a service without waiting for it; `await_ready` does that."""
        self._running.append(_Running(service, self._spawn(service)))

    def start(self, service: Service) -> None:
        """Start a service and wait until it is ready. Raises ServiceFailed with the end of its log."""
        self.launch(service)
        self.await_ready(service.name)

    def await_ready(self, name: str) -> None:
        """Wait until a launched service is ready. Raises ServiceFailed when it dies or takes too long."""
        running = next(r for r in self._running if r.service.name == name)
        deadline = time.monotonic() + running.service.ready_within_s
        while not running.service.is_ready():
            if running.process.poll() is not None:
                raise ServiceFailed(name, "it ended while starting", self.tail(name))
            if time.monotonic() > deadline:
                took = f"it was not ready after {running.service.ready_within_s:.0f} s"
                raise ServiceFailed(name, took, self.tail(name))
            time.sleep(POLL_S)

    def look_after(self) -> tuple[str, ...]:
        """Start dead services again where that is wanted; the names of those that were.

        Raises ServiceFailed for one that must not die, or that dies again and again.
        """
        revived = []
        for running in self._running:
            if running.process.poll() is None:
                continue
            name = running.service.name
            if not running.service.restarts or running.restarted >= MAX_RESTARTS:
                raise ServiceFailed(name, f"it ended with status {running.process.returncode}", self.tail(name))
            self._stop(running)
            running.process = self._spawn(running.service)
            running.restarted += 1
            revived.append(name)
        return tuple(revived)

    def tail(self, name: str) -> str:
        """The last words of a service."""
        log = self.log_of(name)
        return log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip() if log.exists() else ""

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        lifeline = (sys.executable, "-P", LIFELINE, str(service.grace_s))
        service.folder.mkdir(parents=True, exist_ok=True)
        with self.log_of(service.name).open("ab") as log:
            return subprocess.Popen(
                (*lifeline, *service.argv),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=service.folder,
                env=dict(service.env),
                start_new_session=True,
            )

    def _stop(self, running: _Running) -> None:
        """Cut the lifeline and wait; what does not stop in time is killed by it, and it by us."""
        assert running.process.stdin is not None
        running.process.stdin.close()
        try:
            running.process.wait(running.service.grace_s + 10.0)
        finally:
            running.process.kill()
            running.process.wait()
