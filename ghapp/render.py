"""How a run's result is laid out on GitHub, within its limits. Pure: the templates' texts are arguments.

Everything an issue, an engine or a test said goes through the filters `code` and `fence`: see ghapp.markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jinja2

from ghapp import summary
from ghapp.errors import TemplateMissing
from ghapp.markdown import code, fence, one_line, plain
from ghapp.ports import PullRequest
from ghapp.router import Topic
from ghapp.summary import JobRow
from runner.models import Result
from runner.proof import Verdict

BODY_CAP_CHARS: Final = 65_536
"""GitHub counts UTF-16 units for issues, comments and pull requests alike."""

CUT_FIRST: Final = (
    *("plan", "places", "best", "forecast", "receipt", "replay"),
    *("tried", "reasons", "alternatives", "matrix", "changes"),
)

Value = object


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One line of the progress comment."""

    phase: str
    done: bool
    seconds: float = 0.0
    found: str = ""
    peak_rss_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """What the progress comment shows while a job is at work."""

    rows: Sequence[ProgressRow]
    attempt: int
    elapsed_s: float
    limit_s: float
    requester: str
    interruptions: int


@dataclass(frozen=True, slots=True)
class Story:
    """A finished run and the job around it: all that the last comment, the pull request and the check tell.

    `trace` is a link, or else the trace's id; `plan_json` the text of the bundle's file.
    """

    result: Result
    issue_number: int
    issue_title: str
    requester: str
    base_sha: str
    plan_json: str
    trace: str
    job_rows: tuple[JobRow, ...]
    marker: str


def job_marker(job_id: str) -> str:
    """The hidden end of a job's comment, by which it is found again."""
    return f"<!-- greenloop job={job_id} -->"


def issue_marker(subject: str) -> str:
    """The hidden end of the pull request for an issue (REPOSITORY_ID#NUMBER), by which it is found again."""
    return f"<!-- greenloop issue={subject} -->"


def evidence_ref(head_sha: str) -> str:
    """Where a pull request's bundle is kept in the repository."""
    return f"refs/greenloop/evidence/{head_sha}"


def trace_line(trace_id: str, phoenix_url: str) -> str:
    """A link to the trace where Phoenix is public, else its id."""
    if phoenix_url and trace_id:
        return f"[Trace]({phoenix_url}/redirects/traces/{trace_id})"
    return f"Trace {code(trace_id)}"


