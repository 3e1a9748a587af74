"""What a reply asks for, read from whichever of the usual dialects it is written in. Pure.

Direct edits (`FILE:`, `LINES:`, `REASONING:`, then code), search and replace blocks, old and new code under headings,
unified diffs, whole files and whole definitions; fenced or not, several in one reply.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from runner.edits.blocks import has_blocks, read_blocks
from runner.edits.diffs import has_hunks, read_diff
from runner.edits.draft import Draft
from runner.edits.lines import split

_FIELD: Final = re.compile(
    r"^\W{0,6}(?P<name>FILE(?:NAME|PATH)?|PATH|LINES?|REASON(?:ING)?|WHY)\b\W{0,3}?\s*[:=]\W{0,3}?\s*(?P<value>.*?)\s*$",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(r"^\W{0,6}(?:FILE|LINES|REASONING)\W{0,3}:")
_FENCE: Final = re.compile(r"^(?P<indent>\s*)(?P<fence>```+|~~~+)\s*(?P<info>[^`]*)$")
_PATH: Final = re.compile(r"(?<![\w.+@/-])[\w.+@/-]*\w\.\w{1,10}(?![\w/])")
_LONE_PATH: Final = re.compile(r"^[\W_]{0,6}(?P<path>[\w.+@/-]+\.\w{1,10})[\W_]{0,4}$")
_COMMENTED_PATH: Final = re.compile(
    r"^\s*(?:#|//|/\*|<!--|--|;)\W*(?:file(?:name|path)?\s*:\s*)?(?P<path>[\w./-]+\.\w+)\W*$"
)
_SIDE: Final = re.compile(
    r"^\W*(?:(?P<old>old|original|before|search|find|current)|new|replace(?:ment|\s+with|\s+by)?|after|updated|fixed|with)"
    r"(?:\s+(?:code|text|lines?))?\W*$",
    re.IGNORECASE,
)
_WITHOUT_CODE: Final = re.compile(r"^\W*(?:delete|remove|rename|move)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a reply: prose, or (`info` is not None) what stood in one fence."""

    lines: tuple[str, ...]
    info: str | None = None


def read_drafts(reply: str, paths: Collection[str]) -> list[Draft]:
    """Every change the reply asks for, in order; `paths` are the files it may speak of.

    A header whose code never came is one too, unless the code came below another of the same words.
    """
    drafts = [*_Reader(paths).read(split(reply))]
    written = {(draft.path, draft.lines) for draft in drafts if draft.new is not None}
    return [draft for draft in drafts if not (draft.is_bare and (draft.path, draft.lines) in written)]


