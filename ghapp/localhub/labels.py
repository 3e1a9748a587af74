"""How labels come onto issues and leave them, with the events that tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ghapp.localhub.hub import Hub
from ghapp.localhub.jsontypes import JsonObject
from ghapp.localhub.models import Issue, Label, User
from ghapp.localhub.payloads import discussion
from ghapp.localhub.pulls import pull_event

DEFAULT_COLOR = "ededed"


def ensure(hub: Hub, repository_id: int, name: str) -> Label:
    """A label of a repository, made in grey where it is new, as GitHub does when one is put on an issue."""
    known = hub.state.label_named(repository_id, name)
    if known is None:
        known = Label(hub.state.next_id(), repository_id, name, DEFAULT_COLOR, None)
        hub.state.labels[known.id] = known
    return known


def put_on(hub: Hub, issue: Issue, names: Iterable[str], actor: User) -> Issue:
    """Adds labels; only those that were not there yet make an event each."""
    for name in names:
        label = ensure(hub, issue.repository_id, name)
        if label.id not in issue.label_ids:
            issue = _kept(hub, issue, (*issue.label_ids, label.id))
            hub.state.note(issue, actor, "added the label", label.id)
            _tell(hub, issue, label, actor, "labeled")
    return issue


def take_off(hub: Hub, issue: Issue, label: Label, actor: User) -> Issue:
    """Removes a label that is on the issue."""
    issue = _kept(hub, issue, tuple(i for i in issue.label_ids if i != label.id))
    hub.state.note(issue, actor, "removed the label", label.id)
    _tell(hub, issue, label, actor, "unlabeled")
    return issue


def _kept(hub: Hub, issue: Issue, label_ids: tuple[int, ...]) -> Issue:
    return hub.state.put_issue(replace(issue, label_ids=label_ids, updated_at=hub.state.now()))


def _tell(hub: Hub, issue: Issue, label: Label, actor: User, action: str) -> None:
    about: JsonObject = {"label": discussion.label(hub.state, label)}
    if issue.pull is not None:
        pull_event(hub, issue, actor, action, about)
        return
    home = hub.state.repositories[issue.repository_id]
    body: JsonObject = {"action": action, "issue": discussion.issue(hub.state, issue), **about}
    hub.announce("issues", home, actor, body)
