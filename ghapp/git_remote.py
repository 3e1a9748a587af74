"""How git reaches GitHub for one job: clone, commit by plumbing, push; the token only ever in git's environment.

The clone is bare: nothing is checked out, so no hook, filter or fsmonitor of the repository can run here.
https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpextraHeader
"""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ghapp.errors import GitFailed
from runner.models import Overlay

GIT_TIMEOUT_S: Final = 120.0
DEEPER: Final = (99, 200)
"""By how many generations the history grows at a time. Where branches are merged the first step brings a thousand
commits in a second; where they are not it brings 99, and the rest costs next to nothing."""
STDERR_TAIL_CHARS: Final = 600

_SAFE: Final = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.symlinks", "false"),
    ("credential.helper", ""),
    ("http.followRedirects", "false"),
    ("protocol.allow", "never"),
    ("protocol.http.allow", "always"),
    ("protocol.https.allow", "always"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("commit.gpgSign", "false"),
    ("push.gpgSign", "false"),
)
_CREDENTIALS: Final = re.compile(r"(?i)(authorization|basic|bearer)\S*:?\s+\S+|://[^/@\s]+@|gh[a-z]_\w+")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who a commit is by. The moment is given in seconds since the epoch."""

    name: str
    email: str
    when_s: int


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository on GitHub: its address carries no secret; `web_url` is the part that the token is sent to."""

    web_url: str
    full_name: str

    @property
    def url(self) -> str:
        """Where git reaches it."""
        return f"{self.web_url}/{self.full_name}.git"


