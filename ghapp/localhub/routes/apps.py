"""REST: the App itself, its installations, their tokens, its webhook deliveries."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from ghapp.localhub.auth import Caller
from ghapp.localhub.errors import Forbidden, NotFound, Unprocessable
from ghapp.localhub.jsontypes import Body, Json, JsonObject
from ghapp.localhub.models import App, Delivery, Installation, InstallationToken
from ghapp.localhub.payloads import accounts
from ghapp.localhub.routing import Reply, Request, Route

TOKEN_LIFETIME: Final = timedelta(hours=1)
_TOKEN_CHARS = string.ascii_letters + string.digits
_LEVELS = ("read", "write", "admin")
_DELIVERIES_PER_PAGE = 30


def _app(caller: Caller) -> App:
    if caller.app is None:
        raise Forbidden
    return caller.app


def get_app(request: Request) -> Reply:
    """The App that signed the request."""
    app = _app(request.caller)
    state = request.hub.state
    count = sum(1 for i in state.installations.values() if i.app_id == app.id)
    return Reply(200, {**accounts.app(state, app), "installations_count": count})


def list_installations(request: Request) -> Reply:
    """The App's installations."""
    app = _app(request.caller)
    state = request.hub.state
    mine = [i for i in state.installations.values() if i.app_id == app.id]
    return Reply(200, [accounts.installation(state, i) for i in mine])


def _installation(request: Request) -> Installation:
    found = request.hub.state.installations.get(request.number("installation_id"))
    if found is None or found.app_id != _app(request.caller).id:
        raise NotFound
    return found


def get_installation(request: Request) -> Reply:
    """One installation of the App."""
    return Reply(200, accounts.installation(request.hub.state, _installation(request)))


def get_repository_installation(request: Request) -> Reply:
    """The installation through which the App sees a repository."""
    found = request.hub.state.installation_for(_app(request.caller).id, request.home.id)
    if found is None:
        raise NotFound
    return Reply(200, accounts.installation(request.hub.state, found))


def create_token(request: Request) -> Reply:
    """A token for an installation, narrowed to the repositories and permissions asked for."""
    installation = _installation(request)
    state = request.hub.state
    body = request.body("InstallationToken")
    chosen = _chosen_repositories(request, installation, body)
    token = InstallationToken(
        token="ghs_" + "".join(secrets.choice(_TOKEN_CHARS) for _ in range(36)),
        installation_id=installation.id,
        repository_ids=chosen,
        permissions=_chosen_permissions(_app(request.caller).permissions, body),
        expires_at=state.now() + TOKEN_LIFETIME,
    )
    state.tokens[token.token] = token
    narrowed = "repository_ids" in body or "repositories" in body
    told: dict[str, Json] = {
        "token": token.token,
        "expires_at": accounts.stamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected",
    }
    if narrowed:
        told["repositories"] = [accounts.repository(state, state.repositories[i]) for i in sorted(chosen)]
    return Reply(201, told)


def _chosen_repositories(request: Request, installation: Installation, body: Body) -> frozenset[int]:
    asked = set(body.numbers("repository_ids"))
    names = {name.lower() for name in body.texts("repositories")}
    visible = {i: request.hub.state.repositories[i].name.lower() for i in installation.repository_ids}
    if not asked <= visible.keys() or not names <= set(visible.values()):
        raise Unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    asked |= {i for i, name in visible.items() if name in names}
    return frozenset(asked) or installation.repository_ids


def _chosen_permissions(granted: Mapping[str, str], body: Body) -> Mapping[str, str]:
    asked = body.child("permissions")
    held = {"metadata": "read", **granted}
    if asked is None or not asked.fields:  # PyGithub sends {} where it means "all"
        return held
    chosen = {name: asked.choice(name, _LEVELS) for name in asked.fields}
    for name, level in chosen.items():
        if name not in held or _LEVELS.index(level) > _LEVELS.index(held[name]):
            raise Unprocessable("The permissions requested are not granted to this installation.")
    return {"metadata": "read", **chosen}


def revoke_token(request: Request) -> Reply:
    """Ends the token that signed the request."""
    if request.caller.token is not None:
        del request.hub.state.tokens[request.caller.token.token]
    return Reply(204)


def list_token_repositories(request: Request) -> Reply:
    """The repositories that the token may see."""
    token = request.caller.token
    if token is None:
        raise Forbidden
    state = request.hub.state
    told = [accounts.repository(state, state.repositories[i]) for i in sorted(token.repository_ids)]
    body: JsonObject = {"total_count": len(told), "repository_selection": "selected", "repositories": told}
    return Reply(200, body, items_key="repositories")


def _delivery_item(it: Delivery) -> dict[str, Json]:
    return {
        "id": it.id,
        "guid": it.guid,
        "delivered_at": accounts.stamp(it.delivered_at),
        "redelivery": it.redelivery,
        "duration": it.duration_s,
        "status": it.status,
        "status_code": it.status_code,
        "event": it.event,
        "action": it.action,
        "installation_id": it.installation_id,
        "repository_id": it.repository_id,
        "throttled_at": None,
    }


def list_deliveries(request: Request) -> Reply:
    """The App's deliveries, newest first. The cursor is the id of the first delivery to show."""
    app = _app(request.caller)
    size = min(100, int(request.query.get("per_page", _DELIVERIES_PER_PAGE)))
    mine = sorted((d for d in request.hub.state.deliveries.values() if d.app_id == app.id), key=lambda d: -d.id)
    cursor = request.query.get("cursor")
    if cursor is not None:
        mine = [d for d in mine if d.id <= int(cursor)]
    headers = {}
    if len(mine) > size:
        address = f"{request.hub.state.urls.api}/app/hook/deliveries?per_page={size}&cursor={mine[size].id}"
        headers = {"Link": f'<{address}>; rel="next"'}
    return Reply(200, [_delivery_item(d) for d in mine[:size]], headers)


def _delivery(request: Request) -> Delivery:
    found = request.hub.state.deliveries.get(request.number("delivery_id"))
    if found is None or found.app_id != _app(request.caller).id:
        raise NotFound
    return found


def get_delivery(request: Request) -> Reply:
    """One delivery with what was sent and what came back."""
    it = _delivery(request)
    told: JsonObject = {
        **_delivery_item(it),
        "url": request.hub.state.apps[it.app_id].webhook_url,
        "request": {"headers": it.request_headers, "payload": json.loads(it.payload)},
        "response": {"headers": it.response_headers, "payload": it.response_body},
    }
    return Reply(200, told)


def redeliver(request: Request) -> Reply:
    """Sends a delivery again."""
    request.hub.outbox.redeliver(_delivery(request).id)
    return Reply(202, {})


ROUTES = (
    Route("GET", "/app", "app", get_app),
    Route("GET", "/app/installations", "app", list_installations),
    Route("GET", "/app/installations/{installation_id}", "app", get_installation),
    Route("POST", "/app/installations/{installation_id}/access_tokens", "app", create_token),
    Route("GET", "/repos/{owner}/{repo}/installation", "app", get_repository_installation),
    Route("GET", "/app/hook/deliveries", "app", list_deliveries),
    Route("GET", "/app/hook/deliveries/{delivery_id}", "app", get_delivery),
    Route("POST", "/app/hook/deliveries/{delivery_id}/attempts", "app", redeliver),
    Route("DELETE", "/installation/token", "installation", revoke_token),
    Route("GET", "/installation/repositories", "installation", list_token_repositories),
)
