"""The sandbox keeps what nobody trusts away from the machine, and ends it when it has to end."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from runner.adapters.sandbox import NamespaceJail, open_sandbox
from runner.adapters.sandbox_profile import environment_paths
from runner.adapters.sandbox_watch import DiskRoom
from runner.errors import TimeSpent
from runner.ports import Command, Completed, Ending, Sandbox
from runner.pressure import kill_tree, tree_rss_bytes

CAP_BYTES = 300e6
PYTHON_PATHS = environment_paths(Path(sys.prefix))
BWRAP = pytest.param("bwrap", marks=pytest.mark.needs("bwrap"))


def opened(kind: str) -> Sandbox:
    """The sandbox with bubblewrap, or the one for machines without it."""
    return open_sandbox(tree_rss_bytes, kill_tree, CAP_BYTES, bwrap=None if kind == "bwrap" else "/nonexistent/bwrap")


@pytest.fixture(params=[BWRAP, "bare"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Both kinds of protection: what they share must hold for both."""
    return opened(request.param)


@pytest.fixture
def tight() -> Sandbox:
    """Bubblewrap; tests with it carry the mark `needs`."""
    return opened("bwrap")


def python(code: str, workspace: Path, *arguments: str, **options: object) -> Command:
    """A command that runs Python code with this test run's interpreter."""
    settings: dict[str, object] = {"timeout_s": 10.0, "env": {}, "readable": PYTHON_PATHS, **options}
    return Command((sys.executable, "-c", code, *arguments), workspace, **settings)  # type: ignore[arg-type]


def carriers(token: str) -> list[int]:
    """The processes of this machine that have the token in their command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if token in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """A port of this machine that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=2); print('connected')"


@pytest.mark.needs("bwrap")
def test_there_is_no_network(tight: Sandbox, tmp_path: Path) -> None:
    """Not even a port of this machine can be reached."""
    with listening() as port:
        completed = tight.run(python(CONNECT, tmp_path, str(port)))
    assert completed.exit_code == 1
    assert "connected" not in completed.output


@pytest.mark.needs("bwrap")
def test_the_network_is_there_when_asked_for(tight: Sandbox, tmp_path: Path) -> None:
    """Preparing an environment has to download."""
    with listening() as port:
        completed = tight.run(python(CONNECT, tmp_path, str(port), network=True))
    assert completed.output == "connected\n"


@pytest.mark.needs("bwrap")
def test_a_server_of_the_tests_own_works(tight: Sandbox, tmp_path: Path) -> None:
    """Tests that talk to themselves over localhost must pass."""
    code = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(('localhost', server.getsockname()[1]), timeout=2)\nprint('met')"
    )
    assert tight.run(python(code, tmp_path)).output == "met\n"


@pytest.mark.needs("bwrap")
def test_the_home_and_the_rest_of_the_disk_are_not_there(tight: Sandbox, tmp_path: Path) -> None:
    """Neither this file, nor a file beside the workspace, nor a file in the home can be seen."""
    beside = tmp_path / "beside.txt"
    beside.write_text("secret")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    code = "import os, sys; print([os.path.exists(path) for path in sys.argv[1:]], os.environ['HOME'])"
    completed = tight.run(python(code, workspace, __file__, str(beside), "/var/log", "/etc/shadow"))
    assert completed.output == "[False, False, False, False] /tmp/home\n"


