"""When a label orders a fix. Pure."""

from __future__ import annotations

from ghapp.router import Command, FixIssue, Nothing, Policy
from ghapp.task_text import task_text
from ghapp.webhook import Event, IssueLabeled


def on_label(event: Event, policy: Policy) -> tuple[Command, ...]:
    """The configured label on an open issue orders a fix; the same label again is the same order."""
    assert isinstance(event, IssueLabeled)
    # GitHub compares label names without regard to case.
    if event.label.lower() != policy.label.lower():
        return (Nothing(f"the label is not `{policy.label}`"),)
    if event.issue.is_pull_request or not event.issue.is_open:
        return (Nothing("the label is on a pull request or a closed issue"),)
    order = FixIssue(
        installation_id=event.installation_id,
        repository=event.repository,
        issue_number=event.issue.number,
        title=event.issue.title,
        text=task_text(event.issue.title, event.issue.body),
        requester=event.sender.login,
        requester_id=event.sender.id,
        trigger="label",
        key=f"{event.repository.id}#{event.issue.number}:{policy.label.lower()}",
    )
    return (order,)
