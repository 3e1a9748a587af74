"""The common ground of the tests does what it promises, seen from a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def outcome_of(tmp_path: Path, body: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of a pytest run over one file that holds `body`."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = needs(*pieces): as in the project\n")
    (tmp_path / "test_it.py").write_text(body)
    env = {**os.environ, "REQUIRE": "", **environment}
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


NEEDY = "import pytest\n@pytest.mark.needs('contracts')\ndef test_it(): pass\n"


def test_a_missing_piece_skips_and_says_how_to_have_it(tmp_path: Path) -> None:
    """Without the piece the run stays green, names it, and gives the command."""
    status, output = outcome_of(tmp_path, NEEDY)
    assert status == 0
    assert "MISSING contracts: 1 test(s) did not run; to have it: make contracts" in output


def test_a_missing_piece_fails_where_all_is_required(tmp_path: Path) -> None:
    """REQUIRE=all makes of the same skip a failure."""
    status, output = outcome_of(tmp_path, NEEDY, REQUIRE="all")
    assert status == 1
    assert "needs contracts" in output


def test_an_unknown_piece_is_a_failure(tmp_path: Path) -> None:
    """A misspelt piece must not skip its test for ever."""
    status, output = outcome_of(tmp_path, NEEDY.replace("contracts", "contract"))
    assert status == 1
    assert "unknown piece" in output


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (
            "import threading\ndef test_it(): threading.Thread(target=threading.Event().wait, daemon=True).start()",
            "threads",
        ),
        ("import subprocess\ndef test_it(): globals().update(p=subprocess.Popen(['sleep', '9']))", "processes"),
        ("import os\ndef test_it(): os.chdir('/')", "working directory"),
        ("import os\ndef test_it(): os.environ['LEFT'] = '1'", "environment"),
        ("import tempfile\ndef test_it(): tempfile.mkdtemp()", "temporary files"),
        ("import socket\ndef test_it(): socket.create_connection(('192.0.2.1', 80), 1)", "NetworkRefused"),
        ("import socket\ndef test_it(): socket.getaddrinfo('example.org', 80)", "NetworkRefused"),
    ],
)
def test_what_a_test_leaves_behind_is_named(tmp_path: Path, body: str, named: str) -> None:
    """Each kind of leak, and each way off the machine, fails the test that did it."""
    status, output = outcome_of(tmp_path, body)
    assert status == 1
    assert named in output


def test_a_tidy_test_passes(tmp_path: Path) -> None:
    """A thread that is joined, a socket on loopback and a removed folder are nobody's business."""
    status, output = outcome_of(
        tmp_path,
        "import socket, tempfile, threading\n"
        "def test_it():\n"
        "    thread = threading.Thread(target=int)\n"
        "    thread.start(); thread.join()\n"
        "    with tempfile.TemporaryDirectory(), socket.create_server(('127.0.0.1', 0)) as server:\n"
        "        socket.create_connection(server.getsockname()).close()\n",
    )
    assert status == 0, output
