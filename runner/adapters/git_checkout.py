"""A plain tree of a commit that tests may tamper with and that is put back without trusting anything in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time_ns
from typing import Final, NamedTuple

from runner.adapters.git_command import blob_id_of
from runner.errors import BadInput
from runner.models import BlobEntry, Overlay

Read = Callable[[Iterable[str]], Iterator[tuple[str, bytes]]]

SYMLINK: Final = "120000"
EXECUTABLE: Final = "100755"
DIRECTORY_MODE: Final = 0o755
RACY_NS: Final = 50_000_000
"""A file written this soon before tests run can change without its time stamp moving: clocks are coarse."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should stand at a path: git mode and blob id."""

    mode: str
    blob_id: str


class Stamp(NamedTuple):
    """How a file that we wrote looked right afterwards. Nobody can set `ctime_ns`, not even with utime."""

    inode: int
    ctime_ns: int
    size_bytes: int
    mode: int

    @classmethod
    def of(cls, info: os.stat_result) -> Stamp:
        """The stamp of what lstat saw."""
        return cls(info.st_ino, info.st_ctime_ns, info.st_size, info.st_mode)


class PlainTree:
    """The port `Checkout`: `root` below `home`, which holds nothing else.

    No process may write to the tree while `switch` or `remove` run. Nothing is ever written through a symlink: all
    that stands where a folder should be is removed before anything is written.
    """

    def __init__(self, home: Path, entries: Sequence[BlobEntry], read: Read, object_format: str) -> None:
        self.root = home / "tree"
        self._home = home
        self._base = {entry.path: Wanted(entry.mode, entry.blob_id) for entry in entries}
        self._read = read
        self._object_format = object_format
        self._written: dict[str, tuple[Wanted, Stamp]] = {}
        self._settled_ns = 0

    def switch(self, overlay: Overlay) -> None:
        """Make the tree the base commit plus overlay, undoing everything that tests left behind.

        Raises BadInput when the overlay names a path that leaves the tree or has no place in it.
        """
        changed = {path: content for path, content in overlay.items() if content is not None}
        ids = {path: blob_id_of(content, self._object_format) for path, content in changed.items()}
        wanted = {path: entry for path, entry in self._base.items() if path not in overlay}
        for path, id_ in ids.items():
            wanted[path] = Wanted(self._base[path].mode if path in self._base else "100644", id_)
        folders = _folders_of(wanted)
        loose = {id_: changed[path] for path, id_ in ids.items()}
        kept = self._sweep(wanted, folders)
        self._write({path: entry for path, entry in wanted.items() if path not in kept}, folders, loose)

    def remove(self) -> None:
        """Remove the tree and its home, whatever tests made of it."""
        _remove(self._home, self._home.parent)

    def _sweep(self, wanted: dict[str, Wanted], folders: set[str]) -> set[str]:
        """Remove all that should not be there, or not so; the paths that stay."""
        self._own(self.root)
        kept: set[str] = set()
        todo = [""]
        while todo:
            folder = todo.pop()
            with os.scandir(self.root / folder) as entries:
                found = list(entries)
            for entry in found:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if path in folders:
                        self._own(Path(entry.path))
                        todo.append(path)
                    else:
                        _remove(Path(entry.path), self._home)
                elif self._is_untouched(path, wanted.get(path), entry):
                    kept.add(path)
                else:
                    os.unlink(entry.path)
        return kept

    def _own(self, folder: Path) -> None:
        """Make `folder` a real directory with our permissions, whatever stands there."""
        try:
            mode = os.lstat(folder).st_mode
        except FileNotFoundError:
            folder.mkdir()
            mode = 0
        if mode and not stat.S_ISDIR(mode):
            folder.unlink()
            folder.mkdir()
        if stat.S_IMODE(mode) != DIRECTORY_MODE:
            folder.chmod(DIRECTORY_MODE)

    def _is_untouched(self, path: str, wanted: Wanted | None, entry: os.DirEntry[str]) -> bool:
        before = self._written.get(path)
        if wanted is None or before is None or before[0] != wanted:
            return False
        stamp = Stamp.of(entry.stat(follow_symlinks=False))
        if before[1] != stamp:
            return False
        racy = stamp.ctime_ns > self._settled_ns - RACY_NS
        return not racy or blob_id_of(_content(entry), self._object_format) == wanted.blob_id

    def _write(self, missing: dict[str, Wanted], folders: set[str], loose: dict[str, bytes]) -> None:
        places: dict[str, list[str]] = {}
        for path, entry in missing.items():
            places.setdefault(entry.blob_id, []).append(path)
        for folder in sorted(folders):
            self._own(self.root / folder)
        for id_, content in loose.items():
            self._put(places.pop(id_, []), missing, content)
        for id_, content in self._read(list(places)):
            self._put(places[id_], missing, content)
        self._settled_ns = time_ns()

    def _put(self, paths: list[str], missing: dict[str, Wanted], content: bytes) -> None:
        for path in paths:
            wanted = missing[path]
            place = f"{self.root}/{path}"
            if wanted.mode == SYMLINK and _stays_inside(path, content):
                os.symlink(content, os.fsencode(place))
                info = os.lstat(place)
            else:
                info = _put_file(place, content, 0o755 if wanted.mode == EXECUTABLE else 0o644)
            self._written[path] = wanted, Stamp.of(info)


def _put_file(place: str, content: bytes, mode: int) -> os.stat_result:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with open(descriptor, "wb", buffering=0) as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:  # the umask took bits away
            os.fchmod(descriptor, mode)
        return os.fstat(descriptor)


def _content(entry: os.DirEntry[str]) -> bytes:
    """A symlink's target or a file's bytes."""
    if entry.is_symlink():
        return os.fsencode(os.readlink(entry.path))
    with open(os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read()


def _stays_inside(path: str, target: bytes) -> bool:
    """Whether a link's target lies in the tree: ".." may only lead it, so no other link can bend its way out."""
    steps = target.split(b"/")
    up = next((index for index, step in enumerate(steps) if step != b".."), len(steps))
    return (
        bool(target)
        and not target.startswith(b"/")
        and b"\0" not in target
        and up <= path.count("/")
        and b".." not in steps[up:]
    )


def _folders_of(wanted: Iterable[str]) -> set[str]:
    """Every folder that the paths need. Raises BadInput for a path that is not a plain relative one."""
    folders: set[str] = set()
    paths = set(wanted)
    for path in paths:
        steps = path.split("/")
        if any(step in ("", ".", "..") or step.lower() == ".git" or "\0" in step for step in steps):
            raise BadInput(f"{path!r} has no place in a tree; paths are relative to the repository's root")
        parent = path.rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    both = folders & paths
    if both:
        raise BadInput(f"{min(both)!r} would be a file and a folder at once; delete the file first")
    return folders


def _remove(folder: Path, parking: Path) -> None:
    """Remove a directory tree of any depth and any permissions, following no link.

    Subfolders are moved up into `parking` one level at a time, so that no path ever gets too long for the system.
    """
    todo = [folder]
    count = 0
    while todo:
        current = todo.pop()
        current.chmod(0o700)
        with os.scandir(current) as entries:
            found = list(entries)
        for entry in found:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            count += 1
            os.chmod(entry.path, 0o700)  # moving a folder needs the right to write its ".."
            moved = parking / f".remove-{os.getpid()}-{folder.name[-40:]}-{count}"
            os.rename(entry.path, moved)
            todo.append(moved)
        current.rmdir()
