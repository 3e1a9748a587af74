"""Who is calling: an App by its JWT, an installation by its token, or a person by theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import jwt

from ghapp.localhub.errors import BadCredentials, NotFound
from ghapp.localhub.models import App, Installation, InstallationToken, User
from ghapp.localhub.state import State

JWT_LIFETIME_MAX = timedelta(minutes=10)
CLOCK_DRIFT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. Exactly one of: nobody, a person, an App, an installation."""

    user: User | None = None
    app: App | None = None
    token: InstallationToken | None = None
    installation: Installation | None = None

    @property
    def is_app(self) -> bool:
        """Signed by an App's own key, not by one of its installations."""
        return self.app is not None and self.token is None

    @property
    def key(self) -> str:
        """What its rate limit is counted by."""
        if self.token is not None:
            return f"installation-{self.token.installation_id}"
        if self.app is not None:
            return f"app-{self.app.id}"
        return f"user-{self.user.id}" if self.user is not None else "anonymous"


ANONYMOUS = Caller()


def caller_of(state: State, authorization: str | None) -> Caller:
    """The caller behind an Authorization header (`Bearer` or `token`). Raises BadCredentials."""
    if not authorization:
        return ANONYMOUS
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token") or not credential:
        raise BadCredentials
    if credential.count(".") == 2:
        return Caller(app=_app_of_jwt(state, credential.strip()))
    return caller_of_token(state, credential.strip())


def caller_of_token(state: State, token: str) -> Caller:
    """The installation or person that holds an opaque token. Raises BadCredentials when it is unknown or over."""
    known = state.tokens.get(token)
    if known is not None and state.now() < known.expires_at:
        installation = state.installations.get(known.installation_id)
        if installation is not None:
            app = state.apps[installation.app_id]
            return Caller(state.users[app.bot_id], app, known, installation)
    if token in state.user_tokens:
        return Caller(user=state.users[state.user_tokens[token]])
    raise BadCredentials


def _app_of_jwt(state: State, encoded: str) -> App:
    """The App that signed a JWT.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    try:
        claimed = jwt.decode(encoded, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise BadCredentials("A JSON web token could not be decoded") from None
    issuer = str(claimed.get("iss", ""))
    app = state.apps.get(int(issuer)) if issuer.isdigit() else None
    if app is None:
        raise NotFound("Integration not found")
    try:
        jwt.decode(
            encoded, app.public_key_pem, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        raise BadCredentials("A JSON web token could not be decoded") from None
    _check_times(state, claimed.get("iat"), claimed.get("exp"))
    return app


def _check_times(state: State, issued: object, expires: object) -> None:
    """GitHub takes a JWT for at most ten minutes and forgives a minute of drift."""
    now = state.now()
    if not isinstance(issued, int) or issued > (now + CLOCK_DRIFT).timestamp():
        raise BadCredentials(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int) or expires <= now.timestamp():
        raise BadCredentials(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which"
            " the assertion expires"
        )
    if expires > (now + JWT_LIFETIME_MAX + CLOCK_DRIFT).timestamp():
        raise BadCredentials("'Expiration time' claim ('exp') is too far in the future")
