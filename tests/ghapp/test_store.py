"""What the store promises: once per order, one at a time per issue, nothing forgotten."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ghapp.errors import JobNotWaiting, MalformedPayload, UnknownJob
from ghapp.orders import NewJob, read, written
from ghapp.processes import ProcessId
from ghapp.router import FixIssue, Prepare, Reply
from ghapp.store import KEEP_DELIVERIES_S, JobState, Refusal, Store
from ghapp.webhook import RepositoryRef

SHOP = RepositoryRef(9, "octo/shop")
LABEL = FixIssue(5, SHOP, 3, "Totals", "Totals\n\nare wrong", "mona", 7, "label", "9#3:greenloop")
COMMENT = FixIssue(5, SHOP, 3, "Totals", "text", "mona", 7, "comment", "9#comment-44", 44)
REPLY = Reply(5, SHOP, 3, "mona", 44, "help")
ME = ProcessId(1, 2.0)
OTHER = ProcessId(3, 4.0)


class Moment:
    """A clock that stands still until told."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now_s


@pytest.fixture
def moment() -> Moment:
    """The store's clock."""
    return Moment()


@pytest.fixture
def store(tmp_path: Path, moment: Moment) -> Store:
    """An empty store."""
    return Store(tmp_path / "state" / "app.sqlite", moment)


def accepted(store: Store, delivery: str, order: FixIssue | Reply | Prepare) -> str:
    """The id of the job that the order became."""
    (job_id,) = store.accept(delivery, [written(order)])
    assert isinstance(job_id, str), job_id
    return job_id


@pytest.mark.parametrize("order", [LABEL, COMMENT, REPLY, Prepare(5, SHOP)])
def test_an_order_comes_back_as_it_went_in(store: Store, order: FixIssue | Reply | Prepare) -> None:
    """What the worker reads is what the handler made."""
    job = store.job(accepted(store, "d1", order))
    assert read(job.kind, job.payload) == order
    assert job.state is JobState.QUEUED


def test_an_order_of_another_version_is_not_guessed_at() -> None:
    """Its fields may mean something else today."""
    order = written(LABEL)
    with pytest.raises(MalformedPayload, match="another version"):
        read(order.kind, order.payload.replace('"format": 1', '"format": 2'))


def test_one_delivery_is_taken_once(store: Store) -> None:
    """The same id again changes nothing, not even after the job is done."""
    job_id = accepted(store, "d1", LABEL)
    assert store.accept("d1", [written(LABEL)]) == (Refusal.REPEATED,)
    store.finish(job_id, "done")
    assert store.accept("d1", [written(LABEL)]) == (Refusal.REPEATED,)


def test_a_label_is_held_until_its_pull_request_is_closed(store: Store) -> None:
    """Queued, running, and with our pull request open there is no second job; after that it is a retry."""
    job_id = accepted(store, "d1", LABEL)
    assert store.accept("d2", [written(LABEL)]) == (Refusal.BUSY,)
    store.take(job_id, ME, ME)
    assert store.accept("d3", [written(LABEL)]) == (Refusal.BUSY,)
    store.hold(job_id, 8)
    assert store.accept("d4", [written(LABEL)]) == (Refusal.BUSY,)
    assert not store.release(9, 7)
    assert not store.release(99, 8)
    assert store.release(9, 8)
    assert not store.release(9, 8)
    assert accepted(store, "d5", LABEL) != job_id


def test_a_pull_request_that_is_closed_at_once_holds_nothing(store: Store) -> None:
    """Somebody may close it while its job is still writing the comment: the issue takes orders when the job is over."""
    job_id = accepted(store, "d1", LABEL)
    store.take(job_id, ME, ME)
    store.remember_pull_request(job_id, 8)
    assert not store.release(9, 7)
    assert store.release(9, 8)
    assert store.accept("d2", [written(LABEL)]) == (Refusal.BUSY,)
    store.hold(job_id, 8)
    job = store.job(job_id)
    assert (job.state, job.outcome) == (JobState.DONE, "closed")
    accepted(store, "d3", LABEL)