class _Reader:
    """Reads segment after segment; a header's words hold for the code that follows."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._at = Draft("")
        self._old: list[str] | None = None
        self._role = ""

    def read(self, lines: Sequence[str]) -> Iterator[Draft]:
        """The drafts in these lines."""
        for segment in _segments(lines):
            if segment.info is None:
                yield from self._prose(segment.lines)
            elif any(map(_opens_a_header, segment.lines[:3])):
                yield from self.read(segment.lines)
            else:
                yield from self._code(segment.lines, segment.info)
        yield from self._bare()

    def _prose(self, lines: Sequence[str]) -> Iterator[Draft]:
        if has_blocks(lines) or has_hunks(lines):
            yield from self._marked(lines)
            return
        for line in lines:
            yield from self._line(line)

    def _line(self, line: str) -> Iterator[Draft]:
        field, code = _FIELD.match(line), self._at.new or ()
        if field is not None and (_ASKED.match(line) or not self._is_code(field)):
            yield from self._field(field["name"].upper(), field["value"].strip("`*\"' "))
        elif side := _SIDE.match(line):
            self._role = "old" if side["old"] else "new"
        elif not self._at.lines:
            yield from self._heading(line)
        elif code or line.strip():
            self._at = replace(self._at, new=(*code, line))

    def _is_code(self, field: re.Match[str]) -> bool:
        """Whether what looks like a field is a line of code: after LINES, `path` names a file or is a name."""
        if self._at.new:
            return True
        names_a_file = field["name"].upper().startswith(("FILE", "PATH"))
        return bool(self._at.lines) and names_a_file and not _PATH.fullmatch(field["value"].strip("`*\"' "))

    def _heading(self, line: str) -> Iterator[Draft]:
        if lone := _LONE_PATH.match(line):
            yield from self._bare()
            self._at = Draft(lone["path"])
        elif known := [path for path in _PATH.findall(line) if path in self._paths][:1]:
            self._at = Draft(known[0])

    def _field(self, name: str, value: str) -> Iterator[Draft]:
        if name.startswith(("FILE", "PATH")):
            yield from self._bare()
            self._at = Draft(value)
        elif name.startswith("LINE"):
            reasoning = "" if self._at.lines else self._at.reasoning
            yield from self._bare()
            self._at = replace(self._at, lines=value, reasoning=reasoning)
            if _WITHOUT_CODE.match(value):
                yield self._at
                self._at = Draft(self._at.path)
        else:
            self._at = replace(self._at, reasoning=value)

    def _code(self, lines: tuple[str, ...], info: str) -> Iterator[Draft]:
        if not (self._at.lines or self._role or any(map(str.strip, lines))):
            return
        self._at = replace(self._at, path=self._named_by(info) or self._at.path)
        if has_blocks(lines) or has_hunks(lines) or info.startswith(("diff", "patch")):
            yield from self._marked(lines)
        elif self._role == "old":
            self._old, self._role = list(lines), ""
        else:
            lines = self._without_path(lines)
            old, self._old, self._role = self._old, None, ""
            yield replace(self._at, old=None if old is None else tuple(old), new=lines)
            self._at = Draft(self._at.path, reasoning=self._at.reasoning)

    def _named_by(self, info: str) -> str:
        """The path in what stands behind a fence's marks, or ""."""
        found = _PATH.findall(info.replace(":", " "))
        return next((path for path in found if "/" in path or path in self._paths), "")

    def _without_path(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The code without a first comment that only names its file; the name counts."""
        named = _COMMENTED_PATH.match(lines[0]) if lines else None
        if named is None or named["path"] not in self._paths:
            return lines
        self._at = replace(self._at, path=self._at.path or named["path"])
        return lines[1:]

    def _marked(self, lines: Sequence[str]) -> Iterator[Draft]:
        reader = read_blocks if has_blocks(lines) else read_diff
        for draft in reader(lines, self._at):
            self._at = Draft(draft.path, reasoning=draft.reasoning)
            yield draft

    def _bare(self) -> Iterator[Draft]:
        """The edit whose code stood there without a fence."""
        code = self._at.new or ()
        while code and not code[-1].strip():
            code = code[:-1]
        if code and self._at.lines:
            yield replace(self._at, new=code)
        elif self._at.is_bare:
            yield self._at
        self._at = Draft(self._at.path)


def _opens_a_header(line: str) -> bool:
    field = _FIELD.match(line)
    if field is None or not field["name"].upper().startswith(("FILE", "PATH")):
        return False
    return bool(_PATH.fullmatch(field["value"].strip("`*\"' ")))


def _segments(lines: Sequence[str]) -> Iterator[Segment]:
    prose: list[str] = []
    rest = iter(lines)
    for line in rest:
        opening = _FENCE.match(line)
        if opening is None:
            prose.append(line)
            continue
        yield Segment(tuple(prose))
        prose = []
        yield Segment(tuple(_fenced(opening, rest)), opening["info"].strip())
    yield Segment(tuple(prose))


def _fenced(opening: re.Match[str], rest: Iterator[str]) -> Iterator[str]:
    """The lines up to the closing fence, or to the end: a reply that was cut still means what it wrote.

    A fence inside a docstring is indented deeper than the one that closes (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
    """
    margin = len(opening["indent"])
    for line in rest:
        bare = line.strip()
        is_fence = set(bare) == {opening["fence"][0]} and len(bare) >= len(opening["fence"])
        if is_fence and len(line) - len(line.lstrip()) <= margin + 3:
            return
        yield line[margin:] if not line[:margin].strip() else line
