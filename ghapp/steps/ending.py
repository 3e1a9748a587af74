"""What becomes of a job that an error ended: over, or back in the queue if GitHub was away before it had begun."""

from __future__ import annotations

import logging

from ghapp.errors import GitHubUnreachable, RateLimited
from ghapp.store import JobState, Store

log = logging.getLogger(__name__)


def end_with(store: Store, job_id: str, error: BaseException) -> None:
    """Leave no job behind as running.

    One that nobody was told of would be lost in silence, so an outage at its start puts it back: the next order or
    start of a worker takes it along.
    """
    job = store.job(job_id)
    if job.state is not JobState.RUNNING:
        return
    if isinstance(error, GitHubUnreachable | RateLimited) and not job.comment_id:
        log.warning("job %s could not begin and waits: %s", job_id, error)
        store.postpone(job_id, job.worker)
    else:
        store.finish(job_id, f"stopped: {type(error).__name__}")
