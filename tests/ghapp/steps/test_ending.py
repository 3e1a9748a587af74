"""That no order is lost in silence, whenever GitHub stops to answer."""

from __future__ import annotations

from typing import Any

import pytest

from ghapp.errors import GitHubFailed, GitHubRefused, GitHubUnreachable, RateLimited
from ghapp.github_api import GitHubAppApi, RepositoryApi
from ghapp.ports import Bot, Comment
from ghapp.processes import this_process
from ghapp.router import Reply
from ghapp.steps.answer import answer
from ghapp.steps.ending import end_with
from ghapp.steps.fix import fix_issue
from ghapp.store import Job, JobState


class Away(GitHubAppApi):
    """The App on a GitHub that gives but this answer."""

    def __init__(self, error: GitHubFailed) -> None:
        self._error = error

    def bot(self) -> Bot:
        """Fail."""
        raise self._error


class Gone(RepositoryApi):
    """A repository that cannot be reached."""

    def permission_of(self, login: str) -> str:
        """Fail."""
        raise GitHubUnreachable("no answer")

    def comment(self, issue_number: int, body: str) -> Comment:
        """Fail."""
        raise GitHubUnreachable("no answer")


class Deaf(RepositoryApi):
    """A repository that takes a comment and whose answer is lost."""

    def comment(self, issue_number: int, body: str) -> Comment:
        """Write it and say nothing."""
        super().comment(issue_number, body)
        raise GitHubUnreachable("no answer")


def broken_off(world: Any, number: int, **changes: Any) -> Job:
    """The job after GitHub had let it down."""
    desk, order = world.desk(**changes), world.order(number)
    job = world.taken(desk, order)
    with pytest.raises(GitHubFailed) as caught:
        fix_issue(desk, job, order)
    end_with(desk.store, job.id, caught.value)
    return desk.store.job(job.id)


@pytest.mark.parametrize("error", [GitHubUnreachable("no answer"), RateLimited(1800.0)])
def test_an_order_waits_where_github_is_out_of_reach_at_the_start(world: Any, error: GitHubFailed) -> None:
    """The same job is taken up later, and is no interrupted one: nothing had begun."""
    number = world.issue()
    job = broken_off(world, number, app=Away(error))
    assert (job.state, job.interruptions) == (JobState.QUEUED, 0)
    desk = world.desk()
    fix_issue(desk, desk.store.take(job.id, this_process(), this_process()), world.order(number))
    assert len(world.pulls()) == 1


def test_an_order_waits_where_the_issue_cannot_be_told_of_it(world: Any) -> None:
    """A repository that is away for all but its tokens is an outage at the start too."""
    job = broken_off(world, world.issue(), connect=lambda *of: Gone(world.link, *of))
    assert job.state is JobState.QUEUED


def test_a_reply_that_was_written_is_not_written_again(world: Any) -> None:
    """When it comes back from the queue it finds what it wrote, though GitHub's answer was lost."""
    number = world.issue()
    order = Reply(world.installation_id, world.repository, number, "mona", 44, "help")
    desk = world.desk(connect=lambda *of: Deaf(world.link, *of))
    job = world.taken(desk, order)
    with pytest.raises(GitHubUnreachable) as caught:
        answer(desk, job, order)
    end_with(desk.store, job.id, caught.value)
    desk = world.desk()
    answer(desk, desk.store.take(job.id, this_process(), this_process()), order)
    assert len(world.comments(number)) == 1
    assert desk.store.job(job.id).outcome == "answered"


def test_a_refusal_is_the_end(world: Any) -> None:
    """An App that was uninstalled is not asked for ever."""
    job = broken_off(world, world.issue(), app=Away(GitHubRefused(404, "read the App", "Not Found")))
    assert (job.state, job.outcome) == (JobState.DONE, "stopped: GitHubRefused")


def test_a_job_that_told_its_issue_is_over(world: Any) -> None:
    """Its comment says what happened and what to do: it does not come back by itself."""
    desk = world.desk()
    job = world.taken(desk, world.order(world.issue()))
    desk.store.remember_comment(job.id, 5)
    end_with(desk.store, job.id, GitHubUnreachable("no answer"))
    assert desk.store.job(job.id).state is JobState.DONE
