"""What the App signs, and for how long its tokens live."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from ghapp.auth import CLONE, app_jwt, lent
from ghapp.errors import GitHubUnreachable, SettingsInvalid
from ghapp.ports import Bot, Permissions, Token

NOW_S = 1_700_000_000.7


def test_the_jwt_is_short_forgives_a_minute_and_names_the_app(key_pem: str) -> None:
    """Issued a minute ago, over in less than nine, signed by the App's key with RS256."""
    encoded = app_jwt(12, key_pem, NOW_S)
    public = serialization.load_pem_private_key(key_pem.encode(), None).public_key()
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(encoded, public, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    assert claims == {"iat": 1_700_000_000 - 60, "exp": 1_700_000_000 + 480, "iss": "12"}
    assert claims["exp"] - claims["iat"] <= 9 * 60


def test_a_broken_key_is_named_and_not_quoted() -> None:
    """The fault names the variable; nothing of the file is repeated."""
    with pytest.raises(SettingsInvalid, match="GREENLOOP_PRIVATE_KEY_PATH") as caught:
        app_jwt(12, "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----", NOW_S)
    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__cause__ is None


class FakeApp:
    """Mints one token and remembers what was revoked; `refuses` makes revoking fail."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.minted: list[tuple[int, int, Permissions]] = []
        self.revoked: list[str] = []
        self._refuses = refuses

    def bot(self) -> Bot:
        """The App's account."""
        return Bot("greenloop[bot]")

    def mint(self, installation_id: int, repository_id: int, permissions: Permissions) -> Token:
        """A token."""
        self.minted.append((installation_id, repository_id, permissions))
        return Token("ghs_secret", "2030-01-01T00:00:00Z")

    def revoke(self, token: Token) -> None:
        """End it."""
        if self._refuses:
            raise GitHubUnreachable("no answer")
        self.revoked.append(token.value)

    def failed_deliveries(self, limit: int) -> tuple[int, ...]:
        """None."""
        return ()[:limit]

    def redeliver(self, delivery_id: int) -> None:
        """Nothing."""


def test_a_lent_token_is_revoked_however_the_block_ends() -> None:
    """Also when the work fails: and the failure is what is raised."""
    app = FakeApp()
    with pytest.raises(ZeroDivisionError), lent(app, 5, 9, CLONE):
        raise ZeroDivisionError
    assert app.minted == [(5, 9, {"contents": "read"})]
    assert app.revoked == ["ghs_secret"]


def test_a_token_that_cannot_be_revoked_does_not_undo_the_work(caplog: pytest.LogCaptureFixture) -> None:
    """It ends by itself within the hour; the log says so, without the token."""
    with lent(FakeApp(refuses=True), 5, 9, CLONE):
        pass
    assert "2030-01-01" in caplog.text
    assert "ghs_secret" not in caplog.text


def test_a_token_does_not_show_in_its_repr() -> None:
    """Tracebacks with local variables do not hold it."""
    assert "ghs_secret" not in repr(Token("ghs_secret", "2030-01-01T00:00:00Z"))