def test_a_comment_on_a_busy_issue_waits_for_nobody(store: Store) -> None:
    """One issue has one job at work, whatever asked for it; other issues are free."""
    accepted(store, "d1", LABEL)
    assert store.accept("d2", [written(COMMENT)]) == (Refusal.BUSY,)
    other = FixIssue(5, SHOP, 4, "Tax", "text", "mona", 7, "label", "9#4:greenloop")
    accepted(store, "d3", other)


def test_a_comment_orders_once_for_all_time(store: Store) -> None:
    """A comment's id is its key: delivered again under another delivery id it is the same order."""
    store.finish(accepted(store, "d1", COMMENT), "done")
    assert store.accept("d2", [written(COMMENT)]) == (Refusal.REPEATED,)
    store.finish(accepted(store, "d3", REPLY), "answered")
    assert store.accept("d4", [written(REPLY)]) == (Refusal.REPEATED,)


def test_eight_at_once_make_one_job(store: Store) -> None:
    """Web threads take the same label in at the same time: one of them wins."""
    outcomes: list[object] = []
    barrier = threading.Barrier(8)

    def deliver(number: int) -> None:
        barrier.wait()
        outcomes.extend(store.accept(f"d{number}", [written(LABEL)]))

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([it for it in outcomes if isinstance(it, str)]) == 1
    assert outcomes.count(Refusal.BUSY) == 7


def test_a_checkpoint_never_goes_back(store: Store) -> None:
    """A late writer cannot give back attempts or seconds that were used up."""
    job_id = accepted(store, "d1", LABEL)
    store.checkpoint(job_id, 2, 30.0)
    store.checkpoint(job_id, 1, 31.0)
    store.take(job_id, OTHER, OTHER)
    store.requeue(job_id, OTHER)
    job = store.take(job_id, ME, ME)
    assert (job.attempts, job.elapsed_s, job.interruptions, job.worker) == (2, 31.0, 1, ME)


def test_a_lost_job_is_put_back_once(store: Store) -> None:
    """Two workers that start together both see the loss: the second finds the job in other hands and lets it be."""
    job_id = accepted(store, "d1", LABEL)
    store.take(job_id, OTHER, OTHER)
    assert store.requeue(job_id, OTHER)
    assert not store.requeue(job_id, OTHER)
    store.take(job_id, ME, ME)
    assert not store.requeue(job_id, OTHER)
    job = store.job(job_id)
    assert (job.state, job.worker, job.interruptions) == (JobState.RUNNING, ME, 1)


def test_only_what_waits_is_taken(store: Store) -> None:
    """A job that is at work or over is not begun again, whatever still lies in the queue."""
    job_id = accepted(store, "d1", LABEL)
    store.take(job_id, ME, ME)
    with pytest.raises(JobNotWaiting, match="running"):
        store.take(job_id, OTHER, OTHER)
    store.finish(job_id, "done")
    with pytest.raises(JobNotWaiting, match="done"):
        store.take(job_id, OTHER, OTHER)
    assert store.job(job_id).worker == ME


def test_all_orders_of_a_delivery_are_kept_or_none(store: Store) -> None:
    """When one of them cannot be written, the delivery is not marked as taken in either."""
    broken = NewJob("prepare", "k", "s", None)  # type: ignore[arg-type]  # what a disk error would do
    with pytest.raises(Exception, match="NOT NULL"):
        store.accept("d1", [written(LABEL), broken])
    assert store.jobs_in(JobState.QUEUED) == ()
    accepted(store, "d1", LABEL)


def test_old_deliveries_are_forgotten(store: Store, moment: Moment) -> None:
    """GitHub redelivers for three days; after thirty the id is free again, so the file does not grow for ever."""
    accepted(store, "d1", Prepare(5, SHOP))
    moment.now_s += KEEP_DELIVERIES_S + 1
    assert store.accept("d1", [written(Prepare(5, SHOP))]) == (Refusal.BUSY,)


def test_another_process_sees_what_was_kept(store: Store, tmp_path: Path) -> None:
    """Web and worker share the file."""
    job_id = accepted(store, "d1", LABEL)
    assert Store(tmp_path / "state" / "app.sqlite", Moment()).job(job_id).key == LABEL.key


def test_an_unknown_job_is_named(store: Store) -> None:
    """The message says where it was looked for."""
    with pytest.raises(UnknownJob, match=r"app\.sqlite"):
        store.job("fix-1")
    with pytest.raises(UnknownJob):
        store.finish("fix-1", "done")
