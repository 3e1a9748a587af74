"""GitHub's JSON for commits, refs, files, pull requests and checks. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from ghapp.localhub.git import Commit, Signature, TreeEntry
from ghapp.localhub.gitdiff import FileChange
from ghapp.localhub.jsontypes import Json, JsonObject
from ghapp.localhub.models import CheckRun, Issue, Pull, Repository, Status, User
from ghapp.localhub.payloads.accounts import (
    app,
    node_id,
    repository,
    repository_api,
    repository_web,
    stamp,
    stamp_or_none,
    user,
)
from ghapp.localhub.payloads.discussion import association, label
from ghapp.localhub.state import State

FILE_CAP_BYTES = 1_000_000
_BASE64_LINE = 60


@dataclass(frozen=True, slots=True)
class PullFacts:
    """What only git knows of a pull request. `mergeable` is None while nobody has looked."""

    commits: int
    additions: int
    deletions: int
    changed_files: int
    mergeable: bool | None


def _person(signature: Signature) -> JsonObject:
    return {"name": signature.name, "email": signature.email, "date": stamp(signature.at)}


def account_of(state: State, signature: Signature) -> JsonObject | None:
    """The account whose no-reply address a signature carries, else null, as on GitHub."""
    login = signature.email.removesuffix("@users.noreply.github.com").rpartition("+")[2]
    if login == signature.email:
        return None
    known = next((u for u in state.users.values() if u.login == login), None)
    return None if known is None else user(state.urls, known)


def commit(state: State, home: Repository, it: Commit) -> dict[str, Json]:
    """`commit`, without its files."""
    api, web = repository_api(state.urls, home), repository_web(state.urls, home)
    return {
        "sha": it.sha,
        "node_id": base64.b64encode(it.sha.encode()).decode(),
        "commit": {
            "author": _person(it.author),
            "committer": _person(it.committer),
            "message": it.message,
            "tree": {"sha": it.tree_sha, "url": f"{api}/git/trees/{it.tree_sha}"},
            "url": f"{api}/git/commits/{it.sha}",
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": f"{api}/commits/{it.sha}",
        "html_url": f"{web}/commit/{it.sha}",
        "comments_url": f"{api}/commits/{it.sha}/comments",
        "author": account_of(state, it.author),
        "committer": account_of(state, it.committer),
        "parents": [{"sha": p, "url": f"{api}/commits/{p}", "html_url": f"{web}/commit/{p}"} for p in it.parents],
    }


def full_commit(state: State, home: Repository, it: Commit, files: Sequence[FileChange]) -> JsonObject:
    """`commit` with its files and their totals."""
    added, deleted = sum(f.additions for f in files), sum(f.deletions for f in files)
    return {
        **commit(state, home, it),
        "stats": {"total": added + deleted, "additions": added, "deletions": deleted},
        "files": [file_change(state, home, it.sha, f) for f in files],
    }


def file_change(state: State, home: Repository, sha: str, it: FileChange) -> JsonObject:
    """`diff-entry`."""
    api, web = repository_api(state.urls, home), repository_web(state.urls, home)
    told: dict[str, Json] = {
        "sha": it.sha,
        "filename": it.path,
        "status": it.status,
        "additions": it.additions,
        "deletions": it.deletions,
        "changes": it.additions + it.deletions,
        "blob_url": f"{web}/blob/{sha}/{it.path}",
        "raw_url": f"{web}/raw/{sha}/{it.path}",
        "contents_url": f"{api}/contents/{it.path}?ref={sha}",
    }
    if it.patch is not None:
        told["patch"] = it.patch
    if it.previous_path is not None:
        told["previous_filename"] = it.previous_path
    return told


def ref(state: State, home: Repository, name: str, sha: str, kind: str) -> JsonObject:
    """`git-ref`."""
    api = repository_api(state.urls, home)
    return {
        "ref": name,
        "node_id": base64.b64encode(f"{home.id}:{name}".encode()).decode(),
        "url": f"{api}/git/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{api}/git/{kind}s/{sha}"},
    }


def entry(state: State, home: Repository, ref_name: str, it: TreeEntry) -> dict[str, Json]:
    """One item of `content-directory`."""
    api = f"{repository_api(state.urls, home)}/contents/{it.path}?ref={ref_name}"
    web = f"{repository_web(state.urls, home)}/{'tree' if it.kind == 'tree' else 'blob'}/{ref_name}/{it.path}"
    git = f"{repository_api(state.urls, home)}/git/{it.kind}s/{it.sha}"
    kinds = {"tree": "dir", "commit": "submodule"}
    return {
        "name": it.path.rpartition("/")[2],
        "path": it.path,
        "sha": it.sha,
        "size": it.size_bytes,
        "url": api,
        "html_url": web,
        "git_url": git,
        "download_url": None if it.kind != "blob" else web.replace("/blob/", "/raw/", 1),
        "type": "symlink" if it.mode == "120000" else kinds.get(it.kind, "file"),
        "_links": {"self": api, "git": git, "html": web},
    }


def file_content(state: State, home: Repository, ref_name: str, it: TreeEntry, content: bytes) -> JsonObject:
    """`content-file`; above FILE_CAP_BYTES GitHub sends no content."""
    told = entry(state, home, ref_name, it)
    if it.size_bytes > FILE_CAP_BYTES:
        return {**told, "type": "file", "content": "", "encoding": "none"}
    encoded = base64.b64encode(content).decode()
    lines = [encoded[i : i + _BASE64_LINE] for i in range(0, len(encoded), _BASE64_LINE)]
    return {**told, "type": "file", "content": "".join(f"{line}\n" for line in lines), "encoding": "base64"}


def _branch_of_pull(state: State, home: Repository, branch: str, sha: str) -> JsonObject:
    return {
        "label": f"{home.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(state.urls, state.users[home.owner_id]),
        "repo": repository(state, home),
    }


def _pull_links(state: State, home: Repository, it: Issue, pull: Pull) -> dict[str, str]:
    api = repository_api(state.urls, home)
    here = f"{api}/pulls/{it.number}"
    return {
        "self": here,
        "html": f"{repository_web(state.urls, home)}/pull/{it.number}",
        "issue": f"{api}/issues/{it.number}",
        "comments": f"{api}/issues/{it.number}/comments",
        "review_comments": f"{here}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{here}/commits",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }


def pull_request(state: State, it: Issue, pull: Pull) -> dict[str, Json]:
    """`pull-request-simple`, as lists carry it."""
    home = state.repositories[it.repository_id]
    author = state.users[it.user_id]
    links = _pull_links(state, home, it, pull)
    assignees = [user(state.urls, state.users[i]) for i in it.assignee_ids]
    return {
        "url": links["self"],
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": links["html"],
        "diff_url": f"{links['html']}.diff",
        "patch_url": f"{links['html']}.patch",
        **{f"{name}_url": links[name] for name in ("issue", "commits", "comments", "statuses")},
        **{f"{name}_url": links[name] for name in ("review_comments", "review_comment")},
        "number": it.number,
        "state": it.state,
        "locked": False,
        "title": it.title,
        "user": user(state.urls, author),
        "body": it.body,
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "closed_at": stamp_or_none(it.closed_at),
        "merged_at": stamp_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [user(state.urls, state.users[i]) for i in pull.reviewer_ids],
        "requested_teams": (),
        "labels": [label(state, state.labels[i]) for i in it.label_ids],
        "milestone": None,
        "draft": pull.draft,
        "head": _branch_of_pull(state, home, pull.head_ref, pull.head_sha),
        "base": _branch_of_pull(state, home, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(home, author),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def full_pull_request(state: State, it: Issue, pull: Pull, facts: PullFacts) -> JsonObject:
    """`pull-request`: what GET /pulls/{number} and the webhooks tell."""
    merger = state.users[pull.merged_by_id] if pull.merged_by_id else None
    settled = "dirty" if facts.mergeable is False else "draft" if pull.draft else "clean"
    return {
        **pull_request(state, it, pull),
        "merged": pull.merged_at is not None,
        "mergeable": facts.mergeable,
        "rebaseable": facts.mergeable,
        "mergeable_state": "unknown" if facts.mergeable is None else settled,
        "merged_by": None if merger is None else user(state.urls, merger),
        "comments": len(state.comments_of(it)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": facts.commits,
        "additions": facts.additions,
        "deletions": facts.deletions,
        "changed_files": facts.changed_files,
    }


def pull_minimal(state: State, it: Issue, pull: Pull) -> JsonObject:
    """`pull-request-minimal`, as check runs carry it."""
    home = state.repositories[it.repository_id]
    api = repository_api(state.urls, home)
    where: JsonObject = {"id": home.id, "url": api, "name": home.name}
    return {
        "url": f"{api}/pulls/{it.number}",
        "id": pull.id,
        "number": it.number,
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": where},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": where},
    }


def _pulls_at(state: State, it: CheckRun) -> list[Json]:
    return [
        pull_minimal(state, issue, issue.pull)
        for issue in state.issues_of(it.repository_id)
        if issue.pull and issue.state == "open" and issue.pull.head_sha == it.head_sha
    ]


def check_run(state: State, it: CheckRun) -> dict[str, Json]:
    """`check-run`."""
    home = state.repositories[it.repository_id]
    api = f"{repository_api(state.urls, home)}/check-runs/{it.id}"
    page = f"{repository_web(state.urls, home)}/runs/{it.id}"
    return {
        "id": it.id,
        "name": it.name,
        "node_id": node_id("CheckRun", it.id),
        "head_sha": it.head_sha,
        "external_id": it.external_id,
        "url": api,
        "html_url": page,
        "details_url": it.details_url or page,
        "status": it.status,
        "conclusion": it.conclusion,
        "started_at": stamp(it.started_at),
        "completed_at": stamp_or_none(it.completed_at),
        "output": {
            "title": it.output.title,
            "summary": it.output.summary,
            "text": it.output.text,
            "annotations_count": 0,
            "annotations_url": f"{api}/annotations",
        },
        "check_suite": {"id": it.suite_id},
        "app": app(state, state.apps[it.app_id]),
        "pull_requests": _pulls_at(state, it),
    }


def check_run_event(state: State, it: CheckRun) -> JsonObject:
    """A check run as its own webhook tells it, with its suite."""
    home = state.repositories[it.repository_id]
    branch = next(
        (i.pull.head_ref for i in state.issues_of(home.id) if i.pull and i.pull.head_sha == it.head_sha), None
    )
    told = check_run(state, it)
    return {
        **told,
        "check_suite": {
            "id": it.suite_id,
            "node_id": node_id("CheckSuite", it.suite_id),
            "head_branch": branch,
            "head_sha": it.head_sha,
            "status": it.status,
            "conclusion": it.conclusion,
            "url": f"{repository_api(state.urls, home)}/check-suites/{it.suite_id}",
            "before": None,
            "after": it.head_sha,
            "pull_requests": told["pull_requests"],
            "app": told["app"],
            "created_at": told["started_at"],
            "updated_at": told["completed_at"] or told["started_at"],
        },
    }


def status(state: State, it: Status) -> JsonObject:
    """`status`; the combined status carries the same without its creator."""
    home = state.repositories[it.repository_id]
    creator: User = state.users[it.user_id]
    return {
        "url": f"{repository_api(state.urls, home)}/statuses/{it.sha}",
        "avatar_url": f"{state.urls.web}/_/avatar/{creator.id}",
        "id": it.id,
        "node_id": node_id("StatusContext", it.id),
        "state": it.state,
        "description": it.description,
        "target_url": it.target_url,
        "context": it.context,
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.created_at),
        "creator": user(state.urls, creator),
    }
