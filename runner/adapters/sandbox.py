"""What runs the code that nobody trusts: bubblewrap where it works, else a bare process group, said loudly."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runner.adapters.sandbox_output import CappedOutput, LineSplitter
from runner.adapters.sandbox_profile import (
    SANDBOX_HOME,
    SYSTEM_PATH,
    bubblewrap_argv,
    clean_environment,
    find_program,
    limited,
    scratch_sizes,
)
from runner.adapters.sandbox_watch import Caps, DiskRoom, Jail, Watch, Watched, watch
from runner.errors import TimeSpent
from runner.ports import Command, Completed, Conversation, Ending, Sandbox

PROBE_TIMEOUT_S: Final = 10.0
SETTLE_S: Final = 5.0
COOKIE: Final = "GREENLOOP_SANDBOX_RUN"
"""Marks every process of a bare run, so that one which left its session is still found."""


def open_sandbox(
    tree_rss: Callable[[int], int],
    kill_tree: Callable[[int], None],
    memory_cap_bytes: Callable[[], float] | float,
    *,
    bwrap: str | None = None,
) -> Sandbox:
    """The strongest sandbox that this machine runs, found out by running it.

    `tree_rss` gives the resident bytes of the process tree below a pid and `kill_tree` ends it; `bwrap` names the
    program instead of looking for it.
    """
    cap = memory_cap_bytes if callable(memory_cap_bytes) else _constant(memory_cap_bytes)
    caps = Caps(cap, tree_rss)
    program = bwrap or shutil.which("bwrap", path=SYSTEM_PATH)
    refusal = _refusal(program)
    if program and not refusal:
        return SupervisedSandbox(BubblewrapStarter(program), caps, _protected(program))
    return SupervisedSandbox(BareStarter(kill_tree), caps, f"degraded: {refusal}; network and home are open")


def _constant(value: float) -> Callable[[], float]:
    return lambda: value


def _refusal(program: str | None) -> str:
    """Why bubblewrap cannot be used, with the mend; nothing when it works."""
    if program is None:
        return "bubblewrap is not installed (apt-get install bubblewrap)"
    argv = [
        program,
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--",
        "/bin/true",
    ]
    try:
        tried = subprocess.run(argv, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program} does not run ({error}); reinstall it (apt-get install --reinstall bubblewrap)"
    if tried.returncode == 0:
        return ""
    return f"bubblewrap is refused here ({tried.stderr.strip()}); allow user namespaces (user.max_user_namespaces)"


def _protected(program: str) -> str:
    version = subprocess.run(
        [program, "--version"], capture_output=True, timeout=PROBE_TIMEOUT_S, check=False, text=True
    )
    limits = "" if shutil.which("prlimit", path=SYSTEM_PATH) else "; degraded: no prlimit (apt-get install util-linux)"
    return f"{version.stdout.strip()}: no network, no home, read-only system, own processes{limits}"


@dataclass(slots=True)
class Started:
    """A process that runs, and what ends it."""

    process: subprocess.Popen[bytes]
    jail: Jail


class Starter:
    """Starts commands; one for each kind of protection."""

    def start(self, command: Command, memory_cap_bytes: float, stdin: int) -> Started:
        """Start it in the calling thread, which has to outlive it. Raises OSError."""
        raise NotImplementedError


def _popen(argv: list[str], command: Command, env: dict[str, str], stdin: int, fds: tuple[int, ...] = ()) -> Popen:
    return subprocess.Popen(
        argv,
        cwd=command.workspace,
        env=env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        # A conversation's standard output is a protocol: what tests print to standard error must not end up in it.
        stderr=subprocess.STDOUT if stdin == subprocess.DEVNULL else subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=fds,
        bufsize=0,
    )


Popen = subprocess.Popen[bytes]


class BubblewrapStarter(Starter):
    """Namespaces of its own: killing bwrap kills all, however often they forked."""

    def __init__(self, bwrap: str) -> None:
        self._bwrap = bwrap

    def start(self, command: Command, memory_cap_bytes: float, stdin: int) -> Started:
        """Start it and learn the id of the process that holds the namespace."""
        read_fd, write_fd = os.pipe()
        with open(read_fd, "rb") as info:
            try:
                argv = bubblewrap_argv(self._bwrap, command, info_fd=write_fd, memory_cap_bytes=memory_cap_bytes)
                env = dict(clean_environment(command, SANDBOX_HOME, "/tmp"))  # noqa: S108
                process = _popen(argv, command, env, stdin, (write_fd,))
            finally:
                os.close(write_fd)
            told = info.read()
        return Started(process, _jail(told, scratch_sizes(memory_cap_bytes)))


def _jail(told: bytes, scratch: Mapping[str, int]) -> NamespaceJail:
    """The namespace by its first process; without one when that is already gone or was never there."""
    try:
        first_pid = int(json.loads(told)["child-pid"])
        folders = {f"/proc/{first_pid}/root{folder}": size_bytes for folder, size_bytes in scratch.items()}
        return NamespaceJail(os.pidfd_open(first_pid), folders)
    except (ValueError, KeyError, OSError):
        return NamespaceJail(None)


@dataclass(slots=True)
class NamespaceJail:
    """Kills a pid namespace; the kernel ends every process in it before its first one can be waited for.

    `scratch` has the namespace's own file systems in memory, as seen from outside, with their sizes in bytes.
    """

    first_pid_fd: int | None
    scratch: Mapping[str, int] = field(default_factory=dict)

    def kill(self, process: Popen) -> None:
        """Kill bwrap; --die-with-parent takes the namespace with it."""
        process.kill()

    def settle(self, process: Popen) -> None:  # noqa: ARG002  # the namespace, not bwrap, tells the end
        """Wait for the namespace's end."""
        if self.first_pid_fd is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.first_pid_fd, signal.SIGKILL)
        select.select([self.first_pid_fd], [], [], SETTLE_S)
        os.close(self.first_pid_fd)
        self.first_pid_fd = None

    def scratch_bytes(self) -> int:
        """What its own file systems hold; one of another size is the machine's, while the namespace is being made."""
        held_bytes = 0
        for folder, size_bytes in self.scratch.items():
            with contextlib.suppress(OSError):  # not made yet, or gone again
                state = os.statvfs(folder)
                is_own = state.f_blocks * state.f_frsize == size_bytes
                held_bytes += (state.f_blocks - state.f_bfree) * state.f_frsize if is_own else 0
        return held_bytes


