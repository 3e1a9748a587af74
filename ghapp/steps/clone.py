"""How a job gets its copy of the repository: with a token that reads contents and is gone before anything runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ghapp.auth import CLONE, lent
from ghapp.errors import GitFailed
from ghapp.git_remote import Git, Remote
from ghapp.router import FixIssue, Prepare
from ghapp.steps.desk import Desk

HISTORY_COMMITS: Final = 300
"""More say no more about where a defect is."""
HISTORY_TIMEOUT_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare clone: the default branch's newest commit whole, and some history without its contents.

    `seconds` is what it took.
    """

    git: Git
    branch: str
    sha: str
    seconds: float


@contextmanager
def cloned(desk: Desk, job_id: str, order: FixIssue | Prepare) -> Iterator[Clone]:
    """The clone, removed at the end; what an interrupted run left is removed first."""
    folder = desk.settings.state_dir / "work" / job_id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield _clone(desk, folder / "repository.git", order)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clone(desk: Desk, path: Path, order: FixIssue | Prepare) -> Clone:
    started_s = desk.clock()
    git = desk.git(path, Remote(desk.settings.web_url, order.repository.full_name))
    with lent(desk.app, order.installation_id, order.repository.id, CLONE) as token:
        branch = git.clone(token.value, timeout_s=desk.settings.run_seconds)
        if isinstance(order, FixIssue):
            # Localising ranks a little better with it and does without: a remote that cannot leaves it at that.
            with suppress(GitFailed):
                git.deepen(token.value, commits=HISTORY_COMMITS, timeout_s=HISTORY_TIMEOUT_S)
    return Clone(git, branch, git.head(), desk.clock() - started_s)
