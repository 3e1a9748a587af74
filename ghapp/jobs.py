"""What the worker runs: each function is one job, found by RQ under its dotted name. A composition root."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ghapp import orders
from ghapp.compose import open_app_api, open_desk, open_queue, open_store
from ghapp.errors import GitHubFailed
from ghapp.processes import parent_process, this_process
from ghapp.reconcile import reconcile
from ghapp.router import FixIssue, Prepare, Reply
from ghapp.settings import Settings, read_settings
from ghapp.steps.answer import answer, prepare_repository
from ghapp.steps.desk import Desk
from ghapp.steps.ending import end_with
from ghapp.steps.fix import fix_issue
from ghapp.store import Job

SWEPT_DELIVERIES: Final = 100

log = logging.getLogger(__name__)


def run_fix(job_id: str) -> None:
    """Carry out the order to fix an issue."""
    with _taken(job_id) as (desk, job):
        order = orders.read(job.kind, job.payload)
        assert isinstance(order, FixIssue)
        fix_issue(desk, job, order)


def reply(job_id: str) -> None:
    """Answer a comment."""
    with _taken(job_id) as (desk, job):
        order = orders.read(job.kind, job.payload)
        assert isinstance(order, Reply)
        answer(desk, job, order)


def prepare(job_id: str) -> None:
    """Make a repository's environment ahead of time."""
    with _taken(job_id) as (desk, job):
        order = orders.read(job.kind, job.payload)
        assert isinstance(order, Prepare)
        prepare_repository(desk, job, order)


@contextmanager
def _taken(job_id: str) -> Iterator[tuple[Desk, Job]]:
    """The job in this process's hands; it is never left behind as running."""
    desk = open_desk(read_settings(os.environ), os.environ)
    job = desk.store.take(job_id, this_process(), parent_process())
    try:
        yield desk, job
    except BaseException as error:
        # Left for dead only by a kill, which runs no handler: then the next start of a worker finds it.
        end_with(desk.store, job_id, error)
        raise


def work(*, burst: bool = False) -> None:
    """Be a worker until SIGTERM or SIGINT; with `burst` until the queue is empty.

    Raises SettingsInvalid and QueueUnreachable.
    """
    settings = read_settings(os.environ)
    take_stock(settings)
    try:
        sweep(settings)
    except GitHubFailed as error:
        log.warning("missed deliveries were not asked for again: %s", error)
    open_queue(settings).work(lambda: _after_loss(settings), burst=burst)


def take_stock(settings: Settings) -> tuple[str, ...]:
    """Queue again what was lost with its process, and what was kept but never queued; the ids of the lost."""
    return reconcile(open_store(settings), open_queue(settings))


def sweep(settings: Settings) -> int:
    """Ask GitHub to send again what never arrived, which it does not do by itself; how many there were."""
    app = open_app_api(settings)
    missed = app.failed_deliveries(SWEPT_DELIVERIES)
    for delivery_id in missed:
        app.redeliver(delivery_id)
    return len(missed)


def _after_loss(settings: Settings) -> None:
    """A job's process died without an answer, killed for its memory perhaps."""
    log.warning("a job's process was lost; back to the queue: %s", take_stock(settings))