@pytest.mark.needs("bwrap")
def test_no_variable_of_the_worker_leaks(tight: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even through the /proc of the sandbox's first process, which is bubblewrap itself."""
    monkeypatch.setenv("PLANTED_TOKEN", "do-not-leak")
    code = (
        "import os, pathlib\nprint(dict(os.environ))\n"
        "for path in pathlib.Path('/proc').glob('[0-9]*/environ'): print(path, path.read_bytes())"
    )
    completed = tight.run(python(code, tmp_path, env={"OURS": "seen"}))
    assert "/proc/1/environ" in completed.output
    assert "seen" in completed.output
    assert "do-not-leak" not in completed.output


@pytest.mark.needs("bwrap")
def test_only_the_workspace_and_what_is_named_can_be_written(tight: Sandbox, tmp_path: Path) -> None:
    """The system and readable folders refuse, the workspace and writable folders keep what is written."""
    folders = {name: tmp_path / name for name in ("workspace", "readable", "writable")}
    for folder in folders.values():
        folder.mkdir()
    code = (
        "import sys, os\n"
        "for folder in sys.argv[1:]:\n"
        "    try:\n"
        "        open(os.path.join(folder, 'made'), 'w').close()\n"
        "        print('wrote')\n"
        "    except OSError:\n"
        "        print('refused')"
    )
    command = python(
        code,
        folders["workspace"],
        *map(str, folders.values()),
        "/usr",
        "/etc",
        readable=(*PYTHON_PATHS, folders["readable"]),
        writable=(folders["writable"],),
    )
    assert tight.run(command).output.split() == ["wrote", "refused", "wrote", "refused", "refused"]
    assert [folder.name for folder in folders.values() if (folder / "made").exists()] == ["workspace", "writable"]
    assert not Path("/etc/made").exists()


@pytest.mark.needs("bwrap")
def test_nothing_is_privileged_in_there(tight: Sandbox, tmp_path: Path) -> None:
    """Every capability is dropped, also where the worker is root."""
    completed = tight.run(python("print(open('/proc/self/status').read())", tmp_path))
    assert "CapEff:\t0000000000000000" in completed.output
    assert "CapBnd:\t0000000000000000" in completed.output


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in (0, 1, 2): os.close(fd)
        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]])
    os._exit(0)
os.wait()
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize(("waits_s", "ending"), [("0", Ending.EXITED), ("600", Ending.TIMED_OUT)])
def test_a_daemon_that_forked_twice_is_dead_afterwards(
    sandbox: Sandbox, tmp_path: Path, waits_s: str, ending: Ending
) -> None:
    """Whatever was started is gone when run returns, after an exit and after a time-out."""
    token = f"daemon-{os.getpid()}-{waits_s}"
    completed = sandbox.run(python(DAEMON, tmp_path, token, waits_s, timeout_s=1.0))
    assert completed.ending is ending
    assert carriers(token) == []


def test_the_tree_is_killed_at_the_memory_cap(sandbox: Sandbox, tmp_path: Path) -> None:
    """Four processes of 100 MB count together, and the ending says why they died."""
    code = (
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0: break\n"
        "data = bytearray(b'x') * 100_000_000\ntime.sleep(30)"
    )
    completed = sandbox.run(python(code, tmp_path, timeout_s=20.0))
    assert completed.ending is Ending.OUT_OF_MEMORY
    assert completed.peak_rss_bytes > CAP_BYTES
    assert "300 MB allowed" in completed.output


def test_a_fork_bomb_is_bounded(sandbox: Sandbox, tmp_path: Path) -> None:
    """More processes than allowed end the command, and all of them."""
    token = f"bomb-{os.getpid()}"
    code = "import os, time\nfor _ in range(1500):\n    if os.fork() == 0:\n        time.sleep(30)\n        break"
    completed = sandbox.run(python(code + "\nelse: time.sleep(30)", tmp_path, token, timeout_s=20.0))
    assert completed.ending is Ending.OUT_OF_MEMORY
    assert carriers(token) == []


@pytest.mark.needs("bwrap")
def test_the_folders_in_memory_are_small_and_count(tight: Sandbox, tmp_path: Path) -> None:
    """What lies in them is memory that no process holds: each ends at a quarter of the cap, and all are added up."""
    full = "open(sys.argv[1] + '/f', 'wb').write(b'x' * 80_000_000)"
    assert "No space left" in tight.run(python(f"import sys; {full}", tmp_path, "/tmp")).output
    assert "No space left" in tight.run(python(f"import sys; {full}", tmp_path, "/dev/shm")).output
    for folder in ("/", "/dev", "/usr"):
        assert "Read-only file system" in tight.run(python(f"import sys; {full}", tmp_path, folder)).output
    some = "[open(f + '/f', 'wb').write(b'x' * 70_000_000) for f in ('/tmp', '/dev/shm')]"
    code = f"import time; {some}; held = b'x' * 170_000_000; time.sleep(30)"
    assert tight.run(python(code, tmp_path, timeout_s=20.0)).ending is Ending.OUT_OF_MEMORY