class Git:
    """A bare repository of a job, at `path`, and its remote."""

    def __init__(self, path: Path, remote: Remote) -> None:
        self.path = path
        self._remote = remote

    def clone(self, token: str, *, timeout_s: float) -> str:
        """Fetch the default branch's newest commit with all its files; the branch's name."""
        url = self._remote.url
        # No filter: every blob has to be here before the token is given back.
        options = ("--bare", "--depth=1", "--single-branch", "--no-tags", "--template=", "--quiet")
        self._run(("clone", *options, url, str(self.path)), token=token, timeout_s=timeout_s, inside=False)
        return self._run(("symbolic-ref", "--short", "HEAD")).strip()

    def deepen(self, token: str, *, commits: int, timeout_s: float) -> None:
        """Fetch history before the newest commit, without old contents, until `commits` are here or there are no more.

        Raises GitFailed; what was cloned stays whole.
        """
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none")
        for more in DEEPER:
            if int(self._run(("rev-list", "--count", "--no-merges", "HEAD"))) >= commits:
                return
            words = ("fetch", *options, f"--deepen={more}", self._remote.url, "HEAD")
            self._run(words, token=token, timeout_s=timeout_s)

    def head(self) -> str:
        """The id of the newest commit that was cloned."""
        return self._run(("rev-parse", "--verify", "HEAD^{commit}")).strip()

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree."""
        return self._run(("rev-parse", "--verify", f"{commit}^{{tree}}")).strip()

    def blob(self, content: bytes) -> str:
        """The id of a blob with exactly this content: no filter, no line-ending conversion."""
        return self._run(("hash-object", "-w", "--no-filters", "--stdin"), stdin=content).strip()

    def tree_with(self, commit: str, overlay: Overlay) -> str:
        """The id of the commit's tree with the overlay's files in it."""
        with self._index() as environment:
            self._run(("read-tree", commit), environment=environment)
            modes = self._modes(commit, overlay)
            entries = [
                f"{modes.get(path, '100644')} {self.blob(content)}\t{path}"
                if content is not None
                else f"0 {'0' * 40}\t{path}"
                for path, content in overlay.items()
            ]
            self._run(
                ("update-index", "-z", "--index-info"),
                environment=environment,
                stdin="".join(f"{entry}\0" for entry in entries).encode("utf-8", "surrogateescape"),
            )
            return self._run(("write-tree",), environment=environment).strip()

    def tree_of_files(self, files: Mapping[str, bytes]) -> str:
        """The id of a tree that holds exactly these files."""
        with self._index() as environment:
            entries = "".join(f"100644 {self.blob(content)}\t{path}\0" for path, content in files.items())
            self._run(("update-index", "-z", "--index-info"), environment=environment, stdin=entries.encode())
            return self._run(("write-tree",), environment=environment).strip()

    def commit(self, tree: str, parents: Sequence[str], message: str, by: Signature) -> str:
        """The id of a new commit; no reference points to it yet."""
        moment = f"{by.when_s} +0000"
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", by.name), ("EMAIL", by.email), ("DATE", moment))
        }
        options = [option for parent in parents for option in ("-p", parent)]
        return self._run(("commit-tree", tree, *options), environment=who, stdin=message.encode()).strip()

    def branches(self, prefix: str, token: str) -> frozenset[str]:
        """The names of the remote's branches that begin with the prefix."""
        listed = self._run(("ls-remote", "--heads", self._remote.url, f"refs/heads/{prefix}*"), token=token)
        return frozenset(line.split("\t")[1].removeprefix("refs/heads/") for line in listed.splitlines())

    def push_new(self, commit: str, ref: str, token: str) -> None:
        """Make the reference on the remote. Raises GitFailed when it exists already; nothing is ever overwritten."""
        lease = f"--force-with-lease={ref}:"  # an empty expectation: it must not exist
        self._run(("push", "--quiet", "--no-verify", lease, self._remote.url, f"{commit}:{ref}"), token=token)

    def _modes(self, commit: str, overlay: Overlay) -> Mapping[str, str]:
        """The git modes that the overlay's files have in the commit."""
        listed = self._run(("ls-tree", "-z", "--full-tree", commit, "--", *overlay)) if overlay else ""
        entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
        return {path: about.split()[0] for about, _, path in entries}

    @contextmanager
    def _index(self) -> Iterator[Mapping[str, str]]:
        """An index of its own, gone at the end."""
        file = self.path / "greenloop-index"
        file.unlink(missing_ok=True)
        try:
            yield {"GIT_INDEX_FILE": str(file)}
        finally:
            file.unlink(missing_ok=True)

    def _environment(self, token: str, more: Mapping[str, str]) -> dict[str, str]:
        """Git's whole environment: nothing of ours, no configuration of the machine or of a user."""
        configured = [*_SAFE]
        if token:
            credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            configured.append((f"http.{self._remote.web_url}/.extraheader", f"Authorization: Basic {credentials}"))
        numbered = {
            f"GIT_CONFIG_{part}_{at}": text
            for at, pair in enumerate(configured)
            for part, text in zip(("KEY", "VALUE"), pair, strict=True)
        }
        return {
            "PATH": os.defpath + ":/usr/local/bin:/opt/homebrew/bin",
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            # Old contents are left out on purpose: nothing fetches them behind our back.
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_CONFIG_COUNT": str(len(configured)),
            **numbered,
            **more,
        }

    def _run(
        self,
        arguments: Sequence[str],
        *,
        token: str = "",
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_s: float = GIT_TIMEOUT_S,
        inside: bool = True,
    ) -> str:
        """What git prints. Raises GitFailed, whose message never holds a credential."""
        argv = ["git", *(("--git-dir", str(self.path)) if inside else ()), *arguments]
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.path.parent,
            env=self._environment(token, environment or {}),
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {arguments[0]} took longer than {timeout_s:.0f} s; is GitHub slow today?") from None
        finally:
            _end(process)
        if process.returncode != 0:
            said = _CREDENTIALS.sub("…", errors.decode("utf-8", "replace"))[-STDERR_TAIL_CHARS:].strip()
            raise GitFailed(f"git {arguments[0]} ended with status {process.returncode}: {said}")
        return output.decode("utf-8", "surrogateescape")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that the command started is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
