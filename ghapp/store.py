"""What has been taken in, what is being done about it and what came of it: the App's memory on disk."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path
from typing import Final, cast

from ghapp.errors import JobNotWaiting, UnknownJob
from ghapp.orders import Kind, NewJob
from ghapp.processes import ProcessId

VERSION: Final = 1
CLOSED: Final = "closed"
BUSY_TIMEOUT_S: Final = 5.0
KEEP_DELIVERIES_S: Final = 30 * 86_400.0
"""GitHub redelivers on request for three days; ten times that is kept."""

_SCHEMA: Final = """
create table if not exists deliveries (id text primary key, received_s real not null) without rowid;
create table if not exists jobs (
  id text primary key, delivery text not null, kind text not null, key text not null, subject text not null,
  payload text not null, state text not null, created_s real not null,
  worker_pid integer not null default 0, worker_started_s real not null default 0,
  parent_pid integer not null default 0, parent_started_s real not null default 0,
  attempts integer not null default 0, elapsed_s real not null default 0, interruptions integer not null default 0,
  comment_id integer not null default 0, pull_number integer not null default 0, outcome text not null default ''
);
create index if not exists jobs_by_key on jobs (key);
create index if not exists jobs_by_subject on jobs (subject, state);
create index if not exists jobs_by_state on jobs (state);
"""


@unique
class JobState(Enum):
    """Where a job stands. While it is one of the first three, its subject takes no second job."""

    QUEUED = "queued"
    RUNNING = "running"
    PR_OPEN = "pr_open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job with its checkpoint: attempts and seconds used up, who is at work, what was written to GitHub."""

    id: str
    kind: Kind
    key: str
    subject: str
    payload: str
    state: JobState
    created_s: float
    worker: ProcessId
    parent: ProcessId
    attempts: int
    elapsed_s: float
    interruptions: int
    comment_id: int
    pull_number: int
    outcome: str


@unique
class Refusal(Enum):
    """Why an order became no job."""

    REPEATED = "the same order was taken before"
    BUSY = "the issue is being worked on or has our open pull request"


