"""The hub as a process: seeded from a file, announced, ended by a signal or with its parent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.localhub.conftest import Key, make_source

COMMAND = [sys.executable, "-m", "ghapp.localhub"]


def write_seed(folder: Path, key: Key, **changes: Any) -> Path:
    make_source(folder)
    (folder / "app.pem").write_text(key.public_pem)
    (folder / "secret").write_text("s3cret\n")
    seed = {
        "users": [{"login": "maya", "token": "token-of-maya"}],
        "apps": [
            {
                "id": 4711,
                "slug": "greenloop",
                "public_key_file": "app.pem",
                "webhook_url": "",
                "webhook_secret_file": "secret",
                "permissions": {"issues": "write"},
                "events": ["issues"],
            }
        ],
        "repositories": [{"owner": "acme", "name": "demo", "source": "source", "collaborators": {"maya": "maintain"}}],
        "installations": [{"app": "greenloop", "owner": "acme", "repositories": ["demo"]}],
        **changes,
    }
    path = folder / "seed.json"
    path.write_text(json.dumps(seed))
    return path


@contextmanager
def running(*argv: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen([*COMMAND, *argv], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def test_a_seeded_hub_announces_itself_and_ends_on_request(tmp_path: Path, key: Key) -> None:
    """One line of JSON when it answers; exit status 0 after SIGTERM."""
    seed = write_seed(tmp_path, key)
    with running("--state", str(tmp_path / "hub"), "--seed", str(seed)) as (process, ready):
        assert ready["apps"] == {"greenloop": 4711}
        assert len(ready["installations"]) == 1
        told = requests.get(f"{ready['api_url']}/repos/acme/demo", timeout=20).json()
        assert told["clone_url"] == f"{ready['url']}/acme/demo.git"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent ended")
def test_a_hub_ends_with_its_parent(tmp_path: Path) -> None:
    """Nothing is left behind when whoever started it is killed."""
    script = (
        "import subprocess, sys, time; "
        f"p = subprocess.Popen({[*COMMAND, '--state', str(tmp_path / 'hub')]!r}, stdout=subprocess.PIPE); "
        "print(p.pid, p.stdout.readline().decode(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        hub = psutil.Process(int(parent.stdout.readline().split()[0]))
        parent.kill()
        assert psutil.wait_procs([hub], timeout=20)[1] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"repositories": [{"owner": "acme", "name": "demo", "source": "none"}]}, "is not a folder"),
        ({"repositories": [{"owner": "acme", "name": "../x", "source": "source"}]}, "is no repository name"),
        ({"users": [{"login": 7}]}, "users[0].login: expected a string"),
        ({"users": {"login": "maya"}}, "seed.users: expected a list"),
        (
            {"repositories": [{"owner": "a", "name": "b", "source": "source", "collaborators": {"maya": "boss"}}]},
            "'boss' is not one of",
        ),
    ],
)
def test_a_seed_that_makes_no_sense_is_named(tmp_path: Path, key: Key, changes: Any, words: str) -> None:
    """Exit status 2 and one line that says where and what."""
    seed = write_seed(tmp_path, key, **changes)
    argv = [*COMMAND, "--state", str(tmp_path / "hub"), "--seed", str(seed)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
