"""Where the hub keeps its things in memory, behind one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from ghapp.localhub.errors import NotFound
from ghapp.localhub.models import (
    App,
    CheckRun,
    Comment,
    Delivery,
    Happening,
    Installation,
    InstallationToken,
    Issue,
    Label,
    Reaction,
    Repository,
    Review,
    Status,
    User,
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the hub answers: `web` for people and git, `api` for REST; both without a trailing slash."""

    web: str
    api: str


@dataclass(slots=True)
class State:
    """All tables. Hold `locked()` to read more than one thing or to write anything."""

    urls: Urls
    now: Clock
    users: dict[int, User] = field(default_factory=dict)
    user_tokens: dict[str, int] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, InstallationToken] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    issues: dict[tuple[int, int], Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    reactions: dict[int, Reaction] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: dict[int, Status] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _last_id: int = 1000

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else reads or writes inside this block."""
        with self._lock:
            yield

    def next_id(self) -> int:
        """A number that nothing else in this hub has."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def next_number(self, repository_id: int) -> int:
        """The next number for an issue or a pull request of a repository."""
        return 1 + max((number for owner, number in self.issues if owner == repository_id), default=0)

    def user_named(self, login: str) -> User:
        """Raises NotFound. GitHub compares logins without regard to case."""
        for user in self.users.values():
            if user.login.lower() == login.lower():
                return user
        raise NotFound

    def repository_named(self, owner: str, name: str) -> Repository:
        """Raises NotFound."""
        wanted = f"{owner}/{name}".lower()
        for repository in self.repositories.values():
            if repository.full_name.lower() == wanted:
                return repository
        raise NotFound

    def issue(self, repository_id: int, number: int) -> Issue:
        """An issue or pull request by number. Raises NotFound."""
        found = self.issues.get((repository_id, number))
        if found is None:
            raise NotFound
        return found

    def put_issue(self, issue: Issue) -> Issue:
        """Keeps an issue, in place of an older state of itself."""
        self.issues[issue.repository_id, issue.number] = issue
        return issue

    def issues_of(self, repository_id: int) -> list[Issue]:
        """Issues and pull requests of a repository, newest first."""
        return [issue for (owner, _), issue in reversed(self.issues.items()) if owner == repository_id]

    def comments_of(self, issue: Issue) -> list[Comment]:
        """The comments of an issue, oldest first."""
        place = (issue.repository_id, issue.number)
        return [c for c in self.comments.values() if (c.repository_id, c.number) == place]

    def reviews_of(self, issue: Issue) -> list[Review]:
        """The reviews of a pull request, oldest first."""
        place = (issue.repository_id, issue.number)
        return [r for r in self.reviews.values() if (r.repository_id, r.number) == place]

    def reactions_to(self, subject_id: int) -> list[Reaction]:
        """Reactions to an issue or a comment, oldest first."""
        return [r for r in self.reactions.values() if r.subject_id == subject_id]

    def label_named(self, repository_id: int, name: str) -> Label | None:
        """A label of a repository; GitHub compares the names without regard to case."""
        for label in self.labels.values():
            if label.repository_id == repository_id and label.name.lower() == name.lower():
                return label
        return None

    def checks_of(self, repository_id: int, sha: str) -> list[CheckRun]:
        """The check runs of a commit, newest first."""
        runs = [r for r in self.check_runs.values() if (r.repository_id, r.head_sha) == (repository_id, sha)]
        return runs[::-1]

    def installation_for(self, app_id: int, repository_id: int) -> Installation | None:
        """The installation through which an App sees a repository."""
        for installation in self.installations.values():
            if installation.app_id == app_id and repository_id in installation.repository_ids:
                return installation
        return None

    def note(self, issue: Issue, user: User, text: str, label_id: int | None = None) -> None:
        """Adds a line to the timeline of an issue."""
        self.happenings.append(Happening(issue.repository_id, issue.number, self.now(), user.id, text, label_id))