class BareStarter(Starter):
    """A session of its own and nothing else: where bubblewrap cannot be had."""

    def __init__(self, kill_tree: Callable[[int], None]) -> None:
        self._kill_tree = kill_tree

    def start(self, command: Command, memory_cap_bytes: float, stdin: int) -> Started:
        """Start it with a home and a temporary folder of its own."""
        jail = BareJail(self._kill_tree)
        env = {**clean_environment(command, jail.scratch.name, jail.scratch.name), COOKIE: jail.cookie}
        try:
            process = _popen(limited(command, memory_cap_bytes=memory_cap_bytes), command, env, stdin)
        except OSError:
            jail.scratch.cleanup()
            raise
        return Started(process, jail)


@dataclass(slots=True)
class BareJail:
    """Ends a session, the tree below it and whoever carries its cookie."""

    kill_tree: Callable[[int], None]
    cookie: str = field(default_factory=lambda: uuid.uuid4().hex)
    scratch: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="greenloop-home-", ignore_cleanup_errors=True)
    )

    def kill(self, process: Popen) -> None:
        """Kill the tree, then the session, then what left both."""
        if process.poll() is None:
            self.kill_tree(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        self._sweep()

    def settle(self, process: Popen) -> None:  # noqa: ARG002  # the cookie, not the process, finds the rest
        """Kill until a look at all processes finds none of ours."""
        until_s = time.monotonic() + SETTLE_S
        while self._sweep() and time.monotonic() < until_s:
            pass
        self.scratch.cleanup()

    def scratch_bytes(self) -> int:
        """Its folders are on the disk, not in memory."""
        return 0

    def _sweep(self) -> int:
        mark = f"{COOKIE}={self.cookie}".encode()
        found = 0
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in environ.read_bytes():
                    found += 1
                    os.kill(int(environ.parent.name), signal.SIGKILL)
        return found


class SupervisedSandbox:
    """The port Sandbox over one way of starting."""

    def __init__(self, starter: Starter, caps: Caps, description: str) -> None:
        self.description = description
        self._starter = starter
        self._caps = caps

    def run(self, command: Command) -> Completed:
        """Run to its end in the calling thread. Everything it started is dead when this returns."""
        began_s = time.monotonic()
        if refusal := _missing_program(command):
            return Completed(Ending.NOT_STARTED, None, refusal, 0.0, 0)
        output = CappedOutput(command.output_cap_bytes)

        def keep(chunk: bytes) -> bool:
            output.add(chunk)
            return True

        try:
            started = self._starter.start(command, self._caps.memory_bytes(), subprocess.DEVNULL)
        except OSError as error:
            return Completed(Ending.NOT_STARTED, None, f"could not be started: {error}", 0.0, 0)
        with started.process:
            watched = watch(started.process, self._limits(started, command, began_s), keep)
        return _completed(watched, output.text(), time.monotonic() - began_s)

    def _limits(self, started: Started, command: Command, began_s: float) -> Watch:
        """What the command may spend; only what makes an environment has the network, and writes as it must."""
        room = DiskRoom((command.workspace, *command.writable), is_capped=not command.network)
        return Watch(started.jail, self._caps, room, began_s + command.timeout_s)

    @contextmanager
    def converse(self, command: Command) -> Iterator[Conversation]:
        """Start it in a thread that lives as long as it does; the block's end kills it."""
        talk = LineConversation(command.output_cap_bytes)

        def live() -> None:
            try:
                started = self._starter.start(command, self._caps.memory_bytes(), subprocess.PIPE)
            except OSError as error:
                talk.opened.put(error)
                return
            with started.process:
                talk.opened.put(started)
                how = "its watch failed"
                try:
                    watched = watch(started.process, self._limits(started, command, time.monotonic()), talk.deliver)
                    how = watched.note or f"exited with {watched.exit_code}"
                finally:
                    talk.end(how)

        keeper = threading.Thread(target=live, name="sandbox-keeper")
        keeper.start()
        try:
            talk.join()
            yield talk
        finally:
            talk.hang_up()
            keeper.join()


def _missing_program(command: Command) -> str:
    path = command.env.get("PATH", SYSTEM_PATH)
    if find_program(command, path) is None:
        return f"{command.argv[0]} is not on the sandbox's PATH ({path}); install it there or name it in full"
    return ""


def _completed(watched: Watched, output: str, seconds: float) -> Completed:
    ending = watched.ending
    if ending is Ending.EXITED and watched.exit_code == 1 and output.startswith("bwrap: "):
        ending = Ending.NOT_STARTED
    text = f"{output}\n[{watched.note}]" if watched.note else output
    return Completed(ending, watched.exit_code, text, seconds, watched.peak_rss_bytes)


class LineConversation:
    """A sandboxed process that talks in lines. Used by one thread; the keeper's thread fills it."""

    def __init__(self, pending_cap_bytes: int) -> None:
        self.opened: queue.SimpleQueue[Started | OSError] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._splitter = LineSplitter()
        self._started: Started | None = None
        self._pending_cap_bytes = pending_cap_bytes
        self._delivered_bytes = 0
        self._received_bytes = 0
        self._ended = False
        self.ending = ""

    def join(self) -> None:
        """Wait until the process runs. Raises the OSError that kept it from running."""
        opened = self.opened.get()
        if isinstance(opened, OSError):
            raise opened
        self._started = opened

    def send(self, line: str) -> None:
        """Write one line; a process that is gone takes none, which `receive` then shows."""
        assert self._started is not None
        assert self._started.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            rest = memoryview(line.encode() + b"\n")
            while rest:
                rest = rest[self._started.process.stdin.write(rest) :]

    def receive(self, timeout_s: float) -> str | None:
        """The next line; None at the end. Raises TimeSpent when none came in time."""
        if self._ended:
            return None
        try:
            line = self._lines.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            raise TimeSpent(f"no line came within {timeout_s:.1f} s; give it more time or end it") from None
        self._ended = line is None
        self._received_bytes += 0 if line is None else len(line.encode()) + 1
        return line

    def deliver(self, chunk: bytes) -> bool:
        """Take output from the keeper; False when too much of it waits to be received."""
        self._delivered_bytes += len(chunk)
        for line in self._splitter.add(chunk):
            self._lines.put(line)
        return self._delivered_bytes - self._received_bytes <= self._pending_cap_bytes

    def end(self, how: str) -> None:
        """The process has ended: what is left comes as the last line."""
        self.ending = how
        if (rest := self._splitter.rest()) is not None:
            self._lines.put(rest)
        self._lines.put(None)

    def hang_up(self) -> None:
        """Kill the process; its keeper sees it end."""
        if self._started is not None:
            self._started.jail.kill(self._started.process)
