"""What a page is made of before it is HTML. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ghapp.localhub.errors import NotFound
from ghapp.localhub.git import GitRepository
from ghapp.localhub.hub import Hub
from ghapp.localhub.models import Repository


@dataclass(frozen=True, slots=True)
class View:
    """A template and what it shows."""

    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Plain:
    """Bytes that are shown as they are."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at one address of the hub."""

    hub: Hub
    params: Mapping[str, str]

    @property
    def home(self) -> Repository:
        """The repository in the address. Raises NotFound."""
        return self.hub.state.repository_named(self.params["owner"], self.params["repo"])

    @property
    def git(self) -> GitRepository:
        """Its bare repository."""
        return self.hub.git(self.home)

    def commit_named(self, revision: str) -> str:
        """The commit that a branch, tag or SHA names. Raises NotFound."""
        sha = self.git.resolve(revision)
        if sha is None:
            raise NotFound
        return sha


ViewOf = Callable[[Visit], View | Plain]
