"""How a verified tree becomes a pull request, on the local hub with a made-up run."""

from __future__ import annotations

from typing import Any

import pytest

from ghapp.errors import GitHubUnreachable
from ghapp.github_api import RepositoryApi
from ghapp.ports import PullRequest, PullRequestDraft
from ghapp.store import JobState
from runner.proof import VerifiedTree


class Forgetful(RepositoryApi):
    """A GitHub that opens the pull request, and whose answer is lost on its way."""

    def open_pull_request(self, tree: VerifiedTree, draft: PullRequestDraft) -> PullRequest:
        """Open it and say nothing."""
        super().open_pull_request(tree, draft)
        raise GitHubUnreachable("the answer never came")


class Silent(RepositoryApi):
    """A GitHub that opens nothing."""

    def open_pull_request(self, tree: VerifiedTree, draft: PullRequestDraft) -> PullRequest:
        """Open nothing."""
        raise GitHubUnreachable("nobody heard")


def test_a_pull_request_whose_answer_was_lost_is_found(world: Any) -> None:
    """It is open, so the comment leads to it and nobody reads that none was opened."""
    number = world.issue()
    job = world.run(world.desk(connect=lambda *of: Forgetful(world.link, *of)), number)
    (pull,) = world.pulls()
    (comment,) = world.comments(number)
    assert f"#{pull['number']}" in comment["body"]
    assert (job.state, job.pull_number) == (JobState.PR_OPEN, pull["number"])


def test_a_pull_request_that_was_not_opened_is_told_with_the_reason(world: Any) -> None:
    """Where looking once more finds none, the first failure is what the issue learns."""
    number = world.issue()
    with pytest.raises(GitHubUnreachable):
        world.run(world.desk(connect=lambda *of: Silent(world.link, *of)), number)
    assert world.pulls() == []
    assert "nobody heard" in world.comments(number)[0]["body"]
