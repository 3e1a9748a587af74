"""Jobs on a real Redis with the forking worker, and what happens when processes are lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from ghapp.errors import QueueUnreachable
from ghapp.orders import Order, written
from ghapp.processes import ProcessId, is_alive, kill_tree, parent_process, this_process
from ghapp.queue import JobQueue
from ghapp.reconcile import reconcile
from ghapp.router import FixIssue, Prepare, Reply
from ghapp.services import find_redis
from ghapp.store import JobState, Store
from ghapp.testing import FakeQueue
from ghapp.webhook import RepositoryRef

WAIT_S = 20.0
ROOT = Path(__file__).parents[2]
SHOP = RepositoryRef(9, "octo/shop")
GONE = ProcessId(2**22 + 1, 1.0)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of its own on a unix socket."""
    address = tmp_path / "redis.sock"
    argv = [find_redis(), "--port", "0", "--unixsocket", str(address), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as server:
        try:
            assert eventually(address.exists)
            yield f"unix://{address}"
        finally:
            server.kill()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "app.sqlite", time.time)


def accepted(store: Store, number: int = 1) -> str:
    """A stored job that waits."""
    (job_id,) = store.accept(f"d{number}", [written(Prepare(5, RepositoryRef(number, "octo/shop")))])
    assert isinstance(job_id, str)
    return job_id


@pytest.mark.needs("redis")
def test_one_turn_of_a_job_is_queued_once(redis_url: str) -> None:
    """The workers take a turn once; after an interruption there is another."""
    queue = JobQueue(redis_url, job_timeout_s=60)
    assert queue.enqueue("prepare-1", "prepare", turn=0)
    assert not queue.enqueue("prepare-1", "prepare", turn=0)
    assert queue.enqueue("prepare-1", "prepare", turn=1)
    assert queue.enqueue("prepare-2", "prepare", turn=0)


@pytest.mark.needs("redis")
def test_a_lock_is_held_by_one(redis_url: str) -> None:
    """A second job for the issue waits, and says so when it waited too long."""
    queue = JobQueue(redis_url, job_timeout_s=60)
    other = JobQueue(redis_url, job_timeout_s=60)
    with (
        queue.lock("9#3", hold_s=30, wait_s=1),
        pytest.raises(QueueUnreachable, match="9#3"),
        other.lock("9#3", hold_s=30, wait_s=0.05),
    ):
        pytest.fail("two hold one lock")
    with queue.lock("9#3", hold_s=30, wait_s=1):
        pass


def test_a_missing_redis_is_named(tmp_path: Path) -> None:
    """The message says which variable leads there."""
    queue = JobQueue(f"unix://{tmp_path}/none.sock", job_timeout_s=60)
    with pytest.raises(QueueUnreachable, match="GREENLOOP_REDIS_URL"):
        queue.ping()
    with pytest.raises(QueueUnreachable):
        queue.enqueue("prepare-1", "prepare", turn=0)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://user:hush-hush@127.0.0.1:1/0", "redis://127.0.0.1:1"),
        ("rediss://:hush-hush@127.0.0.1:1", "rediss://127.0.0.1:1"),
        ("unix:///nowhere/redis.sock?password=hush-hush", "unix:///nowhere/redis.sock"),
        ("redis:///0?password=hush-hush@h", "redis://localhost:6379"),
    ],
)
def test_no_password_of_redis_is_told(url: str, shown: str) -> None:
    """Not where it is shown which Redis is meant."""
    assert JobQueue(url, job_timeout_s=60).address == shown


def test_no_password_of_redis_is_in_an_error() -> None:
    """What goes wrong with the queue is told on issues."""
    with pytest.raises(QueueUnreachable) as caught:
        JobQueue("redis://user:hush-hush@127.0.0.1:1/0", job_timeout_s=60).ping()
    assert "hush-hush" not in str(caught.value)


@pytest.mark.needs("redis")
def test_a_redis_that_refuses_is_unreachable_too(redis_url: str) -> None:
    """A full or read-only Redis is told like a missing one, not left to whoever asked."""
    with redis.Redis.from_url(redis_url) as server:
        server.config_set("min-replicas-to-write", 1)
    with pytest.raises(QueueUnreachable, match="GREENLOOP_REDIS_URL"):
        JobQueue(redis_url, job_timeout_s=60).enqueue("prepare-1", "prepare", turn=0)


WORKER = """
import sys
from ghapp.queue import JobQueue
JobQueue(sys.argv[1], job_timeout_s=60).work(lambda: None, burst=True)
"""


