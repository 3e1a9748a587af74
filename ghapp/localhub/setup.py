"""How a hub gets its users, Apps, repositories and installations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ghapp.localhub.errors import GitFailed, NotFound, SeedInvalid
from ghapp.localhub.git import GitRepository, run_git
from ghapp.localhub.hub import Hub
from ghapp.localhub.models import ROLES, App, Installation, Kind, Repository, Role, User
from ghapp.localhub.payloads.accounts import installation as installation_json
from ghapp.localhub.payloads.accounts import repository_name, user

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_GIT_SETTINGS: Final = """\
[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	hideRefs = refs/pull
	denyDeleteCurrent = refuse
[gc]
	auto = 0
[core]
	bigFileThreshold = 1m
"""
# GitHub looks at every new commit: an App without `workflows` may not bring or change a workflow.
_PRE_RECEIVE: Final = r"""#!/bin/sh
[ "$LOCALHUB_WORKFLOWS" = none ] || exit 0
zero=0000000000000000000000000000000000000000
while read -r old new ref; do
    [ "$new" = "$zero" ] && continue
    file=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
    [ -z "$file" ] && continue
    echo "refusing to allow a GitHub App to create or update workflow \`$file\` without \`workflows\` permission" >&2
    exit 1
done
"""


@dataclass(frozen=True, slots=True)
class AppManifest:
    """What registers an App: the parts of GitHub's App manifest that a hub acts on."""

    slug: str
    name: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    description: str = ""
    url: str = "http://127.0.0.1/"


def add_user(hub: Hub, login: str, token: str | None = None) -> User:
    """A person; with a token they can act over REST and git. An account that is there gets the token."""
    with hub.state.locked():
        who = _account(hub, login, "User")
        if token is not None:
            hub.state.user_tokens[token] = who.id
        return who


def _account(hub: Hub, login: str, kind: Kind) -> User:
    try:
        return hub.state.user_named(login)
    except NotFound:
        pass
    if not _SAFE_NAME.fullmatch(login.removesuffix("[bot]")):
        raise SeedInvalid(f"{login!r} is no login; use letters, digits and hyphens")
    who = User(hub.state.next_id(), login, kind, hub.state.now())
    hub.state.users[who.id] = who
    return who


def register_app(
    hub: Hub, manifest: AppManifest, public_key_pem: str, *, webhook_url: str, webhook_secret: bytes, app_id: int | None
) -> App:
    """A GitHub App, owned by the account `localhub`."""
    with hub.state.locked():
        owner = _account(hub, "localhub", "Organization")
        bot = _account(hub, f"{manifest.slug}[bot]", "Bot")
        app = App(
            id=app_id or hub.state.next_id(),
            slug=manifest.slug,
            name=manifest.name,
            owner_id=owner.id,
            bot_id=bot.id,
            hook_id=hub.state.next_id(),
            public_key_pem=public_key_pem,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            permissions={"metadata": "read", **manifest.permissions},
            events=manifest.events,
            created_at=hub.state.now(),
            description=manifest.description,
            external_url=manifest.url,
        )
        hub.state.apps[app.id] = app
        return app


def point_webhook(hub: Hub, app_id: int, webhook_url: str) -> None:
    """Sends an App's deliveries to another address from now on."""
    with hub.state.locked():
        hub.state.apps[app_id] = replace(hub.state.apps[app_id], webhook_url=webhook_url)


def add_repository(
    hub: Hub,
    owner: str,
    name: str,
    source: Path,
    *,
    default_branch: str,
    private: bool,
    collaborators: Mapping[str, Role],
    description: str | None,
) -> Repository:
    """A repository with the content of a folder, a work tree or a bare repository, which is only read."""
    if not _SAFE_NAME.fullmatch(name):
        raise SeedInvalid(f"{name!r} is no repository name; use letters, digits, '.', '_' and '-'")
    if not set(collaborators.values()) <= set(ROLES):
        raise SeedInvalid(f"{owner}/{name}: a collaborator's role is one of {', '.join(ROLES)}")
    with hub.state.locked():
        account = _account(hub, owner, "Organization")
        now = hub.state.now()
        home = Repository(
            id=hub.state.next_id(),
            owner_id=account.id,
            owner=account.login,
            name=name,
            default_branch=default_branch,
            private=private,
            description=description,
            collaborators=dict(collaborators),
            created_at=now,
            pushed_at=now,
        )
        for login in collaborators:
            _account(hub, login, "User")
        _import(hub.git(home), source, default_branch)
        hub.state.repositories[home.id] = home
        return home


def _import(git: GitRepository, source: Path, default_branch: str) -> None:
    git.path.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        raise SeedInvalid(f"{source} is not a folder; name a folder, a work tree or a bare repository")
    if (source / ".git").exists() or (source / "HEAD").is_file():
        run_git("clone", "--quiet", "--bare", str(source), str(git.path))
        _make_default(git, default_branch)
    else:
        run_git("init", "--quiet", "--bare", f"--initial-branch={default_branch}", str(git.path))
        _commit_folder(git, source)
    with (git.path / "config").open("a") as settings:
        settings.write(_GIT_SETTINGS)
    hook = git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_PRE_RECEIVE)
    hook.chmod(0o755)


