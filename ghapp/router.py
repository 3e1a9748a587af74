"""What an event makes the App do: the commands, and the table that finds an event's handler. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ghapp.webhook import Event, Ignored, RepositoryRef

Topic = Literal["help", "not_yet", "busy"]


@dataclass(frozen=True, slots=True)
class FixIssue:
    """Run the loop on an issue. `key` says when two orders are the same one; `comment_id` 0 means a label."""

    installation_id: int
    repository: RepositoryRef
    issue_number: int
    title: str
    text: str
    requester: str
    requester_id: int
    trigger: Literal["label", "comment"]
    key: str
    comment_id: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a comment: `help`; `not_yet` for a command on a pull request; `busy` when the issue is being worked on."""

    installation_id: int
    repository: RepositoryRef
    issue_number: int
    requester: str
    comment_id: int
    topic: Topic


@dataclass(frozen=True, slots=True)
class Prepare:
    """Install what a repository's own tests need, ahead of the first order."""

    installation_id: int
    repository: RepositoryRef


@dataclass(frozen=True, slots=True)
class Release:
    """A pull request was closed: if it was ours, its issue may be ordered again."""

    repository: RepositoryRef
    pull_number: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """The event asks nothing of us; `reason` says why."""

    reason: str


Command: TypeAlias = FixIssue | Reply | Prepare | Release | Nothing


@dataclass(frozen=True, slots=True)
class Policy:
    """What of the settings the handlers need: the label that orders a fix."""

    label: str


Handler: TypeAlias = "Callable[[Event, Policy], tuple[Command, ...]]"


@dataclass(frozen=True, slots=True)
class Router:
    """Event type -> handler, frozen once built."""

    handlers: Mapping[type[Event], Handler]

    def route(self, event: Event, policy: Policy) -> tuple[Command, ...]:
        """The commands that an event asks for, at least one."""
        if isinstance(event, Ignored):
            return (Nothing(event.reason),)
        return self.handlers[type(event)](event, policy)
