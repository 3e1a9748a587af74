"""What changed between two commits, file by file, as GitHub tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ghapp.localhub.git import GitRepository
from ghapp.localhub.models import ZERO_SHA

PATCH_CAP_CHARS = 200_000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file; `patch` is None for binary files and for patches too long to show."""

    path: str
    previous_path: str | None
    status: str
    sha: str | None
    additions: int
    deletions: int
    patch: str | None


def changes(repository: GitRepository, base: str, head: str) -> list[FileChange]:
    """The files that differ between two commits, or between EMPTY_TREE and a commit."""
    shape = ("diff", "--no-ext-diff", "--no-textconv", "--find-renames", base, head)
    raw = repository.run(*shape, "--raw", "-z", "--no-abbrev").decode(errors="replace")
    numbers = repository.run(*shape, "--numstat", "-z").decode(errors="replace")
    patches = iter(_patches(repository.run(*shape, "--patch").decode(errors="replace")))
    found = []
    for (status, sha, previous, path), (added, deleted) in zip(_raw_records(raw), _numbers(numbers), strict=True):
        # A pure change of mode has no hunks, yet it has a header, so the three lists stay in step;
        # a file that became a link has two: its removal, then its creation.
        patch = next(patches, None)
        if status == "changed":
            patch = next(patches, None)
        kept = patch if patch and len(patch) <= PATCH_CAP_CHARS else None
        found.append(FileChange(path, previous, status, sha, added, deleted, kept))
    return found


def _raw_records(raw: str) -> Iterator[tuple[str, str | None, str | None, str]]:
    fields = iter(raw.split("\0"))
    for head in fields:
        if not head:
            return
        _, _, _, sha, letter = head.split()
        previous = next(fields) if letter[0] in "RC" else None
        blob = None if sha == ZERO_SHA else sha
        yield _STATUS.get(letter[0], "changed"), blob, previous, next(fields)


def _numbers(raw: str) -> Iterator[tuple[int, int]]:
    fields = iter(raw.split("\0"))
    for record in fields:
        if not record:
            return
        added, deleted, path = record.split("\t", 2)
        if not path:  # a rename: the two paths follow as fields of their own
            next(fields), next(fields)
        yield (0, 0) if added == "-" else (int(added), int(deleted))


def _patches(text: str) -> Iterator[str | None]:
    """The hunks of each file of a `git diff`, None where there are none."""
    for section in text.split("\ndiff --git ") if text else ():
        start = section.find("\n@@ ")
        yield None if start < 0 else section[start + 1 :].rstrip("\n")
