"""What happens to jobs whose process is gone: found by pid and start time, ended for good, and queued once more."""

from __future__ import annotations

import logging
from typing import Final, Protocol

from ghapp.orders import Kind
from ghapp.processes import is_alive, kill_tree
from ghapp.store import Job, JobState, Store

MAX_INTERRUPTIONS: Final = 1
"""A job that takes its process down twice is not tried a third time."""

log = logging.getLogger(__name__)


class Jobs(Protocol):
    """What is needed of the queue."""

    def enqueue(self, job_id: str, kind: Kind, *, turn: int) -> bool:
        """Hand a job's turn to the workers; False when they have it already."""


def reconcile(store: Store, queue: Jobs) -> tuple[str, ...]:
    """Bring store, queue and processes together again; the ids of the lost jobs that were put back.

    A worker that was killed leaves its job's process behind, which would go on unseen: it is ended first. A job
    keeps its attempts and its clock.
    """
    lost = [job for job in store.jobs_in(JobState.RUNNING) if not (is_alive(job.worker) and is_alive(job.parent))]
    for job in lost:
        log.warning("job %s lost its process %d", job.id, job.worker.pid)
        kill_tree(job.worker)
    put_back = tuple(job.id for job in lost if _is_put_back(store, job))
    enqueue_waiting(store, queue)
    return put_back


def _is_put_back(store: Store, job: Job) -> bool:
    """Queue a lost job again, if that makes sense and no other worker was quicker."""
    # A fix that is given up has one turn more, in which it says so on its issue.
    turns_left = MAX_INTERRUPTIONS - job.interruptions + (job.kind == "fix")
    if turns_left > 0:
        return store.requeue(job.id, job.worker)
    store.abandon(job.id, job.worker)
    return False


def enqueue_waiting(store: Store, queue: Jobs) -> None:
    """Hand every stored job that waits to the workers; those that they have already stay as they are."""
    for job in store.jobs_in(JobState.QUEUED):
        queue.enqueue(job.id, job.kind, turn=job.interruptions)
