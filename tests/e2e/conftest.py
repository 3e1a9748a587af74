"""The whole way on this machine: hub, Redis, web and workers as real processes, a repository with a real defect."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ghapp.auth import app_jwt
from ghapp.github_api import GitHubAppApi, Link
from ghapp.localhub import AppManifest, LocalHub
from ghapp.services import find_redis
from ghapp.store import Job, JobState, Store

ROOT = Path(__file__).resolve().parents[2]
SECRET = "correct horse battery staple"
WAIT_S = 240.0
SAMPLE_S = 0.002
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

CART = '''"""What a cart costs."""


def total(prices):
    """The sum of all prices."""
    result = 0
    for price in prices[1:]:
        result += price
    return result


def label(name, price):
    """A line of the receipt."""
    return f"{name}: {price}"
'''
TESTS = """import time

from cart import label, total


def test_nothing_costs_nothing():
    assert total([]) == 0


def test_every_price_counts():
    time.sleep({pause})
    assert total([20, 3, 4]) == {expected}


def test_a_line_of_the_receipt():
    assert label("tea", 3) == "tea: 3"
"""
ISSUE = (
    "The total leaves out the first price",
    "`total([20, 3, 4])` gives 7 but the test `test_every_price_counts` in `test_cart.py` wants 27. "
    "I think it is somewhere in `cart.total`.",
)


def eventually(holds: Callable[[], Any], timeout_s: float = WAIT_S) -> Any:
    """What `holds` returns once it is true; fails the test when it does not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not (found := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come true in {timeout_s} s", pytrace=True)
        time.sleep(0.05)
    return found


@dataclass
class Site:
    """Everything that runs, and the hand of the maintainer."""

    hub: LocalHub
    app: GitHubAppApi
    store: Store
    folder: Path
    env: dict[str, str]
    repository_id: int
    stack: ExitStack
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @staticmethod
    def eventually(holds: Callable[[], Any]) -> Any:
        """What `holds` returns once it is true."""
        return eventually(holds)

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A process of ours, ended with the test."""
        log = self.stack.enter_context((self.folder / "logs" / f"{name}.log").open("ab"))
        argv = [sys.executable, "-m", "ghapp", *words]
        process = subprocess.Popen(argv, env=self.env, cwd=self.folder, stdout=log, stderr=log)
        self.stack.callback(end, process)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        self.workers.append(self.start(f"worker-{len(self.workers)}", "worker"))
        return self.workers[-1]

    def rest(self, method: str, path: str, body: object = None) -> Any:
        """One request of the maintainer about the repository."""
        request = urllib.request.Request(
            f"{self.hub.api_url}/repos/octo/shop{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": "Bearer mona-token", "Content-Type": "application/json"},
            method=method,
        )
        with DIRECT.open(request, timeout=20) as response:
            return json.loads(response.read() or b"null")

    def issue(self) -> int:
        """A new issue about the defect."""
        return int(self.rest("POST", "/issues", {"title": ISSUE[0], "body": ISSUE[1]})["number"])

    def label(self, number: int) -> None:
        """The label, taken off before if it is on."""
        if self.rest("GET", f"/issues/{number}/labels"):
            self.rest("DELETE", f"/issues/{number}/labels/greenloop")
        self.rest("POST", f"/issues/{number}/labels", {"labels": ["greenloop"]})

    def comments(self, number: int) -> list[dict[str, Any]]:
        """The issue's comments."""
        return list(self.rest("GET", f"/issues/{number}/comments"))

    def pulls(self, state: str = "all") -> list[dict[str, Any]]:
        """The repository's pull requests."""
        return list(self.rest("GET", f"/pulls?state={state}"))

    def job_of(self, number: int) -> Job | None:
        """The newest job of an issue."""
        jobs = self.store.jobs_on(f"{self.repository_id}#{number}")
        return jobs[-1] if jobs else None

    def wait_for_end(self, number: int) -> Job:
        """The issue's newest job, once it is over."""

        def over() -> Job | None:
            job = self.job_of(number)
            return job if job and job.state in (JobState.PR_OPEN, JobState.DONE) else None

        found: Job = eventually(over)
        return found


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Every command line that /proc shows to other processes while the block runs, arguments parted by NUL; Linux."""
    seen: set[bytes] = set()
    over = threading.Event()
    sampler = threading.Thread(target=sample, args=(seen, over), name="process list")
    sampler.start()
    try:
        yield seen
    finally:
        over.set()
        sampler.join()


def sample(seen: set[bytes], over: threading.Event) -> None:
    """Add to `seen` until it is over."""
    while not over.wait(SAMPLE_S):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            # A process may end between the listing and the reading.
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/cmdline", "rb") as file:
                seen.add(file.read())


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop it, kindly at first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def keys(folder: Path) -> tuple[Path, str]:
    """A private key's file and the public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    file = folder / "app.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return file, key.public_key().public_bytes(serialization.Encoding.PEM, public).decode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def process_list() -> Iterator[set[bytes]]:
    """The command lines of everything that runs during the test, up to now; empty where there is no /proc."""
    if not sys.platform.startswith("linux"):
        yield set()
        return
    with command_lines() as seen:
        yield seen


@pytest.fixture
def expected() -> int:
    """What the failing test wants: 27 is what a right total gives."""
    return 27


@pytest.fixture
def pause_s() -> float:
    """How long the failing test takes."""
    return 0.0


@pytest.fixture
def run_s() -> float:
    """How long a job may take."""
    return 90.0


@pytest.fixture
def site(tmp_path: Path, expected: int, pause_s: float, run_s: float) -> Iterator[Site]:
    """Hub, Redis and web are up; workers are started by the tests."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "cart.py").write_text(CART)
    (source / "test_cart.py").write_text(TESTS.format(expected=expected, pause=pause_s))
    (tmp_path / "logs").mkdir()
    key, public = keys(tmp_path)
    manifest = json.loads((ROOT / "app.yml").read_text())
    port, redis_socket = free_port(), tmp_path / "redis.sock"
    with ExitStack() as stack:
        hub = stack.enter_context(LocalHub.start(tmp_path / "hub", journal_size=2000))
        hub.add_user("mona", token="mona-token")
        repository_id = hub.add_repository("octo", "shop", source, collaborators={"mona": "write"})
        app = hub.register_app(
            AppManifest("greenloop", "Greenloop", manifest["default_permissions"], tuple(manifest["default_events"])),
            public,
            webhook_url=f"http://127.0.0.1:{port}/webhook",
            webhook_secret=SECRET.encode(),
        )
        argv = [find_redis(), "--port", "0", "--unixsocket", str(redis_socket), "--save", "", "--dir", str(tmp_path)]
        stack.callback(end, subprocess.Popen(argv, stdout=subprocess.DEVNULL))
        eventually(redis_socket.exists, 20)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(tmp_path),
            "NO_PROXY": "127.0.0.1",
            "GREENLOOP_APP_ID": str(app.id),
            "GREENLOOP_PRIVATE_KEY_PATH": str(key),
            "GREENLOOP_WEBHOOK_SECRET": SECRET,
            "GREENLOOP_REDIS_URL": f"unix://{redis_socket}",
            "GREENLOOP_STATE_DIR": str(tmp_path / "state"),
            "GREENLOOP_API_URL": hub.api_url,
            "GREENLOOP_WEB_URL": hub.url,
            "GREENLOOP_ENGINE": "search",
            "GREENLOOP_RUN_SECONDS": str(run_s),
            "GREENLOOP_REQUEST_GAP_SECONDS": "0",
            "GREENLOOP_WRITE_GAP_SECONDS": "0",
        }
        link = Link(hub.api_url, 0.0, 0.0, now=time.time, sleep=time.sleep)
        api = GitHubAppApi(link, lambda: app_jwt(app.id, key.read_text(), time.time()))
        store = Store(tmp_path / "state" / "app.sqlite", time.time)
        site = Site(hub, api, store, tmp_path, env, repository_id, stack)
        site.start("web", "web", "--host", "127.0.0.1", "--port", str(port))
        eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 30)
        hub.install(app.id, "octo", ["shop"])
        yield site


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        with DIRECT.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
