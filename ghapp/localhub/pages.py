"""Plain pages, so that a person can look at what the hub holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ghapp.localhub.errors import NotFound
from ghapp.localhub.gitdiff import EMPTY_TREE, FileChange, changes
from ghapp.localhub.hub import Hub
from ghapp.localhub.markdown import make_parser, rendered
from ghapp.localhub.models import CheckRun, Issue, Label, Repository, User
from ghapp.localhub.pulls import base_of, facts_of, files_of

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "hub"
TEXT_CAP_BYTES = 1_000_000
_EMOJI = {"+1": "👍", "-1": "👎", "laugh": "😄", "confused": "😕", "heart": "❤️", "hooray": "🎉", "rocket": "🚀"}
_EMOJI["eyes"] = "👀"


@dataclass(frozen=True, slots=True)
class Page:
    """A page ready to be sent."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a timeline: a comment or review with text, or a line about what happened."""

    at: datetime
    who: User
    verb: str
    body: str | None
    anchor: str
    reactions: Sequence[tuple[str, int]]
    label: Label | None
    tone: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff with its numbers on both sides."""

    kind: str
    old: int | None
    new: int | None
    text: str


class Pages:
    """Renders the pages of one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._markdown = make_parser()
        self._jinja = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters["when"] = lambda at: at.strftime("%d %b %Y, %H:%M UTC")
        self._jinja.filters["markdown"] = self._to_html
        self._jinja.globals["hub_url"] = hub.state.urls.web
        self._table: Sequence[tuple[re.Pattern[str], Callable[[Mapping[str, str]], Page]]] = [
            (re.compile(pattern), view)
            for pattern, view in (
                (r"/", self._front),
                (r"/_/hub\.css", self._style),
                (r"/_/avatar/(?P<id>\d+)", self._avatar),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/?", self._repository),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/(?P<what>issues|pulls)/?", self._list),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/(issues|pull)/(?P<number>\d+)", self._issue),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/pull/(?P<number>\d+)\.diff", self._raw_diff),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/commit/(?P<sha>[0-9a-f]{7,40})", self._commit),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/commits/(?P<rest>.+)", self._commits),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/tree/(?P<rest>.+)", self._tree),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/blob/(?P<rest>.+)", self._blob),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/raw/(?P<rest>.+)", self._raw),
                (r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)/runs/(?P<id>\d+)", self._check),
            )
        ]

    def page(self, path: str) -> Page:
        """The page at a path; a plain page with status 404 where there is none."""
        with self._hub.state.locked():
            for pattern, view in self._table:
                if found := pattern.fullmatch(path):
                    try:
                        return view(found.groupdict())
                    except NotFound:
                        break
            return replace(self._render("missing.html", path=path), status=404)

    def _to_html(self, text: str | None, home: Repository | None = None) -> str:
        address = f"/{home.full_name}" if home else ""
        return rendered(self._markdown, text, address)

    def _render(self, template: str, /, **values: object) -> Page:
        body = self._jinja.get_template(template).render(**values)
        return Page(200, "text/html; charset=utf-8", body.encode())

    def _home(self, params: Mapping[str, str]) -> Repository:
        return self._hub.state.repository_named(params["owner"], params["repo"])

    def _front(self, _params: Mapping[str, str]) -> Page:
        state = self._hub.state
        return self._render(
            "front.html", repositories=list(state.repositories.values()), apps=list(state.apps.values())
        )

    def _style(self, _params: Mapping[str, str]) -> Page:
        return Page(200, "text/css; charset=utf-8", (TEMPLATES / "hub.css").read_bytes())

    def _avatar(self, params: Mapping[str, str]) -> Page:
        who = self._hub.state.users.get(int(params["id"]))
        if who is None:
            raise NotFound
        picture = self._jinja.get_template("avatar.svg").render(letter=who.login[0].upper(), hue=who.id * 47 % 360)
        return Page(200, "image/svg+xml", picture.encode())

    def _repository(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        git = self._hub.git(home)
        head = git.resolve(home.default_branch)
        if head is None:
            raise NotFound
        entries = git.entries(head)
        readme = next((e for e in entries if e.kind == "blob" and e.path.lower().startswith("readme")), None)
        issues = self._hub.state.issues_of(home.id)
        return self._render(
            "repository.html",
            home=home,
            ref=home.default_branch,
            head=git.commit(head),
            entries=_sorted(entries),
            readme=None if readme is None else (readme.path, git.blob(readme.sha).decode(errors="replace")),
            branches=[name.removeprefix("refs/heads/") for name in git.refs("refs/heads/")],
            other_refs=[
                name for name in git.refs() if not name.startswith(("refs/heads/", "refs/tags/", "refs/pull/"))
            ],
            issues=[i for i in issues if i.pull is None and i.state == "open"],
            pulls=[i for i in issues if i.pull is not None and i.state == "open"],
        )

    def _list(self, params: Mapping[str, str]) -> Page:
        home, pulls = self._home(params), params["what"] == "pulls"
        found = [i for i in self._hub.state.issues_of(home.id) if (i.pull is not None) == pulls]
        labels = {i.number: self._labels(i) for i in found}
        return self._render(
            "list.html",
            home=home,
            what="Pull requests" if pulls else "Issues",
            issues=found,
            labels=labels,
            users=self._hub.state.users,
        )

    def _labels(self, issue: Issue) -> list[Label]:
        return [self._hub.state.labels[i] for i in issue.label_ids]

    def _issue(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        issue = self._hub.state.issue(home.id, int(params["number"]))
        shown: dict[str, object] = {
            "home": home,
            "issue": issue,
            "author": self._hub.state.users[issue.user_id],
            "labels": self._labels(issue),
            "reactions": self._reactions(issue.id),
            "timeline": self._timeline(issue),
        }
        if issue.pull is None:
            return self._render("issue.html", **shown)
        git = self._hub.git(home)
        base = base_of(git, issue.pull)
        return self._render(
            "pull.html",
            **shown,
            pull=issue.pull,
            facts=facts_of(git, issue.pull),
            commits=git.commits(issue.pull.head_sha, f"^{base}")[::-1],
            files=[(f, diff_lines(f)) for f in files_of(git, issue.pull)],
            checks=self._hub.state.checks_of(home.id, issue.pull.head_sha),
        )

    def _reactions(self, subject_id: int) -> list[tuple[str, int]]:
        left = [r.content for r in self._hub.state.reactions_to(subject_id)]
        return [(emoji, left.count(name)) for name, emoji in _EMOJI.items() if name in left]

    def _timeline(self, issue: Issue) -> list[Entry]:
        state = self._hub.state
        users, labels = state.users, state.labels
        entries = [
            Entry(
                c.created_at,
                users[c.user_id],
                "commented",
                c.body,
                f"issuecomment-{c.id}",
                self._reactions(c.id),
                None,
                "",
            )
            for c in state.comments_of(issue)
        ]
        for review in state.reviews_of(issue):
            verb = {"APPROVED": "approved these changes", "CHANGES_REQUESTED": "requested changes"}.get(
                review.state, "reviewed"
            )
            anchor = f"pullrequestreview-{review.id}"
            who = users[review.user_id]
            entries.append(Entry(review.submitted_at, who, verb, review.body, anchor, (), None, review.state.lower()))
        for line in state.happenings:
            if (line.repository_id, line.number) == (issue.repository_id, issue.number):
                label = labels[line.label_id] if line.label_id else None
                entries.append(Entry(line.at, users[line.user_id], line.text, None, "", (), label, ""))
        return sorted(entries, key=lambda entry: entry.at)

    def _commit(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        git = self._hub.git(home)
        sha = git.resolve(params["sha"])
        if sha is None:
            raise NotFound
        commit = git.commit(sha)
        files = changes(git, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
        checks = self._hub.state.checks_of(home.id, sha)
        return self._render(
            "commit.html", home=home, commit=commit, files=[(f, diff_lines(f)) for f in files], checks=checks
        )

    def _commits(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        sha = self._hub.git(home).resolve(params["rest"])
        if sha is None:
            raise NotFound
        return self._render(
            "commits.html", home=home, ref=params["rest"], commits=self._hub.git(home).commits(sha, limit=100)
        )

    def _place(self, home: Repository, rest: str) -> tuple[str, str, str]:
        """Ref, its commit, and the path after it: a branch's name may hold slashes itself."""
        parts = rest.strip("/").split("/")
        for length in range(1, len(parts) + 1):
            ref = "/".join(parts[:length])
            sha = self._hub.git(home).resolve(ref)
            if sha is not None:
                return ref, sha, "/".join(parts[length:])
        raise NotFound

    def _tree(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        ref, sha, path = self._place(home, params["rest"])
        entries = self._hub.git(home).entries(sha, f"{path}/" if path else "")
        if not entries:
            raise NotFound
        return self._render("tree.html", home=home, ref=ref, path=path, entries=_sorted(entries))

    def _blob_at(self, home: Repository, rest: str) -> tuple[str, str, bytes]:
        ref, sha, path = self._place(home, rest)
        entries = self._hub.git(home).entries(sha, path) if path else []
        if not entries or entries[0].kind != "blob":
            raise NotFound
        return ref, path, self._hub.git(home).blob(entries[0].sha)

    def _blob(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        ref, path, content = self._blob_at(home, params["rest"])
        shown = b"\0" not in content and len(content) <= TEXT_CAP_BYTES
        text = content.decode(errors="replace") if shown else None
        return self._render("blob.html", home=home, ref=ref, path=path, text=text, size_bytes=len(content))

    def _raw(self, params: Mapping[str, str]) -> Page:
        return Page(200, "text/plain; charset=utf-8", self._blob_at(self._home(params), params["rest"])[2])

    def _raw_diff(self, params: Mapping[str, str]) -> Page:
        home = self._home(params)
        pull = self._hub.state.issue(home.id, int(params["number"])).pull
        if pull is None:
            raise NotFound
        git = self._hub.git(home)
        return Page(200, "text/plain; charset=utf-8", git.run("diff", base_of(git, pull), pull.head_sha))

    def _check(self, params: Mapping[str, str]) -> Page:
        run: CheckRun | None = self._hub.state.check_runs.get(int(params["id"]))
        home = self._home(params)
        if run is None or run.repository_id != home.id:
            raise NotFound
        return self._render("check.html", home=home, run=run, app=self._hub.state.apps[run.app_id])


def _sorted(entries: Sequence[object]) -> list[object]:
    return sorted(entries, key=lambda e: (getattr(e, "kind", "") != "tree", getattr(e, "path", "")))


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def diff_lines(change: FileChange) -> list[DiffLine]:
    """The lines of a file's patch, numbered on both sides."""
    old = new = 0
    lines = []
    for text in (change.patch or "").splitlines():
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
