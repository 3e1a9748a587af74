"""What a job works with: everything outside it, put together by ghapp.compose."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ghapp.git_remote import Git, Remote
from ghapp.ports import AppApi, Bot, IssueApi, PublishApi, Token
from ghapp.render import Renderer
from ghapp.settings import Settings
from ghapp.store import Store
from runner.models import Result, RunRequest
from runner.ports import Clock, Observer


class RepositoryClient(IssueApi, PublishApi, Protocol):
    """One repository with one token; the token decides what is allowed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the tests run in, and the commands that the base branch configures.

    `environment` None means the system's own programs; `seconds` is what finding or building it took, `notes` say what
    is unusual about it.
    """

    environment: Path | None
    seconds: float
    was_cached: bool = True
    test_command: str = ""
    hooks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def off_clock_s(self) -> float:
        """Building is a job of its own that this one happened to need first; looking it up is ours."""
        return 0.0 if self.was_cached else self.seconds


class Prepare(Protocol):
    """Finds or makes the environment that a clone's tests need."""

    def __call__(self, clone: Path, commit: str) -> Prepared:
        """The environment for a commit; from the cache when its lock files were seen before."""


class Solve(Protocol):
    """Runs the loop on a clone."""

    def __call__(
        self, request: RunRequest, clone: Path, prepared: Prepared, observer: Observer, *, secrets: tuple[str, ...]
    ) -> Result:
        """The run's result; `secrets` are kept out of its trace."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step may use. `clock` is monotonic, `now` counts from the epoch; both in seconds."""

    settings: Settings
    store: Store
    app: AppApi
    connect: Callable[[Token, str, Bot], RepositoryClient]
    git: Callable[[Path, Remote], Git]
    lock: Callable[[str], AbstractContextManager[None]]
    renderer: Renderer
    prepare: Prepare
    solve: Solve
    clock: Clock
    now: Callable[[], float]
