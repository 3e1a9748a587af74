"""What is done about an order to fix an issue, from the permission check to the comment's last state."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ghapp.auth import LOOK, TALK, lent
from ghapp.errors import GhappError, GitHubFailed, GitHubRefused
from ghapp.ports import Bot, IssueApi, PullRequest, Reaction
from ghapp.reconcile import MAX_INTERRUPTIONS
from ghapp.render import Progress, Story, issue_marker, job_marker, trace_line
from ghapp.router import FixIssue
from ghapp.steps.clone import Clone, cloned
from ghapp.steps.desk import Desk, Prepared
from ghapp.steps.progress import ProgressComment
from ghapp.steps.publish import Case, branch_prefix, publish
from ghapp.store import Job
from ghapp.summary import JobRow
from runner.errors import RunnerError
from runner.models import Limits, Result, RunRequest, Spent, Task

MAY_ASK: Final = frozenset({"admin", "write"})
NOT_FOUND: Final = 404
IN_THE_LOG: Final = "Whoever runs this server finds the cause in its log."
ASK_AGAIN: Final = "Comment `/greenloop fix`, or set the label anew, for a new try."

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watch:
    """The worker's clock: what earlier processes used up, and what this one has, less the preparation."""

    desk: Desk
    before_s: float
    started_s: float
    prepared_s: float = field(default=0.0)

    def elapsed_s(self, now_s: float | None = None) -> float:
        """Seconds from taking the job, at `now_s` of the desk's clock or right now."""
        moment_s = self.desk.clock() if now_s is None else now_s
        return self.before_s + moment_s - self.started_s - self.prepared_s


@dataclass(frozen=True, slots=True)
class Talk:
    """The issue's side of a job: who asked, where, and the comment that tells it."""

    desk: Desk
    job: Job
    order: FixIssue
    github: IssueApi
    bot: Bot
    watch: Watch

    @property
    def marker(self) -> str:
        """The hidden end of this job's comment."""
        return job_marker(self.job.id)

    def say(self, body: str, *, is_urgent: bool = False) -> None:
        """Make this the text of the job's one comment; what is urgent is left unsaid where it has to wait."""
        known = self.desk.store.job(self.job.id).comment_id
        if not known and self.job.interruptions:
            # Written, perhaps, by a process that was lost before it could note the id.
            found = self.github.find_comment(self.order.issue_number, self.marker)
            known = found.id if found else 0
        if not (known and self._is_edited(known, body, is_urgent=is_urgent)):
            known = self.github.comment(self.order.issue_number, body).id
        self.desk.store.remember_comment(self.job.id, known)

    def _is_edited(self, comment_id: int, body: str, *, is_urgent: bool) -> bool:
        """Whether the comment has this text now; it has not when somebody has deleted it."""
        try:
            self.github.edit_comment(comment_id, body, is_urgent=is_urgent)
        except GitHubRefused as error:
            if error.status != NOT_FOUND:
                raise
            return False
        return True

    def react(self, reaction: Reaction) -> None:
        """Put a reaction on what triggered the job. It is a courtesy: without it the job goes on."""
        try:
            self.github.react(self.order.issue_number, self.order.comment_id, reaction)
        except GitHubFailed as error:
            log.warning("there is no reaction %r: %s", reaction, error)


def fix_issue(desk: Desk, job: Job, order: FixIssue) -> None:
    """Carry out the order. Whatever goes wrong is raised again, and told on the issue where that can be reached.

    What nobody could be told of is left as running: see ghapp.steps.ending.
    """
    watch = Watch(desk, job.elapsed_s, desk.clock())
    bot = desk.app.bot()
    with (
        lent(desk.app, order.installation_id, order.repository.id, TALK) as token,
        closing(desk.connect(token, order.repository.full_name, bot)) as github,
    ):
        talk = Talk(desk, job, order, github, bot, watch)
        try:
            _fix(talk, token.value)
        except BaseException as error:
            _tell(talk, error)
            raise


def _fix(talk: Talk, secret: str) -> None:
    desk, job, order = talk.desk, talk.job, talk.order
    if talk.github.permission_of(order.requester) not in MAY_ASK:
        _refuse(talk)
        return
    if job.interruptions > MAX_INTERRUPTIONS:
        _give_up(talk)
        return
    if job.interruptions and _adopt(talk):
        return
    talk.react("eyes")
    first = Progress((), job.attempts, job.elapsed_s, desk.settings.run_seconds, order.requester, job.interruptions)
    talk.say(desk.renderer.progress(first, talk.marker))
    with cloned(desk, job.id, order) as clone:
        prepared = desk.prepare(clone.git.path, clone.sha)
        talk.watch.prepared_s = prepared.off_clock_s
        result = _run(talk, clone, prepared, first, secret)
        _conclude(talk, clone, prepared, result)


def _refuse(talk: Talk) -> None:
    """A stranger's comment gets a reaction and no more, or anybody could make us write."""
    talk.react("confused")
    if talk.order.trigger == "label":
        talk.say(talk.desk.renderer.refused(talk.marker))
    talk.desk.store.finish(talk.job.id, "refused")


