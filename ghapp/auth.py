"""How the App proves who it is, and for how long and what each token of a job may do.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import jwt

from ghapp.errors import GitHubFailed, SettingsInvalid
from ghapp.ports import AppApi, Permissions, Token

CLOCK_DRIFT_S: Final = 60
JWT_LIFETIME_S: Final = 9 * 60
"""GitHub refuses more than ten minutes; one is left for clocks that differ."""

CLONE: Final[Permissions] = {"contents": "read"}
TALK: Final[Permissions] = {"issues": "write"}
REPLY: Final[Permissions] = {"issues": "write", "pull_requests": "write"}
"""A comment on a pull request asks for the right on pull requests, though it goes by the issues' address."""

LOOK: Final[Permissions] = {"contents": "read", "pull_requests": "read"}
PUBLISH: Final[Permissions] = {"contents": "write", "pull_requests": "write", "checks": "write"}

log = logging.getLogger(__name__)


def app_jwt(app_id: int, private_key_pem: str, now_s: float) -> str:
    """The App's signed word that it is itself, at `now_s` seconds since the epoch. Raises SettingsInvalid."""
    issued = int(now_s) - CLOCK_DRIFT_S
    claims = {"iat": issued, "exp": int(now_s) + JWT_LIFETIME_S - CLOCK_DRIFT_S, "iss": str(app_id)}
    try:
        return jwt.encode(claims, private_key_pem, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        fault = "GREENLOOP_PRIVATE_KEY_PATH is no RSA private key; download one from the App's settings page"
        # The cause could quote the key.
        raise SettingsInvalid((fault,)) from None


@contextmanager
def lent(app: AppApi, installation_id: int, repository_id: int, permissions: Permissions) -> Iterator[Token]:
    """A token for one repository that is revoked at the end of the block, however it ends."""
    token = app.mint(installation_id, repository_id, permissions)
    try:
        yield token
    finally:
        try:
            app.revoke(token)
        except GitHubFailed as error:
            log.warning("a token could not be revoked and lives until %s: %s", token.expires_at, error)