def test_the_machines_own_disk_is_no_ones_memory() -> None:
    """While a namespace is being made its folders are still the machine's: they count for nothing."""
    jail = NamespaceJail(None, {"/": 4096, "/nowhere": 4096})
    assert jail.scratch_bytes() == 0


def test_a_flooded_disk_ends_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    """No single file tells it: what is left on the disk does, and the ending says how much was written."""
    code = (
        "import os, time\nfor n in range(400):\n"
        "    os.posix_fallocate(os.open(f'big{n}', os.O_RDWR | os.O_CREAT), 0, 1 << 30)\n"
        "    time.sleep(0.1)"
    )
    completed = sandbox.run(python(code, tmp_path, timeout_s=20.0))
    assert completed.ending is Ending.OUT_OF_DISK
    assert "MB allowed on disk" in completed.output
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 6 << 30


def test_what_others_write_is_not_blamed_on_the_command(tmp_path: Path) -> None:
    """Two jobs share a disk; the flood of one must not end the tests of the other."""
    mine, others = tmp_path / "mine", tmp_path / "others"
    mine.mkdir()
    others.mkdir()
    room = DiskRoom((mine,), is_capped=True)
    for folder, size_bytes, told in ((others, 3 << 30, ""), (mine, 1 << 30, ""), (mine, 2 << 30, "MB allowed on disk")):
        with (folder / f"big{size_bytes}").open("wb") as big:
            os.posix_fallocate(big.fileno(), 0, size_bytes)
        assert told in (said := room.excess())
        assert bool(said) is bool(told)
    for path in (*mine.iterdir(), *others.iterdir()):
        path.unlink()


def test_a_flood_of_output_is_cut_in_the_middle(sandbox: Sandbox, tmp_path: Path) -> None:
    """A process that writes 30 MB is neither blocked nor kept whole: beginning and end stay."""
    code = "print('begin')\nfor _ in range(300): print('x' * 100_000)\nprint('end')"
    completed = sandbox.run(python(code, tmp_path, output_cap_bytes=10_000))
    assert completed.exit_code == 0
    assert completed.output.startswith("begin\n")
    assert completed.output.endswith("end\n")
    assert len(completed.output) < 10_100
    assert "bytes cut" in completed.output


@pytest.mark.parametrize("closes", ["", "os.close(1); os.close(2);"])
def test_a_time_out_is_kept(sandbox: Sandbox, tmp_path: Path, closes: str) -> None:
    """The command is ended within two seconds of its limit, also when it closed its output."""
    completed = sandbox.run(python(f"import os, time; {closes} time.sleep(60)", tmp_path, timeout_s=0.5))
    assert completed.ending is Ending.TIMED_OUT
    assert completed.exit_code is None
    assert 0.5 <= completed.seconds < 2.5


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_exit_code_is_the_commands_own(sandbox: Sandbox, tmp_path: Path, code: str, status: int) -> None:
    """A status passes through, and a signal shows as 128 + n."""
    assert sandbox.run(python(code, tmp_path)).exit_code == status


@pytest.mark.parametrize("argv", [("no-such-program",), ("./no-such-script",), ("/no/such/file",)])
def test_a_missing_program_is_named(sandbox: Sandbox, tmp_path: Path, argv: tuple[str, ...]) -> None:
    """What cannot be started says so and does not look like a failed run."""
    completed = sandbox.run(Command(argv, tmp_path, 5.0, {}))
    assert completed.ending is Ending.NOT_STARTED
    assert argv[0] in completed.output


@pytest.mark.needs("bwrap")
def test_bubblewraps_own_refusal_is_no_result(tight: Sandbox, tmp_path: Path) -> None:
    """A folder that cannot be bound means that nothing was run."""
    command = python("print(1)", tmp_path, readable=(*PYTHON_PATHS, tmp_path / "missing"))
    assert tight.run(command).ending is Ending.NOT_STARTED


ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


