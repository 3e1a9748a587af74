"""How a hub runs: threads of this process behind one port of 127.0.0.1, for as long as a `with` block."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import waitress  # type: ignore[import-untyped]  # it ships no types

from ghapp.localhub import setup
from ghapp.localhub.app import API_BASE, create_app
from ghapp.localhub.git import kill_group
from ghapp.localhub.hooks import Outbox
from ghapp.localhub.hub import Exchange, Hub
from ghapp.localhub.limits import Refusal
from ghapp.localhub.models import App, Delivery, Role
from ghapp.localhub.state import Clock, State, Urls

THREADS: Final = 8
HOST: Final = "127.0.0.1"
STOP_TIMEOUT_S: Final = 10.0


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class LocalHub:
    """A running hub, and the hand that sets it up. `with LocalHub.start(folder) as hub: ...`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.url = hub.state.urls.web
        self.api_url = hub.state.urls.api

    @classmethod
    @contextmanager
    def start(cls, root: Path, *, port: int = 0, clock: Clock = utc_now, journal_size: int = 0) -> Iterator[LocalHub]:
        """Answers on a port of 127.0.0.1 (0: a free one) until the block ends; `root` holds the repositories.

        The last `journal_size` REST requests are remembered with their bodies.
        """
        root.mkdir(parents=True, exist_ok=True)
        listener = socket.create_server((HOST, port))
        web = f"http://{HOST}:{listener.getsockname()[1]}"
        state = State(Urls(web, web + API_BASE), clock)
        with Outbox(state) as outbox:
            hub = Hub(state, root.resolve(), outbox, journal=deque(maxlen=journal_size))
            with _serving(hub, listener):
                yield cls(hub)

    def register_app(
        self,
        manifest: setup.AppManifest,
        public_key_pem: str,
        *,
        webhook_url: str,
        webhook_secret: bytes,
        app_id: int | None = None,
    ) -> App:
        """Registers a GitHub App; its private key stays with whoever made it."""
        return setup.register_app(
            self._hub, manifest, public_key_pem, webhook_url=webhook_url, webhook_secret=webhook_secret, app_id=app_id
        )

    def point_webhook(self, app_id: int, webhook_url: str) -> None:
        """Sends an App's deliveries to another address from now on."""
        setup.point_webhook(self._hub, app_id, webhook_url)

    def add_user(self, login: str, token: str | None = None) -> None:
        """A person; with a token they can act over REST and git."""
        setup.add_user(self._hub, login, token)

    def add_repository(
        self,
        owner: str,
        name: str,
        source: Path,
        *,
        default_branch: str = "main",
        private: bool = False,
        collaborators: Mapping[str, Role] | None = None,
        description: str | None = None,
    ) -> int:
        """A repository with the content of a folder, a work tree or a bare repository; its id."""
        home = setup.add_repository(
            self._hub,
            owner,
            name,
            source,
            default_branch=default_branch,
            private=private,
            collaborators=collaborators or {},
            description=description,
        )
        return home.id

    def install(self, app_id: int, owner: str, repositories: Iterable[str]) -> int:
        """Installs an App on repositories of an account; the installation's id."""
        return setup.install(self._hub, app_id, owner, repositories).id

    def change_repositories(self, installation_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Lets an installation see more or fewer repositories."""
        setup.change_repositories(self._hub, installation_id, add=add, remove=remove)

    def uninstall(self, installation_id: int) -> None:
        """Removes an installation; its tokens stop working at once."""
        setup.uninstall(self._hub, installation_id)

    def limit_next(self, refusal: Refusal, *, requests: int = 1) -> None:
        """The next REST requests run into a rate limit."""
        self._hub.limits.arm(refusal, requests=requests)

    def journal(self) -> list[Exchange]:
        """The last REST requests with their answers, oldest first."""
        return list(self._hub.journal)

    def deliveries(self) -> list[Delivery]:
        """Every webhook delivery that was tried, oldest first."""
        with self._hub.state.locked():
            return list(self._hub.state.deliveries.values())

    def wait_until_idle(self, timeout_s: float = 30.0) -> bool:
        """Waits until every webhook was tried; False when time ran out."""
        return self._hub.outbox.wait_until_idle(timeout_s)

    def git_dir(self, owner: str, name: str) -> Path:
        """The bare repository behind a repository."""
        with self._hub.state.locked():
            return self._hub.git(self._hub.state.repository_named(owner, name)).path


@contextmanager
def _serving(hub: Hub, listener: socket.socket) -> Iterator[None]:
    server = waitress.create_server(
        create_app(hub), sockets=[listener], threads=THREADS, ident="localhub", clear_untrusted_proxy_headers=True
    )
    thread = threading.Thread(target=server.run, name="localhub-http", daemon=True)
    thread.start()

    def stop() -> None:
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        server.close()

    try:
        yield
    finally:
        for process in list(hub.running):
            kill_group(process)
        # First the workers, for their last act is to wake the loop; then the sockets, which are the loop's to close.
        server.task_dispatcher.shutdown()
        # Not pull_trigger(stop): the loop, woken by somebody else, could run `stop` and close the pipe between that
        # method's two halves. It runs nothing while the lock is held.
        with server.trigger.lock:
            server.trigger.thunks.append(stop)
            server.trigger.pull_trigger()
        thread.join(STOP_TIMEOUT_S)
        listener.close()
