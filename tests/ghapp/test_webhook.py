"""What a delivery says, and that nothing is read before its signature holds."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghapp.errors import BadSignature, MalformedPayload
from ghapp.webhook import (
    EVENTS,
    CommentCreated,
    Ignored,
    IssueLabeled,
    PullRequestClosed,
    RefPushed,
    RepositoriesAdded,
    parse,
    verify_signature,
)

SECRET = b"correct horse battery staple"
EXAMPLES = (
    Path(__file__).parents[2] / ".greenloop/contracts/node_modules/@octokit/webhooks-examples/api.github.com/index.json"
)


def signed(body: bytes, secret: bytes = SECRET) -> str:
    """The header GitHub sends for a body."""
    return "sha256=" + hmac.new(secret, body, "sha256").hexdigest()


def test_githubs_own_test_vector_holds() -> None:
    """The example of GitHub's documentation verifies."""
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    verify_signature(b"Hello, World!", header, b"It's a Secret to Everybody")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha1=" + "0" * 40,
        signed(b"body").removeprefix("sha256="),
        signed(b"body").upper(),
        signed(b"body", b"another secret"),
        signed(b"another body"),
        "sha256=ünïcode",
        "\ud800",
    ],
)
def test_a_wrong_signature_is_refused(header: str | None) -> None:
    """Missing, malformed, foreign and non-ASCII headers all end in BadSignature and in nothing else."""
    with pytest.raises(BadSignature):
        verify_signature(b"body", header, SECRET)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=50), st.integers(0, 255))
def test_one_changed_byte_breaks_the_signature(body: bytes, secret: bytes, extra: int) -> None:
    """What was signed verifies; with one more byte it does not."""
    verify_signature(body, signed(body, secret), secret)
    with pytest.raises(BadSignature):
        verify_signature(body + bytes([extra]), signed(body, secret), secret)


def payload(action: str, **parts: Any) -> bytes:
    """A payload with what every event of an App has."""
    return json.dumps(
        {
            "action": action,
            "installation": {"id": 5},
            "repository": {"id": 9, "full_name": "octo/shop"},
            "sender": {"login": "mona", "id": 7, "type": "User"},
            **parts,
        }
    ).encode()


ISSUE = {"number": 3, "title": "Totals", "body": None, "state": "open"}


def test_a_label_is_read_with_the_issue_as_it_was() -> None:
    """Number, title, empty body, label and sender come out of the payload."""
    event = parse("issues", payload("labeled", issue=ISSUE, label={"name": "greenloop"}))
    assert isinstance(event, IssueLabeled)
    assert (event.installation_id, event.repository.id, event.repository.full_name) == (5, 9, "octo/shop")
    assert (event.issue.number, event.issue.body, event.label, event.sender.login) == (3, "", "greenloop", "mona")


@pytest.mark.parametrize(
    ("sender", "is_bot"),
    [({"type": "User", "login": "mona"}, False), ({"type": "Bot", "login": "x"}, True), ({"login": "y[bot]"}, True)],
)
def test_a_bot_is_known_by_its_type_or_its_name(sender: dict[str, str], *, is_bot: bool) -> None:
    """GitHub says Bot; where it says nothing the name's ending does."""
    body = payload("created", issue=ISSUE, comment={"id": 4, "body": "hi"}, sender={"id": 1, **sender})
    event = parse("issue_comment", body)
    assert isinstance(event, CommentCreated)
    assert event.sender.is_bot is is_bot


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("issues", "opened"),
        ("issues", "unlabeled"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("pull_request", "opened"),
        ("installation", "deleted"),
        ("installation_repositories", "removed"),
        ("star", "created"),
        ("ping", ""),
    ],
)
def test_what_asks_nothing_is_ignored_with_a_reason(event: str, action: str) -> None:
    """Other events and actions are no error: the answer says why nothing happens."""
    found = parse(event, payload(action, issue=ISSUE))
    assert isinstance(found, Ignored)
    assert found.reason


def test_a_delivery_that_is_not_from_an_app_is_ignored() -> None:
    """A repository's own webhook names no installation, so there is nobody to act as."""
    body = json.dumps({"action": "labeled"}).encode()
    assert isinstance(parse("issues", body), Ignored)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"no json", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "payload should be an object"),
        (payload("labeled", issue=ISSUE), "payload.label"),
        (payload("labeled", issue={**ISSUE, "number": "3"}, label={"name": "x"}), "payload.issue.number"),
        (payload("labeled", issue={**ISSUE, "number": True}, label={"name": "x"}), "payload.issue.number"),
        (payload("labeled", issue={**ISSUE, "title": None}, label={"name": "x"}), "payload.issue.title"),
        (payload("labeled", issue=ISSUE, label={"name": "x"}, sender=[]), "payload.sender"),
        (payload("labeled", issue=ISSUE, label={"name": "x"}, repository={"id": 1, "full_name": "../.."}), "OWNER"),
        (payload("labeled", issue=ISSUE, label={"name": "x"}, repository={"id": 1, "full_name": "a/b/c"}), "OWNER"),
        (payload("labeled", issue=ISSUE, label={"name": "x"}, repository={"id": 1, "full_name": "-x/.."}), "OWNER"),
    ],
)
def test_a_malformed_payload_is_named_by_its_field(body: bytes, names: str) -> None:
    """The message says which field GitHub would have sent otherwise."""
    with pytest.raises(MalformedPayload, match=names.replace("[", r"\[")):
        parse("issues", body)