def _give_up(talk: Talk) -> None:
    reason = (
        f"the worker was lost {talk.job.interruptions} times while it was at this; {talk.job.attempts} attempts begun"
    )
    talk.say(talk.desk.renderer.stopped(reason, f"{IN_THE_LOG} {ASK_AGAIN}", talk.marker))
    talk.react("confused")
    talk.desk.store.finish(talk.job.id, "lost")


def _adopt(talk: Talk) -> bool:
    """Whether the process that was lost had opened the pull request already; then only the comment was missing."""
    desk, order = talk.desk, talk.order
    place = (order.installation_id, order.repository.id, LOOK)
    with (
        lent(desk.app, *place) as token,
        closing(desk.connect(token, order.repository.full_name, talk.bot)) as github,
    ):
        marker = issue_marker(talk.job.subject)
        pull = github.find_pull_request(branch_prefix(order.issue_number), marker)
    if pull is not None:
        _settle(talk, pull, desk.renderer.adopted(pull, talk.marker))
    return pull is not None


def _settle(talk: Talk, pull: PullRequest, body: str) -> None:
    """The job's end with an open pull request."""
    talk.say(body)
    talk.react("rocket")
    talk.desk.store.hold(talk.job.id, pull.number)


def _run(talk: Talk, clone: Clone, prepared: Prepared, first: Progress, secret: str) -> Result:
    desk, job = talk.desk, talk.job
    suffix = f"-{job.interruptions + 1}" if job.interruptions else ""
    request = RunRequest(
        task=Task(talk.order.repository.full_name, clone.sha, talk.order.text, _trigger(talk.order)),
        limits=Limits(
            seconds=desk.settings.run_seconds - desk.settings.publish_reserve_s, retries=desk.settings.retries
        ),
        engine=desk.settings.engine,
        out=str(desk.settings.state_dir / "runs" / f"{job.id}{suffix}"),
        spent=Spent(job.attempts, talk.watch.elapsed_s()),
    )

    def save(attempts: int, elapsed_s: float) -> None:
        desk.store.checkpoint(job.id, attempts, elapsed_s)

    def show(progress: Progress) -> None:
        # The run's end waits for what is being said.
        talk.say(desk.renderer.progress(progress, talk.marker), is_urgent=True)

    with ProgressComment(show, save, first) as observer:
        return desk.solve(request, clone.git.path, prepared, observer, secrets=(secret,))


def _trigger(order: FixIssue) -> str:
    return f"{order.trigger} by {order.requester}"


def _conclude(talk: Talk, clone: Clone, prepared: Prepared, result: Result) -> None:
    desk, job = talk.desk, talk.job
    story = _story(talk, clone, prepared, result)
    if result.tree is None:
        talk.say(desk.renderer.unproven(story))
        talk.react("confused")
        desk.store.finish(job.id, result.exit.value)
        return
    published = publish(Case(desk, job, talk.order, clone, talk.bot), result.tree, story)
    if published.was_open:
        _settle(talk, published.pull, desk.renderer.adopted(published.pull, talk.marker))
        return
    queued_s = max(0.0, desk.now() - job.created_s - (desk.clock() - talk.watch.started_s))
    seconds = (talk.watch.elapsed_s(published.opened_s), 0.0 if job.interruptions else queued_s)
    _settle(talk, published.pull, desk.renderer.opened(story, published.pull, seconds, published.notes))


def _story(talk: Talk, clone: Clone, prepared: Prepared, result: Result) -> Story:
    return Story(
        result=result,
        issue_number=talk.order.issue_number,
        issue_title=talk.order.title,
        requester=talk.order.requester,
        base_sha=clone.sha,
        plan_json=_plan_json(Path(result.bundle)),
        trace=trace_line(result.trace_id, talk.desk.settings.phoenix_url),
        job_rows=(
            JobRow("clone", clone.seconds),
            JobRow("prepare", prepared.seconds, "cached" if prepared.was_cached else "built, not on the clock"),
        ),
        marker=talk.marker,
    )


def _plan_json(bundle: Path) -> str:
    file = bundle / "plan.json"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _tell(talk: Talk, error: BaseException) -> None:
    """Say on the issue that the job broke off.

    An unforeseen error's own words stay in the log, since they may quote anything. Once the pull request is open, it
    stays the job's end, whatever failed after it.
    """
    number = talk.desk.store.job(talk.job.id).pull_number
    if number:
        talk.desk.store.hold(talk.job.id, number)
        return
    is_ours = isinstance(error, GhappError | RunnerError)
    reason = str(error) if is_ours else f"{type(error).__name__} in the worker"
    advice = ASK_AGAIN if is_ours else f"{IN_THE_LOG} {ASK_AGAIN}"
    try:
        talk.say(talk.desk.renderer.stopped(reason, advice, talk.marker))
        talk.react("confused")
    except GitHubFailed as unheard:
        log.warning("the issue could not be told: %s", unheard)
        return
    talk.desk.store.finish(talk.job.id, f"stopped: {type(error).__name__}")