@pytest.mark.needs("redis")
def test_the_forking_worker_runs_a_job_by_its_name(redis_url: str, tmp_path: Path) -> None:
    """A job in a child of the worker reads its settings there; without any, it fails with all the faults."""
    queue = JobQueue(redis_url, job_timeout_s=60)
    queue.enqueue("prepare-1", "prepare", turn=0)
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    argv = [sys.executable, "-c", WORKER, redis_url]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "GREENLOOP_WEBHOOK_SECRET is not set" in done.stdout + done.stderr


@pytest.mark.needs("redis")
def test_a_turn_that_failed_before_it_was_marked_is_queued_again(redis_url: str, tmp_path: Path) -> None:
    """Without settings a job fails before it can mark the store, where it waits still: the next look takes it along."""
    queue = JobQueue(redis_url, job_timeout_s=60)
    queue.enqueue("prepare-1", "prepare", turn=0)
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    argv = [sys.executable, "-c", WORKER, redis_url]
    subprocess.run(argv, env=env, capture_output=True, timeout=60, check=True)
    assert queue.enqueue("prepare-1", "prepare", turn=0)
    assert not queue.enqueue("prepare-1", "prepare", turn=0)


CHILDREN = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setpgrp()
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    print(os.getpid(), child.pid, flush=True)
    child.wait()
    os._exit(0)
os.wait()
"""


def test_the_tree_of_a_lost_worker_is_ended_whole() -> None:
    """SIGKILL of the parent leaves the job's process and its children in sessions of their own: all are ended."""
    with subprocess.Popen([sys.executable, "-c", CHILDREN], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        horse_pid, child_pid = map(int, parent.stdout.readline().split())
        horse, child = identified(horse_pid), identified(child_pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert is_alive(horse)
    kill_tree(horse)
    assert eventually(lambda: not is_alive(horse) and not is_alive(child))
    kill_tree(horse)


def identified(pid: int) -> ProcessId:
    """The process that has the pid now, as it would have noted itself."""
    return ProcessId(pid, psutil.Process(pid).create_time())


def test_a_pid_that_came_back_is_another_process() -> None:
    """The start time belongs to the identity: a stranger with the old pid is neither alive nor killed."""
    me = this_process()
    assert is_alive(me)
    assert is_alive(parent_process())
    stranger = ProcessId(me.pid, me.started_s - 100)
    assert not is_alive(stranger)
    kill_tree(stranger)
    assert not is_alive(GONE)
    assert not is_alive(ProcessId(0, 0.0))


def test_what_was_lost_goes_back_once_with_its_checkpoint(store: Store) -> None:
    """A running job without its process is queued again; one whose processes live is left alone."""
    lost, alive = accepted(store, 1), accepted(store, 2)
    store.take(lost, GONE, this_process())
    store.take(alive, this_process(), this_process())
    store.checkpoint(lost, 2, 12.0)
    queue = FakeQueue()
    assert reconcile(store, queue) == (lost,)
    assert queue.jobs == [(lost, "prepare")]
    job = store.job(lost)
    assert (job.state, job.interruptions, job.attempts, job.elapsed_s) == (JobState.QUEUED, 1, 2, 12.0)
    assert store.job(alive).state is JobState.RUNNING
    assert reconcile(store, queue) == ()


@pytest.mark.parametrize(
    ("order", "turns"),
    [
        (Prepare(5, SHOP), 2),
        (Reply(5, SHOP, 3, "mona", 44, "help"), 2),
        (FixIssue(5, SHOP, 3, "Totals", "text", "mona", 7, "label", "9#3:greenloop"), 3),
    ],
)
def test_what_takes_its_process_down_each_time_comes_to_an_end(store: Store, order: Order, turns: int) -> None:
    """Twice and no third time, whatever the job is; a fix then has a turn to say so on its issue."""
    (job_id,) = store.accept("d1", [written(order)])
    assert isinstance(job_id, str)
    queue = FakeQueue()
    reconcile(store, queue)
    for _ in range(turns):
        store.take(job_id, GONE, this_process())
        reconcile(store, queue)
    assert len(queue.jobs) == turns
    assert (store.job(job_id).state, store.job(job_id).outcome) == (JobState.DONE, "lost")


def test_a_job_whose_worker_died_is_taken_from_its_process(store: Store) -> None:
    """The child of a killed worker lives on: it is ended before the job is given to another."""
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as horse:
        job_id = accepted(store)
        process = identified(horse.pid)
        store.take(job_id, process, GONE)
        assert reconcile(store, FakeQueue()) == (job_id,)
        assert not is_alive(process)


def test_what_was_kept_but_never_queued_is_queued(store: Store) -> None:
    """Redis may have been down when the delivery came."""
    job_id = accepted(store)
    queue = FakeQueue()
    assert reconcile(store, queue) == ()
    assert queue.jobs == [(job_id, "prepare")]
