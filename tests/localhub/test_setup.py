"""How repositories come into a hub."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from ghapp.localhub import LocalHub, SeedInvalid


def git(folder: Path, *argv: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=trunk")
    return subprocess.run(
        ["git", "-C", str(folder), *settings, *argv], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """A repository with two commits on `trunk` and an uncommitted file."""
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "--quiet")
    for name in ("one", "two"):
        (tree / name).write_text(name)
        git(tree, "add", name)
        git(tree, "commit", "--quiet", "-m", name)
    (tree / "dirt").write_text("not committed")
    return tree


@pytest.mark.parametrize("bare", [False, True])
def test_history_is_taken_over(tmp_path: Path, work_tree: Path, *, bare: bool) -> None:
    """A work tree or a bare repository keeps its commits; what is not committed stays out; the source is only read."""
    source = work_tree
    if bare:
        git(tmp_path, "clone", "--quiet", "--bare", str(work_tree), str(tmp_path / "bare.git"))
        source = tmp_path / "bare.git"
    before = sorted(p.name for p in source.iterdir())
    with LocalHub.start(tmp_path / "hub") as hub:
        hub.add_repository("acme", "demo", source, default_branch="main")
        home = hub.git_dir("acme", "demo")
        assert git(home, "rev-parse", "main") == git(work_tree, "rev-parse", "trunk")
        assert git(home, "symbolic-ref", "HEAD") == "refs/heads/main"
        assert git(home, "ls-tree", "--name-only", "main").split() == ["one", "two"]
    assert sorted(p.name for p in source.iterdir()) == before


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, work_tree: Path) -> None:
    """Owner and name become folders; neither may climb out."""
    with LocalHub.start(tmp_path / "hub") as hub:
        for owner, name in (("..", "x"), ("a/b", "x"), ("a", ".."), ("a", "x/y"), ("", "x")):
            with pytest.raises(SeedInvalid):
                hub.add_repository(owner, name, work_tree)


def test_two_hubs_know_nothing_of_each_other(tmp_path: Path, work_tree: Path) -> None:
    """Each has its own port and state."""
    with LocalHub.start(tmp_path / "a") as one, LocalHub.start(tmp_path / "b") as other:
        one.add_repository("acme", "demo", work_tree)
        assert requests.get(f"{one.api_url}/repos/acme/demo", timeout=20).status_code == 200
        assert requests.get(f"{other.api_url}/repos/acme/demo", timeout=20).status_code == 404


def test_names_are_found_in_any_case(world: Any) -> None:
    """GitHub compares owners, repositories and logins without regard to case."""
    assert world.call("GET", "/repos/ACME/Demo", world.token()).json()["full_name"] == "acme/demo"
    assert world.call("GET", "/users/MAYA").json()["login"] == "maya"
