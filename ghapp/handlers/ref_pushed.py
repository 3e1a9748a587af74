"""When a push changes what the environment is built from. Pure."""

from __future__ import annotations

from ghapp.router import Command, Nothing, Policy, Prepare
from ghapp.webhook import Event, RefPushed
from runner.environment_plan import is_relevant


def on_push(event: Event, policy: Policy) -> tuple[Command, ...]:  # noqa: ARG001 - every handler has this shape
    """A preparation when the default branch gets another lock file or manifest, whoever pushed it.

    Bots count: they are who updates lock files. Ours pushes to branches of its own alone.
    """
    assert isinstance(event, RefPushed)
    if event.ref != f"refs/heads/{event.default_branch}":
        return (Nothing("the push is not to the default branch"),)
    if not any(map(is_relevant, event.paths)):
        return (Nothing("the push changes no file that the environment is built from"),)
    return (Prepare(event.installation_id, event.repository),)
