"""What the pages about files and commits show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ghapp.localhub.errors import NotFound
from ghapp.localhub.git import TreeEntry
from ghapp.localhub.gitdiff import EMPTY_TREE, FileChange, changes
from ghapp.localhub.views.view import Plain, View, ViewOf, Visit

TEXT_CAP_BYTES: Final = 1_000_000
COMMITS_SHOWN: Final = 100
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff with its numbers on both sides."""

    kind: str
    old: int | None
    new: int | None
    text: str


def diff_lines(change: FileChange) -> list[DiffLine]:
    """The lines of a file's patch, numbered on both sides."""
    old = new = 0
    lines = []
    for text in (change.patch or "").split("\n") if change.patch else ():
        if found := _HUNK.match(text):
            old, new = int(found[1]), int(found[2])
            lines.append(DiffLine("hunk", None, None, text))
        elif text.startswith("+"):
            lines.append(DiffLine("add", None, new, text))
            new += 1
        elif text.startswith("-"):
            lines.append(DiffLine("del", old, None, text))
            old += 1
        elif text.startswith("\\"):
            lines.append(DiffLine("note", None, None, text))
        else:
            lines.append(DiffLine("same", old, new, text))
            old, new = old + 1, new + 1
    return lines


def folders_first(entries: Sequence[TreeEntry]) -> list[TreeEntry]:
    """The entries of a folder in the order people look for them."""
    return sorted(entries, key=lambda entry: (entry.kind != "tree", entry.path))


def commit(visit: Visit) -> View:
    """One commit with its diff and its checks."""
    sha = visit.commit_named(visit.params["sha"])
    it = visit.git.commit(sha)
    files = changes(visit.git, it.parents[0] if it.parents else EMPTY_TREE, sha)
    shown = [(file, diff_lines(file)) for file in files]
    checks = visit.hub.state.checks_of(visit.home.id, sha)
    return View("commit.html", {"home": visit.home, "commit": it, "files": shown, "checks": checks})


def commits(visit: Visit) -> View:
    """The last commits of a branch."""
    ref = visit.params["rest"]
    found = visit.git.commits(visit.commit_named(ref), limit=COMMITS_SHOWN)
    return View("commits.html", {"home": visit.home, "ref": ref, "commits": found})


def _place(visit: Visit) -> tuple[str, str, str]:
    """Ref, its commit, and the path after it: a branch's name may hold slashes itself."""
    parts = visit.params["rest"].strip("/").split("/")
    for length in range(1, len(parts) + 1):
        ref = "/".join(parts[:length])
        sha = visit.git.resolve(ref)
        if sha is not None:
            return ref, sha, "/".join(parts[length:])
    raise NotFound


def tree(visit: Visit) -> View:
    """A folder."""
    ref, sha, path = _place(visit)
    entries = visit.git.entries(sha, f"{path}/" if path else "")
    if not entries:
        raise NotFound
    return View("tree.html", {"home": visit.home, "ref": ref, "path": path, "entries": folders_first(entries)})


def _file(visit: Visit) -> tuple[str, str, bytes]:
    ref, sha, path = _place(visit)
    entries = visit.git.entries(sha, path) if path else []
    if not entries or entries[0].kind != "blob":
        raise NotFound
    return ref, path, visit.git.blob(entries[0].sha)


def blob(visit: Visit) -> View:
    """A file with line numbers; binary and very long ones are only named."""
    ref, path, content = _file(visit)
    readable = b"\0" not in content and len(content) <= TEXT_CAP_BYTES
    text = content.decode(errors="replace") if readable else None
    shown = {"home": visit.home, "ref": ref, "path": path, "text": text, "size_bytes": len(content)}
    return View("blob.html", shown)


def raw(visit: Visit) -> Plain:
    """A file as it is."""
    return Plain("text/plain; charset=utf-8", _file(visit)[2])


_REPO = r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
VIEWS: tuple[tuple[str, ViewOf], ...] = (
    (rf"{_REPO}/commit/(?P<sha>[0-9a-f]{{7,40}})", commit),
    (rf"{_REPO}/commits/(?P<rest>.+)", commits),
    (rf"{_REPO}/tree/(?P<rest>.+)", tree),
    (rf"{_REPO}/blob/(?P<rest>.+)", blob),
    (rf"{_REPO}/raw/(?P<rest>.+)", raw),
)
