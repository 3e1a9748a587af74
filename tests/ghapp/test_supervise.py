"""Services start when they are ready, are started again, and never outlive the process above them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ghapp.errors import ServiceFailed
from ghapp.supervise import Service, Supervisor

ROOT = Path(__file__).resolve().parents[2]
# Starts a child that flees into a session of its own, says so, and hangs on through a polite request to stop.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path("pids.new").write_text(f"{os.getpid()} {child.pid}")
os.rename("pids.new", "pids")
time.sleep(600)
"""


def service(folder: Path, code: str, *, ready: str = "pids", restarts: bool = False, within_s: float = 20) -> Service:
    """A Python program that is ready when it has written the file `ready`."""
    return Service(
        name="patient",
        argv=(sys.executable, "-c", code),
        env=dict(os.environ),
        folder=folder,
        is_ready=(folder / ready).exists,
        ready_within_s=within_s,
        grace_s=0.2,
        restarts=restarts,
    )


def eventually(condition: Callable[[], bool], within_s: float = 15) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def pids(folder: Path) -> list[int]:
    """The processes that the stubborn program named."""
    return [int(word) for word in (folder / "pids").read_text().split()]


def are_gone(numbers: list[int]) -> bool:
    """Whether none of the processes runs any more."""
    return not any(psutil.pid_exists(n) and psutil.Process(n).status() != psutil.STATUS_ZOMBIE for n in numbers)


def test_leaving_the_block_ends_everything(tmp_path: Path) -> None:
    """A service that ignores SIGTERM, and its child in another session, are dead when the block is left."""
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service(tmp_path, STUBBORN))
        started = pids(tmp_path)
        assert not are_gone(started)
    assert are_gone(started)


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    """SIGKILL of the supervising process takes the service and its fled child along."""
    code = (
        "import sys, pathlib; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "from test_supervise import STUBBORN, service, Supervisor\n"
        "folder = pathlib.Path(sys.argv[3])\n"
        "with Supervisor(folder / 'logs') as supervisor:\n"
        "    supervisor.start(service(folder, STUBBORN)); input()\n"
    )
    argv = [sys.executable, "-c", code, str(ROOT), str(Path(__file__).parent), str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as above:
        assert eventually((tmp_path / "pids").exists)
        above.send_signal(signal.SIGKILL)
    assert eventually(lambda: are_gone(pids(tmp_path)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_a_service_dies_with_its_lifeline(tmp_path: Path) -> None:
    """SIGKILL of the small process between us and the service leaves no service that nobody looks after."""
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service(tmp_path, STUBBORN))
        started, fled = pids(tmp_path)
        os.kill(psutil.Process(started).ppid(), signal.SIGKILL)
        assert eventually(lambda: are_gone([started]))
        os.kill(fled, signal.SIGKILL)


def test_a_dead_service_is_started_again(tmp_path: Path) -> None:
    """After SIGKILL of a service that restarts, its orphan is dead and a new one runs."""
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service(tmp_path, STUBBORN, restarts=True))
        first = pids(tmp_path)
        (tmp_path / "pids").unlink()
        os.kill(first[0], signal.SIGKILL)
        revived: list[str] = []
        assert eventually(lambda: bool(revived.extend(supervisor.look_after()) or revived))
        assert are_gone(first)
        supervisor.await_ready("patient")
        assert pids(tmp_path) != first


def test_the_death_of_a_vital_service_is_told(tmp_path: Path) -> None:
    """A service that is not started again raises with its last words."""
    code = "import pathlib, sys; pathlib.Path('pids').touch(); sys.exit('out of luck')"
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service(tmp_path, code))

        def died() -> bool:
            try:
                supervisor.look_after()
            except ServiceFailed as failed:
                return "out of luck" in str(failed)
            return False

        assert eventually(died)


@pytest.mark.parametrize(
    ("code", "within_s", "told"),
    [
        ("raise SystemExit('no such luck')", 20, "no such luck"),
        ("import time; time.sleep(600)", 0.3, "not ready after"),
    ],
)
def test_a_service_that_does_not_get_ready_is_told(tmp_path: Path, code: str, within_s: float, told: str) -> None:
    """Dying while starting, and taking too long, both raise with what there is to know."""
    with Supervisor(tmp_path / "logs") as supervisor, pytest.raises(ServiceFailed, match=told):
        supervisor.start(service(tmp_path, code, ready="never", within_s=within_s))
