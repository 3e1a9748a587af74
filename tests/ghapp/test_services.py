"""Services are found, started on this machine alone, and told apart from what only looks like them."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from ghapp.errors import ServiceFailed
from ghapp.services import HOST, Site, answers, free_port, phoenix_service, redis_answers, redis_service
from ghapp.supervise import Supervisor


def test_a_free_port_can_be_listened_on() -> None:
    """Somebody who asks for a port gets one that takes a listener at once."""
    with socket.create_server((HOST, free_port())) as listener:
        assert listener.getsockname()[0] == HOST


def test_silence_is_no_answer(tmp_path: Path) -> None:
    """A closed port, a missing socket and a file are all "not ready", and no error."""
    (tmp_path / "file").touch()
    assert not answers(f"http://{HOST}:{free_port()}/healthz")
    assert not redis_answers(tmp_path / "nothing")
    assert not redis_answers(tmp_path / "file")


def test_another_server_is_not_redis(tmp_path: Path) -> None:
    """Whoever answers something else than PONG is not taken for a Redis."""
    address = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()

        def answer() -> None:
            with listener.accept()[0] as client:
                client.recv(100)
                client.sendall(b"-ERR who are you\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            assert not redis_answers(address)
        finally:
            thread.join()


def test_services_reach_this_machine_without_a_proxy(tmp_path: Path) -> None:
    """A proxy of the outside world is kept, and this machine is exempt from it."""
    env = Site(tmp_path, {"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "example.org"}).env(MORE="1")
    assert env["HTTP_PROXY"] == "http://proxy:1"
    assert env["MORE"] == "1"
    assert env["NO_PROXY"] == env["no_proxy"] == "127.0.0.1,localhost,example.org"


@pytest.mark.needs("redis")
def test_redis_comes_up_and_goes(tmp_path: Path) -> None:
    """Redis answers while the block lasts, writes nothing to disk, and is gone after it."""
    site = Site(tmp_path / "s", dict(os.environ))
    service, url = redis_service(site)
    address = Path(url.removeprefix("unix://"))
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service)
        assert redis_answers(address)
    assert not redis_answers(address)
    assert list(site.folder.glob("*.rdb")) == []


@pytest.mark.needs("phoenix")
def test_phoenix_is_told_to_stay_at_home(tmp_path: Path) -> None:
    """No telemetry, no outside resources, no shell for agents, nothing in the user's home."""
    service, _url = phoenix_service(Site(tmp_path, {"HOME": "/root"}))
    assert service.env["PHOENIX_TELEMETRY_ENABLED"] == "false"
    assert service.env["PHOENIX_ALLOW_EXTERNAL_RESOURCES"] == "false"
    assert service.env["PHOENIX_AGENTS_DISABLE_BASH"] == "true"
    assert service.env["HOME"].startswith(str(tmp_path))


def test_a_service_without_its_program_is_told(tmp_path: Path) -> None:
    """A command that cannot be started fails with the reason in its words."""
    service, _ = redis_service(Site(tmp_path, dict(os.environ)))
    broken = type(service)("broken", ("/nowhere/redis",), service.env, tmp_path, lambda: False)
    with Supervisor(tmp_path / "logs") as supervisor, pytest.raises(ServiceFailed, match="No such file"):
        supervisor.start(broken)
