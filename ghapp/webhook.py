"""What a GitHub delivery says, once its signature holds. Pure.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ghapp.errors import BadSignature, MalformedPayload

BODY_CAP_BYTES: Final = 5 * 1024 * 1024
"""What we take: an issue's text is at most 65,536 characters, so even long label lists fit many times.

A push of thousands of commits can be more; then the next order prepares what the push did not.
"""

_FULL_NAME: Final = re.compile(r"(?!\.)[\w.-]+/(?!\.{1,2}$)[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it. `is_bot` is GitHub's word for App accounts; it is no sign of trust."""

    login: str
    id: int
    is_bot: bool


@dataclass(frozen=True, slots=True)
class RepositoryRef:
    """A repository as the payload names it; its addresses are made from its name, never taken from a payload."""

    id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class IssueRef:
    """An issue or pull request as it was at the moment of the trigger."""

    number: int
    title: str
    body: str
    is_open: bool
    is_pull_request: bool


@dataclass(frozen=True, slots=True)
class IssueLabeled:
    """Somebody put a label on an issue."""

    installation_id: int
    repository: RepositoryRef
    issue: IssueRef
    label: str
    sender: Person


@dataclass(frozen=True, slots=True)
class CommentCreated:
    """Somebody wrote a comment on an issue or pull request."""

    installation_id: int
    repository: RepositoryRef
    issue: IssueRef
    comment_id: int
    text: str
    sender: Person


@dataclass(frozen=True, slots=True)
class PullRequestClosed:
    """A pull request was closed, merged or not."""

    installation_id: int
    repository: RepositoryRef
    number: int


@dataclass(frozen=True, slots=True)
class RepositoriesAdded:
    """The App was installed, or allowed to see more repositories."""

    installation_id: int
    repositories: tuple[RepositoryRef, ...]


@dataclass(frozen=True, slots=True)
class RefPushed:
    """A branch or tag was made or moved; `paths` are the files that its new commits added, changed or removed."""

    installation_id: int
    repository: RepositoryRef
    ref: str
    default_branch: str
    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that asks nothing of us; `reason` goes back to GitHub's delivery log."""

    reason: str


Event: TypeAlias = IssueLabeled | CommentCreated | PullRequestClosed | RepositoriesAdded | RefPushed | Ignored


def verify_signature(body: bytes, header: str | None, secret: bytes) -> None:
    """Check a delivery before anything reads its body.

    Raises BadSignature if the X-Hub-Signature-256 header is missing or wrong.
    """
    expected = "sha256=" + hmac.new(secret, body, "sha256").hexdigest()
    # Compared as bytes: compare_digest refuses str that is not ASCII, and the header is the sender's.
    if header is None or not hmac.compare_digest(expected.encode(), header.encode("utf-8", "replace")):
        raise BadSignature("X-Hub-Signature-256 is missing or does not match the webhook secret")


