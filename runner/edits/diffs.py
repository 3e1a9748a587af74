"""What a unified diff says, its numbers and counts taken for hints only. Pure.

Also the patch format of some agents' tools: `*** Update File: PATH`, `@@`, then lines marked as in a diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from runner.edits.draft import Draft

_HUNK: Final = re.compile(r"^@@+(?:\s+-(?P<start>\d{1,9})(?:,\d+)?\s+\+\d+(?:,\d+)?\s+@@)?.*$")
_OLD: Final = re.compile(r"^--- +(?P<path>\S.*?)(?:\t.*)?$")
_NEW: Final = re.compile(r"^\+\+\+ +(?P<path>\S.*?)(?:\t.*)?$")
_RENAME: Final = re.compile(r"^rename (?P<end>from|to) (?P<path>.+)$")
_TOOL: Final = re.compile(r"^\*\*\* (?P<what>Update File|Add File|Delete File|Move to): (?P<path>.+?)\s*$")
_NOISE: Final = re.compile(
    r"^(?:diff --git|index [0-9a-f]|similarity index|(?:new|deleted) file mode|(?:old|new) mode"
    r"|\*\*\* (?:Begin|End) |\\ No newline)"
)
NOWHERE: Final = "/dev/null"
_OPENS: Final = {"Update File": "", "Add File": "new", "Delete File": "delete"}


def has_hunks(lines: Sequence[str]) -> bool:
    """Whether these lines hold a diff: a hunk or a renaming."""
    marks = ("+", "-")
    if any(_TOOL.match(line) or _RENAME.match(line) for line in lines):
        return True
    return any(_HUNK.match(line) for line in lines) and any(line.startswith(marks) for line in lines)


@dataclass(slots=True)
class _File:
    """The file whose hunks are being read."""

    draft: Draft
    target: str = ""
    start: int | None = None
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """One line of a hunk; one without a mark is context that lost its first space."""
        if not line.startswith("+"):
            self.old.append(line[1:] if line.startswith(("-", " ")) else line)
        if not line.startswith("-"):
            self.new.append(line[1:] if line.startswith(("+", " ")) else line)

    def hunk(self) -> Iterator[Draft]:
        """The hunk read so far, if it changes anything."""
        if self.old != self.new:
            is_new = self.draft.lines == "new"
            old = None if is_new else tuple(self.old)
            yield replace(self.draft, old=old, new=tuple(self.new), near=self.start)
        self.old, self.new, self.start = [], [], None

    def end(self) -> Iterator[Draft]:
        """The last hunk, and where the file moves to."""
        yield from self.hunk()
        if self.draft.lines == "delete":
            yield replace(self.draft, old=None, new=None)
        elif self.target not in ("", self.draft.path):
            yield replace(self.draft, lines=f"rename to {self.target}", old=None, new=None)


def read_diff(lines: Sequence[str], at: Draft) -> Iterator[Draft]:
    """One draft per hunk, and one for each file that goes away or moves."""
    now, in_hunk = _File(replace(at, lines="")), not any(map(_HUNK.match, lines))
    for n, line in enumerate(lines):
        following = lines[n + 1] if n + 1 < len(lines) else ""
        if opened := _opened(line, following, now):
            yield from now.end()
            now, in_hunk = opened, opened.draft.lines == "new"
        elif _goes_on(line, now):
            in_hunk = in_hunk or now.draft.lines == "new"
        elif hunk := _HUNK.match(line):
            yield from now.hunk()
            now.start, in_hunk = int(hunk["start"]) if hunk["start"] else None, True
        elif in_hunk and now.draft.lines != "delete":
            now.take(line)
    yield from now.end()


def _opened(line: str, following: str, now: _File) -> _File | None:
    """The file that this line begins, if it begins one."""
    old, new = _OLD.match(line), _NEW.match(following)
    if old and new:
        return _opened_by_names(_bare(old["path"]), _bare(new["path"]), now)
    tool, renamed = _TOOL.match(line), _RENAME.match(line)
    if tool and tool["what"] in _OPENS:
        return _File(Draft(tool["path"], _OPENS[tool["what"]], now.draft.reasoning))
    if renamed and renamed["end"] == "from":
        return _File(Draft(renamed["path"], "", now.draft.reasoning))
    return None


def _opened_by_names(source: str, target: str, now: _File) -> _File | None:
    if (source, target) == (now.draft.path, now.target) and not (now.old or now.new):
        return None  # git names a renaming twice
    lines = "new" if source == NOWHERE else "delete" if target == NOWHERE else ""
    draft = Draft(target if source == NOWHERE else source, lines, now.draft.reasoning)
    return _File(draft, "" if NOWHERE in (source, target) else target)


def _goes_on(line: str, now: _File) -> bool:
    """Whether the line is a part of a header, taken note of here."""
    tool, renamed = _TOOL.match(line), _RENAME.match(line)
    if moved := tool or renamed:
        now.target = moved["path"]
        return True
    return bool(_NOISE.match(line)) or bool(_NEW.match(line) and not now.old and not now.new)


def _bare(path: str) -> str:
    path = path.strip().strip('"')
    return path if path == NOWHERE else re.sub(r"^[abciow]/", "", path)
