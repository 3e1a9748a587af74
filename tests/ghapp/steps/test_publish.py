"""How a verified tree becomes a pull request, on the local hub with a made-up run."""

from __future__ import annotations

from typing import Any

import pytest

from ghapp.errors import GitHubRefused, GitHubUnreachable
from ghapp.github_api import RepositoryApi
from ghapp.ports import PullRequest, PullRequestDraft
from ghapp.store import JobState
from ghapp.testing import FakeSolve
from runner.proof import Verdict, VerifiedTree

FIXED = {"src/it.py": b"def total(prices):\n    return sum(prices)\n"}


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


class Draftless(RepositoryApi):
    """A private repository on a plan without drafts."""

    def open_pull_request(self, tree: VerifiedTree, draft: PullRequestDraft) -> PullRequest:
        """Refuse a draft in GitHub's words, open anything else."""
        if draft.is_draft:
            raise GitHubRefused(422, "open a pull request", "Draft pull requests are not supported in this repository.")
        return super().open_pull_request(tree, draft)


def test_where_there_are_no_drafts_it_is_opened_ready(world: Any) -> None:
    """A change that is not proven is shown all the same, with its verdict, and nobody calls it a draft."""
    number = world.issue()
    solve = FakeSolve(Verdict.REGRESSION_SAFE, FIXED, world.tree_of)
    job = world.run(world.desk(solve=solve, connect=lambda *of: Draftless(world.link, *of)), number)
    (pull,) = world.pulls()
    (comment,) = world.comments(number)
    assert (job.state, pull["draft"]) == (JobState.PR_OPEN, False)
    assert "REGRESSION-SAFE" in comment["body"]
    assert "as a draft" not in comment["body"]


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
