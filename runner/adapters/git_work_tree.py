"""A repository at its commits, read through git and never written to."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from git import Repo
from git.exc import InvalidGitRepositoryError, NoSuchPathError

from runner.adapters.git_checkout import PlainTree
from runner.adapters.git_command import GitCommand, GitFailed, make_scratch, store_blob
from runner.errors import BadInput
from runner.models import BlobEntry, Overlay

REGULAR: Final = "100644"
SUBMODULE: Final = "160000"
LISTED: Final = re.compile(r"(\d+) \w+ (\w+) +(\S+)\t([^\0]+)\0", re.ASCII)
"""Mode, id, size and path of one line of `git ls-tree -l -z`."""


def open_repository(path: Path, scratch: Path) -> GitRepository:
    """The repository of a work tree or a bare folder. What git must write goes below `scratch`, which exists.

    Raises BadInput when `path` is no repository.
    """
    try:
        with Repo(path, search_parent_directories=True, expand_vars=False) as found:
            git_dir, common_dir = Path(found.git_dir), Path(found.common_dir)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise BadInput(f"{path} is no git repository; name a work tree or a bare repository") from error
    return GitRepository(path, git_dir.resolve(), common_dir.resolve(), scratch)


class GitRepository:
    """The port `Repository` on git. Commits are given by their full ids, as `resolve` returns them."""

    def __init__(self, path: Path, git_dir: Path, common_dir: Path, scratch: Path) -> None:
        self._path = path
        self._real = GitCommand(git_dir)
        self.object_format = self._real.run("rev-parse", "--show-object-format").decode().strip()
        folder = Path(tempfile.mkdtemp(prefix="objects-", dir=scratch))
        self._git = make_scratch(folder, common_dir / "objects", self.object_format)
        self._shallow = common_dir / "shallow"
        self._listed: tuple[str, tuple[BlobEntry, ...]] = ("", ())

    def resolve(self, revision: str) -> str:
        """The commit's full id. Raises BadInput when there is none."""
        try:
            out = self._real.run("rev-parse", "--verify", "--end-of-options", revision + "^{commit}")
        except GitFailed as error:
            raise BadInput(
                f"{revision!r} names no commit in {self._path}; check the name, or fetch it (a shallow clone lacks "
                "most commits)"
            ) from error
        return out.decode().split()[-1]

    def entries(self, commit: str) -> Sequence[BlobEntry]:
        """Every file of the commit, in path order; submodules left out. Raises BadInput in a partial clone."""
        if self._listed[0] != commit:
            self._listed = (commit, self._list(commit))
        return self._listed[1]

    def _list(self, commit: str) -> tuple[BlobEntry, ...]:
        try:
            out = self._git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        except GitFailed as error:
            raise BadInput(
                f"the files of {commit[:12]} cannot be listed ({error.stderr.strip()}); a partial clone lacks some: "
                "fetch the rest first (git fetch --refetch --no-filter)"
            ) from error
        # One pattern over all of it: tens of thousands of lines, each taken apart in Python, are felt.
        return tuple(_entry(row) for row in LISTED.findall(_text(out)) if row[0] != SUBMODULE)

    def read(self, blob_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Blob id and content, in bulk, in the order asked. Raises BadInput for one that is missing."""
        return self._git.blobs(blob_ids)

    def history(self, commit: str, limit: int, *, most_paths: int) -> Sequence[Sequence[str]]:
        """The paths that the commit and each one before it touched, newest first; none where the clone lacks them.

        A commit that touched more than `most_paths` tells none.
        """
        environment = {"GIT_SHALLOW_FILE": str(self._shallow)} if self._shallow.exists() else {}
        wanted = (f"--max-count={limit}", "--no-merges", "--no-renames", "--name-only", "-z", "--format=%x01")
        try:
            out = self._git.run("log", *wanted, commit, environment=environment)
        except GitFailed:
            return ()
        return tuple(_touched(record.strip(b"\0\n"), most_paths) for record in out.split(b"\x01")[1:])

    def overlay_of(self, commit: str, patch: str) -> Overlay:
        """The files that a unified diff changes, applied to the commit. Raises BadInput if it does not apply."""
        return self.changes(commit, self.patched(commit, patch))

    def patched(self, commit: str, patch: str) -> str:
        """The id of the tree that a unified diff makes of the commit. Raises BadInput if it does not apply."""
        if not patch.strip():
            return commit
        text = patch if patch.endswith("\n") else patch + "\n"
        with self._index(commit) as index:
            try:
                self._apply(text.encode("utf-8", "surrogateescape"), index)
            except GitFailed as error:
                raise BadInput(f"the patch does not apply to {commit[:12]}: {error.stderr.strip()}") from error
            return self._written(index)

    def changes(self, base: str, head: str) -> Overlay:
        """The files that differ between two commits or trees, with the head's contents; submodules left out."""
        rows = self._differing(base, head)
        kept = {path: None if row[4] == "D" else row[3] for row, path in rows if SUBMODULE not in (row[0], row[1])}
        contents = dict(self.read(dict.fromkeys(id_ for id_ in kept.values() if id_)))
        return {path: None if id_ is None else contents[id_] for path, id_ in kept.items()}

    def modes(self, base: str, head: str) -> Mapping[str, tuple[str, str]]:
        """The git modes of all that differs, submodules too, on both sides; "" where there is nothing."""
        return {
            path: (row[0].strip("0") and row[0], row[1].strip("0") and row[1])
            for row, path in self._differing(base, head)
        }

    def _differing(self, base: str, head: str) -> list[tuple[list[str], str]]:
        """For each path that differs: both modes, both blob ids and the kind of change."""
        out = self._git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", base, head)
        fields = out.split(b"\0")[:-1]
        return [
            (told.decode("ascii").lstrip(":").split(), _text(path))
            for told, path in zip(*[iter(fields)] * 2, strict=True)
        ]

    def diff(self, commit: str, overlay: Overlay) -> str:
        """The unified diff from the commit to the commit plus overlay, as git prints it; no renames.

        Bytes that are not UTF-8 show as U+FFFD, and binary files as the line "Binary files … differ".
        """
        head = self.tree_sha(commit, overlay)
        plain = (
            "--no-renames",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        )
        out = self._git.run("diff-tree", "-r", "-p", *plain, commit + "^{tree}", head)
        return out.decode("utf-8", "replace")

    def tree_sha(self, commit: str, overlay: Overlay) -> str:
        """The id of the git tree of commit plus overlay. Changed files keep their mode; new ones have 100644."""
        with self._index(commit) as index:
            if overlay:
                self._update(commit, overlay, index)
            return self._written(index)

    def _update(self, commit: str, overlay: Overlay, index: dict[str, str]) -> None:
        modes = {entry.path: entry.mode for entry in self.entries(commit)}
        zero = "0" * len(commit)
        lines = [
            f"0 {zero}\t{path}"
            if content is None
            else f"{modes.get(path, REGULAR)} {store_blob(self._git.git_dir, content, self.object_format)}\t{path}"
            for path, content in overlay.items()
        ]
        # Deletions first: a file may make way for a folder of its name.
        info = "".join(f"{line}\0" for line in sorted(lines, key=lambda line: not line.startswith("0 ")))
        command = ("update-index", "--replace", "-z", "--index-info")
        self._git.run(*command, stdin=info.encode("utf-8", "surrogateescape"), environment=index)

    def _apply(self, patch: bytes, index: dict[str, str]) -> None:
        self._git.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch, environment=index)

    def _written(self, index: dict[str, str]) -> str:
        return self._git.run("write-tree", environment=index).decode().strip()

    @contextmanager
    def _index(self, commit: str) -> Iterator[dict[str, str]]:
        """The environment that gives git an index of its own, filled from the commit."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self._git.git_dir) as folder:
            environment = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self._git.run("read-tree", commit, environment=environment)
            yield environment


class GitWorkspace:
    """The port `Workspace`: plain trees of a repository's commits, made below one folder that exists.

    They are removed when it is closed, and not on the clock of whoever works in them: some disks need half a minute.
    """

    def __init__(self, repository: GitRepository, parent: Path) -> None:
        self._repository = repository
        self._parent = parent
        self._trees: list[PlainTree] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove all that was made, whatever tests made of it."""
        while self._trees:
            self._trees.pop().remove()

    @contextmanager
    def checkout(self, commit: str) -> Iterator[PlainTree]:
        """A fresh plain tree of the commit: exact blob bytes, nothing converted."""
        home = Path(tempfile.mkdtemp(prefix="tree-", dir=self._parent)).resolve()
        tree = PlainTree(home, self._repository.entries(commit), self._repository.read, self._repository.object_format)
        self._trees.append(tree)
        tree.switch({})
        yield tree


def _entry(listed: tuple[str, str, str, str]) -> BlobEntry:
    mode, blob_id, size, path = listed
    if not size.isdigit():
        raise BadInput(
            f"the content of {path!r} is missing from this clone; fetch it first (git fetch --refetch --no-filter)"
        )
    return BlobEntry(path, blob_id, mode, int(size))


def _touched(paths: bytes, most_paths: int) -> tuple[str, ...]:
    """The paths of one commit of `git log --name-only -z`, if they are few enough to be told."""
    is_told = paths and paths.count(b"\0") < most_paths
    return tuple(_text(paths).split("\0")) if is_told else ()


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
