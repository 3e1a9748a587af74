"""The things a hub keeps: users, apps, repositories, issues, comments, checks. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
Kind = Literal["User", "Organization", "Bot"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
ZERO_SHA = "0" * 40


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who acts: a person, an organisation, or an App's bot."""

    id: int
    login: str
    kind: Kind
    created_at: datetime


@dataclass(frozen=True, slots=True)
class App:
    """A registered GitHub App. The hub holds only the public half of its key."""

    id: int
    slug: str
    name: str
    owner_id: int
    bot_id: int
    hook_id: int
    public_key_pem: str
    webhook_url: str
    webhook_secret: bytes = field(repr=False)
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    created_at: datetime
    description: str
    external_url: str


@dataclass(frozen=True, slots=True)
class Installation:
    """An App on an account, with the repositories it may see."""

    id: int
    app_id: int
    account_id: int
    repository_ids: frozenset[int]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """What an App may do with some repositories until `expires_at`."""

    token: str = field(repr=False)
    installation_id: int
    repository_ids: frozenset[int]
    permissions: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its metadata; the content lies in a bare git repository."""

    id: int
    owner_id: int
    owner: str
    name: str
    default_branch: str
    private: bool
    description: str | None
    collaborators: Mapping[str, Role]
    created_at: datetime
    pushed_at: datetime

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def role_of(self, login: str) -> Role:
        """The role somebody holds here; the public may read what is public."""
        if login == self.owner:
            return "admin"
        return self.collaborators.get(login, "none" if self.private else "read")


@dataclass(frozen=True, slots=True)
class Label:
    """A label that a repository offers."""

    id: int
    repository_id: int
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Pull:
    """What makes an issue a pull request. Head and base are branches of the same repository."""

    id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool
    reviewer_ids: tuple[int, ...] = ()
    merged_at: datetime | None = None
    merged_by_id: int | None = None
    merge_commit_sha: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or a pull request where `pull` is set: GitHub numbers them together."""

    id: int
    repository_id: int
    number: int
    title: str
    body: str | None
    user_id: int
    app_id: int | None
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    label_ids: tuple[int, ...] = ()
    assignee_ids: tuple[int, ...] = ()
    closed_at: datetime | None = None
    closed_by_id: int | None = None
    pull: Pull | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    repository_id: int
    number: int
    body: str
    user_id: int
    app_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji that somebody left on an issue or a comment; `subject_id` is that thing's id."""

    id: int
    subject_id: int
    user_id: int
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody's word on a pull request."""

    id: int
    repository_id: int
    number: int
    user_id: int
    body: str
    state: str
    commit_sha: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of an issue's timeline that is no comment: labelled, closed, pushed."""

    repository_id: int
    number: int
    at: datetime
    user_id: int
    text: str
    label_id: int | None = None


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """What a check run says: a line, and two texts in Markdown."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What an App reports about a commit."""

    id: int
    suite_id: int
    repository_id: int
    app_id: int
    head_sha: str
    name: str
    status: str
    conclusion: str | None
    external_id: str
    details_url: str | None
    started_at: datetime
    completed_at: datetime | None
    output: CheckOutput


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status."""

    id: int
    repository_id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    user_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver a webhook; a redelivery keeps the guid and has its own id."""

    id: int
    guid: str
    app_id: int
    event: str
    action: str | None
    installation_id: int
    repository_id: int | None
    delivered_at: datetime
    redelivery: bool
    request_headers: Mapping[str, str]
    payload: bytes
    duration_s: float = 0.0
    status: str = "pending"
    status_code: int = 0
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
