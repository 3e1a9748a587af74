"""REST: git refs."""

from __future__ import annotations

from ghapp.localhub.errors import FieldFault, GitFailed, NotFound, Unprocessable
from ghapp.localhub.models import ZERO_SHA
from ghapp.localhub.payloads import code
from ghapp.localhub.pushes import Move, after_push
from ghapp.localhub.routing import Reply, Request, Route


def _told(request: Request, name: str, sha: str, status: int = 200) -> Reply:
    kind = request.hub.git(request.home).kind_of(sha) or "commit"
    return Reply(status, code.ref(request.hub.state, request.home, name, sha, kind))


def get_ref(request: Request) -> Reply:
    """One ref; its path lacks the leading `refs/`."""
    name = f"refs/{request.params['ref']}"
    sha = request.hub.git(request.home).refs().get(name)
    if sha is None:
        raise NotFound
    return _told(request, name, sha)


def matching_refs(request: Request) -> Reply:
    """All refs that start with a path."""
    git = request.hub.git(request.home)
    found = git.refs(f"refs/{request.params['ref']}")
    told = [
        code.ref(request.hub.state, request.home, name, sha, git.kind_of(sha) or "commit")
        for name, sha in found.items()
    ]
    return Reply(200, told)


def _require_object(request: Request, sha: str) -> None:
    kind = request.hub.git(request.home).kind_of(sha) if len(sha) == 40 else None
    if kind is None:
        raise Unprocessable("Object does not exist")


def create_ref(request: Request) -> Reply:
    """A new ref to an object that is there."""
    body = request.body("Reference")
    name, sha = body.text("ref"), body.text("sha")
    git = request.hub.git(request.home)
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Unprocessable(f"Reference name must start with 'refs' and have at least two slashes: {name}")
    if name in git.refs():
        raise Unprocessable("Reference already exists")
    _require_object(request, sha)
    _set(request, name, sha)
    after_push(request.hub, request.home, request.actor, [Move(name, ZERO_SHA, sha)])
    return _told(request, name, sha, 201)


def _set(request: Request, name: str, sha: str) -> None:
    try:
        request.hub.git(request.home).set_ref(name, sha)
    except GitFailed as refused:
        raise Unprocessable("Reference update failed", (FieldFault("Reference", "ref", "invalid"),)) from refused


def update_ref(request: Request) -> Reply:
    """Moves a ref; without `force` only forward."""
    body = request.body("Reference")
    name, sha = f"refs/{request.params['ref']}", body.text("sha")
    git = request.hub.git(request.home)
    before = git.refs().get(name)
    if before is None:
        raise Unprocessable("Reference does not exist")
    _require_object(request, sha)
    if not body.flag("force") and not git.is_ancestor(before, sha):
        raise Unprocessable("Update is not a fast forward")
    _set(request, name, sha)
    after_push(request.hub, request.home, request.actor, [Move(name, before, sha)])
    return _told(request, name, sha)


def delete_ref(request: Request) -> Reply:
    """Removes a ref."""
    name = f"refs/{request.params['ref']}"
    git = request.hub.git(request.home)
    before = git.refs().get(name)
    if before is None:
        raise Unprocessable("Reference does not exist")
    git.run("update-ref", "-d", name)
    after_push(request.hub, request.home, request.actor, [Move(name, before, ZERO_SHA)])
    return Reply(204)


_GIT = "/repos/{owner}/{repo}/git"
ROUTES = (
    Route("GET", f"{_GIT}/ref/{{ref}}", "contents:read", get_ref),
    Route("GET", f"{_GIT}/matching-refs/{{ref}}", "contents:read", matching_refs),
    Route("POST", f"{_GIT}/refs", "contents:write", create_ref, "write"),
    Route("PATCH", f"{_GIT}/refs/{{ref}}", "contents:write", update_ref, "write"),
    Route("DELETE", f"{_GIT}/refs/{{ref}}", "contents:write", delete_ref, "write"),
)
