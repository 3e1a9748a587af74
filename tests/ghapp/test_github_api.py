"""The calls to GitHub, against the local hub: what is asked, who is believed, how limits are borne."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from typing import Any

import github
import pytest

from ghapp.auth import PUBLISH, TALK
from ghapp.errors import GitHubRefused, GitHubUnreachable, RateLimited, TreeMismatch
from ghapp.github_api import Link, RepositoryApi
from ghapp.localhub import Refusal
from ghapp.ports import PullRequestDraft
from ghapp.rate_limits import wait_s
from runner.proof import Verdict, VerifiedTree


def talking(world: Any, permissions: Any = TALK) -> RepositoryApi:
    """The repository's client with a fresh token."""
    app = world.app_api()
    return RepositoryApi(
        world.link, app.mint(world.installation_id, world.repository.id, permissions), "octo/shop", app.bot()
    )


@pytest.mark.parametrize(("login", "permission"), [("mona", "write"), ("stan", "read"), ("nobody-here", "none")])
def test_what_somebody_may_do_is_known_whatever_the_role_is_called(world: Any, login: str, permission: str) -> None:
    """GitHub maps every role, those that an organisation made too, to one of four words; a stranger may do nothing."""
    world.hub.add_user("passer-by")
    assert talking(world).permission_of(login) == permission
    assert talking(world).permission_of("passer-by") in ("none", "read")


def test_a_marker_counts_in_our_own_comment_alone(world: Any) -> None:
    """Anybody can copy a hidden marker: the author has to be our bot."""
    number = world.issue()
    api = talking(world)
    path = f"/repos/octo/shop/issues/{number}/comments"
    world.request("POST", path, {"body": "mine\n<!-- m -->"})
    assert api.find_comment(number, "<!-- m -->") is None
    ours = api.comment(number, "ours\n<!-- m -->")
    assert api.find_comment(number, "<!-- m -->") == ours
    api.edit_comment(ours.id, "edited")
    assert world.comments(number)[-1]["body"] == "edited"


def test_an_urgent_edit_waits_for_nothing(world: Any) -> None:
    """A limit that any other call would sit out ends it at once."""
    number = world.issue()
    api = talking(world)
    comment = api.comment(number, "hello")
    world.hub.limit_next(Refusal("primary", 3))
    with pytest.raises(GitHubUnreachable):
        api.edit_comment(comment.id, "progress", is_urgent=True)
    assert world.slept == []
    api.edit_comment(comment.id, "result")
    assert world.comments(number)[0]["body"] == "result"


def test_a_reaction_twice_is_one(world: Any) -> None:
    """On the issue and on a comment."""
    number = world.issue()
    api = talking(world)
    comment = api.comment(number, "hello")
    for _ in range(2):
        api.react(number, 0, "eyes")
        api.react(number, comment.id, "rocket")
    assert world.reactions(number) == ["eyes"]


def test_a_pull_request_for_another_tree_is_not_even_asked_for(world: Any) -> None:
    """The pushed tree's id has to be the verified one; the check comes before any request."""
    api = talking(world, PUBLISH)
    before = len(world.hub.journal())
    draft = PullRequestDraft("t", "b", "greenloop/issue-1-x", "main", "1" * 40, is_draft=False)
    with pytest.raises(TreeMismatch):
        api.open_pull_request(VerifiedTree("2" * 40, Verdict.PROVEN), draft)
    assert len(world.hub.journal()) == before


def test_a_refusal_names_the_action_and_githubs_words(world: Any) -> None:
    """A token without the right gets GitHub's own reason."""
    with pytest.raises(GitHubRefused, match="refused to look for an open pull request") as caught:
        talking(world).find_pull_request("greenloop/issue-1-", "")
    assert caught.value.status in (403, 404)


@pytest.mark.parametrize("kind", ["primary", "secondary"])
def test_a_short_limit_is_waited_for(world: Any, kind: Any) -> None:
    """GitHub says how long; after that the call is made again and works."""
    api = talking(world)
    world.hub.limit_next(Refusal(kind, 3))
    assert api.permission_of("mona") == "write"
    assert len(world.slept) == 1
    assert 2 <= world.slept[0] <= 5


