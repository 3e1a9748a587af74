"""REST: issues and their comments."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ghapp.localhub.access import has_role
from ghapp.localhub.errors import Forbidden, NotFound
from ghapp.localhub.jsontypes import Body, JsonObject
from ghapp.localhub.labels import put_on
from ghapp.localhub.models import Comment, Issue
from ghapp.localhub.payloads import discussion
from ghapp.localhub.pulls import pull_event, settle
from ghapp.localhub.routes.labels import replace_labels
from ghapp.localhub.routing import Reply, Request, Route

_STATES = ("open", "closed", "all")
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def _told(request: Request, issue: Issue, status: int = 200) -> Reply:
    return Reply(status, discussion.issue(request.hub.state, issue))


def _announce(request: Request, issue: Issue, action: str, more: JsonObject | None = None) -> None:
    body: JsonObject = {"action": action, "issue": discussion.issue(request.hub.state, issue), **(more or {})}
    request.hub.announce("issues", request.home, request.actor, body)


def _require_author(request: Request, author_id: int) -> None:
    """An App with the permission may edit anything; a person only their own, or as a maintainer."""
    own = request.caller.app is not None or author_id == request.actor.id
    if not own and not has_role(request.caller, request.home, "triage"):
        raise Forbidden("Must have admin rights to Repository.")


def list_issues(request: Request) -> Reply:
    """Issues and pull requests together, newest first."""
    state = request.hub.state
    wanted = request.query.get("state", "open")
    labels = {name.lower() for name in request.query.get("labels", "").split(",") if name}
    told = [
        discussion.issue(state, issue)
        for issue in state.issues_of(request.home.id)
        if wanted in (issue.state, "all") and labels <= {state.labels[i].name.lower() for i in issue.label_ids}
    ]
    return Reply(200, told)


def create_issue(request: Request) -> Reply:
    """A new issue; labels count only from somebody who may triage."""
    state, body, now = request.hub.state, request.body("Issue"), request.hub.state.now()
    issue = Issue(
        id=state.next_id(),
        repository_id=request.home.id,
        number=state.next_number(request.home.id),
        title=body.text("title"),
        body=body.text_or_none("body"),
        user_id=request.actor.id,
        app_id=request.app_id,
        created_at=now,
        updated_at=now,
    )
    state.put_issue(issue)
    _announce(request, issue, "opened")
    if request.caller.app is not None or has_role(request.caller, request.home, "triage"):
        issue = put_on(request.hub, issue, body.texts("labels"), request.actor)
    return _told(request, issue, 201)


def get_issue(request: Request) -> Reply:
    """One issue or pull request."""
    return _told(request, request.issue())


def edit_issue(request: Request) -> Reply:
    """Changes title, body, labels or state."""
    issue, body = request.issue(), request.body("Issue")
    _require_author(request, issue.user_id)
    issue = _edit_text(request, issue, body)
    if "labels" in body:
        issue = replace_labels(request, issue, body.texts("labels"))
    if "state" in body and body.choice("state", _STATES[:2]) != issue.state:
        issue = _toggle(request, issue, body)
    return _told(request, issue)


def _edit_text(request: Request, issue: Issue, body: Body) -> Issue:
    changed, was = edited(issue, body, request.hub.state.now())
    if was:
        request.hub.state.put_issue(changed)
        if issue.pull is None:
            _announce(request, changed, "edited", {"changes": was})
        else:
            pull_event(request.hub, changed, request.actor, "edited", {"changes": was})
    return changed


def edited(issue: Issue, body: Body, now: datetime) -> tuple[Issue, JsonObject]:
    """An issue with the title and text that were sent, and what they were before; the latter is empty for no change."""
    title = body.text("title") if "title" in body else issue.title
    text = body.text_or_none("body") if "body" in body else issue.body
    was: dict[str, JsonObject] = {}
    if title != issue.title:
        was["title"] = {"from": issue.title}
    if text != issue.body:
        was["body"] = {"from": issue.body or ""}
    return (replace(issue, title=title, body=text, updated_at=now) if was else issue), was


def _toggle(request: Request, issue: Issue, body: Body) -> Issue:
    if issue.pull is not None:
        return settle(request.hub, issue, request.actor, "closed" if issue.state == "open" else "open")
    now = request.hub.state.now()
    if issue.state == "open":
        reason = body.choice("state_reason", _REASONS, default="completed")
        issue = replace(issue, state="closed", state_reason=reason, closed_at=now, closed_by_id=request.actor.id)
    else:
        issue = replace(issue, state="open", state_reason="reopened", closed_at=None, closed_by_id=None)
    request.hub.state.put_issue(replace(issue, updated_at=now))
    action = "closed" if issue.state == "closed" else "reopened"
    request.hub.state.note(issue, request.actor, f"{action} this")
    _announce(request, issue, action)
    return issue


def comment_in_path(request: Request) -> Comment:
    """The comment in the path. Raises NotFound."""
    found = request.hub.state.comments.get(request.number("comment_id"))
    if found is None or found.repository_id != request.home.id:
        raise NotFound
    return found


def _comment_event(request: Request, comment: Comment, action: str, more: JsonObject | None = None) -> None:
    state = request.hub.state
    issue = state.issue(comment.repository_id, comment.number)
    body: JsonObject = {
        "action": action,
        "issue": discussion.issue(state, issue),
        "comment": discussion.comment(state, comment),
        **(more or {}),
    }
    request.hub.announce("issue_comment", request.home, request.actor, body)


def list_comments(request: Request) -> Reply:
    """The comments of one issue, oldest first."""
    state = request.hub.state
    return Reply(200, [discussion.comment(state, c) for c in state.comments_of(request.issue())])


def list_all_comments(request: Request) -> Reply:
    """The comments of all issues of a repository, oldest first."""
    state = request.hub.state
    mine = [c for c in state.comments.values() if c.repository_id == request.home.id]
    return Reply(200, [discussion.comment(state, c) for c in mine])


def create_comment(request: Request) -> Reply:
    """A new comment."""
    state, issue, now = request.hub.state, request.issue(), request.hub.state.now()
    comment = Comment(
        id=state.next_id(),
        repository_id=request.home.id,
        number=issue.number,
        body=request.body("IssueComment").text("body"),
        user_id=request.actor.id,
        app_id=request.app_id,
        created_at=now,
        updated_at=now,
    )
    state.comments[comment.id] = comment
    state.put_issue(replace(issue, updated_at=now))
    _comment_event(request, comment, "created")
    return Reply(201, discussion.comment(state, comment))


def get_comment(request: Request) -> Reply:
    """One comment."""
    return Reply(200, discussion.comment(request.hub.state, comment_in_path(request)))


def edit_comment(request: Request) -> Reply:
    """Changes the text of a comment."""
    before = comment_in_path(request)
    _require_author(request, before.user_id)
    text = request.body("IssueComment").text("body")
    comment = replace(before, body=text, updated_at=request.hub.state.now())
    request.hub.state.comments[comment.id] = comment
    _comment_event(request, comment, "edited", {"changes": {"body": {"from": before.body}}})
    return Reply(200, discussion.comment(request.hub.state, comment))


def delete_comment(request: Request) -> Reply:
    """Removes a comment."""
    comment = comment_in_path(request)
    _require_author(request, comment.user_id)
    _comment_event(request, comment, "deleted")
    del request.hub.state.comments[comment.id]
    return Reply(204)


_REPO = "/repos/{owner}/{repo}/issues"
ROUTES = (
    Route("GET", _REPO, "issues:read", list_issues),
    Route("POST", _REPO, "issues:write", create_issue),
    Route("GET", f"{_REPO}/{{issue_number}}", "issues:read", get_issue),
    Route("PATCH", f"{_REPO}/{{issue_number}}", "issues:write", edit_issue),
    Route("GET", f"{_REPO}/{{issue_number}}/comments", "issues:read", list_comments),
    Route("POST", f"{_REPO}/{{issue_number}}/comments", "issues:write", create_comment),
    Route("GET", f"{_REPO}/comments", "issues:read", list_all_comments),
    Route("GET", f"{_REPO}/comments/{{comment_id}}", "issues:read", get_comment),
    Route("PATCH", f"{_REPO}/comments/{{comment_id}}", "issues:write", edit_comment),
    Route("DELETE", f"{_REPO}/comments/{{comment_id}}", "issues:write", delete_comment),
)
