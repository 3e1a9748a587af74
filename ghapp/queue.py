"""How a stored job reaches a worker: RQ on Redis, JSON only, one forked process per job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import redis
from redis.exceptions import LockError, RedisError
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from ghapp.errors import QueueUnreachable
from ghapp.orders import Kind

QUEUE_NAME: Final = "greenloop"
RESULT_TTL_S: Final = 7 * 86_400
"""Longer than GitHub can redeliver: the id stays taken for that time."""

FUNCTIONS: Final[Mapping[Kind, str]] = {
    "fix": "ghapp.jobs.run_fix",
    "reply": "ghapp.jobs.reply",
    "prepare": "ghapp.jobs.prepare",
}
OVER: Final = frozenset({JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})
STALE: Final = timedelta(seconds=30)
"""A job's process marks the store within moments of its start; one that has not after this never will."""

log = logging.getLogger(__name__)


class JobQueue:
    """The queue that web and workers share. Raises QueueUnreachable when Redis does not answer."""

    def __init__(self, redis_url: str, *, job_timeout_s: int) -> None:
        self._scheme = urlsplit(redis_url).scheme
        self._redis = redis.Redis.from_url(redis_url, socket_connect_timeout=5)
        self._queue = Queue(QUEUE_NAME, connection=self._redis, serializer=JSONSerializer)
        self._job_timeout_s = job_timeout_s

    @property
    def address(self) -> str:
        """Where Redis is looked for, without the password that its URL may hold."""
        place = self._redis.get_connection_kwargs()
        where = place.get("path") or f"{place.get('host', 'localhost')}:{place.get('port', 6379)}"
        return f"{self._scheme}://{where}"

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, TimeoutError) as error:
            # Told on issues as well, so neither the address nor what Redis said is repeated.
            fault = f"no Redis works where GREENLOOP_REDIS_URL points ({type(error).__name__})"
            raise QueueUnreachable(f"{fault}; start it or mend the address") from error

    def ping(self) -> None:
        """Return when Redis answers."""
        with self._reaching():
            self._redis.ping()

    def enqueue(self, job_id: str, kind: Kind, *, turn: int) -> bool:
        """Hand a job that waits in the store to the workers; False when they have it already.

        `turn` is how often it was interrupted: RQ keeps the turn that was lost as failed, so the next one gets an id
        of its own.
        """
        turn_id = f"{job_id}-turn-{turn + 1}"
        with self._reaching():
            if self._put(turn_id, job_id, kind):
                return True
            if not self._is_lost(turn_id):
                return False
            RqJob(turn_id, connection=self._redis, serializer=JSONSerializer).delete()
            # False when somebody else, who saw the same, was quicker.
            return self._put(turn_id, job_id, kind)

    def _put(self, turn_id: str, job_id: str, kind: Kind) -> bool:
        try:
            self._queue.enqueue_call(
                FUNCTIONS[kind],
                args=(job_id,),
                timeout=self._job_timeout_s,
                result_ttl=RESULT_TTL_S,
                failure_ttl=RESULT_TTL_S,
                job_id=turn_id,
                unique=True,
            )
        except DuplicateJobError:
            return False
        return True

    def _is_lost(self, turn_id: str) -> bool:
        """Whether the turn came to its end, or its worker died, before the store was marked."""
        try:
            job = RqJob.fetch(turn_id, connection=self._redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return True
        status, started = job.get_status(), job.started_at
        if status in OVER:
            return True
        if status is not JobStatus.STARTED or started is None:
            return False
        return datetime.now(UTC) - started.replace(tzinfo=started.tzinfo or UTC) > STALE

    @contextmanager
    def lock(self, name: str, *, hold_s: float, wait_s: float) -> Iterator[None]:
        """Nobody else holds the lock inside this block. Raises QueueUnreachable when it is not to be had in time."""
        lock = self._redis.lock(f"greenloop:{name}", timeout=hold_s, blocking_timeout=wait_s)
        with self._reaching():
            taken = lock.acquire()
        if not taken:
            raise QueueUnreachable(f"another job holds {name} for longer than {wait_s:.0f} s; ask again later")
        try:
            yield
        finally:
            try:
                lock.release()
            except (LockError, RedisError) as error:
                log.warning("the lock %s was lost early: %s", name, error)

    def work(self, on_lost_process: Callable[[], None], *, burst: bool = False) -> None:
        """Take jobs until told to stop by SIGTERM or SIGINT; with `burst` until none is left.

        `on_lost_process` is called when a job's process died without an answer.
        """
        with self._reaching():
            worker = Worker(
                [self._queue],
                connection=self._redis,
                serializer=JSONSerializer,
                work_horse_killed_handler=lambda *_: on_lost_process(),
            )
            worker.work(burst=burst, logging_level="WARNING")
