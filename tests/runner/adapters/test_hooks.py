"""Hook commands of a repository's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.adapters.hooks import HookCommands
from runner.adapters.sandbox import open_sandbox
from runner.errors import HookBlocked
from runner.pressure import kill_tree, tree_rss_bytes


def hooks(*lines: str) -> HookCommands:
    """Hooks in a bare sandbox."""
    sandbox = open_sandbox(tree_rss_bytes, kill_tree, 3e8, bwrap="/nonexistent/bwrap")
    return HookCommands(sandbox, lines, env={}, readable=())


def test_exit_code_two_blocks_and_says_why(tmp_path: Path) -> None:
    """Every other end is the hook's own affair."""
    hooks("exit 1", "exit 0").check(tmp_path, 10.0)
    with pytest.raises(HookBlocked, match="too wide"):
        hooks("echo too wide; exit 2").check(tmp_path, 10.0)


def test_all_hooks_share_one_time_limit(tmp_path: Path) -> None:
    """Two that hang take no longer than one: the second is not given the time of the first again."""
    hooks("sleep 600", "sleep 0.2; touch begun").check(tmp_path, 0.5)
    assert not (tmp_path / "begun").exists()
