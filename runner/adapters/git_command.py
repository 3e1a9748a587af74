"""How git is run: on a scratch repository that borrows a real one's objects and has nothing else of it.

No hook, filter, fsmonitor, alias, attribute or configuration of the real repository, of the user or of the system
is obeyed, nothing is fetched, and whatever git writes lands in the scratch repository.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from runner.errors import BadInput, MissingTool, TimeSpent

TIMEOUT_S: Final = 120.0
"""Longest that one git command may take; the largest repositories need seconds."""

QUIET_CONFIG: Final = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false",
    "-c", "core.quotePath=true", "-c", "protocol.allow=never", "-c", "safe.directory=*", "-c", "gc.auto=0",
)  # fmt: skip


class GitFailed(BadInput):
    """A git command ended with an error. `stderr` is what it said."""

    def __init__(self, command: str, stderr: str) -> None:
        super().__init__(f"git {command} failed: {stderr.strip() or 'no message'}")
        self.stderr = stderr


def find_git() -> str:
    """The absolute path of the git program. Raises MissingTool."""
    program = shutil.which("git")
    if program is None:
        raise MissingTool("git is not on PATH; install it: apt-get install git (or: brew install git)")
    return program


def closed_environment(git_dir: Path, more: Mapping[str, str]) -> dict[str, str]:
    """An environment for git in which only `git_dir` and `more` matter."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_DIR": str(git_dir),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        # A git too old for GIT_NO_LAZY_FETCH still may not speak to anybody.
        "GIT_ALLOW_PROTOCOL": "none",
        **more,
    }


class GitCommand:
    """Runs git on one git directory."""

    def __init__(self, git_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.git_dir = git_dir
        self._program = find_git()
        self._environment = closed_environment(git_dir, environment or {})

    def run(self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What the command prints. Raises GitFailed with what it said on standard error."""
        with self._started(args, environment or {}) as process:
            try:
                out, err = process.communicate(stdin, timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired as late:
                raise TimeSpent(f"git {args[0]} took more than {TIMEOUT_S:.0f} s and was stopped") from late
        if process.returncode:
            raise GitFailed(args[0], err.decode("utf-8", "replace"))
        return out

    def blobs(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each blob's id and content, in the order asked, by one process. Raises BadInput for a missing one."""
        wanted = list(ids)
        if not wanted:
            return
        # From a file, not a pipe: git is never kept waiting for a question, nor are we for it to take one.
        with tempfile.TemporaryFile() as asked:
            asked.write("".join(f"{id_}\n" for id_ in wanted).encode("ascii"))
            asked.seek(0)
            with self._started(("cat-file", "--batch", "--buffer"), {}, stdin=asked) as process:
                assert process.stdout is not None
                for _ in wanted:
                    yield _next_blob(process.stdout)

    @contextmanager
    def _started(
        self, args: tuple[str, ...], environment: Mapping[str, str], *, stdin: IO[bytes] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The command; its standard error is read only where its standard input is a pipe of ours."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [self._program, *QUIET_CONFIG, *args],
            stdin=pipe if stdin is None else stdin,
            stdout=pipe,
            stderr=pipe if stdin is None else subprocess.DEVNULL,
            env={**self._environment, **environment},
            cwd=self.git_dir,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the command's session and close our ends of its pipes."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):
                pipe.close()


def _next_blob(pipe: IO[bytes]) -> tuple[str, bytes]:
    """One answer of `git cat-file --batch`: https://git-scm.com/docs/git-cat-file#_batch_output."""
    head = pipe.readline().decode("ascii", "replace").split()
    if len(head) != 3:
        raise BadInput(
            f"the repository lacks the content of {head[0] if head else 'a blob'}; a partial clone has only some: "
            "fetch the rest first (git fetch --refetch --no-filter)"
        )
    size = int(head[2])
    content = pipe.read(size)
    if len(content) != size or pipe.read(1) != b"\n":
        raise BadInput(f"the repository's object {head[0]} cannot be read; check it: git fsck")
    return head[0], content


def make_scratch(git_dir: Path, objects: Path, object_format: str) -> GitCommand:
    """A bare repository made at `git_dir` that sees the objects under `objects`."""
    (git_dir / "refs").mkdir(parents=True)
    (git_dir / "objects").mkdir()
    (git_dir / "info").mkdir()
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    version = "1\n[extensions]\n\tobjectFormat = sha256" if object_format == "sha256" else "0"
    config = f"[core]\n\tbare = true\n\trepositoryformatversion = {version}\n"
    (git_dir / "config").write_text(config, encoding="ascii")
    return GitCommand(git_dir, {"GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects)})


def _quoted(path: Path) -> str:
    """The path as one entry of GIT_ALTERNATE_OBJECT_DIRECTORIES, in which a colon parts entries."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def blob_id_of(content: bytes, object_format: str) -> str:
    """The id that git gives to a blob: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    digest = hashlib.new(object_format, usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


def store_blob(git_dir: Path, content: bytes, object_format: str) -> str:
    """Keep the content as a loose object of the scratch repository, unconverted; its id."""
    id_ = blob_id_of(content, object_format)
    place = git_dir / "objects" / id_[:2] / id_[2:]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        part = place.with_suffix(".part")
        part.write_bytes(zlib.compress(b"blob %d\0" % len(content) + content, 1))
        part.replace(place)
    return id_
