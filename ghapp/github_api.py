"""The calls that the App makes to GitHub's REST interface, and how it bears errors and limits.

https://docs.github.com/rest
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote

import github
from github.Repository import Repository

from ghapp.errors import GitHubFailed, GitHubRefused, GitHubUnreachable, RateLimited, TreeMismatch
from ghapp.ports import (
    Bot,
    CheckRun,
    Comment,
    Permissions,
    PullRequest,
    PullRequestDraft,
    Reaction,
    Token,
)
from ghapp.rate_limits import wait_s
from runner.proof import VerifiedTree

CHECK_NAME: Final = "greenloop/verified"
TIMEOUT_S: Final = 15
TRIES: Final = 3
SERVER_ERROR_WAIT_S: Final = 1.0

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach GitHub. `patience_s` is the longest single wait for a rate limit; `now` counts from the epoch."""

    api_url: str
    request_gap_s: float
    write_gap_s: float
    now: Callable[[], float]
    sleep: Callable[[float], None]
    patience_s: float = 20.0

    def client(self, auth: github.Auth.Auth) -> github.Github:
        """A client that fetches nothing unasked and leaves retries to `call`."""
        return github.Github(
            auth=auth,
            base_url=self.api_url,
            timeout=TIMEOUT_S,
            retry=None,
            per_page=100,
            user_agent="greenloop",
            seconds_between_requests=self.request_gap_s,
            seconds_between_writes=self.write_gap_s,
            lazy=True,
        )

    def call(self, action: str, work: Callable[[], T], *, repeatable: bool = True, tries: int = TRIES) -> T:
        """What `work` returns. Waits for rate limits between `tries`; tries a server error again only if `repeatable`.

        Raises RateLimited, GitHubRefused or GitHubUnreachable, which name the `action`.
        """
        for tries_left in reversed(range(tries)):
            try:
                return work()
            except github.GithubException as error:
                pause_s = self._pause_s(action, error, repeatable=repeatable)
                cause = f"it answered {error.status}"
            except OSError as error:  # all network errors of its client are
                pause_s, cause = SERVER_ERROR_WAIT_S, type(error).__name__
                if not repeatable:
                    raise GitHubUnreachable(f"no answer from {self.api_url} to {action}: {cause}") from error
            if not tries_left:
                break
            log.info("GitHub: waiting %.1f s to %s: %s", pause_s, action, cause)
            self.sleep(pause_s)
        raise GitHubUnreachable(f"{self.api_url} failed {tries} time(s) to {action}: {cause}; is GitHub up?")

    def _pause_s(self, action: str, error: github.GithubException, *, repeatable: bool) -> float:
        """Seconds until the next try makes sense; raises where none does."""
        message = _message(error)
        limit_s = wait_s(error.status, error.headers or {}, message, self.now())
        if limit_s is not None:
            if limit_s > self.patience_s:
                raise RateLimited(limit_s) from error
            return limit_s
        if error.status < 500 or not repeatable:
            raise GitHubRefused(error.status, action, message) from error
        return SERVER_ERROR_WAIT_S


def _message(error: github.GithubException) -> str:
    data = error.data if isinstance(error.data, Mapping) else {}
    details = data.get("errors") or ()
    return " ".join([str(data.get("message") or error.message or "no reason given"), *map(str, details)])


