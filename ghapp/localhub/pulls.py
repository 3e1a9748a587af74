"""The life of a pull request: opened, measured, closed, merged."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ghapp.localhub.errors import Conflict, FieldFault, Unprocessable
from ghapp.localhub.git import GitRepository
from ghapp.localhub.gitdiff import FileChange, changes
from ghapp.localhub.hub import Hub
from ghapp.localhub.jsontypes import JsonObject
from ghapp.localhub.models import Issue, Pull, Repository, User
from ghapp.localhub.payloads.code import PullFacts, full_pull_request


def base_of(git: GitRepository, pull: Pull) -> str:
    """The commit that a pull request's diff starts from."""
    return git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha


def files_of(git: GitRepository, pull: Pull) -> list[FileChange]:
    """The files that a pull request changes."""
    return changes(git, base_of(git, pull), pull.head_sha)


def facts_of(git: GitRepository, pull: Pull) -> PullFacts:
    """What git knows of a pull request; a merged one is not asked whether it could be."""
    files = files_of(git, pull)
    mergeable = None if pull.merged_at else git.merges_cleanly(pull.base_sha, pull.head_sha) is not None
    return PullFacts(
        commits=git.count(base_of(git, pull), pull.head_sha),
        additions=sum(f.additions for f in files),
        deletions=sum(f.deletions for f in files),
        changed_files=len(files),
        mergeable=mergeable,
    )


def full_payload(hub: Hub, issue: Issue, pull: Pull) -> JsonObject:
    """`pull-request` with git's facts."""
    home = hub.state.repositories[issue.repository_id]
    return full_pull_request(hub.state, issue, pull, facts_of(hub.git(home), pull))


def pull_event(hub: Hub, issue: Issue, sender: User, action: str, more: JsonObject | None = None) -> None:
    """Announces what happened to a pull request."""
    if issue.pull is None:
        return
    home = hub.state.repositories[issue.repository_id]
    body: JsonObject = {
        "action": action,
        "number": issue.number,
        "pull_request": full_payload(hub, issue, issue.pull),
        **(more or {}),
    }
    hub.announce("pull_request", home, sender, body)


def require_new(hub: Hub, home: Repository, head: str, base: str) -> None:
    """GitHub's reasons not to open a pull request. Raises Unprocessable."""
    git = hub.git(home)
    refs = git.refs("refs/heads/")
    for name, branch in (("head", head), ("base", base)):
        if f"refs/heads/{branch}" not in refs:
            raise Unprocessable("Validation Failed", (FieldFault("PullRequest", name, "invalid"),))
    if any(_joins(issue, head, base) for issue in hub.state.issues_of(home.id)):
        raise _refused(f"A pull request already exists for {home.owner}:{head}.")
    if git.count(refs[f"refs/heads/{base}"], refs[f"refs/heads/{head}"]) == 0:
        raise _refused(f"No commits between {base} and {head}")


def _joins(issue: Issue, head: str, base: str) -> bool:
    pull = issue.pull
    return pull is not None and issue.state == "open" and (pull.head_ref, pull.base_ref) == (head, base)


def _refused(message: str) -> Unprocessable:
    return Unprocessable("Validation Failed", (FieldFault("PullRequest", "", "custom", message),))


def settle(hub: Hub, issue: Issue, actor: User, state: Literal["open", "closed"]) -> Issue:
    """Closes or reopens a pull request and tells about it."""
    now = hub.state.now()
    closed = state == "closed"
    settled = replace(
        issue,
        state=state,
        updated_at=now,
        closed_at=now if closed else None,
        closed_by_id=actor.id if closed else None,
    )
    hub.state.put_issue(settled)
    hub.state.note(settled, actor, "closed this" if closed else "reopened this")
    pull_event(hub, settled, actor, "closed" if closed else "reopened")
    return settled


def merge(hub: Hub, issue: Issue, pull: Pull, actor: User, message: str) -> str:
    """Merges the head into the base with a merge commit; its SHA. Raises Conflict."""
    home = hub.state.repositories[issue.repository_id]
    git = hub.git(home)
    tree = git.merges_cleanly(pull.base_sha, pull.head_sha)
    if tree is None:
        raise Conflict("Merge conflict")
    email = f"{actor.id}+{actor.login}@users.noreply.github.com"
    who = {
        f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in (("NAME", actor.login), ("EMAIL", email))
    }
    argv = ("commit-tree", tree, "-p", pull.base_sha, "-p", pull.head_sha, "-m", message)
    sha = git.run(*argv, env=who).decode().strip()
    git.set_ref(f"refs/heads/{pull.base_ref}", sha)
    now = hub.state.now()
    merged = replace(pull, merged_at=now, merged_by_id=actor.id, merge_commit_sha=sha)
    hub.state.put_issue(replace(issue, pull=merged))
    return sha