def test_a_long_limit_ends_the_call_with_its_time(world: Any) -> None:
    """A job cannot wait for an hour: whoever asked learns when to ask again."""
    api = talking(world)
    world.hub.limit_next(Refusal("primary", 1800))
    with pytest.raises(RateLimited, match=r"1[78]\d\d s"):
        api.permission_of("mona")
    assert world.slept == []


def test_nobody_answering_is_told_with_the_address() -> None:
    """Three tries, then the message says where nobody was."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    slept: list[float] = []
    link = Link(f"http://127.0.0.1:{port}", 0, 0, now=time.time, sleep=slept.append)
    with link.client(github.Auth.Token("x")) as client, pytest.raises(GitHubUnreachable, match=str(port)):
        link.call("try", lambda: client.requester.requestJsonAndCheck("GET", "/app"))
    assert len(slept) == 2


def test_what_may_not_be_repeated_is_tried_once() -> None:
    """A comment that a broken gateway swallowed may exist: it is not written twice."""
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise github.GithubException(502, {"message": "Server Error"}, {})

    link = Link("http://127.0.0.1:1", 0, 0, now=time.time, sleep=lambda _: None)
    with pytest.raises(GitHubRefused):
        link.call("comment", work, repeatable=False)
    assert len(tries) == 1
    with pytest.raises(GitHubUnreachable):
        link.call("read", work)
    assert len(tries) == 4


def test_missed_deliveries_are_those_that_never_arrived(world: Any) -> None:
    """A delivery is missed when none of its tries was answered with 2xx; it can be asked for again."""
    app = world.app_api()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    world.hub.point_webhook(world.app.id, f"http://127.0.0.1:{port}/webhook")
    number = world.issue()
    world.request("POST", f"/repos/octo/shop/issues/{number}/labels", {"labels": ["greenloop"]})
    assert world.hub.wait_until_idle()
    missed = app.failed_deliveries(100)
    assert {told(world, id_).event for id_ in missed} == {"issues"}
    app.redeliver(missed[0])
    assert world.hub.wait_until_idle()
    again = app.failed_deliveries(100)
    assert {told(world, id_).guid for id_ in again} == {told(world, id_).guid for id_ in missed}


def told(world: Any, delivery_id: int) -> Any:
    """The delivery as the hub knows it."""
    return next(it for it in world.hub.deliveries() if it.id == delivery_id)


def test_a_token_is_dead_after_it_was_revoked(world: Any) -> None:
    """And revoking it again is no error."""
    app = world.app_api()
    token = app.mint(world.installation_id, world.repository.id, TALK)
    app.revoke(token)
    app.revoke(token)
    with pytest.raises(GitHubRefused, match="401"):
        RepositoryApi(world.link, token, "octo/shop", app.bot()).permission_of("mona")


NOW_S = 1000.0


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (200, {"retry-after": "5"}, "", None),
        (403, {}, "Resource not accessible by integration", None),
        (403, {"retry-after": "5"}, "", 5.0),
        (429, {"retry-after": "0"}, "", 0.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1010"}, "API rate limit exceeded", 11.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "990"}, "API rate limit exceeded", 1.0),
        (403, {"x-ratelimit-remaining": "7", "x-ratelimit-reset": "1010"}, "", None),
        (403, {}, "You have exceeded a secondary rate limit", 60.0),
        (429, {}, "", 60.0),
        (429, {"retry-after": "soon"}, "", 60.0),
    ],
)
def test_how_long_to_wait_is_what_github_says(
    status: int, headers: dict[str, str], message: str, seconds: float | None
) -> None:
    """Retry-After first, then the reset of a spent window, then a minute; other refusals are no limits."""
    assert wait_s(status, headers, message, NOW_S) == seconds


def test_an_app_that_answers_nonsense_is_not_believed(world: Any) -> None:
    """An address that is no GitHub ends in a message that names the variable."""
    link = replace(world.link, api_url=world.hub.url)
    app = world.app_api()
    with pytest.raises((GitHubRefused, GitHubUnreachable)):
        type(app)(link, lambda: "x.y.z").bot()
