"""What a job needs from GitHub, as protocols that ghapp.github_api implements. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from runner.proof import VerifiedTree

Permissions = Mapping[str, Literal["read", "write"]]
Reaction = Literal["eyes", "rocket", "confused"]
Conclusion = Literal["success", "neutral", "failure"]


@dataclass(frozen=True, slots=True)
class Token:
    """An installation's access token for one repository. Its value never shows in a repr."""

    value: str
    expires_at: str

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Bot:
    """The App's own account: comments and pull requests by it, and by nobody else, are ours."""

    login: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of ours."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request of ours."""

    number: int
    url: str
    head_sha: str
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class PullRequestDraft:
    """A pull request to be opened; `tree_sha` is the tree of the commit that was pushed to `branch`."""

    title: str
    body: str
    branch: str
    base: str
    tree_sha: str
    is_draft: bool


@dataclass(frozen=True, slots=True)
class CheckRun:
    """The check on the head commit. `summary` and `text` are Markdown."""

    head_sha: str
    conclusion: Conclusion
    title: str
    summary: str
    text: str
    external_id: str


class AppApi(Protocol):
    """What the App may do as itself. All methods raise GitHubFailed."""

    def bot(self) -> Bot:
        """The App's own account."""

    def mint(self, installation_id: int, repository_id: int, permissions: Permissions) -> Token:
        """A token for exactly this repository with exactly these permissions."""

    def revoke(self, token: Token) -> None:
        """End a token before its hour is over."""

    def failed_deliveries(self, limit: int) -> tuple[int, ...]:
        """The ids of those among the newest deliveries whose every try failed, oldest first."""

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to send a delivery again."""


class IssueApi(Protocol):
    """What the talk token may do on one repository. All methods raise GitHubFailed."""

    def permission_of(self, login: str) -> str:
        """What the user may do in the repository: "admin", "write", "read" or "none", whatever the role is called."""

    def react(self, issue_number: int, comment_id: int, reaction: Reaction) -> None:
        """Put a reaction on the comment, or on the issue where `comment_id` is 0. Twice is once."""

    def find_comment(self, issue_number: int, marker: str) -> Comment | None:
        """Our own comment that ends with the hidden marker."""

    def comment(self, issue_number: int, body: str) -> Comment:
        """Write a comment."""

    def edit_comment(self, comment_id: int, body: str, *, is_urgent: bool = False) -> None:
        """Replace a comment's text; an urgent edit is tried once and waits for no limit."""

    def close(self) -> None:
        """Give the connection back."""


class PublishApi(Protocol):
    """What the publish token may do on one repository. All methods raise GitHubFailed."""

    def find_pull_request(self, branch_prefix: str, marker: str) -> PullRequest | None:
        """The open pull request by us whose branch begins so and whose body ends with the hidden marker."""

    def open_pull_request(self, tree: VerifiedTree, draft: PullRequestDraft) -> PullRequest:
        """Open it. Raises TreeMismatch when what was pushed is not the tree that was verified."""

    def report_check(self, check: CheckRun) -> str:
        """Write the finished check `greenloop/verified`; its page's address."""

    def close(self) -> None:
        """Give the connection back."""
