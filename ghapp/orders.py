"""How a command is written down for the worker and read again: one JSON object with its kind. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias, cast

from ghapp.errors import MalformedPayload
from ghapp.router import FixIssue, Prepare, Reply, Topic
from ghapp.webhook import Fields, RepositoryRef

FORMAT: Final = 1

Kind = Literal["fix", "reply", "prepare"]
Order: TypeAlias = FixIssue | Reply | Prepare


@dataclass(frozen=True, slots=True)
class NewJob:
    """An order as the store keeps it. Two with one `key` are the same; of one `subject` only one may be at work."""

    kind: Kind
    key: str
    subject: str
    payload: str


def written(order: Order) -> NewJob:
    """The order as a job to be stored."""
    payload = json.dumps({"format": FORMAT, **asdict(order)})
    repository = order.repository.id
    match order:
        case FixIssue():
            return NewJob("fix", order.key, f"{repository}#{order.issue_number}", payload)
        case Reply():
            # A comment gets one answer, whatever it is about.
            key = f"{repository}#reply-{order.comment_id}"
            return NewJob("reply", key, key, payload)
        case Prepare():
            key = f"{repository}#prepare"
            return NewJob("prepare", key, key, payload)


def read(kind: Kind, payload: str) -> Order:
    """The order in a stored job. Raises MalformedPayload when another version of the App wrote it."""
    fields = Fields(json.loads(payload), "order")
    if fields.number("format") != FORMAT:
        raise MalformedPayload(
            f"order.format should be {FORMAT}: another version of the App wrote it; ask again on the issue"
        )
    return _READERS[kind](fields)


def _repository(fields: Fields) -> RepositoryRef:
    found = fields.child("repository")
    return RepositoryRef(found.number("id"), found.text("full_name"))


def _fix(fields: Fields) -> Order:
    return FixIssue(
        installation_id=fields.number("installation_id"),
        repository=_repository(fields),
        issue_number=fields.number("issue_number"),
        title=fields.text("title"),
        text=fields.text("text"),
        requester=fields.text("requester"),
        requester_id=fields.number("requester_id"),
        trigger="comment" if fields.text("trigger") == "comment" else "label",
        key=fields.text("key"),
        comment_id=fields.number("comment_id"),
    )


def _reply(fields: Fields) -> Order:
    return Reply(
        installation_id=fields.number("installation_id"),
        repository=_repository(fields),
        issue_number=fields.number("issue_number"),
        requester=fields.text("requester"),
        comment_id=fields.number("comment_id"),
        topic=cast("Topic", fields.text("topic")),
    )


def _prepare(fields: Fields) -> Order:
    return Prepare(fields.number("installation_id"), _repository(fields))


_READERS: Final[Mapping[Kind, Callable[[Fields], Order]]] = {"fix": _fix, "reply": _reply, "prepare": _prepare}
