"""Which function answers a REST request, and what it is given. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ghapp.localhub.auth import Caller
from ghapp.localhub.errors import Forbidden, NotFound
from ghapp.localhub.hub import Hub
from ghapp.localhub.jsontypes import Body, Json
from ghapp.localhub.models import Issue, Repository, Role, User


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is written: status, JSON body, further headers. Lists are cut into pages later."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    items_key: str | None = None  # where in an object the list lies that is cut into pages


@dataclass(frozen=True, slots=True)
class Request:
    """A REST request that was let in."""

    hub: Hub
    caller: Caller
    params: Mapping[str, str]
    query: Mapping[str, str]
    json: Json
    home_or_none: Repository | None

    @property
    def home(self) -> Repository:
        """The repository in the path."""
        if self.home_or_none is None:
            raise NotFound
        return self.home_or_none

    @property
    def actor(self) -> User:
        """Who acts: a person or an App's bot."""
        if self.caller.user is None:
            raise Forbidden
        return self.caller.user

    @property
    def app_id(self) -> int | None:
        """The App whose bot acts, or None for a person."""
        return None if self.caller.app is None else self.caller.app.id

    def number(self, name: str) -> int:
        """A whole number from the path."""
        return int(self.params[name])

    def issue(self) -> Issue:
        """The issue or pull request in the path. Raises NotFound."""
        which = self.params.get("issue_number") or self.params["pull_number"]
        return self.hub.state.issue(self.home.id, int(which))

    def body(self, resource: str) -> Body:
        """The JSON object that was sent; `resource` is its name in validation errors."""
        return Body.of(self.json, resource)


Handler = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `need` is `permission:level`, or `app`, `installation`, `anyone`.

    A person needs `role` on the repository instead of the permission.
    """

    method: str
    template: str
    need: str
    handler: Handler
    role: Role = "read"


@dataclass(frozen=True, slots=True)
class Match:
    """A route with what its template found in the path."""

    route: Route
    params: Mapping[str, str]


_GREEDY = {"path", "ref", "branch", "basehead", "name"}


def _pattern(template: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        name = found[1]
        inner = r"\d+" if name.endswith(("_id", "_number")) else ".+" if name in _GREEDY else "[^/]+"
        return f"(?P<{name}>{inner})"

    return re.compile(re.sub(r"\{(\w+)\}", group, template) + "/?")


class Router:
    """A table of endpoints; the most specific template wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        ordered = sorted(routes, key=lambda r: (-r.template.count("/"), r.template.count("{")))
        self._table: Sequence[tuple[re.Pattern[str], Route]] = [(_pattern(r.template), r) for r in ordered]

    def find(self, method: str, path: str) -> Match:
        """The endpoint for a path below the REST base. Raises NotFound."""
        for pattern, route in self._table:
            if route.method == method and (found := pattern.fullmatch(path)):
                return Match(route, found.groupdict())
        raise NotFound
