"""The pages: what a person sees of what happened over REST and git."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.needs("git-http-backend")


def get(world: Any, path: str) -> requests.Response:
    return requests.get(world.hub.url + path, timeout=20)


class Links(HTMLParser):
    """The addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name in ("href", "src") and value}


def links(page: str) -> set[str]:
    parser = Links()
    parser.feed(page)
    return {link.partition("#")[0] for link in parser.found if link.startswith("/")}


@pytest.fixture
def lively(world: Any, maya: Any, bot: Any) -> Any:
    """A hub with an issue, a pull request, a review, reactions and a check."""
    issue = maya.create_issue("half() is <wrong>", "<!-- secret -->\nSee **this**.", labels=["greenloop"])
    bot.get_issue(issue.number).create_comment("On it.").create_reaction("rocket")
    world.push_change("greenloop/1", world.token())
    pull = bot.create_pull(base="main", head="greenloop/1", title="Fix half()", body="- [x] tested", draft=True)
    run = bot.create_check_run(
        "greenloop/verified",
        pull.head.sha,
        conclusion="success",
        output={"title": "PROVEN", "summary": "| a |\n|-|\n| 1 |"},
    )
    maya.get_pull(pull.number).create_review(body="Nice.", event="APPROVE")
    world.check_id = run.id
    return world


def test_every_link_leads_somewhere(lively: Any) -> None:
    """From the front page on, each page that is linked exists and may run nothing."""
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop()
        answer = get(lively, path)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        if answer.headers["Content-Type"].startswith("text/html"):
            fresh = links(answer.text) - seen
            seen |= fresh
            waiting += sorted(fresh)
    assert {"/acme/demo/issues/1", "/acme/demo/pull/2", f"/acme/demo/runs/{lively.check_id}"} <= seen


def test_an_issue_shows_its_story(lively: Any) -> None:
    """Title, text, labels, comments and reactions; markers stay hidden and titles are escaped."""
    page = get(lively, "/acme/demo/issues/1").text
    for expected in ("half() is &lt;wrong&gt;", "<strong>this</strong>", "added the label", "On it.", "🚀 rocket 1"):
        assert expected in page
    assert "secret" not in page


def test_a_pull_request_shows_diff_checks_and_reviews(lively: Any) -> None:
    """All that a reviewer needs is on one page."""
    page = get(lively, "/acme/demo/pull/2").text
    for expected in ("Draft", "greenloop/1", "☑", '<tr class="add">', "+a line", "PROVEN", "approved these changes"):
        assert expected in page
    assert get(lively, "/acme/demo/issues/2").text == page


def test_code_is_shown_by_branch_and_path(lively: Any) -> None:
    """Also on a branch whose name has a slash; raw files come as they are."""
    assert "def half" in get(lively, "/acme/demo/blob/greenloop/1/pkg/core.py").text
    assert get(lively, "/acme/demo/raw/main/pkg/core.py").text == "def half(x):\n    return x / 2\n"
    assert get(lively, "/acme/demo/pull/2.diff").text.startswith("diff --git a/new.txt b/new.txt")


@pytest.mark.parametrize(
    "path",
    ["/acme/none", "/acme/demo/issues/99", "/acme/demo/blob/main/none", "/acme/demo/runs/1", "/_/avatar/1", "/x"],
)
def test_what_is_not_there_is_said_so(world: Any, path: str) -> None:
    """With status 404 and a page that leads back."""
    answer = get(world, path)
    assert answer.status_code == 404
    assert "Go to the repositories" in answer.text
