"""What the front page and the page of a repository show."""

from __future__ import annotations

from ghapp.localhub.errors import NotFound
from ghapp.localhub.views.code import folders_first
from ghapp.localhub.views.view import Plain, View, ViewOf, Visit

_AVATAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="16" fill="hsl({hue} 45% 45%)"/>'
    '<text x="16" y="22" font-family="sans-serif" font-size="16" font-weight="600" fill="#fff"'
    ' text-anchor="middle">{letter}</text></svg>'
)


def front(visit: Visit) -> View:
    """Everything there is."""
    state = visit.hub.state
    return View("front.html", {"repositories": list(state.repositories.values()), "apps": list(state.apps.values())})


def avatar(visit: Visit) -> Plain:
    """A coloured letter for an account."""
    who = visit.hub.state.users.get(int(visit.params["id"]))
    if who is None:
        raise NotFound
    # A login starts with a letter or a digit, so it needs no escaping here.
    picture = _AVATAR.format(hue=who.id * 47 % 360, letter=who.login[0].upper())
    return Plain("image/svg+xml", picture.encode())


def repository(visit: Visit) -> View:
    """A repository: files, README, branches, and what is open."""
    home, git = visit.home, visit.git
    head = visit.commit_named(home.default_branch)
    entries = git.entries(head)
    readme = next((e for e in entries if e.kind == "blob" and e.path.lower().startswith("readme")), None)
    waiting = [issue for issue in visit.hub.state.issues_of(home.id) if issue.state == "open"]
    refs = [name for name in git.refs() if not name.startswith(("refs/tags/", "refs/pull/"))]
    shown = {
        "home": home,
        "ref": home.default_branch,
        "head": git.commit(head),
        "entries": folders_first(entries),
        "readme": None if readme is None else (readme.path, git.blob(readme.sha).decode(errors="replace")),
        "branches": [name.removeprefix("refs/heads/") for name in refs if name.startswith("refs/heads/")],
        "other_refs": [name for name in refs if not name.startswith("refs/heads/")],
        "open": waiting,
    }
    return View("repository.html", shown)


VIEWS: tuple[tuple[str, ViewOf], ...] = (
    (r"/", front),
    (r"/_/avatar/(?P<id>\d+)", avatar),
    (r"/(?P<owner>[^/_][^/]*)/(?P<repo>[^/]+)/?", repository),
)
