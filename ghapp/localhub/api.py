"""How a REST request becomes an answer: limits, caller, endpoint, permission, handler, pages, journal."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ghapp.localhub.access import require_identity, require_permission
from ghapp.localhub.auth import ANONYMOUS, Caller, caller_of
from ghapp.localhub.errors import ApiError
from ghapp.localhub.hub import Exchange, Hub
from ghapp.localhub.jsontypes import Json
from ghapp.localhub.limits import HOURLY, Allowance, Refusal
from ghapp.localhub.models import Repository
from ghapp.localhub.routes.table import ROUTES
from ghapp.localhub.routing import Match, Reply, Request, Router

ROUTER = Router(ROUTES)
PAGE_SIZE, PAGE_SIZE_MAX = 30, 100
MEDIA_TYPE = "github.v3; format=json"


class MalformedJson(ApiError):
    """The body is no JSON."""

    status = 400


@dataclass(frozen=True, slots=True)
class Incoming:
    """A REST request as it came in; `path` is below the REST base."""

    method: str
    path: str
    query: Mapping[str, str]
    authorization: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A REST answer ready to be written; `body` is None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(slots=True)
class _Progress:
    """How far a request came: what the answer's headers and the journal tell."""

    caller: Caller = ANONYMOUS
    match: Match | None = None
    sent: Json = None


def answer(hub: Hub, incoming: Incoming) -> Outgoing:
    """Answers a REST request; every refusal has GitHub's body."""
    refusal = hub.limits.next_refusal()
    progress = _Progress()
    with hub.state.locked():
        try:
            reply = _limited(hub, refusal) if refusal else _handled(hub, incoming, progress)
        except ApiError as error:
            reply = Reply(error.status, error.body())
        now = hub.state.now()
        spent = 0 if incoming.path == "/rate_limit" else 1
        allowance = hub.limits.spend(progress.caller.key, now, requests=spent)
        if refusal and refusal.kind == "primary":
            allowance = Allowance(HOURLY, now.fromtimestamp(now.timestamp() + refusal.retry_after_s, now.tzinfo))
    reply = _paged(hub, incoming, reply)
    template = progress.match.route.template if progress.match else None
    hub.journal.append(Exchange(incoming.method, template, incoming.path, progress.sent, reply.status, reply.body))
    headers = {
        "X-GitHub-Media-Type": MEDIA_TYPE,
        "X-GitHub-Request-Id": uuid.uuid4().hex[:16].upper(),
        **allowance.headers(),
        **reply.headers,
    }
    return Outgoing(reply.status, headers, reply.body)


def _limited(hub: Hub, refusal: Refusal) -> Reply:
    """The 403 of a rate limit, as GitHub words it.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
    """
    docs = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
    if refusal.kind == "primary":
        message = f"API rate limit exceeded for installation. (request {hub.state.next_id()})"
        return Reply(403, {"message": message, "documentation_url": docs, "status": "403"})
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        " If you reach out to GitHub Support for help, please include the request ID."
    )
    headers = {"Retry-After": str(refusal.retry_after_s)}
    return Reply(403, {"message": message, "documentation_url": docs, "status": "403"}, headers)


def _handled(hub: Hub, incoming: Incoming, progress: _Progress) -> Reply:
    progress.match = match = ROUTER.find(incoming.method, incoming.path)
    progress.caller = caller = caller_of(hub.state, incoming.authorization)
    progress.sent = _parsed(incoming.body)
    home = _home(hub, match.params)
    if match.route.need in ("app", "installation", "anyone"):
        require_identity(caller, match.route.need)
    elif home is not None:
        require_permission(caller, _need(hub, match, home), home, match.route.role)
    return match.route.handler(Request(hub, caller, match.params, incoming.query, progress.sent, home))


def _home(hub: Hub, params: Mapping[str, str]) -> Repository | None:
    return hub.state.repository_named(params["owner"], params["repo"]) if "repo" in params else None


def _need(hub: Hub, match: Match, home: Repository) -> str:
    """What is said on a pull request falls under its own permission, also through the issue endpoints."""
    permission, _, level = match.route.need.partition(":")
    if permission != "issues":
        return match.route.need
    number = match.params.get("issue_number")
    comment = hub.state.comments.get(int(match.params.get("comment_id", 0)))
    if number is None and comment is not None:
        number = str(comment.number)
    issue = hub.state.issues.get((home.id, int(number or 0)))
    return f"pull_requests:{level}" if issue is not None and issue.pull else match.route.need


def _parsed(body: bytes) -> Json:
    if not body:
        return None
    try:
        value: Json = json.loads(body)
    except ValueError:
        raise MalformedJson("Problems parsing JSON") from None
    return value


def _paged(hub: Hub, incoming: Incoming, reply: Reply) -> Reply:
    """Cuts a list into pages as the query asks and links to its neighbours."""
    whole = reply.body
    if reply.items_key is not None and isinstance(whole, Mapping):
        whole = whole[reply.items_key]
    if isinstance(whole, (str, Mapping)) or not isinstance(whole, Sequence) or "Link" in reply.headers:
        return reply
    size = min(PAGE_SIZE_MAX, _positive(incoming.query.get("per_page"), PAGE_SIZE))
    page = _positive(incoming.query.get("page"), 1)
    shown: Json = whole[(page - 1) * size : page * size]
    if reply.items_key is not None and isinstance(reply.body, Mapping):
        shown = {**reply.body, reply.items_key: shown}
    links = _links(hub, incoming, page, size, len(whole))
    return replace(reply, body=shown, headers={**reply.headers, **links})


def _positive(text: str | None, default: int) -> int:
    return max(1, int(text)) if text and text.isdigit() else default


def _links(hub: Hub, incoming: Incoming, page: int, size: int, total: int) -> dict[str, str]:
    """The Link header of a page; nothing for a list that fits on one.

    https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers
    """
    last = max(1, -(-total // size))
    wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page >= last:
        del wanted["next"], wanted["last"]
    if page == 1:
        del wanted["prev"], wanted["first"]
    parts = []
    for relation, number in wanted.items():
        query = urlencode({**incoming.query, "per_page": size, "page": number})
        parts.append(f'<{hub.state.urls.api}{incoming.path}?{query}>; rel="{relation}"')
    return {"Link": ", ".join(parts)} if parts else {}
