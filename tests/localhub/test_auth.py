"""Who may do what over REST: JWTs, installation tokens, people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.localhub.conftest import make_key

REPO = "/repos/acme/demo"


def test_a_good_jwt_is_the_app(calm: Any) -> None:
    """The App is known by its signature; the issuer may be a number or a string."""
    assert calm.call("GET", "/app", calm.jwt()).json()["slug"] == "greenloop"


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"exp": 1}, 401, "'Expiration time' claim ('exp') must be a numeric value"),
        ({"exp": 99999999999}, 401, "'Expiration time' claim ('exp') is too far in the future"),
        ({"iat": 99999999999}, 401, "'Issued at' claim ('iat') must be an Integer"),
        ({"iss": "7"}, 404, "Integration not found"),
    ],
)
def test_a_bad_jwt_is_refused(calm: Any, claims: dict[str, Any], status: int, message: str) -> None:
    """Times out of bounds and unknown Apps get GitHub's words."""
    answer = calm.call("GET", "/app", calm.jwt(**claims))
    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)


def test_a_jwt_signed_by_somebody_else_is_refused(calm: Any) -> None:
    """The claims alone prove nothing."""
    answer = calm.call("GET", "/app", calm.jwt(key=make_key()))
    assert (answer.status_code, answer.json()["message"]) == (401, "A JSON web token could not be decoded")


def test_a_jwt_opens_no_repository_and_a_token_is_no_app(calm: Any) -> None:
    """Each kind of credential has its own endpoints."""
    assert calm.call("GET", REPO, calm.jwt()).status_code == 403
    assert calm.call("GET", "/app", calm.token()).status_code == 401
    assert calm.call("GET", "/installation/repositories", "token-of-maya").status_code == 403


def test_a_token_is_opaque_and_says_what_it_may(calm: Any) -> None:
    """It starts with ghs_, lasts an hour, and carries just what was asked for besides metadata."""
    path = f"/app/installations/{calm.installation_id}/access_tokens"
    asked = {"repository_ids": [calm.repository_id], "permissions": {"contents": "read"}}
    told = calm.call("POST", path, calm.jwt(), asked).json()
    assert told["token"].startswith("ghs_")
    assert told["permissions"] == {"metadata": "read", "contents": "read"}
    assert [r["full_name"] for r in told["repositories"]] == ["acme/demo"]


@pytest.mark.parametrize(
    "asked",
    [
        {"permissions": {"administration": "write"}},
        {"permissions": {"contents": "admin"}},
        {"permissions": {"metadata": "write"}},
        {"repository_ids": [1]},
        {"repositories": ["other"]},
    ],
)
def test_a_token_cannot_be_wider_than_its_installation(calm: Any, asked: dict[str, Any]) -> None:
    """More permissions or other repositories than installed are 422."""
    path = f"/app/installations/{calm.installation_id}/access_tokens"
    assert calm.call("POST", path, calm.jwt(), asked).status_code == 422


