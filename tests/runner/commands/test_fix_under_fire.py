"""`fix` under fire: whatever a test or a model does, the run ends in time, with its reason and its bundle."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runner.commands.conftest import Run, commit
from tests.runner.commands.test_fix_ollama import PLAN
from tests.runner.engines.test_ollama import LAST, chunk, serving

CLOCK_S = 24.0
SLACK_S = 6.0
"""What the end itself may take on a busy machine: killing, writing and signing the bundle. Two on a quiet one."""

HOSTILE = {
    "sleeps": "import time; time.sleep(600)",
    "ignores signals": "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; time.sleep(600)",
    "daemon": "import os, time; os.fork() or (os.setsid(), os.fork() or time.sleep(600)); time.sleep(600)",
    "eats memory": "import time; held = [bytearray(b'x' * 50_000_000) for _ in range(400)]; time.sleep(600)",
    "hides memory": "held = [open(f'/dev/shm/{n}', 'wb').write(b'x' * 50_000_000) for n in range(400)]",
    "forks": "import os, time\n        while True:\n            os.fork()",
    "fills the disk": "import os\n        for n in range(400):\n"
    "            os.posix_fallocate(os.open(f'big{n}', os.O_RDWR | os.O_CREAT), 0, 1 << 30)",
}
REASONS = {
    "sleeps": "timed out",
    "ignores signals": "timed out",
    "daemon": "timed out",
    "eats memory": "MB allowed",
    "hides memory": "No space left on device",
    "forks": "allowed",
    "fills the disk": "on disk",  # its own cap, or half of what is free where it is quicker than the watch looks
}
MEMORY = {"GREENLOOP_WORKERS": "24"}
"""A small share of any machine, so that it is soon used up."""


def processes_in(folder: Path) -> list[int]:
    """The processes of this machine that work below the folder."""
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(cwd)).is_relative_to(folder):
                found.append(int(cwd.parent.name))
    return found


def assert_it_ended_well(report: dict[str, Any], tmp_path: Path) -> None:
    """In time, with nothing left running or on the disk, and with a whole bundle."""
    assert report["receipt"]["seconds"] <= CLOCK_S + SLACK_S
    assert processes_in(tmp_path) == []
    bundle = Path(report["bundle"])
    names = {path.name for path in bundle.rglob("*") if path.is_file()}
    assert {"receipt.json", "tests.json", "spans.json", "monte_carlo.json", "artifacts.json"} <= names
    assert sum(path.stat().st_size for path in bundle.rglob("*")) < 2_000_000


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_change_costs_one_attempt(shop: Path, task: Path, greenloop: Run, tmp_path: Path, how: str) -> None:
    """The code under test turns on its tests: the attempt ends with its reason, and what it tried is kept."""
    body = f"    if len(prices) == 3:\n        {HOSTILE[how]}"
    edit = f"FILE: cart.py\nLINES: 2-2\nREASONING: none\n```python\n{body}\n    result = 0\n```\n"

    def answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
        return [chunk(json.dumps(PLAN) if asked.get("format") else edit), chunk("", **LAST)]

    with serving([], answer=answer) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url, **MEMORY}
        limits = ("--seconds", str(CLOCK_S), "--retries", "0", "--json", "--engine", "ollama")
        done = greenloop("fix", "--repo", shop, "--task", task, *limits, settings=settings)
    assert done.stdout, done.stderr[-2000:]
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert_it_ended_well(report, tmp_path)
    (attempt,) = report["attempts"]
    assert REASONS[how] in attempt["feedback"] + attempt["outcome"], attempt
    assert "len(prices) == 3" in report["diff"]


BEFORE = {
    "hangs": (
        "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)",
        {"BUDGET_SPENT", "TIME_SPENT"},
    ),
    "eats memory": ("held = [bytearray(b'x' * 50_000_000) for _ in range(400)]", {"MEMORY_PRESSURE"}),
}


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize("how", BEFORE)
def test_a_hostile_test_before_any_change(shop: Path, task: Path, greenloop: Run, tmp_path: Path, how: str) -> None:
    """Two of the base's own tests misbehave: no change is made of it, and the reason is the true one."""
    body, exits = BEFORE[how]
    commit(shop, {"test_bad.py": f"def test_one():\n    {body}\n\n\ndef test_two():\n    {body}\n"})
    limits = ("--seconds", str(CLOCK_S), "--retries", "0", "--json", "--engine", "search")
    ids = ("test_bad.py::test_one", "test_bad.py::test_two")
    done = greenloop("fix", "--repo", shop, "--task", task, "--reproducer", *ids, *limits, settings=MEMORY)
    assert done.stdout, done.stderr[-2000:]
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert_it_ended_well(report, tmp_path)
    assert report["exit"] in exits, report["reasons"]


def endless(_asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A model that never comes to an end."""
    while True:
        yield chunk("and on ")


@pytest.mark.needs("bwrap")
def test_a_model_that_streams_for_ever(shop: Path, task: Path, greenloop: Run, tmp_path: Path) -> None:
    """Whether by its length or by the clock, the model is cut off, and what was measured is kept."""
    with serving([], answer=endless) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url}
        limits = ("--seconds", str(CLOCK_S), "--retries", "0", "--json", "--engine", "ollama")
        done = greenloop("fix", "--repo", shop, "--task", task, *limits, settings=settings)
    assert done.stdout, done.stderr[-2000:]
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert_it_ended_well(report, tmp_path)
    (attempt,) = report["attempts"]
    assert "tokens; it was cut off" in attempt["outcome"] or report["exit"] == "TIME_SPENT"
    assert report["matrix"]["base"]["reproducing"]
