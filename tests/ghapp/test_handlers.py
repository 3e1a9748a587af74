"""Which commands an event leads to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ghapp.handlers import ROUTER
from ghapp.router import Command, FixIssue, Nothing, Policy, Prepare, Release, Reply
from ghapp.webhook import (
    EVENTS,
    CommentCreated,
    Event,
    Ignored,
    IssueLabeled,
    IssueRef,
    Person,
    PullRequestClosed,
    RefPushed,
    RepositoriesAdded,
    RepositoryRef,
)

SHOP = RepositoryRef(9, "octo/shop")
ISSUE = IssueRef(3, "Totals", "The first is <!-- evil --> missing.", is_open=True, is_pull_request=False)
MONA = Person("mona", 7, is_bot=False)
LABELED = IssueLabeled(5, SHOP, ISSUE, "greenloop", MONA)
PUSHED = RefPushed(5, SHOP, "refs/heads/main", "main", frozenset({"cart.py", "uv.lock"}))
COMMENT = CommentCreated(5, SHOP, ISSUE, 44, "/greenloop fix look at\u200b cart.py", MONA)


def commands(event: Event) -> tuple[Command, ...]:
    """What the registered handlers answer, with the default label."""
    return ROUTER.route(event, Policy("greenloop"))


def test_the_label_orders_a_fix_with_the_payloads_text() -> None:
    """The order carries the text as it was at the trigger, without what is hidden in it."""
    (order,) = commands(LABELED)
    assert isinstance(order, FixIssue)
    assert order.text == "Totals\n\nThe first is   missing."
    assert (order.trigger, order.key, order.requester, order.comment_id) == ("label", "9#3:greenloop", "mona", 0)


def test_a_labels_case_does_not_matter() -> None:
    """GitHub takes Greenloop and greenloop for one label: so is the order one."""
    (order,) = commands(replace(LABELED, label="GreenLoop"))
    assert isinstance(order, FixIssue)
    assert order.key == "9#3:greenloop"


@pytest.mark.parametrize(
    "event",
    [
        replace(LABELED, label="bug"),
        replace(LABELED, issue=replace(ISSUE, is_open=False)),
        replace(LABELED, issue=replace(ISSUE, is_pull_request=True)),
        replace(COMMENT, text="nice"),
        replace(COMMENT, text="> /greenloop fix"),
        replace(COMMENT, text="<!-- \n/greenloop fix\n-->"),
        replace(COMMENT, sender=replace(MONA, is_bot=True)),
        replace(COMMENT, issue=replace(ISSUE, is_open=False)),
        Ignored("no reason"),
        RepositoriesAdded(5, ()),
        replace(PUSHED, ref="refs/heads/main2"),
        replace(PUSHED, ref="refs/heads/greenloop/issue-3"),
        replace(PUSHED, ref="refs/tags/main"),
        replace(PUSHED, ref="main"),
        replace(PUSHED, default_branch="trunk"),
        replace(PUSHED, paths=frozenset()),
        replace(PUSHED, paths=frozenset({"cart.py", "docs/uv.lock", "uv.lock.md"})),
    ],
)
def test_everything_else_does_nothing_and_says_why(event: Event) -> None:
    """Other labels, closed issues, bots, quotes, hidden commands and pushes of no consequence start nothing."""
    (nothing,) = commands(event)
    assert isinstance(nothing, Nothing)
    assert nothing.reason


def test_a_comment_orders_a_fix_with_its_own_words_added() -> None:
    """The hint after the command goes into the task's text; the key is the comment's."""
    (order,) = commands(COMMENT)
    assert isinstance(order, FixIssue)
    assert order.text.endswith("look at cart.py")
    assert (order.trigger, order.key, order.comment_id) == ("comment", "9#comment-44", 44)


@pytest.mark.parametrize(
    ("text", "is_pull_request", "topic"),
    [
        ("/greenloop", False, "help"),
        ("/greenloop dance", False, "help"),
        ("/greenloop fix", True, "not_yet"),
        ("/greenloop dance", True, "not_yet"),
    ],
)
def test_what_cannot_be_done_gets_one_line(text: str, topic: str, *, is_pull_request: bool) -> None:
    """An unknown word gets help, and every command on a pull request gets "not yet"."""
    issue = replace(ISSUE, is_pull_request=is_pull_request)
    (reply,) = commands(replace(COMMENT, text=text, issue=issue))
    assert isinstance(reply, Reply)
    assert (reply.topic, reply.comment_id, reply.issue_number) == (topic, 44, 3)


def test_new_repositories_are_prepared_and_closed_pull_requests_released() -> None:
    """One preparation a repository; one release a pull request, whoever opened it."""
    other = RepositoryRef(10, "octo/till")
    assert commands(RepositoriesAdded(5, (SHOP, other))) == (Prepare(5, SHOP), Prepare(5, other))
    assert commands(PullRequestClosed(5, SHOP, 8)) == (Release(SHOP, 8),)


@pytest.mark.parametrize(
    "path", ["uv.lock", "poetry.lock", "pyproject.toml", "requirements-dev.txt", "requirements/test.txt", "setup.py"]
)
def test_a_new_lock_file_on_the_default_branch_is_prepared(path: str) -> None:
    """One preparation a push, however many such files it changes and whatever the branch is called."""
    pushed = replace(PUSHED, paths=frozenset({"cart.py", path}))
    assert commands(pushed) == commands(replace(pushed, paths=pushed.paths | {"tox.ini"})) == (Prepare(5, SHOP),)
    assert commands(replace(pushed, ref="refs/heads/rel/2.x", default_branch="rel/2.x")) == (Prepare(5, SHOP),)


def test_the_manifest_asks_for_exactly_what_is_used() -> None:
    """app.yml names the events that are read, less those that always come, and the permissions of our tokens."""
    manifest = json.loads((Path(__file__).parents[2] / "app.yml").read_text())
    assert set(manifest["default_events"]) == {event for event in EVENTS if not event.startswith("installation")}
    assert manifest["default_permissions"] == {
        "contents": "write",
        "issues": "write",
        "pull_requests": "write",
        "checks": "write",
        "metadata": "read",
    }
    assert manifest["public"] is False