def test_tokens_end(world: Any) -> None:
    """By revocation, by time and by uninstalling; then they are bad credentials."""
    revoked, old, orphan = world.token(), world.token(), None
    assert world.call("DELETE", "/installation/token", revoked).status_code == 204
    assert world.call("GET", REPO, revoked).json() == {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }
    world.clock.ahead = timedelta(minutes=59)
    assert world.call("GET", REPO, old).status_code == 200
    world.clock.ahead = timedelta(minutes=61)
    assert world.call("GET", REPO, old).status_code == 401
    orphan = world.token()
    world.hub.uninstall(world.installation_id)
    assert world.call("GET", REPO, orphan).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "needed"),
    [
        ("GET", "/contents/README.md", None, {"contents": "read"}),
        ("POST", "/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}, {"contents": "write"}),
        ("GET", "/issues/1", None, {"issues": "read"}),
        ("POST", "/issues/1/comments", {"body": "x"}, {"issues": "write"}),
        ("POST", "/issues/1/reactions", {"content": "eyes"}, {"issues": "write"}),
        ("GET", "/pulls", None, {"pull_requests": "read"}),
        ("POST", "/pulls", {"head": "x", "base": "main", "title": "t"}, {"pull_requests": "write"}),
        ("POST", "/check-runs", {"name": "x", "head_sha": "main"}, {"checks": "write"}),
        ("POST", "/statuses/main", {"state": "success"}, {"statuses": "write"}),
    ],
)
def test_each_endpoint_asks_for_its_own_permission(
    calm: Any, method: str, path: str, body: object, needed: dict[str, str]
) -> None:
    """With everything but the needed permission: 403 with GitHub's words. With it alone: let in."""
    everything = {
        "contents": "write",
        "issues": "write",
        "pull_requests": "write",
        "checks": "write",
        "statuses": "write",
    }
    lacking = {name: level for name, level in everything.items() if name not in needed}
    refused = calm.call(method, REPO + path, calm.token(**lacking), body)
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    assert calm.call(method, REPO + path, calm.token(**needed), body).status_code in (200, 201, 422)


def test_what_is_said_on_a_pull_request_needs_its_permission(world: Any, bot: Any) -> None:
    """The issue endpoints serve pull requests too, under the permission for pull requests."""
    world.push_change("side", world.token())
    pull = bot.create_pull(base="main", head="side", title="T")
    path = f"{REPO}/issues/{pull.number}/comments"
    assert world.call("POST", path, world.token(issues="write"), {"body": "x"}).status_code == 403
    assert world.call("POST", path, world.token(pull_requests="write"), {"body": "x"}).status_code == 201


def test_a_repository_outside_the_token_is_not_there(world: Any) -> None:
    """Whether it exists or not."""
    world.hub.add_repository("acme", "second", world.folder / "source", private=True)
    for name in ("second", "none"):
        answer = world.call("GET", f"/repos/acme/{name}", world.token())
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_people_act_by_their_role(world: Any, maya: Any) -> None:
    """Strangers do not see a private repository; triagers label; nobody but an App makes check runs."""
    maya.create_issue("One")
    assert world.call("GET", REPO, "token-of-eve").status_code == 404
    assert world.call("GET", REPO).status_code == 404
    assert world.call("POST", f"{REPO}/issues/1/labels", "token-of-rob", {"labels": ["bug"]}).status_code == 200
    refused = world.call("POST", f"{REPO}/git/refs", "token-of-rob", {"ref": "refs/heads/x", "sha": "0" * 40})
    assert refused.status_code == 403
    check = world.call("POST", f"{REPO}/check-runs", "token-of-maya", {"name": "x", "head_sha": "main"})
    assert check.json()["message"] == "You must authenticate via a GitHub App."


def test_only_its_author_or_a_triager_edits_a_comment(world: Any) -> None:
    """Reading a public repository is no licence to rewrite others."""
    world.hub.add_repository("acme", "open", world.folder / "source")
    issue = world.client("token-of-maya").get_repo("acme/open").create_issue("One")
    comment = issue.create_comment("mine")
    path = f"/repos/acme/open/issues/comments/{comment.id}"
    assert world.call("PATCH", path, "token-of-eve", {"body": "hers"}).status_code == 403
    assert world.call("PATCH", path, "token-of-maya", {"body": "still mine"}).status_code == 200


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [("maya", "write", "maintain"), ("rob", "read", "triage"), ("eve", "none", "none"), ("acme", "admin", "admin")],
)
def test_permissions_are_told_in_githubs_words(calm: Any, login: str, permission: str, role: str) -> None:
    """`permission` knows fewer words than `role_name`."""
    told = calm.call("GET", f"{REPO}/collaborators/{login}/permission", calm.token(issues="read")).json()
    assert (told["permission"], told["role_name"]) == (permission, role)