class Store:
    """The App's SQLite file. Every call opens it anew, so forks and threads share nothing."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._writing() as db:
            for statement in _SCHEMA.split(";\n"):
                db.execute(statement)
            db.execute(f"pragma user_version = {VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.execute("pragma journal_mode = wal")
            db.execute("begin immediate")
            with db:
                yield db

    def accept(self, delivery_id: str, orders: Sequence[NewJob]) -> tuple[str | Refusal, ...]:
        """Keep a delivery and its orders, all or nothing: for each order the new job's id, or why there is none.

        A delivery that was kept before changes nothing: all its orders are REPEATED.
        """
        with self._writing() as db:
            db.execute("delete from deliveries where received_s < ?", (self._now() - KEEP_DELIVERIES_S,))
            try:
                db.execute("insert into deliveries values (?, ?)", (delivery_id, self._now()))
            except sqlite3.IntegrityError:
                return tuple(Refusal.REPEATED for _ in orders)
            return tuple(self._accept_one(db, delivery_id, order) for order in orders)

    def _accept_one(self, db: sqlite3.Connection, delivery_id: str, order: NewJob) -> str | Refusal:
        # A label can be put on again later; a comment, a reply to one and a preparation in progress happen once.
        earlier = int(db.execute("select count(*) from jobs where key = ?", (order.key,)).fetchone()[0])
        if (earlier and "#comment-" in order.key) or (earlier and order.kind == "reply"):
            return Refusal.REPEATED
        active = "select 1 from jobs where subject = ? and state != ?"
        if db.execute(active, (order.subject, JobState.DONE.value)).fetchone():
            return Refusal.BUSY
        digest = hashlib.sha256(order.key.encode()).hexdigest()[:12]
        job_id = f"{order.kind}-{digest}-{earlier + 1}"
        db.execute(
            "insert into jobs (id, delivery, kind, key, subject, payload, state, created_s)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                job_id,
                delivery_id,
                order.kind,
                order.key,
                order.subject,
                order.payload,
                JobState.QUEUED.value,
                self._now(),
            ),
        )
        return job_id

    def job(self, job_id: str) -> Job:
        """One job. Raises UnknownJob."""
        found = self._select("id = ?", job_id)
        if not found:
            raise UnknownJob(f"no job {job_id} in {self._path}; do web and worker share GREENLOOP_STATE_DIR?")
        return found[0]

    def jobs_in(self, state: JobState) -> tuple[Job, ...]:
        """All jobs in a state, oldest first."""
        return self._select("state = ?", state.value)

    def jobs_on(self, subject: str) -> tuple[Job, ...]:
        """All jobs of a subject, oldest first."""
        return self._select("subject = ?", subject)

    def _select(self, condition: str, value: str) -> tuple[Job, ...]:
        with self._writing() as db:
            rows = db.execute(f"select * from jobs where {condition} order by created_s, rowid", (value,))  # noqa: S608
            return tuple(map(_job, rows.fetchall()))

    def _changed(self, changes: str, condition: str, *values: str | int | float) -> bool:
        with self._writing() as db:
            return db.execute(f"update jobs set {changes} where {condition}", values).rowcount > 0  # noqa: S608

    def _update(self, job_id: str, changes: str, *values: str | int | float) -> None:
        if not self._changed(changes, "id = ?", *values, job_id):
            raise UnknownJob(f"no job {job_id} in {self._path}; do web and worker share GREENLOOP_STATE_DIR?")

    def take(self, job_id: str, worker: ProcessId, parent: ProcessId) -> Job:
        """The job, from now on in the hands of these processes, with the checkpoint that an earlier one left.

        Raises JobNotWaiting when it is in other hands or over.
        """
        is_taken = self._changed(
            "state = ?, worker_pid = ?, worker_started_s = ?, parent_pid = ?, parent_started_s = ?",
            "id = ? and state = ?",
            *(JobState.RUNNING.value, worker.pid, worker.started_s, parent.pid, parent.started_s),
            *(job_id, JobState.QUEUED.value),
        )
        job = self.job(job_id)
        if not is_taken:
            raise JobNotWaiting(f"job {job_id} is {job.state.value} already; nothing is left to do here")
        return job

    def checkpoint(self, job_id: str, attempts: int, elapsed_s: float) -> None:
        """Attempts begun and seconds on the worker's clock; neither ever goes back."""
        self._update(job_id, "attempts = max(attempts, ?), elapsed_s = max(elapsed_s, ?)", attempts, elapsed_s)

    def remember_comment(self, job_id: str, comment_id: int) -> None:
        """The progress comment that was written for the job."""
        self._update(job_id, "comment_id = ?", comment_id)

    def requeue(self, job_id: str, worker: ProcessId) -> bool:
        """Back to the queue after this process of it was lost, checkpoint kept; False when it is not in its hands."""
        changes = "state = ?, worker_pid = 0, parent_pid = 0, interruptions = interruptions + 1"
        return self._changed_for(job_id, worker, changes, JobState.QUEUED.value)

    def postpone(self, job_id: str, worker: ProcessId) -> bool:
        """Back to the queue before this process of it had begun; False when it is not in its hands."""
        return self._changed_for(job_id, worker, "state = ?, worker_pid = 0, parent_pid = 0", JobState.QUEUED.value)

    def abandon(self, job_id: str, worker: ProcessId) -> bool:
        """The job ended when this process of it was lost; False when it is not in its hands."""
        return self._changed_for(job_id, worker, "state = ?, outcome = 'lost'", JobState.DONE.value)

    def _changed_for(self, job_id: str, worker: ProcessId, changes: str, *values: str) -> bool:
        """Whether the job was in the hands of this process, and so was changed."""
        condition = "id = ? and state = ? and worker_pid = ? and worker_started_s = ?"
        owned = (job_id, JobState.RUNNING.value, worker.pid, worker.started_s)
        return self._changed(changes, condition, *values, *owned)

    def remember_pull_request(self, job_id: str, number: int) -> None:
        """The pull request that was opened for the job, which is not over yet."""
        self._update(job_id, "pull_number = ?, outcome = ''", number)

    def hold(self, job_id: str, number: int) -> None:
        """The job ended with this pull request: its issue takes no order until that is closed, if it is not already."""
        state = f"case when outcome = '{CLOSED}' and pull_number = ? then ? else ? end"
        states = (JobState.DONE.value, JobState.PR_OPEN.value)
        self._update(job_id, f"state = {state}, pull_number = ?", number, *states, number)

    def finish(self, job_id: str, outcome: str) -> None:
        """The job ended without a pull request."""
        self._update(job_id, "state = ?, outcome = ?", JobState.DONE.value, outcome)

    def release(self, repository_id: int, pull_number: int) -> bool:
        """Our pull request was closed: its issue takes orders again. False when it was not ours.

        A job that is still at work on it ends by itself: `hold` sees that it was closed.
        """
        return self._changed(
            f"state = case state when ? then ? else state end, outcome = '{CLOSED}'",
            "state in (?, ?) and pull_number = ? and substr(subject, 1, instr(subject, '#') - 1) = ?",
            *(JobState.PR_OPEN.value, JobState.DONE.value),
            *(JobState.PR_OPEN.value, JobState.RUNNING.value, pull_number, str(repository_id)),
        )


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        kind=cast("Kind", row["kind"]),
        key=row["key"],
        subject=row["subject"],
        payload=row["payload"],
        state=JobState(row["state"]),
        created_s=row["created_s"],
        worker=ProcessId(row["worker_pid"], row["worker_started_s"]),
        parent=ProcessId(row["parent_pid"], row["parent_started_s"]),
        attempts=row["attempts"],
        elapsed_s=row["elapsed_s"],
        interruptions=row["interruptions"],
        comment_id=row["comment_id"],
        pull_number=row["pull_number"],
        outcome=row["outcome"],
    )
