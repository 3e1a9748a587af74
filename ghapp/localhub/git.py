"""How the hub asks git: one bare repository, one command at a time, always with an end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ghapp.localhub.errors import GitFailed

COMMAND_TIMEOUT_S = 300.0
# Nothing in a commit can hold a NUL, so it parts the fields, and with -z the commits as well.
_COMMIT_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B")
# What a command may see of this machine's settings: nothing.
ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as `git log` tells it."""

    sha: str
    tree_sha: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A line of `git ls-tree`; `size_bytes` is 0 for everything that is no blob."""

    mode: str
    kind: str
    sha: str
    size_bytes: int
    path: str


def run_git(*argv: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
    """Standard output of a git command. Raises GitFailed; the whole process group ends with the call."""
    settings = [f"{name}={value}" for name, value in {**ISOLATED, **(env or {})}.items()]
    with subprocess.Popen(
        ["env", *settings, "git", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(stdin, timeout=COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise GitFailed(argv, -1, f"no end after {COMMAND_TIMEOUT_S:.0f} s") from None
        finally:
            kill_group(process)
    if process.returncode:
        raise GitFailed(argv, process.returncode, err.decode(errors="replace"))
    return out


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process started in its own session, with its children; one that is over is left alone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A bare repository on disk."""

    path: Path

    def run(self, *argv: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
        """Standard output of `git ARGV` in this repository. Raises GitFailed."""
        return run_git("--git-dir", str(self.path), *argv, env=env, stdin=stdin)

    def text(self, *argv: str) -> str:
        """Standard output as text without the last line end."""
        return self.run(*argv).decode(errors="replace").rstrip("\n")

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or SHA names, or None."""
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            try:
                return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")
            except GitFailed:
                continue
        return None

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref names below a prefix, with their SHAs."""
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        pairs = (line.split(" ", 1) for line in lines)
        return {name: sha for name, sha in pairs if name.startswith(prefix)}

    def kind_of(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob`, `tag`, or None where there is no such object."""
        try:
            return self.text("cat-file", "-t", sha)
        except GitFailed:
            return None

    def commits(self, *revisions: str, limit: int = 250) -> list[Commit]:
        """Commits that `git log` finds, newest first."""
        shape = "%x00".join(_COMMIT_FIELDS)
        argv = ("log", "-z", f"--max-count={limit}", f"--format={shape}", *revisions, "--")
        fields = self.run(*argv).decode(errors="replace").split("\0")
        width = len(_COMMIT_FIELDS)
        return [_parse_commit(fields[i : i + width]) for i in range(0, len(fields) - width + 1, width)]

    def commit(self, sha: str) -> Commit:
        """One commit by its SHA. Raises GitFailed."""
        return self.commits(sha, limit=1)[0]

    def merge_base(self, left: str, right: str) -> str | None:
        """The best common ancestor, or None for unrelated histories."""
        try:
            return self.text("merge-base", left, right)
        except GitFailed:
            return None

    def count(self, base: str, head: str) -> int:
        """How many commits `head` has that `base` has not."""
        return int(self.text("rev-list", "--count", f"{base}..{head}"))

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether moving a ref from `old` to `new` is a fast-forward."""
        return self.merge_base(old, new) == old

    def entries(self, revision: str, path: str = "") -> list[TreeEntry]:
        """What a folder holds, or the single entry of a file. Raises GitFailed for an unknown revision."""
        where = ("--", path) if path else ()
        raw = self.run("ls-tree", "-z", "--long", revision, *where).decode(errors="replace")
        return [_parse_entry(line) for line in raw.split("\0") if line]

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob. Raises GitFailed."""
        return self.run("cat-file", "blob", sha)

    def set_ref(self, ref: str, sha: str) -> None:
        """Creates or moves a ref. Raises GitFailed."""
        self.run("update-ref", ref, sha)

    def merges_cleanly(self, base: str, head: str) -> str | None:
        """The tree that merging makes, or None where there are conflicts."""
        try:
            return self.text("merge-tree", "--write-tree", base, head).splitlines()[0]
        except GitFailed:
            return None


def _parse_commit(fields: Sequence[str]) -> Commit:
    sha, tree, parents, a_name, a_mail, a_at, c_name, c_mail, c_at, message = fields
    return Commit(
        sha=sha,
        tree_sha=tree,
        parents=tuple(parents.split()),
        author=Signature(a_name, a_mail, datetime.fromtimestamp(int(a_at), UTC)),
        committer=Signature(c_name, c_mail, datetime.fromtimestamp(int(c_at), UTC)),
        message=message.rstrip("\n"),
    )


def _parse_entry(line: str) -> TreeEntry:
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    return TreeEntry(mode, kind, sha, int(size) if size.isdigit() else 0, path)
