"""Which parts of the machine a sandboxed process sees."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from runner.ports import Command

SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SANDBOX_HOME: Final = "/tmp/home"  # noqa: S108  # on the sandbox's own tmpfs
ROOTS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC: Final = (
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "group",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "pki",
    "protocols",
    "services",
    "ssl",
)
ETC_WITH_NETWORK: Final = ("hosts", "resolv.conf", "gai.conf")
LOOPBACK_HOSTS: Final = Path(__file__).with_name("sandbox_hosts")
"""Tests that start a server on "localhost" need the name, and it says nothing about the machine."""
FILE_CAP_BYTES: Final = 2 * 1024**3
SCRATCH: Final = {"/tmp": 0.25, "/dev/shm": 0.25, "/run": 0.01}  # noqa: S108  # the sandbox's own
"""What of it can be written besides the workspace, and how much of the memory cap each may take: it is memory."""
PROCESS_LIMIT: Final = 4096
CPU_SLACK_S: Final = 10


def bubblewrap_argv(bwrap: str, command: Command, *, info_fd: int, memory_cap_bytes: float) -> list[str]:
    """The bwrap command line. https://github.com/containers/bubblewrap says what each option does.

    The environment comes from the caller's Popen, not from --setenv: process 1 of the sandbox is bwrap itself, and
    what it was started with can be read in /proc/1/environ.
    """
    argv = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    argv += ["--hostname", "sandbox", "--info-fd", str(info_fd)]
    argv += ["--share-net"] if command.network else []
    argv += _system(network=command.network)
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for folder, size_bytes in scratch_sizes(memory_cap_bytes).items():
        argv += ["--size", str(size_bytes), "--tmpfs", folder]
    argv += ["--dir", SANDBOX_HOME, *_binds(command)]
    # Both are tmpfs without a size, and nobody has to write there.
    argv += ["--remount-ro", "/dev", "--remount-ro", "/"]
    argv += ["--chdir", str(command.workspace), "--"]
    return argv + limited(command, memory_cap_bytes=memory_cap_bytes, process_limit=PROCESS_LIMIT)


def scratch_sizes(memory_cap_bytes: float) -> dict[str, int]:
    """The bytes that each of the sandbox's own folders can hold, in whole pages."""
    page = os.sysconf("SC_PAGE_SIZE")
    return {folder: max(int(share * memory_cap_bytes) // page, 1) * page for folder, share in SCRATCH.items()}


def limited(command: Command, *, memory_cap_bytes: float, process_limit: int | None = None) -> list[str]:
    """The command under resource limits, set by the prlimit program so that no code runs between fork and exec.

    RLIMIT_DATA is twice the tree's cap: the watchdog is the judge, this stops one process that outruns it.
    """
    prlimit = shutil.which("prlimit", path=SYSTEM_PATH)
    if prlimit is None:
        return list(command.argv)
    cpu_s = int(command.timeout_s * (os.cpu_count() or 1)) + CPU_SLACK_S
    limits = [f"--cpu={cpu_s}", f"--fsize={FILE_CAP_BYTES}", "--core=0", f"--data={int(2 * memory_cap_bytes)}"]
    limits += [f"--nproc={process_limit}"] if process_limit else []
    return [prlimit, *limits, "--", *command.argv]


def clean_environment(command: Command, home: str, scratch: str) -> Mapping[str, str]:
    """What the process finds in its environment: nothing of the worker's."""
    base = {"PATH": SYSTEM_PATH, "HOME": home, "TMPDIR": scratch, "LANG": "C.UTF-8"}
    return {**base, **command.env}


def environment_paths(env_dir: Path) -> tuple[Path, ...]:
    """What must be bound for a prepared environment to work: itself and its base interpreter's prefix.

    A virtual environment's interpreter links to another one (pyvenv.cfg's `home`), often below a home directory.
    https://docs.python.org/3/library/venv.html
    """
    found = [env_dir, env_dir.resolve()]
    for home in _interpreter_folders(env_dir):
        found += _prefix(home.parent)
    return tuple(path for path in dict.fromkeys(found) if not path.is_relative_to("/usr") and path.exists())


def find_program(command: Command, path: str) -> str | None:
    """Where argv[0] is, or None; every path is the same inside and outside."""
    program = command.argv[0]
    if "/" in program:
        program = str(command.workspace / program)
    return shutil.which(program, path=path)


def python_version(env_dir: Path | None) -> str:
    """The Python of a virtual environment, as "3.8"; "" where there is none."""
    settings = _venv_settings(env_dir) if env_dir else {}
    version = settings.get("version", settings.get("version_info", ""))  # as venv writes it, and as uv does
    return ".".join(version.split(".")[:2])


def _venv_settings(env_dir: Path) -> Mapping[str, str]:
    config = env_dir / "pyvenv.cfg"
    lines = config.read_text(encoding="utf-8", errors="replace").splitlines() if config.is_file() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _interpreter_folders(env_dir: Path) -> Iterator[Path]:
    """Folders that hold the environment's interpreter: along the chain of links, and as pyvenv.cfg names it."""
    if home := _venv_settings(env_dir).get("home"):
        yield Path(home)
        yield Path(home).resolve()
    link = env_dir / "bin" / "python"
    for _ in range(8):
        if not link.is_symlink():
            break
        link = Path(os.path.normpath(link.parent / link.readlink()))
        yield link.parent
    yield link.resolve().parent


def _prefix(prefix: Path) -> list[Path]:
    """The prefix, or only its programs and libraries where it is a home directory or the root."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    if home.is_relative_to(prefix):
        return [prefix / "bin", prefix / "lib"] if prefix == home else []
    return [prefix]


def _system(*, network: bool) -> list[str]:
    argv = ["--ro-bind", "/usr", "/usr"]
    for root in map(Path, ROOTS):
        if root.is_symlink():
            argv += ["--symlink", str(root.readlink()), str(root)]
        else:
            argv += ["--ro-bind-try", str(root), str(root)]
    for name in (*ETC, *(ETC_WITH_NETWORK if network else ())):
        # /etc/resolv.conf is often a link into /run, which is empty in there: bind what it points to.
        source = Path("/etc", name).resolve()
        argv += ["--ro-bind-try", str(source), f"/etc/{name}"]
    if not network:
        argv += ["--ro-bind", str(LOOPBACK_HOSTS), "/etc/hosts"]
    return argv


def _binds(command: Command) -> list[str]:
    """Binds, parents before what lies in them, so that a folder never hides what was bound below it."""
    binds = [(path, "--ro-bind") for path in command.readable]
    binds += [(path, "--bind") for path in (*command.writable, command.workspace)]
    argv: list[str] = []
    for path, how in sorted(binds, key=lambda bind: len(bind[0].parts)):
        argv += [how, str(path), str(path)]
    return argv