class GitHubAppApi:
    """The App as itself, with a fresh JWT for every call."""

    def __init__(self, link: Link, make_jwt: Callable[[], str]) -> None:
        self._link = link
        self._make_jwt = make_jwt

    def _json(self, action: str, verb: str, path: str, body: object = None) -> object:
        def work() -> object:
            with self._link.client(github.Auth.AppAuthToken(self._make_jwt())) as client:
                # PyGithub's own call for tokens cannot name repositories, so the request is ours.
                return client.requester.requestJsonAndCheck(verb, path, input=body)[1]

        return self._link.call(action, work)

    def bot(self) -> Bot:
        """The App's own account."""
        app = _mapping(self._json("read the App", "GET", "/app"))
        return Bot(f"{app['slug']}[bot]")

    def mint(self, installation_id: int, repository_id: int, permissions: Permissions) -> Token:
        """A token for exactly this repository with exactly these permissions."""
        wanted = {"repository_ids": [repository_id], "permissions": dict(permissions)}
        path = f"/app/installations/{installation_id}/access_tokens"
        minted = _mapping(self._json("mint a token", "POST", path, wanted))
        return Token(str(minted["token"]), str(minted["expires_at"]))

    def revoke(self, token: Token) -> None:
        """End a token before its hour is over; one that is over already is fine."""

        def work() -> None:
            with self._link.client(github.Auth.Token(token.value)) as client:
                client.requester.requestJsonAndCheck("DELETE", "/installation/token")

        try:
            self._link.call("revoke a token", work)
        except GitHubRefused as error:
            if error.status != 401:
                raise

    def failed_deliveries(self, limit: int) -> tuple[int, ...]:
        """The ids of those among the newest `limit` deliveries whose every try failed, oldest first."""
        path = f"/app/hook/deliveries?per_page={min(limit, 100)}"
        found = self._json("list the webhook's deliveries", "GET", path)
        tries = [_mapping(item) for item in found] if isinstance(found, list) else []
        arrived = {item["guid"] for item in tries if 200 <= _whole(item["status_code"]) < 300}
        failed = {item["guid"]: _whole(item["id"]) for item in tries if item["guid"] not in arrived}
        return tuple(reversed(failed.values()))

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to send a delivery again."""
        self._json("redeliver a webhook", "POST", f"/app/hook/deliveries/{delivery_id}/attempts")


class RepositoryApi:
    """One repository with one token: both IssueApi and PublishApi; the token decides what is allowed."""

    def __init__(self, link: Link, token: Token, full_name: str, bot: Bot) -> None:
        self._link = link
        self._bot = bot
        self._full_name = full_name
        self._client = link.client(github.Auth.Token(token.value))
        self._repository: Repository = self._client.get_repo(full_name)

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def _json(self, action: str, verb: str, path: str, body: object = None, *, tries: int = TRIES) -> object:
        """Straight to the thing: PyGithub's objects would fetch it first, which costs a request."""
        address = f"/repos/{self._full_name}/{path}"
        requester = self._client.requester
        return self._link.call(action, lambda: requester.requestJsonAndCheck(verb, address, input=body)[1], tries=tries)

    def permission_of(self, login: str) -> str:
        """The user's `permission`, to which GitHub maps every role, an organisation's own too; "none" for strangers."""
        try:
            path = f"collaborators/{quote(login)}/permission"
            return str(_mapping(self._json("read a user's permission", "GET", path))["permission"])
        except GitHubRefused as error:
            if error.status == 404:
                return "none"
            raise

    def react(self, issue_number: int, comment_id: int, reaction: Reaction) -> None:
        """Put a reaction on the comment, or on the issue where `comment_id` is 0. Twice is once."""
        subject = f"comments/{comment_id}" if comment_id else str(issue_number)
        self._json("react", "POST", f"issues/{subject}/reactions", {"content": reaction})

    def find_comment(self, issue_number: int, marker: str) -> Comment | None:
        """Our own comment that ends with the hidden marker: anybody can copy a marker, so the author counts too."""

        def work() -> Comment | None:
            for comment in self._repository.get_issue(issue_number).get_comments():
                if comment.user.login == self._bot.login and comment.body.rstrip().endswith(marker):
                    return Comment(comment.id, comment.html_url)
            return None

        return self._link.call("read the issue's comments", work)

    def comment(self, issue_number: int, body: str) -> Comment:
        """Write a comment."""

        def work() -> Comment:
            made = self._repository.get_issue(issue_number).create_comment(body)
            return Comment(made.id, made.html_url)

        return self._link.call("comment", work, repeatable=False)

    def edit_comment(self, comment_id: int, body: str, *, is_urgent: bool = False) -> None:
        """Replace a comment's text; an urgent edit is tried once and waits for no limit."""
        path = f"issues/comments/{comment_id}"
        self._json("edit a comment", "PATCH", path, {"body": body}, tries=1 if is_urgent else TRIES)

    def find_pull_request(self, branch_prefix: str, marker: str) -> PullRequest | None:
        """The open pull request by us whose branch begins so and whose body ends with the hidden marker."""

        def work() -> PullRequest | None:
            owner = self._full_name.partition("/")[0]
            for ref in self._repository.get_git_matching_refs(f"heads/{branch_prefix}"):
                head = f"{owner}:{ref.ref.removeprefix('refs/heads/')}"
                for pull in self._repository.get_pulls(state="open", head=head):
                    if pull.user.login == self._bot.login and (pull.body or "").rstrip().endswith(marker):
                        return PullRequest(pull.number, pull.html_url, pull.head.sha, is_draft=pull.draft)
            return None

        return self._link.call("look for an open pull request", work)

    def open_pull_request(self, tree: VerifiedTree, draft: PullRequestDraft) -> PullRequest:
        """Open it. Raises TreeMismatch when what was pushed is not the tree that was verified."""
        if draft.tree_sha != tree.tree_sha:
            raise TreeMismatch(tree.tree_sha, draft.tree_sha)

        def work() -> PullRequest:
            made = self._repository.create_pull(
                base=draft.base, head=draft.branch, title=draft.title, body=draft.body, draft=draft.is_draft
            )
            return PullRequest(made.number, made.html_url, made.head.sha, is_draft=made.draft)

        return self._link.call("open a pull request", work, repeatable=False)

    def report_check(self, check: CheckRun) -> str:
        """Write the finished check `greenloop/verified`; its page's address."""

        def work() -> str:
            output: dict[str, str | list[dict[str, str | int]]] = {
                "title": check.title,
                "summary": check.summary,
                "text": check.text,
            }
            made = self._repository.create_check_run(
                CHECK_NAME,
                check.head_sha,
                status="completed",
                conclusion=check.conclusion,
                external_id=check.external_id,
                output=output,
            )
            return made.html_url

        return self._link.call("write a check run", work, repeatable=False)


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    raise GitHubFailed("GitHub answered with something else than documented; is GREENLOOP_API_URL right?")


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise GitHubFailed("GitHub answered with something else than documented; is GREENLOOP_API_URL right?")
