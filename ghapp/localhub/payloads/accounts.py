"""GitHub's JSON for users, Apps, installations and repositories. Pure."""

from __future__ import annotations

import base64
from datetime import datetime

from ghapp.localhub.jsontypes import Json, JsonObject
from ghapp.localhub.models import App, Installation, Repository, User
from ghapp.localhub.state import State, Urls

_REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def stamp(at: datetime) -> str:
    """A moment as GitHub writes it: UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(at: datetime | None) -> str | None:
    """A moment, or null."""
    return None if at is None else stamp(at)


def node_id(kind: str, number: int) -> str:
    """An opaque global id, as long-lived as the number."""
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def repository_api(urls: Urls, repository: Repository) -> str:
    """The REST address of a repository."""
    return f"{urls.api}/repos/{repository.full_name}"


def repository_web(urls: Urls, repository: Repository) -> str:
    """The address of a repository's page."""
    return f"{urls.web}/{repository.full_name}"


def user(urls: Urls, who: User) -> dict[str, Json]:
    """`simple-user`."""
    api = f"{urls.api}/users/{who.login}"
    page = who.login.removesuffix("[bot]") if who.kind == "Bot" else who.login
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id(who.kind, who.id),
        "avatar_url": f"{urls.web}/_/avatar/{who.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{urls.web}/apps/{page}" if who.kind == "Bot" else f"{urls.web}/{page}",
        **{name: api + tail for name, tail in _USER_LINKS.items()},
        "type": who.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(state: State, who: User) -> JsonObject:
    """`public-user`: what GET /users/{username} tells."""
    owned = sum(1 for r in state.repositories.values() if r.owner_id == who.id and not r.private)
    return {
        **user(state.urls, who),
        "name": None,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": owned,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(who.created_at),
        "updated_at": stamp(who.created_at),
    }


def app(state: State, it: App) -> JsonObject:
    """`integration`, as GET /app and `performed_via_github_app` tell it."""
    return {
        "id": it.id,
        "slug": it.slug,
        "node_id": node_id("App", it.id),
        "owner": user(state.urls, state.users[it.owner_id]),
        "name": it.name,
        "description": it.description,
        "external_url": it.external_url,
        "html_url": f"{state.urls.web}/apps/{it.slug}",
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.created_at),
        "permissions": it.permissions,
        "events": it.events,
    }


def app_or_none(state: State, app_id: int | None) -> JsonObject | None:
    """The App behind something, or null where a person did it."""
    return None if app_id is None else app(state, state.apps[app_id])


def installation(state: State, it: Installation) -> JsonObject:
    """`installation`."""
    account, owner = state.users[it.account_id], state.apps[it.app_id]
    return {
        "id": it.id,
        "account": user(state.urls, account),
        "repository_selection": "selected",
        "access_tokens_url": f"{state.urls.api}/app/installations/{it.id}/access_tokens",
        "repositories_url": f"{state.urls.api}/installation/repositories",
        "html_url": f"{state.urls.web}/settings/installations/{it.id}",
        "app_id": it.app_id,
        "app_slug": owner.slug,
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": owner.permissions,
        "events": owner.events,
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": (),
        "suspended_by": None,
        "suspended_at": None,
    }


def _repository_names(urls: Urls, it: Repository, owner: User) -> JsonObject:
    api, web = repository_api(urls, it), repository_web(urls, it)
    return {
        "id": it.id,
        "node_id": node_id("Repository", it.id),
        "name": it.name,
        "full_name": it.full_name,
        "private": it.private,
        "owner": user(urls, owner),
        "html_url": web,
        "description": it.description,
        "fork": False,
        "url": api,
        **{name: api + tail for name, tail in _REPOSITORY_LINKS.items()},
        "git_url": f"{web.replace('http:', 'git:')}.git",
        "ssh_url": f"git@localhub:{it.full_name}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
    }


def repository(state: State, it: Repository) -> dict[str, Json]:
    """`repository`, as lists, pull requests and webhooks carry it."""
    waiting = sum(1 for i in state.issues.values() if i.repository_id == it.id and i.state == "open")
    return {
        **_repository_names(state.urls, it, state.users[it.owner_id]),
        "created_at": stamp(it.created_at),
        "updated_at": stamp(it.pushed_at),
        "pushed_at": stamp(it.pushed_at),
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "archived": False,
        "disabled": False,
        "open_issues_count": waiting,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": (),
        "visibility": "private" if it.private else "public",
        "forks": 0,
        "open_issues": waiting,
        "watchers": 0,
        "default_branch": it.default_branch,
    }


def full_repository(state: State, it: Repository) -> JsonObject:
    """`full-repository`: what GET /repos/{owner}/{repo} tells."""
    return {**repository(state, it), "subscribers_count": 0, "network_count": 0}


def pushed_repository(state: State, it: Repository) -> JsonObject:
    """A repository as the `push` event tells it, where moments are seconds since 1970."""
    return {
        **repository(state, it),
        "created_at": int(it.created_at.timestamp()),
        "pushed_at": int(it.pushed_at.timestamp()),
        "stargazers": 0,
        "master_branch": it.default_branch,
    }


def repository_name(it: Repository) -> JsonObject:
    """The few facts that the installation events tell of a repository."""
    return {
        "id": it.id,
        "node_id": node_id("Repository", it.id),
        "name": it.name,
        "full_name": it.full_name,
        "private": it.private,
    }
