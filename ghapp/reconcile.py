"""What happens to jobs whose process is gone: found by pid and start time, ended for good, and queued once more."""

from __future__ import annotations

import logging
from typing import Protocol

from ghapp.orders import Kind
from ghapp.processes import is_alive, kill_tree
from ghapp.store import JobState, Store

log = logging.getLogger(__name__)


class Jobs(Protocol):
    """What is needed of the queue."""

    def enqueue(self, job_id: str, kind: Kind, *, turn: int) -> bool:
        """Hand a job's turn to the workers; False when they have it already."""


def reconcile(store: Store, queue: Jobs) -> tuple[str, ...]:
    """Bring store, queue and processes together again; the ids of the jobs that had been lost.

    A worker that was killed leaves its job's process behind, which would go on unseen: it is ended first. A job
    keeps its attempts and its clock; one that is lost again is only reported, which `jobs.run_fix` decides.
    """
    lost = [job for job in store.jobs_in(JobState.RUNNING) if not (is_alive(job.worker) and is_alive(job.parent))]
    for job in lost:
        log.warning("job %s lost its process %d; it goes back to the queue", job.id, job.worker.pid)
        kill_tree(job.worker)
    # Another worker that starts at the same time may have put it back already.
    put_back = tuple(job.id for job in lost if store.requeue(job.id, job.worker))
    enqueue_waiting(store, queue)
    return put_back


def enqueue_waiting(store: Store, queue: Jobs) -> None:
    """Hand every stored job that waits to the workers; those that they have already stay as they are."""
    for job in store.jobs_in(JobState.QUEUED):
        queue.enqueue(job.id, job.kind, turn=job.interruptions)