class Fields:
    """A JSON object of the payload that knows its place, for messages that name the field."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise MalformedPayload(f"{place} should be an object")
        self._value: Mapping[object, object] = value
        self._place = place

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def child(self, name: str) -> Fields:
        """A nested object. Raises MalformedPayload."""
        return Fields(self._value.get(name), f"{self._place}.{name}")

    def children(self, name: str) -> tuple[Fields, ...]:
        """A list of objects; absent counts as empty. Raises MalformedPayload."""
        found = self._value.get(name, [])
        if not isinstance(found, list):
            raise MalformedPayload(f"{self._place}.{name} should be a list")
        return tuple(Fields(item, f"{self._place}.{name}[{at}]") for at, item in enumerate(found))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; absent counts as empty. Raises MalformedPayload."""
        found = self._value.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise MalformedPayload(f"{self._place}.{name} should be a list of strings")
        return tuple(found)

    def flag(self, name: str) -> bool:
        """A truth value. Raises MalformedPayload."""
        found = self._value.get(name)
        if not isinstance(found, bool):
            raise MalformedPayload(f"{self._place}.{name} should be true or false")
        return found

    def text(self, name: str) -> str:
        """A string. Raises MalformedPayload."""
        found = self._value.get(name)
        if not isinstance(found, str):
            raise MalformedPayload(f"{self._place}.{name} should be a string")
        return found

    def text_or_empty(self, name: str) -> str:
        """A string that GitHub sends as null when it is empty. Raises MalformedPayload."""
        return self.text(name) if name in self else ""

    def number(self, name: str) -> int:
        """A whole number. Raises MalformedPayload."""
        found = self._value.get(name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise MalformedPayload(f"{self._place}.{name} should be a whole number")
        return found


def parse(event: str, body: bytes) -> Event:
    """The event in a verified body. Raises MalformedPayload, which names the field."""
    reader = _READERS.get(event)
    if reader is None:
        return Ignored(f"the event {event!r} asks nothing of this App")
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedPayload("the body is not JSON; set the webhook's content type to application/json") from None
    payload = Fields(decoded, "payload")
    if "installation" not in payload:
        return Ignored("it names no installation: it does not come from a GitHub App")
    return reader(payload)


def _person(fields: Fields) -> Person:
    login = fields.text("login")
    is_bot = fields.text_or_empty("type") == "Bot" or login.endswith("[bot]")
    return Person(login, fields.number("id"), is_bot)


def _repository(fields: Fields) -> RepositoryRef:
    full_name = fields.text("full_name")
    if not _FULL_NAME.fullmatch(full_name):
        raise MalformedPayload(f"{full_name!r} is not OWNER/NAME of a repository")
    return RepositoryRef(fields.number("id"), full_name)


def _issue(fields: Fields) -> IssueRef:
    return IssueRef(
        fields.number("number"),
        fields.text("title"),
        fields.text_or_empty("body"),
        fields.text_or_empty("state") != "closed",
        "pull_request" in fields,
    )


def _installation_id(payload: Fields) -> int:
    return payload.child("installation").number("id")


def _issues(payload: Fields) -> Event:
    if payload.text("action") != "labeled":
        return Ignored("only the action `labeled` of an issue is a trigger")
    return IssueLabeled(
        _installation_id(payload),
        _repository(payload.child("repository")),
        _issue(payload.child("issue")),
        payload.child("label").text("name"),
        _person(payload.child("sender")),
    )


def _issue_comment(payload: Fields) -> Event:
    if payload.text("action") != "created":
        return Ignored("only a new comment is a trigger; an edited one never is")
    comment = payload.child("comment")
    return CommentCreated(
        _installation_id(payload),
        _repository(payload.child("repository")),
        _issue(payload.child("issue")),
        comment.number("id"),
        comment.text_or_empty("body"),
        _person(payload.child("sender")),
    )


def _pull_request(payload: Fields) -> Event:
    if payload.text("action") != "closed":
        return Ignored("only the closing of a pull request matters here")
    number = payload.child("pull_request").number("number")
    return PullRequestClosed(_installation_id(payload), _repository(payload.child("repository")), number)


def _installation(payload: Fields) -> Event:
    if payload.text("action") != "created":
        return Ignored("only a new installation needs anything prepared")
    return RepositoriesAdded(_installation_id(payload), tuple(map(_repository, payload.children("repositories"))))


def _installation_repositories(payload: Fields) -> Event:
    if payload.text("action") != "added":
        return Ignored("only added repositories need anything prepared")
    added = tuple(map(_repository, payload.children("repositories_added")))
    return RepositoriesAdded(_installation_id(payload), added)


def _push(payload: Fields) -> Event:
    if payload.flag("deleted"):
        return Ignored("a deleted branch needs nothing prepared")
    # A branch that goes back to an older commit brings no new ones, but names its head.
    head = (payload.child("head_commit"),) if "head_commit" in payload else ()
    repository = payload.child("repository")
    return RefPushed(
        _installation_id(payload),
        _repository(repository),
        payload.text("ref"),
        repository.text("default_branch"),
        frozenset(path for commit in (*payload.children("commits"), *head) for path in _touched(commit)),
    )


def _touched(commit: Fields) -> tuple[str, ...]:
    return (*commit.texts("added"), *commit.texts("modified"), *commit.texts("removed"))


_READERS: Final[Mapping[str, Callable[[Fields], Event]]] = {
    "issues": _issues,
    "issue_comment": _issue_comment,
    "pull_request": _pull_request,
    "push": _push,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
}

EVENTS: Final = frozenset(_READERS)
"""The names of the events that are read."""
