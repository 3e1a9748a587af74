"""Git over HTTP: who may fetch and push, and `git http-backend` behind it, streamed."""

from __future__ import annotations

import base64
import binascii
import io
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final, Protocol

from ghapp.localhub.access import has_role, is_granted, require_visible
from ghapp.localhub.auth import ANONYMOUS, Caller, caller_of_token
from ghapp.localhub.errors import BadCredentials, NotFound
from ghapp.localhub.git import ISOLATED, kill_group
from ghapp.localhub.hub import Hub
from ghapp.localhub.models import Repository
from ghapp.localhub.pushes import after_push, moves_between

SERVICE_TIMEOUT_S: Final = 900.0
CHUNK_BYTES: Final = 65_536
# From the last byte to the end of the process: it still has refs and locks to settle.
EXIT_GRACE_S: Final = 30.0
_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_SERVICES = ("git-upload-pack", "git-receive-pack")


class Stream(Protocol):
    """The body of a request, read piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        ...


@dataclass(frozen=True, slots=True)
class GitRequest:
    """A git request as it came in. `headers` has lower-case names."""

    method: str
    owner: str
    name: str
    action: str
    query: str
    service: str
    headers: Mapping[str, str]
    stream: Stream

    @property
    def is_push(self) -> bool:
        """Whether it wants to write, now or in its next request."""
        return "git-receive-pack" in (self.service, self.action)


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """A git answer; `chunks` must be read to the end or closed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    chunks: Iterator[bytes]


def split_path(path: str) -> tuple[str, str, str] | None:
    """Owner, name and action of a git address, or None for any other address."""
    found = _PATH.fullmatch(path)
    return (found[1], found[2], found[3]) if found else None


def serve(hub: Hub, request: GitRequest) -> GitAnswer:
    """Answers a fetch or a push, or refuses it as GitHub would."""
    if request.action == "info/refs" and request.service not in _SERVICES:
        return _refusal(403, "Please upgrade your git client.\nGitHub.com no longer supports git over dumb-http.")
    try:
        with hub.state.locked():
            caller = _caller(hub, request.headers.get("authorization"))
            home = hub.state.repository_named(request.owner, request.name)
            refused = _refused(caller, home, push=request.is_push)
    except BadCredentials:
        return _refusal(401, "Invalid username or token. Password authentication is not supported for Git operations.")
    except NotFound:
        return _hidden(caller)
    if refused is not None:
        return refused
    backend = _Backend(hub, request, caller, home)
    return backend.push() if request.action == "git-receive-pack" else backend.fetch()


def _caller(hub: Hub, authorization: str | None) -> Caller:
    """Git sends Basic with any user name and the token as the password."""
    if not authorization:
        return ANONYMOUS
    scheme, _, encoded = authorization.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadCredentials from None
    if scheme.lower() != "basic":
        raise BadCredentials
    user, _, password = plain.partition(":")
    return caller_of_token(hub.state, password or user)


def _refused(caller: Caller, home: Repository, *, push: bool) -> GitAnswer | None:
    """Raises NotFound where the caller may not know of the repository."""
    require_visible(caller, home)
    if caller.token is not None:
        if not is_granted(caller, "contents", "read") and (push or home.private):
            return _refusal(403, "Write access to repository not granted.")
        allowed = not push or is_granted(caller, "contents", "write")
    else:
        allowed = not push or (caller.user is not None and has_role(caller, home, "write"))
    if allowed:
        return None
    if caller.user is None:
        return _refusal(401, "No anonymous write access.")
    return _refusal(403, f"Permission to {home.full_name}.git denied to {caller.user.login}.")


def _hidden(caller: Caller) -> GitAnswer:
    """Without a token a private repository asks for one; with one that does not reach it, it is not there."""
    return _refusal(401, "Repository not found.") if caller is ANONYMOUS else _refusal(404, "Repository not found.")


