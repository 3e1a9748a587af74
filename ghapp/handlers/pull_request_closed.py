"""What the closing of a pull request means. Pure."""

from __future__ import annotations

from ghapp.router import Command, Policy, Release
from ghapp.webhook import Event, PullRequestClosed


def on_close(event: Event, policy: Policy) -> tuple[Command, ...]:  # noqa: ARG001 - every handler has this shape
    """The issue behind it may be ordered again, if the pull request was ours."""
    assert isinstance(event, PullRequestClosed)
    return (Release(event.repository, event.number),)
