"""REST: repositories, people and their roles, rate limits."""

from __future__ import annotations

from ghapp.localhub.errors import BadCredentials, Forbidden, NotFound
from ghapp.localhub.jsontypes import Json
from ghapp.localhub.models import ROLES, Role
from ghapp.localhub.payloads import accounts
from ghapp.localhub.routing import Reply, Request, Route

# GitHub's older words: `permission` knows no triage and no maintain.
_LEGACY: dict[Role, str] = {"triage": "read", "maintain": "write"}


def get_repository(request: Request) -> Reply:
    """One repository."""
    return Reply(200, accounts.full_repository(request.hub.state, request.home))


def _flags(role: Role) -> dict[str, Json]:
    words: dict[str, Role] = {
        "admin": "admin",
        "maintain": "maintain",
        "push": "write",
        "triage": "triage",
        "pull": "read",
    }
    return {word: ROLES.index(role) >= ROLES.index(least) for word, least in words.items()}


def get_permission(request: Request) -> Reply:
    """What somebody may do here."""
    who = request.hub.state.user_named(request.params["username"])
    role = request.home.role_of(who.login)
    told = {
        **accounts.user(request.hub.state.urls, who),
        "permissions": _flags(role),
        "role_name": role,
    }
    return Reply(200, {"permission": _LEGACY.get(role, role), "role_name": role, "user": told})


def get_user(request: Request) -> Reply:
    """Anybody by login."""
    state = request.hub.state
    return Reply(200, accounts.public_user(state, state.user_named(request.params["username"])))


def get_self(request: Request) -> Reply:
    """The person whose token it is."""
    if request.caller.app is not None:
        raise Forbidden
    if request.caller.user is None:
        raise BadCredentials("Requires authentication")
    return Reply(200, accounts.public_user(request.hub.state, request.caller.user))


def get_rate_limit(request: Request) -> Reply:
    """What is left for the caller; asking costs nothing."""
    hub = request.hub
    left = hub.limits.spend(request.caller.key, hub.state.now(), requests=0)
    core: dict[str, Json] = {
        "limit": left.used + left.remaining,
        "used": left.used,
        "remaining": left.remaining,
        "reset": int(left.reset_at.timestamp()),
    }
    return Reply(200, {"resources": {"core": core, "search": core}, "rate": core})


def get_app_by_slug(request: Request) -> Reply:
    """A GitHub App by its name in addresses."""
    state = request.hub.state
    found = next((a for a in state.apps.values() if a.slug == request.params["app_slug"]), None)
    if found is None:
        raise NotFound
    return Reply(200, accounts.app(state, found))


ROUTES = (
    Route("GET", "/repos/{owner}/{repo}", "metadata:read", get_repository),
    Route(
        "GET",
        "/repos/{owner}/{repo}/collaborators/{username}/permission",
        "metadata:read",
        get_permission,
    ),
    Route("GET", "/users/{username}", "anyone", get_user),
    Route("GET", "/user", "anyone", get_self),
    Route("GET", "/apps/{app_slug}", "anyone", get_app_by_slug),
    Route("GET", "/rate_limit", "anyone", get_rate_limit),
)