def _refusal(status: int, message: str) -> GitAnswer:
    # git shows the text of an answer to the user only when it is plain text.
    headers = [("Content-Type", "text/plain; charset=UTF-8")]
    if status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="GitHub"'))
    return GitAnswer(status, tuple(headers), iter([message.encode() + b"\n"]))


@dataclass(frozen=True, slots=True)
class _Backend:
    """One run of `git http-backend`."""

    hub: Hub
    request: GitRequest
    caller: Caller
    home: Repository

    def fetch(self) -> GitAnswer:
        """Streams the pack: it never lies in memory as a whole."""
        output = ProcessOutput(self._start(), self.hub.running)
        status, headers = _cgi_head(output.pipe)
        return GitAnswer(status, headers, output)

    def push(self) -> GitAnswer:
        """Runs the push to its end, then tells what moved; git's report is short."""
        git = self.hub.git(self.home)
        with self.hub.state.locked():
            before = git.refs()
            answer = self.fetch()
            report = b"".join(answer.chunks)
            moves = moves_between(before, git.refs())
            if self.caller.user is not None:
                after_push(self.hub, self.home, self.caller.user, moves)
        return GitAnswer(answer.status, answer.headers, iter([report]))

    def _start(self) -> subprocess.Popen[bytes]:
        # The body goes through a file: git reads and writes at once, and a pipe each way could block for ever.
        with tempfile.TemporaryFile(dir=self.hub.root) as body:
            shutil.copyfileobj(self.request.stream, body, CHUNK_BYTES)
            body.seek(0)
            settings = [f"{name}={value}" for name, value in self._variables(body).items()]
            return subprocess.Popen(
                ["env", *settings, "git", "http-backend"],
                stdin=body,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _variables(self, body: IO[bytes]) -> dict[str, str]:
        """The CGI variables of git http-backend.

        https://git-scm.com/docs/git-http-backend
        """
        size = body.seek(0, 2)
        body.seek(0)
        headers, granted = self.request.headers, self.caller.token
        may_change_workflows = granted is None or is_granted(self.caller, "workflows", "write")
        return {
            **ISOLATED,
            "GIT_PROJECT_ROOT": str(self.hub.git_root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{self.home.full_name}.git/{self.request.action}",
            "REQUEST_METHOD": self.request.method,
            "QUERY_STRING": self.request.query,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(size),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_USER": self.caller.user.login if self.caller.user else "",
            "REMOTE_ADDR": "127.0.0.1",
            "LOCALHUB_WORKFLOWS": "write" if may_change_workflows else "none",
        }


class ProcessOutput:
    """What a process writes, piece by piece; the process ends with the reading, or when its time is over.

    An iterator of its own and no generator: closing a generator that nobody has read from runs nothing.
    """

    def __init__(self, process: subprocess.Popen[bytes], running: set[subprocess.Popen[bytes]]) -> None:
        assert isinstance(process.stdout, io.BufferedReader)
        self.pipe = process.stdout
        self._process = process
        self._running = running
        running.add(process)
        self._timer = threading.Timer(SERVICE_TIMEOUT_S, kill_group, (process,))
        self._timer.daemon = True
        self._timer.start()

    def __iter__(self) -> ProcessOutput:
        return self

    def __next__(self) -> bytes:
        # What is there, however little: git's signs of life must pass, or nobody notices that the client has gone.
        chunk = b"" if self.pipe.closed else self.pipe.read1(CHUNK_BYTES)
        if not chunk:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_GRACE_S)
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Ends the process; more than once does no harm."""
        self._timer.cancel()
        kill_group(self._process)
        self._running.discard(self._process)
        self.pipe.close()


def _cgi_head(out: IO[bytes]) -> tuple[int, tuple[tuple[str, str], ...]]:
    status, headers = 200, []
    while line := out.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    # A backend that died before its first header says nothing at all.
    return (status if headers else 500), tuple(headers)
