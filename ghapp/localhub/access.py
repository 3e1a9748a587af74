"""Whether a caller may use an endpoint, as GitHub decides it. Pure."""

from __future__ import annotations

from ghapp.localhub.auth import Caller
from ghapp.localhub.errors import BadCredentials, Forbidden, NotFound
from ghapp.localhub.models import ROLES, Repository, Role

_LEVELS = ("none", "read", "write", "admin")


def is_granted(caller: Caller, permission: str, level: str) -> bool:
    """Whether an installation token holds a permission; reading metadata is always part of it."""
    if caller.token is None:
        return False
    if (permission, level) == ("metadata", "read"):
        return True
    held = caller.token.permissions.get(permission, "none")
    return _LEVELS.index(held) >= _LEVELS.index(level)


def has_role(caller: Caller, home: Repository, role: Role) -> bool:
    """Whether a person holds at least a role on a repository."""
    held = home.role_of(caller.user.login) if caller.user else ("none" if home.private else "read")
    return ROLES.index(held) >= ROLES.index(role)


def require_visible(caller: Caller, home: Repository) -> None:
    """Raises NotFound where the caller may not even know that the repository exists."""
    if caller.token is not None:
        if home.id not in caller.token.repository_ids:
            raise NotFound
    elif not has_role(caller, home, "read"):
        raise NotFound


def require_identity(caller: Caller, need: str) -> None:
    """Checks the endpoints that belong to Apps, to installations, or to anyone."""
    if need == "app" and not caller.is_app:
        raise BadCredentials("A JSON web token could not be decoded")
    if need == "installation" and caller.token is None:
        raise Forbidden("You must authenticate with an installation access token in order to list repositories.")


def require_permission(caller: Caller, need: str, home: Repository, role: Role) -> None:
    """Checks `permission:level` for a token, or a role for a person. Raises Forbidden, NotFound, BadCredentials."""
    permission, _, level = need.partition(":")
    if caller.is_app:
        raise Forbidden
    require_visible(caller, home)
    if caller.token is not None:
        if not is_granted(caller, permission, level):
            raise Forbidden
    elif permission == "checks" and level == "write":
        raise Forbidden("You must authenticate via a GitHub App.")
    elif caller.user is None and level != "read":
        raise BadCredentials("Requires authentication")
    elif not has_role(caller, home, role):
        raise Forbidden("Must have admin rights to Repository.")
