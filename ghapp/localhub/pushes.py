"""What a moved ref sets off: push events, and pull requests that follow their branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghapp.localhub.git import Commit
from ghapp.localhub.gitdiff import EMPTY_TREE, FileChange, changes
from ghapp.localhub.hub import Hub
from ghapp.localhub.jsontypes import JsonObject
from ghapp.localhub.models import ZERO_SHA, Issue, Repository, User
from ghapp.localhub.payloads.accounts import repository_web, stamp
from ghapp.localhub.pulls import pull_event, settle

COMMITS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that points elsewhere now; ZERO_SHA stands for a ref that is not there."""

    ref: str
    before: str
    after: str


def moves_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Move]:
    """What changed from one listing of refs to the next."""
    names = sorted({*before, *after})
    pairs = ((name, before.get(name, ZERO_SHA), after.get(name, ZERO_SHA)) for name in names)
    return [Move(name, old, new) for name, old, new in pairs if old != new]


def after_push(hub: Hub, home: Repository, actor: User, moves: Sequence[Move]) -> None:
    """Tells the Apps, and moves or closes the pull requests of the branches. Call with the state locked."""
    home = replace(home, pushed_at=hub.state.now())
    hub.state.repositories[home.id] = home
    for move in moves:
        if move.ref.startswith(("refs/heads/", "refs/tags/")):
            hub.announce("push", home, actor, _push_event(hub, home, actor, move))
        if move.ref.startswith("refs/heads/"):
            _follow(hub, home, actor, move)


def _follow(hub: Hub, home: Repository, actor: User, move: Move) -> None:
    branch = move.ref.removeprefix("refs/heads/")
    for issue in hub.state.issues_of(home.id):
        pull = issue.pull
        if pull is None or issue.state != "open":
            continue
        if pull.head_ref == branch:
            _move_head(hub, actor, issue, move)
        elif pull.base_ref == branch and move.after != ZERO_SHA:
            hub.state.put_issue(replace(issue, pull=replace(pull, base_sha=move.after)))


def _move_head(hub: Hub, actor: User, issue: Issue, move: Move) -> None:
    if issue.pull is None:
        return
    if move.after == ZERO_SHA:
        settle(hub, issue, actor, "closed")
        return
    moved = replace(issue, updated_at=hub.state.now(), pull=replace(issue.pull, head_sha=move.after))
    hub.state.put_issue(moved)
    hub.git(hub.state.repositories[issue.repository_id]).set_ref(f"refs/pull/{issue.number}/head", move.after)
    hub.state.note(moved, actor, f"pushed {move.after[:7]}")
    pull_event(hub, moved, actor, "synchronize", {"before": move.before, "after": move.after})


def _push_event(hub: Hub, home: Repository, actor: User, move: Move) -> JsonObject:
    git = hub.git(home)
    web = repository_web(hub.state.urls, home)
    created, deleted = move.before == ZERO_SHA, move.after == ZERO_SHA
    start = git.resolve(home.default_branch) if created else move.before
    fresh: list[Commit] = []
    if not deleted:
        since = (f"^{start}",) if start and start != move.after else ()
        fresh = git.commits(move.after, *since, limit=COMMITS_SHOWN)[::-1]
    told = [_commit_event(hub, home, commit) for commit in fresh]
    forced = not (created or deleted) and not git.is_ancestor(move.before, move.after)
    head = None if deleted else _commit_event(hub, home, git.commit(move.after))
    return {
        "ref": move.ref,
        "before": move.before,
        "after": move.after,
        "pusher": {"name": actor.login, "email": _email(actor)},
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "base_ref": None,
        "compare": f"{web}/compare/{move.before[:12]}...{move.after[:12]}",
        "commits": told,
        "head_commit": head,
    }


def _email(who: User) -> str:
    return f"{who.id}+{who.login}@users.noreply.github.com"


def _commit_event(hub: Hub, home: Repository, commit: Commit) -> JsonObject:
    base = commit.parents[0] if commit.parents else EMPTY_TREE
    touched = changes(hub.git(home), base, commit.sha)
    people = {"author": commit.author, "committer": commit.committer}
    return {
        "id": commit.sha,
        "tree_id": commit.tree_sha,
        "distinct": True,
        "message": commit.message,
        "timestamp": stamp(commit.committer.at),
        "url": f"{repository_web(hub.state.urls, home)}/commit/{commit.sha}",
        **{role: {"name": s.name, "email": s.email, "date": stamp(s.at)} for role, s in people.items()},
        "added": _paths(touched, "added"),
        "removed": _paths(touched, "removed"),
        "modified": [f.path for f in touched if f.status not in ("added", "removed")],
    }


def _paths(touched: Sequence[FileChange], status: str) -> list[str]:
    return [f.path for f in touched if f.status == status]
