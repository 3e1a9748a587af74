"""GitHub's JSON for issues, comments, labels, reactions and reviews. Pure."""

from __future__ import annotations

from ghapp.localhub.jsontypes import Json, JsonObject
from ghapp.localhub.models import Comment, Issue, Label, Reaction, Repository, Review, User
from ghapp.localhub.payloads.accounts import (
    app_or_none,
    node_id,
    repository_api,
    repository_web,
    stamp,
    stamp_or_none,
    user,
)
from ghapp.localhub.state import State

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def label(state: State, it: Label) -> JsonObject:
    """`label`."""
    home = repository_api(state.urls, state.repositories[it.repository_id])
    return {
        "id": it.id,
        "node_id": node_id("Label", it.id),
        "url": f"{home}/labels/{it.name.replace(' ', '%20')}",
        "name": it.name,
        "color": it.color,
        "default": False,
        "description": it.description,
    }


def association(repository: Repository, who: User) -> str:
    """`author_association`: how somebody relates to a repository."""
    if who.login == repository.owner:
        return "OWNER"
    return "COLLABORATOR" if who.login in repository.collaborators else "NONE"


def rollup(state: State, subject_id: int, subject_url: str) -> JsonObject:
    """`reaction-rollup`: how often each emoji was left."""
    left = [reaction.content for reaction in state.reactions_to(subject_id)]
    counts: dict[str, Json] = {name: left.count(name) for name in REACTIONS}
    return {"url": f"{subject_url}/reactions", "total_count": len(left), **counts}


def issue(state: State, it: Issue) -> JsonObject:
    """`issue`; a pull request has the key `pull_request` besides."""
    repository = state.repositories[it.repository_id]
    home = repository_api(state.urls, repository)
    api = f"{home}/issues/{it.number}"
    web = repository_web(state.urls, repository)
    author = state.users[it.user_id]
    assignees = [user(state.urls, state.users[i]) for i in it.assignee_ids]
    return {
        "url": api,
        "repository_url": home,
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "timeline_url": f"{api}/timeline",
        "html_url": f"{web}/{'pull' if it.pull else 'issues'}/{it.number}",
        "id": it.id,
        "node_id": node_id("Issue", it.id),
        "number": it.number,
        "title": it.title,
        "user": user(state.urls, author),
        "labels": [label(state, state.labels[i]) for i in it.label_ids],
        "state": it.state,
        "state_reason": it.state_reason,
        "locked": False,
        "active_lock_reason": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": len(state.comments_of(it)),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "closed_at": stamp_or_none(it.closed_at),
        "author_association": association(repository, author),
        "body": it.body,
        "closed_by": user(state.urls, state.users[it.closed_by_id]) if it.closed_by_id else None,
        "reactions": rollup(state, it.id, api),
        "performed_via_github_app": app_or_none(state, it.app_id),
        **_pull_part(it, home, web),
    }


def _pull_part(it: Issue, home: str, web: str) -> JsonObject:
    if it.pull is None:
        return {}
    page = f"{web}/pull/{it.number}"
    return {
        "draft": it.pull.draft,
        "pull_request": {
            "url": f"{home}/pulls/{it.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": stamp_or_none(it.pull.merged_at),
        },
    }


def comment(state: State, it: Comment) -> JsonObject:
    """`issue-comment`."""
    repository = state.repositories[it.repository_id]
    home = repository_api(state.urls, repository)
    subject = state.issue(it.repository_id, it.number)
    author = state.users[it.user_id]
    place = "pull" if subject.pull else "issues"
    return {
        "url": f"{home}/issues/comments/{it.id}",
        "html_url": f"{repository_web(state.urls, repository)}/{place}/{it.number}#issuecomment-{it.id}",
        "issue_url": f"{home}/issues/{it.number}",
        "id": it.id,
        "node_id": node_id("IssueComment", it.id),
        "user": user(state.urls, author),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "author_association": association(repository, author),
        "body": it.body,
        "reactions": rollup(state, it.id, f"{home}/issues/comments/{it.id}"),
        "performed_via_github_app": app_or_none(state, it.app_id),
    }


def reaction(state: State, it: Reaction) -> JsonObject:
    """`reaction`."""
    return {
        "id": it.id,
        "node_id": node_id("Reaction", it.id),
        "user": user(state.urls, state.users[it.user_id]),
        "content": it.content,
        "created_at": stamp(it.created_at),
    }


def review(state: State, it: Review) -> dict[str, Json]:
    """`pull-request-review`."""
    repository = state.repositories[it.repository_id]
    author = state.users[it.user_id]
    page = f"{repository_web(state.urls, repository)}/pull/{it.number}#pullrequestreview-{it.id}"
    pull_url = f"{repository_api(state.urls, repository)}/pulls/{it.number}"
    return {
        "id": it.id,
        "node_id": node_id("PullRequestReview", it.id),
        "user": user(state.urls, author),
        "body": it.body,
        "state": it.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(repository, author),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "submitted_at": stamp(it.submitted_at),
        "commit_id": it.commit_sha,
    }