def pushed(**parts: Any) -> bytes:
    """A push of one commit to the default branch."""
    commits = [{"added": ["uv.lock"], "modified": ["a.py"], "removed": ["b.py"]}]
    repository = {"id": 9, "full_name": "octo/shop", "default_branch": "main"}
    usual = {"ref": "refs/heads/main", "deleted": False, "commits": commits, "head_commit": commits[0]}
    return payload("", **{"repository": repository, **usual, **parts})


@pytest.mark.parametrize(
    ("parts", "paths"),
    [
        ({}, {"uv.lock", "a.py", "b.py"}),
        ({"commits": []}, {"uv.lock", "a.py", "b.py"}),
        ({"head_commit": None}, {"uv.lock", "a.py", "b.py"}),
        ({"commits": [], "head_commit": None}, set()),
        ({"commits": [{}, {"removed": ["setup.py"]}], "head_commit": {}}, {"setup.py"}),
    ],
)
def test_a_push_is_read_with_every_file_that_it_touches(parts: dict[str, Any], paths: set[str]) -> None:
    """The files of all commits count, and those of the head where a branch goes back and brings no commit."""
    event = parse("push", pushed(**parts))
    assert isinstance(event, RefPushed)
    assert (event.ref, event.default_branch, set(event.paths)) == ("refs/heads/main", "main", paths)


@pytest.mark.parametrize("parts", [{"commits": [], "head_commit": None}, {"commits": None, "head_commit": []}])
def test_a_deleted_branch_is_ignored_whatever_else_is_said(parts: dict[str, Any]) -> None:
    """There is nothing to prepare on it."""
    assert isinstance(parse("push", pushed(deleted=True, **parts)), Ignored)


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ({"deleted": None}, "payload.deleted"),
        ({"ref": None}, "payload.ref"),
        ({"commits": {}}, "payload.commits"),
        ({"commits": ["uv.lock"]}, r"payload.commits\[0\]"),
        ({"commits": [{"added": "uv.lock"}]}, r"payload.commits\[0\].added"),
        ({"commits": [{"modified": [["uv.lock"]]}]}, r"payload.commits\[0\].modified"),
        ({"head_commit": {"removed": [None]}}, "payload.head_commit.removed"),
        ({"repository": {"id": 9, "full_name": "octo/shop"}}, "payload.repository.default_branch"),
    ],
)
def test_a_malformed_push_is_named_by_its_field(parts: dict[str, Any], names: str) -> None:
    """The message says which field GitHub would have sent otherwise."""
    with pytest.raises(MalformedPayload, match=names):
        parse("push", pushed(**parts))


KEYS = st.sampled_from(
    [
        "action",
        "commits",
        "deleted",
        "ref",
        "added",
        "installation",
        "issue",
        "id",
        "repository",
        "full_name",
        "label",
        "name",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda below: st.lists(below) | st.dictionaries(KEYS, below)))
def test_no_json_breaks_the_parser(value: Any) -> None:
    """Whatever JSON is signed, it is read, ignored, or refused with MalformedPayload."""
    for event in sorted(EVENTS):
        try:
            parse(event, json.dumps(value).encode())
        except MalformedPayload:
            continue


def examples(name: str) -> list[dict[str, Any]]:
    """GitHub's own examples of an event, with the installation that an App's delivery always has."""
    events = {it["name"]: it["examples"] for it in json.loads(EXAMPLES.read_text())}
    return [{"installation": {"id": 5}, **example} for example in events[name]]


@pytest.mark.needs("contracts")
@pytest.mark.parametrize(
    ("name", "action", "kind"),
    [
        ("issues", "labeled", IssueLabeled),
        ("issue_comment", "created", CommentCreated),
        ("pull_request", "closed", PullRequestClosed),
        ("installation", "created", RepositoriesAdded),
        ("installation_repositories", "added", RepositoriesAdded),
    ],
)
def test_githubs_own_examples_are_understood(name: str, action: str, kind: type) -> None:
    """Every example of the event parses; those with our action as what they are, all others as ignored."""
    found = [(it.get("action"), parse(name, json.dumps(it).encode())) for it in examples(name)]
    ours = [event for done, event in found if done == action]
    assert ours
    assert all(isinstance(event, kind) for event in ours)
    assert all(isinstance(event, Ignored) for done, event in found if done != action)


@pytest.mark.needs("contracts")
def test_githubs_own_pushes_are_understood() -> None:
    """Those that delete a ref are ignored, all others parse; the pushed branch brings its file."""
    found = [(it["deleted"], parse("push", json.dumps(it).encode())) for it in examples("push")]
    assert {isinstance(event, Ignored) is is_deleted for is_deleted, event in found} == {True}
    moved = [event for _, event in found if isinstance(event, RefPushed)]
    branches = [event for event in moved if event.ref == f"refs/heads/{event.default_branch}"]
    assert branches
    assert {event.paths for event in branches} == {frozenset({"README.md"})}