def _make_default(git: GitRepository, branch: str) -> None:
    """A clone of a detached or differently named HEAD gets its default branch there."""
    if f"refs/heads/{branch}" not in git.refs("refs/heads/"):
        try:
            git.set_ref(f"refs/heads/{branch}", git.text("rev-parse", "HEAD"))
        except GitFailed as failed:
            raise SeedInvalid(f"{git.path.name}: has neither a branch {branch!r} nor a commit to start it") from failed
    git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")


def _commit_folder(git: GitRepository, source: Path) -> None:
    who = {
        f"GIT_{role}_{k}": v
        for role in ("AUTHOR", "COMMITTER")
        for k, v in (("NAME", "Local Hub"), ("EMAIL", "hub@localhost"))
    }
    git.run("add", "--all", env={"GIT_WORK_TREE": str(source.resolve())})
    git.run(
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "Initial commit",
        env={**who, "GIT_WORK_TREE": str(source.resolve())},
    )
    (git.path / "index").unlink(missing_ok=True)


def install(hub: Hub, app_id: int, owner: str, names: Iterable[str]) -> Installation:
    """Installs an App on some repositories of an account and tells the App."""
    with hub.state.locked():
        state = hub.state
        account = state.user_named(owner)
        homes = [state.repository_named(owner, name) for name in names]
        now = state.now()
        ids = frozenset(home.id for home in homes)
        installation = Installation(state.next_id(), app_id, account.id, ids, now, now)
        state.installations[installation.id] = installation
        hub.outbox.send(
            state.apps[app_id],
            installation,
            "installation",
            {
                "action": "created",
                "installation": installation_json(state, installation),
                "repositories": [repository_name(home) for home in homes],
                "requester": None,
                "sender": user(state.urls, account),
            },
            None,
        )
        return installation


def change_repositories(hub: Hub, installation_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
    """Lets an installation see more or fewer repositories and tells the App."""
    with hub.state.locked():
        state = hub.state
        old = state.installations[installation_id]
        account = state.users[old.account_id]
        added = [state.repository_named(account.login, name) for name in add]
        removed = [state.repository_named(account.login, name) for name in remove]
        ids = (old.repository_ids | {r.id for r in added}) - {r.id for r in removed}
        state.installations[old.id] = replace(old, repository_ids=ids, updated_at=state.now())
        for action, touched in (("added", added), ("removed", removed)):
            if touched:
                hub.outbox.send(
                    state.apps[old.app_id],
                    old,
                    "installation_repositories",
                    {
                        "action": action,
                        "installation": installation_json(state, state.installations[old.id]),
                        "repository_selection": "selected",
                        "repositories_added": [repository_name(r) for r in added if action == "added"],
                        "repositories_removed": [repository_name(r) for r in removed if action == "removed"],
                        "requester": None,
                        "sender": user(state.urls, account),
                    },
                    None,
                )


def uninstall(hub: Hub, installation_id: int) -> None:
    """Removes an installation; its tokens stop working at once."""
    with hub.state.locked():
        state = hub.state
        gone = state.installations.pop(installation_id)
        homes = [state.repositories[i] for i in sorted(gone.repository_ids)]
        hub.outbox.send(
            state.apps[gone.app_id],
            gone,
            "installation",
            {
                "action": "deleted",
                "installation": installation_json(state, gone),
                "repositories": [repository_name(home) for home in homes],
                "sender": user(state.urls, state.users[gone.account_id]),
            },
            None,
        )
