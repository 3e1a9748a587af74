"""A running hub with one App on one small repository, and the clients that talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import github
import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ghapp.localhub import AppManifest, LocalHub

PERMISSIONS = {
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "write",
}
EVENTS = ("issues", "issue_comment", "pull_request", "pull_request_review", "push", "check_run")
SECRET = b"a webhook secret"


@dataclass
class Clock:
    """A clock that a test can put forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Hook:
    """What a webhook receiver got."""

    event: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Receiver:
    """An HTTP server that remembers what it is sent and answers with `status`."""

    url: str
    status: int = 202
    got: list[Hook] = field(default_factory=list)

    def names(self) -> list[str]:
        return [f"{h.event}.{h.payload['action']}" if "action" in h.payload else h.event for h in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            memory.got.append(Hook(self.headers["X-GitHub-Event"], dict(self.headers), body))
            self.send_response(memory.status)
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    memory = Receiver(f"http://127.0.0.1:{server.server_port}/hook?x=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield memory
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Key:
    """A fresh App key."""

    private_pem: str
    public_pem: str


def make_key() -> Key:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Key(private.decode(), public.decode())


@pytest.fixture(scope="session")
def key() -> Key:
    return make_key()


@dataclass
class World:
    """A hub in use: the App `greenloop`, installed on acme/demo; maya maintains it, rob reads it."""

    hub: LocalHub
    app_id: int
    installation_id: int
    repository_id: int
    key: Key
    clock: Clock
    folder: Path
    receiver: Receiver
    clients: list[github.Github] = field(default_factory=list)

    def jwt(self, *, key: Key | None = None, **claims: object) -> str:
        now = int(self.clock().timestamp())
        told = {"iat": now - 30, "exp": now + 300, "iss": str(self.app_id), **claims}
        return jwt.encode(told, (key or self.key).private_pem, algorithm="RS256")

    def call(self, method: str, path: str, token: str | None = None, body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, self.hub.api_url + path, headers=headers, json=body, timeout=20)

    def token(self, **permissions: str) -> str:
        answer = self.call(
            "POST",
            f"/app/installations/{self.installation_id}/access_tokens",
            self.jwt(),
            {"repository_ids": [self.repository_id], "permissions": permissions or PERMISSIONS},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def client(self, token: str) -> github.Github:
        made = github.Github(
            auth=github.Auth.Token(token),
            base_url=self.hub.api_url,
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=None,
        )
        self.clients.append(made)
        return made

    def events(self) -> list[str]:
        assert self.hub.wait_until_idle()
        return self.receiver.names()

    def git(self, *argv: str, token: str | None = None, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A git command that knows nothing of this machine's settings; the token travels in its environment."""
        env = {
            **os.environ,
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **{f"GIT_{role}_{k}": f"{k}@test".lower() for role in ("AUTHOR", "COMMITTER") for k in ("NAME", "EMAIL")},
        }
        if token is not None:
            pair = github.Auth.Login("x-access-token", token).token
            env |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{self.hub.url}/.extraheader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {pair}",
            }
        where = ("-C", str(at)) if at else ()
        return subprocess.run(["git", *where, *argv], env=env, capture_output=True, text=True, timeout=60, check=False)

    def push_change(self, branch: str, token: str, path: str = "new.txt") -> subprocess.CompletedProcess[str]:
        """Clones, changes one file on a branch, pushes it."""
        tree = self.folder / f"work-{branch.replace('/', '-')}"
        if not tree.exists():
            self.git("clone", "--quiet", f"{self.hub.url}/acme/demo.git", str(tree), token=token)
            self.git("checkout", "--quiet", "-B", branch, at=tree)
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((file.read_text() if file.exists() else "") + "a line\n")
        self.git("add", ".", at=tree)
        self.git("commit", "--quiet", "-m", f"Change {path}", at=tree)
        return self.git("push", "origin", f"HEAD:refs/heads/{branch}", token=token, at=tree)


def make_source(folder: Path) -> Path:
    source = folder / "source"
    (source / "pkg").mkdir(parents=True)
    (source / "README.md").write_text("# Demo\n\nA *small* library, see #1.\n")
    (source / "pkg" / "core.py").write_text("def half(x):\n    return x / 2\n")
    return source


@contextmanager
def opened(folder: Path, key: Key) -> Iterator[World]:
    """A world of its own in an empty folder."""
    clock = Clock()
    with receiving() as receiver, LocalHub.start(folder / "hub", clock=clock, journal_size=1000) as hub:
        for login in ("maya", "rob", "eve"):
            hub.add_user(login, f"token-of-{login}")
        app = hub.register_app(
            AppManifest("greenloop", "Greenloop", PERMISSIONS, EVENTS),
            key.public_pem,
            webhook_url=receiver.url,
            webhook_secret=SECRET,
        )
        source, roles = make_source(folder), {"maya": "maintain", "rob": "triage"}
        repository_id = hub.add_repository("acme", "demo", source, private=True, collaborators=roles)
        installation_id = hub.install(app.id, "acme", ["demo"])
        made = World(hub, app.id, installation_id, repository_id, key, clock, folder, receiver)
        yield made
        for client in made.clients:
            client.close()


@pytest.fixture
def world(tmp_path: Path, key: Key) -> Iterator[World]:
    """A fresh world for one test."""
    with opened(tmp_path, key) as made:
        yield made


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[World]:
    """A world that a module's tests share: for those that only ask and are refused. It has the issue #1."""
    with opened(tmp_path_factory.mktemp("calm"), key) as made:
        made.call("POST", "/repos/acme/demo/issues", "token-of-maya", {"title": "One"})
        yield made


@pytest.fixture
def maya(world: World) -> Any:
    """The repository as maya, who maintains it, sees it."""
    return world.client("token-of-maya").get_repo("acme/demo")


@pytest.fixture
def bot(world: World) -> Any:
    """The repository as the App sees it, with all it may have."""
    return world.client(world.token()).get_repo("acme/demo")
