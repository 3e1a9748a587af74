"""The judge itself: it must be able to say no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.contracts.examples import examples, of
from tests.contracts.openapi import request_faults, response_faults, schema_faults, violations, webhook_faults

pytestmark = pytest.mark.needs("contracts")

LABEL = {
    "id": 1,
    "node_id": "x",
    "url": "http://127.0.0.1/label",
    "name": "bug",
    "description": None,
    "color": "aabbcc",
    "default": False,
}


@dataclass(frozen=True)
class Seen:
    """A request as a journal records it."""

    method: str
    template: str | None
    status: int
    response_body: Any
    request_body: Any = None
    path: str = "/x"


def test_a_right_body_has_no_faults_and_a_wrong_one_is_named() -> None:
    """A missing key and a wrong type are both told, with their place."""
    assert schema_faults("label", LABEL) == []
    wrong = {**LABEL, "default": "no"}
    del wrong["name"]
    told = schema_faults("label", wrong)
    assert len(told) == 2
    assert any("'name' is a required property" in fault for fault in told)
    assert any(fault.startswith("$.default") for fault in told)


def test_requests_are_judged() -> None:
    """A comment needs a text; what GitHub does not know is said so."""
    template = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
    assert request_faults("POST", template, {"body": "x"}) == []
    assert request_faults("POST", template, {"text": "x"}) != []
    assert request_faults("POST", template, None) == ["the body is missing"]
    assert request_faults("POST", "/nothing", {}) == ["GitHub knows no POST /nothing"]


@pytest.mark.parametrize(
    ("status", "body", "good"),
    [
        (200, [LABEL], True),
        (200, [{"name": "bug"}], False),
        (200, LABEL, False),
        (418, [], False),
        (403, {"message": "no"}, True),
        (403, {"message": 7}, False),
        (404, {"message": "Not Found", "documentation_url": "http://x", "status": "404"}, True),
    ],
)
def test_answers_are_judged_by_status_and_body(status: int, body: Any, *, good: bool) -> None:
    """Each documented status has its own schema; refusals have theirs everywhere."""
    assert (response_faults("GET", "/repos/{owner}/{repo}/labels", status, body) == []) is good


def test_a_journal_is_judged_as_a_whole() -> None:
    """Each fault is told once, with the operation it belongs to; unknown paths are left alone."""
    good = Seen("GET", "/repos/{owner}/{repo}/labels", 200, [LABEL])
    bad = Seen("GET", "/repos/{owner}/{repo}/labels", 200, [{**LABEL, "color": 7}])
    assert violations([good, Seen("GET", None, 404, {})]) == []
    told = violations([bad, good, bad])
    assert len(told) == 1
    assert told[0].startswith("GET /repos/{owner}/{repo}/labels 200: $[0].color")


def test_webhooks_are_judged() -> None:
    """An event that GitHub does not send, and one that lacks its main part."""
    assert webhook_faults("issues", {"action": "invented"}) == ["GitHub sends no issues-invented"]
    assert any("'issue' is a required" in fault for fault in webhook_faults("issues", {"action": "closed"}))


def test_githubs_examples_can_be_read() -> None:
    """The package has the events that the App listens to."""
    assert len(examples()) > 100
    assert {e.action for e in of("issues")} >= {"labeled", "opened"}
    assert all("comment" in e.payload for e in of("issue_comment", "created"))
