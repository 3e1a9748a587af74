"""How code that may hang, crash or eat memory runs: in a forked child with limits on time and address space."""
# mypy: ignore-errors

import contextlib
import functools
import gc
import json
import os
import resource
import select
import signal
import time

CANDIDATE_BYTES = 600 * 1024 * 1024
IMPORTING_BYTES = 4 * 1024 * 1024 * 1024


WALL = 6
"""How many wall seconds a test has for each processor second."""
STARTING_S = 5.0
PAUSE_S = 0.02
"""Who listens all the time is woken by every line, which costs the child that writes it more than many a test."""
STALL_S = 6.0
"""A child that is silent for so long is lost."""


def longest_s(limit_s):
    """How long a child that runs one test may be silent: its wall limit, and what starting and ending take."""
    return WALL * limit_s + STARTING_S


class Expired(BaseException):
    """A test used up its time. Not an Exception, so that code under test seldom swallows it."""


class Stopwatch:
    """Limits on processor and wall time for one test; repeats its signal until the test gives way."""

    expired = False

    def __init__(self):
        signal.signal(signal.SIGPROF, self._expire)
        signal.signal(signal.SIGALRM, self._expire)

    def _expire(self, _number, _frame):
        self.expired = True
        raise Expired()

    def start(self, limit_s):
        """Begin to count; the wall limit is wider, for a shared machine and for tests that wait."""
        self.expired = False
        signal.setitimer(signal.ITIMER_PROF, limit_s, 0.05)
        signal.setitimer(signal.ITIMER_REAL, WALL * limit_s + 1.0, 0.05)

    def stop(self):
        """Stop both clocks."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def limit_memory(more_bytes):
    """Cap this process's address space at what it has now and `more_bytes`."""
    with open("/proc/self/statm") as statm:
        now_bytes = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now_bytes + more_bytes, now_bytes + more_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def spawn(work, more_bytes=CANDIDATE_BYTES):
    """Fork a child that runs `work(write)`; the process id and the end of a pipe that its lines arrive on."""
    receiver, sender = os.pipe()
    pid = os.fork()
    if pid:
        os.close(sender)
        return pid, receiver
    try:
        os.close(receiver)
        gc.disable()
        limit_memory(more_bytes)
        work(lambda text: _write_all(sender, text.encode()))
    finally:
        os._exit(0)


def _write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


def read_lines(receiver, stall_s):
    """Lines from a child as they arrive; ends when it closes the pipe or is silent for `stall_s`."""
    rest = b""
    while select.select([receiver], [], [], stall_s)[0]:
        data = os.read(receiver, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode()
        time.sleep(PAUSE_S)


def reap(pid, receiver):
    """Kill the child if it still runs and forget it."""
    os.close(receiver)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def answer_of(work, wall_s, more_bytes=CANDIDATE_BYTES):
    """What `work()` returns in a child, or None when it died or took longer than `wall_s`."""
    return answers_of([work], wall_s, more_bytes)[0]


def answers_of(works, wall_s, more_bytes=CANDIDATE_BYTES):
    """What each of them returns in a child of its own, all at once; None as above."""
    children = [spawn(functools.partial(_tell, work), more_bytes) for work in works]
    return [_heard(pid, receiver, wall_s) for pid, receiver in children]


def _tell(work, write):
    write(json.dumps(work()) + "\n")


def _heard(pid, receiver, wall_s):
    try:
        for line in read_lines(receiver, wall_s):
            return json.loads(line)
    finally:
        reap(pid, receiver)
    return None


def processors():
    """How many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_limited(test, watch, limit_s):
    """(outcome, processor seconds) of one test: passed, failed, skipped or timeout."""
    start_s = time.process_time()
    watch.start(limit_s)
    try:
        outcome = test.call()
    except Expired:
        outcome = "timeout"
    finally:
        watch.stop()
    return ("timeout" if watch.expired else outcome), time.process_time() - start_s