def test_a_conversation_goes_line_by_line(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each line sent is answered, and the end of the block ends the process."""
    token = f"talk-{os.getpid()}"
    with sandbox.converse(python(ECHO, tmp_path, token)) as talk:
        for word in ("one", "two", "ü" * 100_000):
            talk.send(word)
            assert talk.receive(5.0) == word.upper()
    assert carriers(token) == []


def test_silence_in_a_conversation_is_not_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    """No line in time raises TimeSpent; a process that ends gives None, as often as asked."""
    with sandbox.converse(python("import sys; sys.stdin.readline(); sys.stdout.write('bye')", tmp_path)) as talk:
        with pytest.raises(TimeSpent):
            talk.receive(0.1)
        talk.send("")
        assert [talk.receive(5.0) for _ in range(3)] == ["bye", None, None]
        assert talk.ending == "exited with 0"
        talk.send("nobody listens")


def test_a_conversation_has_a_time_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    """The command's limit ends a process that says nothing."""
    with sandbox.converse(python("import time; time.sleep(60)", tmp_path, timeout_s=0.5)) as talk:
        assert talk.receive(5.0) is None
        assert talk.ending == "killed at its time limit"


def test_a_conversation_that_nobody_reads_is_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    """Lines that wait are bounded by the output cap, so a flood cannot fill the worker's memory."""
    token = f"flood-{os.getpid()}"
    command = python("while True: print('x' * 1000)", tmp_path, token, output_cap_bytes=200_000)
    with sandbox.converse(command) as talk:
        assert talk.receive(5.0) is not None
        deadline_s = time.monotonic() + 5.0
        while carriers(token) and time.monotonic() < deadline_s:
            pass
        assert carriers(token) == []
        received = sum(1 for _ in iter(lambda: talk.receive(5.0), None))
    assert received < 2_000


def test_a_conversation_that_is_read_may_be_long(sandbox: Sandbox, tmp_path: Path) -> None:
    """The cap is on what waits, not on all that was said."""
    code = "import sys\nfor line in sys.stdin: print('ü' * 40_000, flush=True)"
    with sandbox.converse(python(code, tmp_path, output_cap_bytes=200_000)) as talk:
        for _ in range(10):
            talk.send("more")
            assert talk.receive(5.0) == "ü" * 40_000


def test_a_conversation_outlives_the_thread_that_began_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """Bubblewrap dies with the thread that spawned it, so the process belongs to a thread of its own."""
    with contextlib.ExitStack() as stack:
        talks = []
        beginner = threading.Thread(
            target=lambda: talks.append(stack.enter_context(sandbox.converse(python(ECHO, tmp_path))))
        )
        beginner.start()
        beginner.join()
        talks[0].send("still here")
        assert talks[0].receive(5.0) == "STILL HERE"


def test_commands_run_side_by_side(sandbox: Sandbox, tmp_path: Path) -> None:
    """The scan pool starts several at a time; none takes another's output or limit."""
    results: dict[int, Completed] = {}

    def one(number: int) -> None:
        results[number] = sandbox.run(python("import sys; print(sys.argv[1])", tmp_path, str(number)))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: result.output for number, result in results.items()} == {n: f"{n}\n" for n in range(4)}


def test_a_machine_without_bubblewrap_is_told_so() -> None:
    """The description begins with "degraded", says why and how to mend it."""
    description = opened("bare").description
    assert description.startswith("degraded: ")
    assert "apt-get install" in description


@pytest.mark.needs("bwrap")
def test_the_description_says_what_protects() -> None:
    """With bubblewrap nothing is degraded."""
    assert opened("bwrap").description.startswith("bubblewrap ")


@pytest.mark.needs("bwrap")
def test_starting_costs_little(tight: Sandbox, tmp_path: Path) -> None:
    """Many small runs are made in one attempt, so a start may not take long."""
    began = time.monotonic()
    for _ in range(5):
        tight.run(Command(("true",), tmp_path, 5.0, {}))
    assert time.monotonic() - began < 2.5