class Renderer:
    """Templates by file name, compiled once. Raises TemplateMissing for a name that is not there."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.DictLoader(dict(texts)),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - this is Markdown; the filters below are its escaping
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(code=code, fence=fence)

    def _template(self, name: str) -> jinja2.Template:
        try:
            return self._environment.get_template(name)
        except jinja2.TemplateNotFound as error:
            raise TemplateMissing(f"templates/{name} is missing; restore it from the release") from error

    def _whole(self, name: str, **values: Value) -> str:
        return _tidy(self._template(name).render(**values))

    def _in_blocks(self, name: str, pointer: str, **values: Value) -> str:
        """The template's blocks one by one, the dispensable ones replaced by a pointer until all of it fits."""
        template = self._template(name)
        context = template.new_context(dict(values))
        parts = {block: "".join(part(context)) for block, part in template.blocks.items()}
        for block in (None, *CUT_FIRST):
            if block in parts:
                parts[block] = f"\n_Left out for its length: {block}. {pointer}_\n"
            text = _tidy("\n".join(parts.values()))
            if _length(text) <= BODY_CAP_CHARS:
                break
        return text

    def headline(self, result: Result) -> str:
        """The verdict in one sentence."""
        return summary.headline(result.verdict, result.matrix, len(result.alternatives)) + "\n"

    def progress(self, progress: Progress, marker: str) -> str:
        """The comment while the job is at work."""
        return self._whole(
            "comment_progress.md.j2",
            rows=progress.rows,
            attempt=progress.attempt,
            elapsed_s=progress.elapsed_s,
            limit_s=progress.limit_s,
            requester=progress.requester,
            interruptions=progress.interruptions,
            marker=marker,
        )

    def opened(self, story: Story, pull: PullRequest, seconds: tuple[float, float], notes: Sequence[str]) -> str:
        """The comment when the pull request is open; `seconds` on the worker's clock and in the queue."""
        return self._whole(
            "comment_opened.md.j2",
            headline=self.headline(story.result).rstrip(),
            result=story.result,
            pull=pull,
            worker_s=seconds[0],
            queued_s=seconds[1],
            trace=story.trace,
            notes=notes,
            marker=story.marker,
        )

    def adopted(self, pull: PullRequest, marker: str) -> str:
        """The comment when a pull request of ours was open already."""
        return self._whole("comment_adopted.md.j2", pull=pull, marker=marker)

    def unproven(self, story: Story) -> str:
        """The comment when nothing was proven: what was tried, what was learned, what would help."""
        result = story.result
        return self._in_blocks(
            "comment_unproven.md.j2",
            "The bundle on the server holds it.",
            headline=summary.headline(Verdict.UNPROVEN, result.matrix),
            result=result,
            best=summary.best_attempt(result),
            contested=summary.contested(result),
            places=summary.places(result),
            attempts_table=summary.attempts_table(result.attempts),
            matrix=summary.matrix_table(result.matrix),
            plan_json=story.plan_json,
            receipt_line=summary.receipt_line(result.receipt),
            receipt_table=summary.receipt_table(result.receipt, story.job_rows),
            trace=story.trace,
            marker=story.marker,
        )

    def stopped(self, reason: str, advice: str, marker: str) -> str:
        """The comment when the job broke off."""
        return self._whole("comment_stopped.md.j2", reason=reason, advice=advice, marker=marker)

    def reply(self, topic: Topic, label: str, marker: str) -> str:
        """The answer to a command that is not carried out."""
        return self._whole("comment_reply.md.j2", topic=topic, label=label, marker=marker)

    def refused(self, marker: str) -> str:
        """The answer to somebody who may not ask."""
        return self._whole("comment_refused.md.j2", marker=marker)

    def pull_request(self, story: Story, head_sha: str, marker: str) -> str:
        """The pull request's text."""
        result = story.result
        forecast = summary.chosen_forecast(result)
        stress = result.stress
        return self._in_blocks(
            "pull_request.md.j2",
            f"It is in the evidence: `git fetch origin {evidence_ref(head_sha)}`.",
            headline=self.headline(result).rstrip(),
            closes=f"{'Closes' if result.verdict is Verdict.PROVEN else 'Refs'} #{story.issue_number}",
            requester=story.requester,
            result=result,
            matrix=summary.matrix_table(result.matrix),
            files=summary.changed_files(result.diff),
            why=result.attempts[-1].reasoning if result.attempts else "",
            stress=summary.stress_line(stress) if stress else "was not run.",
            survivors=summary.survivors(stress) if stress else (),
            debt=summary.debt(result.matrix),
            commands=summary.commands(result.matrix),
            replay=summary.replay(result.matrix, story.base_sha, head_sha),
            places=summary.places(result),
            plan_graph=summary.plan_graph(result.plan) if result.plan else "",
            plan_json=story.plan_json,
            forecast=forecast,
            forecast_table=summary.forecast_table(forecast, result) if forecast else "",
            forecast_basis=summary.forecast_basis(forecast) if forecast else "",
            histogram=summary.histogram(forecast.seconds_histogram, result.receipt.seconds) if forecast else "",
            receipt_line=summary.receipt_line(result.receipt),
            receipt_table=summary.receipt_table(result.receipt, story.job_rows),
            trace=story.trace,
            evidence_ref=evidence_ref(head_sha),
            marker=marker,
        )

    def check_run(self, story: Story) -> str:
        """The check's long text; its title and summary are the verdict."""
        return self._in_blocks(
            "check_run.md.j2",
            "The evidence holds it.",
            matrix=summary.matrix_table(story.result.matrix),
            result=story.result,
            receipt_table=summary.receipt_table(story.result.receipt, story.job_rows),
            trace=story.trace,
        )


def is_draft(result: Result) -> bool:
    """Whether the pull request opens as a draft: everything but PROVEN does, and PROVEN where it is ambiguous."""
    return result.verdict is not Verdict.PROVEN or bool(result.alternatives)


def pull_title(issue_title: str, issue_number: int) -> str:
    """The pull request's title: the issue's, without what GitHub reads a meaning into."""
    title = plain(issue_title, 180) or f"issue {issue_number}"
    return title if title.lower().startswith("fix") else f"Fix: {title}"


def commit_message(story: Story, job_id: str, trailers: Sequence[str]) -> str:
    """The commit's message: title, reference, and trailers that lead to the evidence."""
    title = one_line(pull_title(story.issue_title, story.issue_number), 72)
    lines = [
        f"Greenloop-Verdict: {story.result.verdict.value}",
        f"Greenloop-Trace: {story.result.trace_id or 'none'}",
        f"Greenloop-Run: {job_id}",
        *trailers,
    ]
    return f"{title}\n\nRefs #{story.issue_number}\n\n" + "\n".join(lines) + "\n"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _tidy(text: str) -> str:
    """No more than one blank line in a row outside code."""
    lines: list[str] = []
    ticks = ""
    for line in text.strip().splitlines():
        bare = line.strip()
        inside, ticks = bool(ticks), _fence_after(bare, ticks)
        if bare or inside:
            lines.append(line)
        elif lines[-1]:
            lines.append("")
    return "\n".join(lines) + "\n"


def _fence_after(bare: str, ticks: str) -> str:
    """The fence that is open after this line, given the one that was open before it."""
    if ticks:
        return "" if bare == ticks else ticks
    run = bare[: len(bare) - len(bare.lstrip("`"))]
    return run if len(run) >= 3 else ""
