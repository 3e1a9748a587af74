"""What the pages about issues, pull requests and checks show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ghapp.localhub.errors import NotFound
from ghapp.localhub.models import Issue, Label, Pull, User
from ghapp.localhub.pulls import base_of, facts_of, files_of
from ghapp.localhub.state import State
from ghapp.localhub.views.code import diff_lines
from ghapp.localhub.views.view import Plain, View, ViewOf, Visit

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
_REVIEWS = {"APPROVED": "approved these changes", "CHANGES_REQUESTED": "requested changes"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a timeline: a comment or review with its text, or a line about what happened."""

    at: datetime
    who: User
    verb: str
    body: str | None
    anchor: str = ""
    reactions: Sequence[tuple[str, str, int]] = ()
    label: Label | None = None
    tone: str = ""


def _labels(state: State, issue: Issue) -> list[Label]:
    return [state.labels[i] for i in issue.label_ids]


def _reactions(state: State, subject_id: int) -> list[tuple[str, str, int]]:
    """Emoji, its name for those who cannot see it, and how often it was left."""
    left = [reaction.content for reaction in state.reactions_to(subject_id)]
    return [(emoji, name, left.count(name)) for name, emoji in _EMOJI.items() if name in left]


def timeline(state: State, issue: Issue) -> list[Entry]:
    """Everything that was said and done on an issue, oldest first."""
    said = [
        Entry(
            comment.created_at,
            state.users[comment.user_id],
            "commented",
            comment.body,
            f"issuecomment-{comment.id}",
            _reactions(state, comment.id),
        )
        for comment in state.comments_of(issue)
    ]
    for review in state.reviews_of(issue):
        verb, anchor = _REVIEWS.get(review.state, "reviewed"), f"pullrequestreview-{review.id}"
        who = state.users[review.user_id]
        said.append(Entry(review.submitted_at, who, verb, review.body, anchor, tone=review.state.lower()))
    for line in state.happenings:
        if (line.repository_id, line.number) == (issue.repository_id, issue.number):
            label = state.labels[line.label_id] if line.label_id else None
            said.append(Entry(line.at, state.users[line.user_id], line.text, None, label=label))
    return sorted(said, key=lambda entry: entry.at)


def listing(visit: Visit) -> View:
    """All issues, or all pull requests, of a repository."""
    state, pulls = visit.hub.state, visit.params["what"] == "pulls"
    found = [issue for issue in state.issues_of(visit.home.id) if (issue.pull is not None) == pulls]
    shown = {
        "home": visit.home,
        "what": "Pull requests" if pulls else "Issues",
        "issues": found,
        "labels": {issue.number: _labels(state, issue) for issue in found},
        "users": state.users,
    }
    return View("list.html", shown)


def issue(visit: Visit) -> View:
    """An issue or a pull request; both addresses lead to either, as on GitHub."""
    state = visit.hub.state
    it = state.issue(visit.home.id, int(visit.params["number"]))
    shown: dict[str, object] = {
        "home": visit.home,
        "issue": it,
        "author": state.users[it.user_id],
        "labels": _labels(state, it),
        "reactions": _reactions(state, it.id),
        "timeline": timeline(state, it),
    }
    if it.pull is None:
        return View("issue.html", shown)
    return View("pull.html", {**shown, **_pull_part(visit, it.pull)})


def _pull_part(visit: Visit, pull: Pull) -> dict[str, object]:
    git = visit.git
    return {
        "pull": pull,
        "facts": facts_of(git, pull),
        "commits": git.commits(pull.head_sha, f"^{base_of(git, pull)}")[::-1],
        "files": [(file, diff_lines(file)) for file in files_of(git, pull)],
        "checks": visit.hub.state.checks_of(visit.home.id, pull.head_sha),
    }


def raw_diff(visit: Visit) -> Plain:
    """A pull request as one patch."""
    pull = visit.hub.state.issue(visit.home.id, int(visit.params["number"])).pull
    if pull is None:
        raise NotFound
    patch = visit.git.run("diff", "--no-ext-diff", base_of(visit.git, pull), pull.head_sha)
    return Plain("text/plain; charset=utf-8", patch)


def check(visit: Visit) -> View:
    """What a check run says."""
    run = visit.hub.state.check_runs.get(int(visit.params["id"]))
    if run is None or run.repository_id != visit.home.id:
        raise NotFound
    return View("check.html", {"home": visit.home, "run": run, "app": visit.hub.state.apps[run.app_id]})


_REPO = r"/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
VIEWS: tuple[tuple[str, ViewOf], ...] = (
    (rf"{_REPO}/(?P<what>issues|pulls)/?", listing),
    (rf"{_REPO}/(issues|pull)/(?P<number>\d+)", issue),
    (rf"{_REPO}/pull/(?P<number>\d+)\.diff", raw_diff),
    (rf"{_REPO}/runs/(?P<id>\d+)", check),
)
