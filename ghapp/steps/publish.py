"""How a verified tree becomes a pull request: looked for first, pushed as a new branch, and only that tree."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ghapp.auth import PUBLISH, lent
from ghapp.errors import GitFailed, GitHubFailed, GitHubRefused, TreeMismatch
from ghapp.git_remote import Signature
from ghapp.markdown import plain
from ghapp.ports import Bot, CheckRun, Conclusion, PublishApi, PullRequest, PullRequestDraft, Token
from ghapp.render import (
    Story,
    commit_message,
    evidence_ref,
    is_draft,
    issue_marker,
    pull_title,
)
from ghapp.router import FixIssue
from ghapp.steps.clone import Clone
from ghapp.steps.desk import Desk
from ghapp.store import Job
from ghapp.summary import JobRow
from runner.models import Result
from runner.proof import Verdict, VerifiedTree

NOREPLY: Final = "users.noreply.github.com"
SLUG_CHARS: Final = 24
_CONCLUSIONS: Final[dict[Verdict, Conclusion]] = {Verdict.PROVEN: "success", Verdict.REGRESSION_SAFE: "neutral"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """The pull request of the issue. `was_open` when one of ours was there already; `notes` tell what is missing."""

    pull: PullRequest
    was_open: bool
    opened_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One job on its way out: who asked for what, on which clone, and the token that may write."""

    desk: Desk
    job: Job
    order: FixIssue
    clone: Clone
    bot: Bot


def branch_prefix(issue_number: int) -> str:
    """How the branches for an issue begin."""
    return f"greenloop/issue-{issue_number}-"


def publish(case: Case, tree: VerifiedTree, story: Story) -> Published:
    """The open pull request for the issue. Raises TreeMismatch, GitFailed, GitHubFailed, QueueUnreachable."""
    desk, order = case.desk, case.order
    place = (order.installation_id, order.repository.id, PUBLISH)
    with (
        desk.lock(case.job.subject),
        lent(desk.app, *place) as token,
        closing(desk.connect(token, order.repository.full_name, case.bot)) as github,
    ):
        existing = github.find_pull_request(branch_prefix(order.issue_number), issue_marker(case.job.subject))
        if existing is not None:
            return Published(existing, was_open=True, opened_s=desk.clock())
        return _open(case, tree, story, token, github)


def _open(case: Case, tree: VerifiedTree, story: Story, token: Token, github: PublishApi) -> Published:
    started_s = case.desk.clock()
    commit = _commit(case, tree, story)
    branch = _free_branch(case, token)
    case.clone.git.push_new(commit, f"refs/heads/{branch}", token.value)
    draft = PullRequestDraft(
        title=pull_title(case.order.title, case.order.issue_number),
        body=case.desk.renderer.pull_request(story, commit, issue_marker(case.job.subject)),
        branch=branch,
        base=case.clone.branch,
        tree_sha=case.clone.git.tree_of(commit),
        is_draft=is_draft(story.result),
    )
    pull = _opened(case, tree, draft, github)
    case.desk.store.remember_pull_request(case.job.id, pull.number)
    opened_s = case.desk.clock()
    told = replace(story, job_rows=(*story.job_rows, JobRow("publish", opened_s - started_s)))
    notes = (
        *_tried("keep the evidence", lambda: _push_evidence(case, story.result, commit, token)),
        *_tried("write the check run", lambda: _report(case, told, commit, github)),
    )
    return Published(pull, was_open=False, opened_s=opened_s, notes=notes)


def _opened(case: Case, tree: VerifiedTree, draft: PullRequestDraft, github: PublishApi) -> PullRequest:
    """The pull request for the draft, also where GitHub opened it and its answer never came."""
    try:
        return github.open_pull_request(tree, draft)
    except GitHubFailed as failure:
        if draft.is_draft and _knows_no_drafts(failure):
            return _opened(case, tree, replace(draft, is_draft=False), github)
        with suppress(GitHubFailed):
            found = github.find_pull_request(draft.branch, issue_marker(case.job.subject))
            if found is not None:
                return found
        raise


def _knows_no_drafts(failure: GitHubFailed) -> bool:
    """Whether GitHub refused because of the repository's plan: private ones have drafts on paid plans alone."""
    is_invalid = isinstance(failure, GitHubRefused) and failure.status == 422
    return is_invalid and "draft pull requests" in str(failure).lower()


def _commit(case: Case, tree: VerifiedTree, story: Story) -> str:
    """The commit of exactly the verified tree. Raises TreeMismatch."""
    git = case.clone.git
    made = git.tree_with(case.clone.sha, story.result.overlay)
    if made != tree.tree_sha:
        raise TreeMismatch(tree.tree_sha, made)
    order = case.order
    requester = plain(order.requester, 60)
    trailer = f"Co-authored-by: {requester} <{order.requester_id}+{requester}@{NOREPLY}>"
    return git.commit(made, (case.clone.sha,), commit_message(story, case.job.id, (trailer,)), _signature(case))


def _signature(case: Case) -> Signature:
    return Signature(case.bot.login, f"{case.bot.login}@{NOREPLY}", int(case.desk.now()))


def _free_branch(case: Case, token: Token) -> str:
    """The issue's branch name, with the next number when it is taken."""
    prefix = branch_prefix(case.order.issue_number)
    slug = re.sub(r"[^a-z0-9]+", "-", case.order.title.lower())[:SLUG_CHARS].strip("-") or "fix"
    taken = case.clone.git.branches(prefix, token.value)
    names = (f"{prefix}{slug}{f'-{at}' if at > 1 else ''}" for at in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _push_evidence(case: Case, result: Result, commit: str, token: Token) -> None:
    """The run's bundle as a commit without parents, so that branches stay clean and no server has to keep it."""
    folder = Path(result.bundle)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
    git = case.clone.git
    message = f"Evidence for {commit}\n\nGreenloop-Run: {case.job.id}\n"
    kept = git.commit(git.tree_of_files(files), (), message, _signature(case))
    git.push_new(kept, evidence_ref(commit), token.value)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _report(case: Case, story: Story, commit: str, github: PublishApi) -> None:
    verdict = story.result.verdict
    text = case.desk.renderer.check_run(story)
    check = CheckRun(
        head_sha=commit,
        conclusion="neutral" if story.result.alternatives else _CONCLUSIONS[verdict],
        title=f"{verdict.value}, ambiguous" if story.result.alternatives else verdict.value,
        summary=case.desk.renderer.headline(story.result),
        text=text,
        external_id=case.job.id,
    )
    github.report_check(check)


def _tried(action: str, work: Callable[[], None]) -> tuple[str, ...]:
    """A note when it failed: the pull request is open by then, and stays."""
    try:
        work()
    except (GitFailed, GitHubFailed, OSError) as error:
        log.warning("could not %s: %s", action, error)
        return (f"Could not {action}: {error}",)
    return ()
