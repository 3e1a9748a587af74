"""When a comment orders something. Pure."""

from __future__ import annotations

from ghapp.router import Command, FixIssue, Nothing, Policy, Reply, Topic
from ghapp.slash import COMMAND, find_order
from ghapp.task_text import task_text, visible
from ghapp.webhook import CommentCreated, Event


def on_comment(event: Event, policy: Policy) -> tuple[Command, ...]:  # noqa: ARG001 - every handler has this shape
    """`/greenloop fix` on an open issue orders a fix; on a pull request or with another word it gets one line back."""
    assert isinstance(event, CommentCreated)
    if event.sender.is_bot:
        return (Nothing("a bot wrote the comment"),)
    order = find_order(visible(event.text))
    if order is None:
        return (Nothing(f"no line of the comment begins with {COMMAND}"),)
    if event.issue.is_pull_request:
        return (_reply(event, "not_yet"),)
    if order.word != "fix":
        return (_reply(event, "help"),)
    if not event.issue.is_open:
        return (Nothing("the issue is closed"),)
    return (_fix(event, order.text),)


def _reply(event: CommentCreated, topic: Topic) -> Reply:
    number, login = event.issue.number, event.sender.login
    return Reply(event.installation_id, event.repository, number, login, event.comment_id, topic)


def _fix(event: CommentCreated, remark: str) -> FixIssue:
    return FixIssue(
        installation_id=event.installation_id,
        repository=event.repository,
        issue_number=event.issue.number,
        title=event.issue.title,
        text=task_text(event.issue.title, event.issue.body, remark),
        requester=event.sender.login,
        requester_id=event.sender.id,
        trigger="comment",
        key=f"{event.repository.id}#comment-{event.comment_id}",
        comment_id=event.comment_id,
    )
