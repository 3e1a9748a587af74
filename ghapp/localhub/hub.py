"""What a hub is made of: its state, its repositories on disk, its outbox, its limits."""

from __future__ import annotations

import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from ghapp.localhub.git import GitRepository
from ghapp.localhub.hooks import Outbox
from ghapp.localhub.jsontypes import Json, JsonObject
from ghapp.localhub.limits import Limits
from ghapp.localhub.models import Repository, User
from ghapp.localhub.payloads.accounts import node_id, pushed_repository, repository, user
from ghapp.localhub.state import State


@dataclass(frozen=True, slots=True)
class Exchange:
    """One REST request and its answer; `template` is GitHub's own path template, None for an unknown path."""

    method: str
    template: str | None
    path: str
    request_body: Json
    status: int
    response_body: Json


@dataclass(slots=True)
class Hub:
    """One hub. Everything that answers requests gets it as its first argument."""

    state: State
    root: Path
    outbox: Outbox
    limits: Limits = field(default_factory=Limits)
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)  # what serves git right now
    journal: deque[Exchange] = field(default_factory=lambda: deque(maxlen=0))

    def git(self, home: Repository) -> GitRepository:
        """The bare repository behind a repository."""
        return GitRepository(self.git_root / f"{home.full_name}.git")

    @property
    def git_root(self) -> Path:
        """The folder with all bare repositories, as OWNER/NAME.git."""
        return self.root / "git"

    def announce(self, event: str, home: Repository, sender: User, body: JsonObject) -> None:
        """Sends a webhook to every App that is installed on a repository and listens for the event."""
        state = self.state
        about = pushed_repository(state, home) if event == "push" else repository(state, home)
        owner = state.users[home.owner_id]
        group: JsonObject = {"organization": _organization(state, owner)} if owner.kind == "Organization" else {}
        for app in state.apps.values():
            installation = state.installation_for(app.id, home.id)
            if installation is None or event not in app.events:
                continue
            payload: JsonObject = {
                **body,
                "repository": about,
                **group,
                "sender": user(state.urls, sender),
                "installation": {
                    "id": installation.id,
                    "node_id": node_id("IntegrationInstallation", installation.id),
                },
            }
            self.outbox.send(app, installation, event, payload, home.id)


def _organization(state: State, owner: User) -> JsonObject:
    api = f"{state.urls.api}/orgs/{owner.login}"
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": node_id("Organization", owner.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{state.urls.web}/_/avatar/{owner.id}",
        "description": None,
    }
