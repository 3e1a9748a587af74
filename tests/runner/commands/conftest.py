"""A small repository with a defect, and the command line as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

BROKEN = {
    "cart.py": "def total(prices):\n    result = 0\n    for price in prices[1:]:\n        result += price\n"
    "    return result\n\n\ndef label(name, price):\n    return f'{name}: {price}'\n",
    "test_cart.py": "from cart import label, total\n\n\ndef test_nothing():\n    assert total([]) == 0\n\n\n"
    "def test_every_price_counts():\n    assert total([1, 3, 5]) == 9\n\n\n"
    "def test_label():\n    assert label('a', 1) == 'a: 1'\n",
}
TASK = "total() in cart.py forgets the first price\n\n`test_every_price_counts` fails.\n"
LEAN = "python -m pytest -p no:hypothesispytest -p no:anyio"
"""Without the plugins of this test run's own environment a small run takes a third of the time."""
RED = "test_cart.py::test_every_price_counts"


def git(folder: Path, *words: str, **env: str) -> str:
    """What git prints."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, **env}
    )
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str]) -> str:
    """A commit with these files; its id."""
    for path, text in files.items():
        (folder / path).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a commit")
    return git(folder, "rev-parse", "HEAD")


def make_shop(folder: Path) -> Path:
    """A repository below the folder whose one defect has a failing test."""
    shop = folder / "shop"
    shop.mkdir()
    git(shop, "init", "-q")
    commit(shop, BROKEN)
    return shop


def make_task(folder: Path) -> Path:
    """The issue about it."""
    file = folder / "task.md"
    file.write_text(TASK)
    return file


def runs_in(folder: Path) -> Run:
    """`python -m runner` with its state below the folder, with this test run's environment as --env."""

    def run(
        *words: str | Path, env: bool = True, settings: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        given = ["--env", sys.prefix, "--test", LEAN] if env else []
        argv = [sys.executable, "-m", "runner", *map(str, words), *given]
        folders = {"GREENLOOP_STATE_DIR": str(folder / "state"), "TMPDIR": str(folder)}
        variables = {**os.environ, **folders, **(settings or {})}
        return subprocess.run(argv, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository of this test's own."""
    return make_shop(tmp_path)


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """The issue about it."""
    return make_task(tmp_path)


@pytest.fixture
def greenloop(tmp_path: Path) -> Run:
    """The command line in a state folder of this test's own."""
    return runs_in(tmp_path)
