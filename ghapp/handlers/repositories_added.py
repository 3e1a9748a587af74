"""What a new repository needs. Pure."""

from __future__ import annotations

from ghapp.router import Command, Nothing, Policy, Prepare
from ghapp.webhook import Event, RepositoriesAdded


def on_repositories(event: Event, policy: Policy) -> tuple[Command, ...]:  # noqa: ARG001 - every handler has this shape
    """One preparation for each repository."""
    assert isinstance(event, RepositoriesAdded)
    prepared = tuple(Prepare(event.installation_id, repository) for repository in event.repositories)
    return prepared or (Nothing("no repository was added"),)
