"""What is done about orders that need no run: a reply to a comment, a preparation ahead of time."""

from __future__ import annotations

from contextlib import closing

from ghapp.auth import REPLY, lent
from ghapp.render import job_marker
from ghapp.router import Prepare, Reply
from ghapp.steps.clone import cloned
from ghapp.steps.desk import Desk
from ghapp.steps.fix import MAY_ASK
from ghapp.store import Job


def answer(desk: Desk, job: Job, order: Reply) -> None:
    """One line back, to people who may give orders here; everybody else is left alone."""
    bot = desk.app.bot()
    marker = job_marker(job.id)
    with (
        lent(desk.app, order.installation_id, order.repository.id, REPLY) as token,
        closing(desk.connect(token, order.repository.full_name, bot)) as github,
    ):
        may_ask = github.permission_of(order.requester) in MAY_ASK
        # An earlier try may have written it and not lived, or not heard of it.
        if may_ask and github.find_comment(order.issue_number, marker) is None:
            github.comment(order.issue_number, desk.renderer.reply(order.topic, desk.settings.label, marker))
    desk.store.finish(job.id, "answered")


def prepare_repository(desk: Desk, job: Job, order: Prepare) -> None:
    """The environment of the default branch's newest commit, made before anybody waits for it."""
    with cloned(desk, job.id, order) as clone:
        prepared = desk.prepare(clone.git.path, clone.sha)
    desk.store.finish(job.id, "cached" if prepared.was_cached else "built")
