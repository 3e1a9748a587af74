"""REST: the labels of a repository and of an issue."""

from __future__ import annotations

from collections.abc import Mapping

from ghapp.localhub.errors import FieldFault, NotFound, Unprocessable
from ghapp.localhub.jsontypes import Json, as_texts
from ghapp.localhub.labels import DEFAULT_COLOR, put_on, take_off
from ghapp.localhub.models import Issue, Label
from ghapp.localhub.payloads import discussion
from ghapp.localhub.routing import Reply, Request, Route


def list_labels(request: Request) -> Reply:
    """The labels that a repository offers."""
    state = request.hub.state
    mine = [label for label in state.labels.values() if label.repository_id == request.home.id]
    return Reply(200, [discussion.label(state, label) for label in mine])


def create_label(request: Request) -> Reply:
    """A new label."""
    state, body = request.hub.state, request.body("Label")
    name = body.text("name")
    if state.label_named(request.home.id, name) is not None:
        raise Unprocessable("Validation Failed", (FieldFault("Label", "name", "already_exists"),))
    color = body.text_or_none("color") or DEFAULT_COLOR
    label = Label(state.next_id(), request.home.id, name, color, body.text_or_none("description"))
    state.labels[label.id] = label
    return Reply(201, discussion.label(state, label))


def get_label(request: Request) -> Reply:
    """One label by name."""
    found = request.hub.state.label_named(request.home.id, request.params["name"])
    if found is None:
        raise NotFound
    return Reply(200, discussion.label(request.hub.state, found))


def _on(request: Request, issue: Issue) -> Reply:
    state = request.hub.state
    return Reply(200, [discussion.label(state, state.labels[i]) for i in issue.label_ids])


def list_issue_labels(request: Request) -> Reply:
    """The labels on an issue."""
    return _on(request, request.issue())


def _sent_names(value: Json) -> tuple[str, ...]:
    """GitHub documents an object with `labels` and takes a bare list as well."""
    names = value.get("labels") if isinstance(value, Mapping) else value
    fault = Unprocessable("Validation Failed", (FieldFault("Label", "name", "invalid"),))
    return as_texts(names, fault)


def add_labels(request: Request) -> Reply:
    """Puts labels on an issue, besides those it has."""
    names = _sent_names(request.json)
    return _on(request, put_on(request.hub, request.issue(), names, request.actor))


def set_labels(request: Request) -> Reply:
    """Puts exactly these labels on an issue."""
    names = _sent_names(request.json)
    return _on(request, replace_labels(request, request.issue(), names))


def replace_labels(request: Request, issue: Issue, names: tuple[str, ...]) -> Issue:
    """The issue with exactly these labels on it."""
    wanted = {name.lower() for name in names}
    for label in [request.hub.state.labels[i] for i in issue.label_ids]:
        if label.name.lower() not in wanted:
            issue = take_off(request.hub, issue, label, request.actor)
    return put_on(request.hub, issue, names, request.actor)


def remove_label(request: Request) -> Reply:
    """Takes one label off an issue."""
    issue = request.issue()
    label = request.hub.state.label_named(request.home.id, request.params["name"])
    if label is None or label.id not in issue.label_ids:
        raise NotFound("Label does not exist")
    return _on(request, take_off(request.hub, issue, label, request.actor))


_REPO = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPO}/issues/{{issue_number}}"
ROUTES = (
    Route("GET", f"{_REPO}/labels", "issues:read", list_labels),
    Route("POST", f"{_REPO}/labels", "issues:write", create_label, "write"),
    Route("GET", f"{_REPO}/labels/{{name}}", "issues:read", get_label),
    Route("GET", f"{_ISSUE}/labels", "issues:read", list_issue_labels),
    Route("POST", f"{_ISSUE}/labels", "issues:write", add_labels, "triage"),
    Route("PUT", f"{_ISSUE}/labels", "issues:write", set_labels, "triage"),
    Route("DELETE", f"{_ISSUE}/labels/{{name}}", "issues:write", remove_label, "triage"),
)
