"""REST: contents, branches, commits, comparisons."""

from __future__ import annotations

from ghapp.localhub.errors import NotFound, Unprocessable
from ghapp.localhub.gitdiff import EMPTY_TREE, changes
from ghapp.localhub.jsontypes import Json, JsonObject
from ghapp.localhub.payloads import code
from ghapp.localhub.payloads.accounts import repository_api, repository_web
from ghapp.localhub.routing import Reply, Request, Route


def _commit_named(request: Request, revision: str) -> str:
    sha = request.hub.git(request.home).resolve(revision)
    if sha is None:
        raise NotFound(f"No commit found for the ref {revision}")
    return sha


def get_contents(request: Request) -> Reply:
    """A file with its content, or a list of what a folder holds."""
    git, state = request.hub.git(request.home), request.hub.state
    ref = request.query.get("ref") or request.home.default_branch
    sha = _commit_named(request, ref)
    path = request.params.get("path", "").strip("/")
    found = git.entries(sha, path)
    if not found:
        raise NotFound
    if path and found[0].kind == "tree":
        found = git.entries(sha, f"{path}/")
    elif path:
        small = found[0].size_bytes <= code.FILE_CAP_BYTES
        content = git.blob(found[0].sha) if found[0].kind == "blob" and small else b""
        return Reply(200, code.file_content(state, request.home, ref, found[0], content))
    return Reply(200, [code.entry(state, request.home, ref, e) for e in found])


def _protection(request: Request, branch: str) -> JsonObject:
    address = f"{repository_api(request.hub.state.urls, request.home)}/branches/{branch}/protection"
    checks: JsonObject = {"enforcement_level": "off", "contexts": (), "checks": ()}
    return {
        "protected": False,
        "protection": {"enabled": False, "required_status_checks": checks},
        "protection_url": address,
    }


def list_branches(request: Request) -> Reply:
    """The branches of a repository."""
    api = repository_api(request.hub.state.urls, request.home)
    told: list[Json] = []
    for ref, sha in request.hub.git(request.home).refs("refs/heads/").items():
        commit: JsonObject = {"sha": sha, "url": f"{api}/commits/{sha}"}
        branch = ref.removeprefix("refs/heads/")
        told.append({"name": branch, "commit": commit, **_protection(request, branch)})
    return Reply(200, told)


def get_branch(request: Request) -> Reply:
    """One branch with its last commit."""
    state, home, name = request.hub.state, request.home, request.params["branch"]
    git = request.hub.git(home)
    sha = git.refs("refs/heads/").get(f"refs/heads/{name}")
    if sha is None:
        raise NotFound("Branch not found")
    here = f"{repository_api(state.urls, home)}/branches/{name}"
    links = {"self": here, "html": f"{repository_web(state.urls, home)}/tree/{name}"}
    commit = code.commit(state, home, git.commit(sha))
    return Reply(200, {"name": name, "commit": commit, "_links": links, **_protection(request, name)})


def list_commits(request: Request) -> Reply:
    """The commits of a branch, newest first."""
    sha = _commit_named(request, request.query.get("sha") or request.home.default_branch)
    git = request.hub.git(request.home)
    return Reply(200, [code.commit(request.hub.state, request.home, c) for c in git.commits(sha)])


def get_commit(request: Request) -> Reply:
    """One commit with its files."""
    revision = request.params["ref"]
    git = request.hub.git(request.home)
    sha = git.resolve(revision)
    if sha is None:
        raise Unprocessable(f"No commit found for SHA: {revision}")
    commit = git.commit(sha)
    files = changes(git, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    return Reply(200, code.full_commit(request.hub.state, request.home, commit, files))


def compare(request: Request) -> Reply:
    """What lies between two commits, seen from where they part."""
    state, home = request.hub.state, request.home
    git = request.hub.git(home)
    left, dots, right = request.params["basehead"].partition("...")
    base, head = (git.resolve(name.rpartition(":")[2]) for name in (left, right))
    common = git.merge_base(base, head) if dots and base and head else None
    if base is None or head is None or common is None:
        raise NotFound
    ahead, behind = git.count(base, head), git.count(head, base)
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    api = f"{repository_api(state.urls, home)}/compare/{left}...{right}"
    web = f"{repository_web(state.urls, home)}/compare/{left}...{right}"
    commits = git.commits(head, f"^{base}")[::-1]
    body: JsonObject = {
        "url": api,
        "html_url": web,
        "permalink_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "base_commit": code.commit(state, home, git.commit(base)),
        "merge_base_commit": code.commit(state, home, git.commit(common)),
        "status": status.get((ahead > 0, behind > 0), "diverged"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [code.commit(state, home, c) for c in commits],
        "files": [code.file_change(state, home, head, f) for f in changes(git, common, head)],
    }
    return Reply(200, body)


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_REPO}/contents/{{path}}", "contents:read", get_contents),
    Route("GET", f"{_REPO}/contents", "contents:read", get_contents),
    Route("GET", f"{_REPO}/branches", "contents:read", list_branches),
    Route("GET", f"{_REPO}/branches/{{branch}}", "contents:read", get_branch),
    Route("GET", f"{_REPO}/commits", "contents:read", list_commits),
    Route("GET", f"{_REPO}/commits/{{ref}}", "contents:read", get_commit),
    Route("GET", f"{_REPO}/compare/{{basehead}}", "contents:read", compare),
)
