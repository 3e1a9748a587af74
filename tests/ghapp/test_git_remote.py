"""How git reaches a repository: with nothing of this machine, and never over what is there."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ghapp.auth import PUBLISH
from ghapp.errors import GitFailed
from ghapp.git_remote import Git, Remote, Signature

ME = Signature("greenloop[bot]", "greenloop[bot]@users.noreply.github.com", 1_700_000_000)


@pytest.fixture
def token(world: Any) -> str:
    """A token that may push."""
    return str(world.app_api().mint(world.installation_id, world.repository.id, PUBLISH).value)


@pytest.fixture
def clone(world: Any, token: str, tmp_path: Path) -> Git:
    """A clone of octo/shop."""
    git = Git(tmp_path / "clone.git", Remote(world.settings.web_url, "octo/shop"))
    assert git.clone(token, timeout_s=30) == "main"
    return git


def test_the_commit_holds_the_base_and_the_overlay(clone: Git, world: Any) -> None:
    """Changed, new, nested and deleted files; modes stay; the tree is the one that a work tree makes."""
    base = clone.head()
    overlay = {"src/it.py": b"\xff\r\n", "new/deep/file": b"", "README.md": None}
    tree = clone.tree_with(base, overlay)
    assert tree == world.tree_of(clone.path, base, overlay)
    commit = clone.commit(tree, (base,), "Mend\n", ME)
    assert clone.tree_of(commit) == tree
    assert clone.tree_with(base, {}) == clone.tree_of(base)


def test_a_pushed_reference_is_new_or_refused(clone: Git, world: Any, token: str) -> None:
    """What exists on the remote is never moved, not even forward."""
    base = clone.head()
    commit = clone.commit(clone.tree_of(base), (base,), "One\n", ME)
    clone.push_new(commit, "refs/heads/greenloop/issue-1-x", token)
    assert clone.branches("greenloop/issue-1-", token) == {"greenloop/issue-1-x"}
    later = clone.commit(clone.tree_of(base), (commit,), "Two\n", ME)
    with pytest.raises(GitFailed):
        clone.push_new(later, "refs/heads/greenloop/issue-1-x", token)
    assert world.git("rev-parse", "refs/heads/greenloop/issue-1-x") == commit


def test_history_comes_without_its_contents(world: Any, token: str, tmp_path: Path) -> None:
    """Commits and what they changed can be read, old contents are not fetched, and a push works as before."""
    file = tmp_path / "changing.txt"
    for number in range(3):
        file.write_text(f"version {number}\n")
        identity = ("-c", "user.name=it", "-c", "user.email=it@example.invalid", "-c", "core.bare=false")
        world.git("--work-tree", str(tmp_path), *identity, "add", str(file))
        world.git("--work-tree", str(tmp_path), *identity, "commit", "-q", "-m", f"change {number}", str(file))
    git = Git(tmp_path / "deep.git", Remote(world.settings.web_url, "octo/shop"))
    git.clone(token, timeout_s=30)
    git.deepen(token, commits=300, timeout_s=30)
    log = local_git(git, "log", "--format=%s", "--name-only")
    old = local_git(git, "rev-parse", "HEAD~1:changing.txt")
    listed = local_git(git, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    assert log.startswith("change 2\n\nchanging.txt\nchange 1\n\nchanging.txt\n")
    assert old not in listed
    assert local_git(git, "cat-file", "-p", "HEAD:changing.txt") == "version 2\n"
    commit = git.commit(git.tree_with(git.head(), {"new.txt": b"1"}), (git.head(),), "One\n", ME)
    git.push_new(commit, "refs/heads/greenloop/issue-3-x", token)
    assert world.git("rev-parse", "refs/heads/greenloop/issue-3-x") == commit


def test_history_that_is_refused_leaves_the_clone_whole(clone: Git) -> None:
    """The run goes on with the newest commit alone."""
    before = clone.head()
    with pytest.raises(GitFailed, match="git fetch"):
        clone.deepen("ghs_deadtoken", commits=300, timeout_s=30)
    assert clone.head() == before
    assert clone.tree_with(before, {}) == clone.tree_of(before)


def local_git(git: Git, *words: str) -> str:
    """What git says in the job's own repository, without fetching anything."""
    command = ["git", "-c", "protocol.allow=never", "--git-dir", str(git.path), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


def test_hooks_and_fsmonitor_of_the_clone_do_not_run(clone: Git, token: str, tmp_path: Path) -> None:
    """Even when something plants them in the job's own repository."""
    proof = tmp_path / "ran"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {proof}\n")
    script.chmod(0o755)
    hooks = clone.path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change", "pre-commit"):
        (hooks / name).symlink_to(script)
    config = ["git", "--git-dir", str(clone.path), "config"]
    for key, value in (("core.fsmonitor", str(script)), ("filter.evil.clean", str(script))):
        subprocess.run([*config, key, value], check=True, timeout=20)
    (clone.path / "info").mkdir(exist_ok=True)
    (clone.path / "info" / "attributes").write_text("* filter=evil\n")
    base = clone.head()
    commit = clone.commit(clone.tree_with(base, {"a": b"1"}), (base,), "One\n", ME)
    clone.push_new(commit, "refs/heads/greenloop/issue-2-x", token)
    assert not proof.exists()


def test_a_failure_names_the_command_and_no_credential(world: Any, tmp_path: Path) -> None:
    """A dead token ends in a message without it, in either form."""
    git = Git(tmp_path / "clone.git", Remote(world.settings.web_url, "octo/shop"))
    with pytest.raises(GitFailed, match="git clone ended with status") as caught:
        git.clone("ghs_deadtoken", timeout_s=30)
    assert "ghs_dead" not in str(caught.value)
    assert "Basic" not in str(caught.value)


def test_a_slow_remote_is_given_up(tmp_path: Path) -> None:
    """The clone has a time-out, and nothing of it is left running (the leak detector looks)."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        web_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(GitFailed, match="took longer"):
            Git(tmp_path / "clone.git", Remote(web_url, "octo/shop")).clone("x", timeout_s=0.5)


def test_only_http_is_spoken(tmp_path: Path) -> None:
    """A name that reads like another protocol of git, which could run commands, is refused."""
    git = Git(tmp_path / "clone.git", Remote("ext::sh -c touch% /tmp/x #", "a/b"))
    with pytest.raises(GitFailed, match="not allowed"):
        git.clone("x", timeout_s=5)
