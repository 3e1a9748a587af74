"""Which lines an edit means, and the files it makes: all edits of an attempt or none. Pure."""

from __future__ import annotations

import difflib
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.errors import EditRejected
from runner.models import Edit, Overlay

NEAREST_LINES = 6
"""How many real lines are quoted back when an anchor is not found."""


def apply_edits(edits: Sequence[Edit], files: Mapping[str, str]) -> dict[str, str | None]:
    """The changed files, path -> new text or None for a deleted file.

    Lines are found by the edit's anchor; its numbers only choose between equal places. Raises EditRejected with
    every fault when one of the edits does not apply, overlaps another, or changes nothing.
    """
    faults: list[str] = []
    changed: dict[str, str | None] = {}
    for path in dict.fromkeys(edit.path for edit in edits):
        try:
            changed[path] = _edit_file(path, [e for e in edits if e.path == path], files.get(path))
        except EditRejected as rejected:
            faults += rejected.faults
    if not faults and not any(files.get(path) != text for path, text in changed.items()):
        faults.append("the edits change nothing; the code already reads like that")
    if faults:
        raise EditRejected(tuple(faults))
    return changed


def encode(changed: Mapping[str, str | None]) -> dict[str, bytes | None]:
    """Changed texts as an overlay of bytes."""
    return {path: None if text is None else text.encode("utf-8", "surrogateescape") for path, text in changed.items()}


def digest(overlay: Overlay) -> str:
    """A name for exactly these changes, so that nothing is tried twice."""
    sha = hashlib.sha256()
    for path in sorted(overlay):
        content = overlay[path]
        sha.update(f"{path}\0{-1 if content is None else len(content)}\0".encode("utf-8", "surrogateescape"))
        sha.update(content or b"")
    return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an edit's lines stand: 0-based, end exclusive."""

    start: int
    end: int
    edit: Edit


def _edit_file(path: str, edits: Sequence[Edit], text: str | None) -> str | None:
    if text is None:
        return _new_file(path, edits)
    if any(edit.text is None for edit in edits):
        if len(edits) > 1:
            raise EditRejected((f"{path}: deleted and edited at once; send one or the other",))
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    for place in _places(path, edits, lines):
        lines[place.start : place.end] = _new_lines(place.edit)
    return newline.join(lines)


def _new_file(path: str, edits: Sequence[Edit]) -> str:
    if len(edits) != 1 or edits[0].anchor is not None or edits[0].text is None:
        raise EditRejected((f"{path}: there is no such file; to create it send its whole text in one edit",))
    text = edits[0].text
    return text if text.endswith("\n") or not text else text + "\n"


def _new_lines(edit: Edit) -> list[str]:
    text = (edit.text or "").replace("\r\n", "\n")
    if edit.anchor is None:  # the whole file: its last line ends
        return [*text.removesuffix("\n").split("\n"), ""]
    return text.removesuffix("\n").split("\n") if text else []


def _places(path: str, edits: Sequence[Edit], lines: Sequence[str]) -> list[_Place]:
    """The edits' places from the bottom of the file up, so that one does not move the other's lines."""
    places: list[_Place] = []
    faults: list[str] = []
    for edit in edits:
        try:
            places.append(_find(edit, lines))
        except EditRejected as rejected:
            faults += rejected.faults
    places.sort(key=lambda place: (place.start, place.end), reverse=True)
    for below, above in itertools.pairwise(places):
        if above.end > below.start:
            faults.append(f"{path}: two edits overlap at line {below.start + 1}; send them as one")
    if faults:
        raise EditRejected(tuple(faults))
    return places


def _find(edit: Edit, lines: Sequence[str]) -> _Place:
    if edit.anchor is None:
        if edit.start == 1 and edit.end >= len(lines) - 1:
            return _Place(0, len(lines), edit)
        raise EditRejected((f"{edit.path}: the edit does not quote the lines it replaces",))
    anchor = edit.anchor.replace("\r\n", "\n").removesuffix("\n").split("\n")
    for same in (_exactly, _but_for_trailing_space):
        found = [at for at in range(len(lines) - len(anchor) + 1) if same(lines[at : at + len(anchor)], anchor)]
        if found:
            start = min(found, key=lambda at: abs(at + 1 - edit.start))
            _refuse_a_tie(edit, found, start)
            return _Place(start, start + len(anchor), edit)
    raise EditRejected((_not_found(edit, anchor, lines),))


def _refuse_a_tie(edit: Edit, found: Sequence[int], start: int) -> None:
    distance = abs(start + 1 - edit.start)
    if sum(abs(at + 1 - edit.start) == distance for at in found) > 1:
        raise EditRejected(
            (f"{edit.path}: the quoted lines stand in {len(found)} places; quote more lines around them",)
        )


def _exactly(here: Sequence[str], anchor: Sequence[str]) -> bool:
    return list(here) == list(anchor)


def _but_for_trailing_space(here: Sequence[str], anchor: Sequence[str]) -> bool:
    return [line.rstrip() for line in here] == [line.rstrip() for line in anchor]


def _not_found(edit: Edit, anchor: Sequence[str], lines: Sequence[str]) -> str:
    first = next((line for line in anchor if line.strip()), "")
    near = difflib.get_close_matches(first, lines, n=1, cutoff=0.4)
    at = lines.index(near[0]) if near else max(0, min(edit.start, len(lines)) - 1)
    quoted = "\n".join(f"{n + 1:>5} | {lines[n]}" for n in range(at, min(len(lines), at + NEAREST_LINES)))
    return f"{edit.path}: the quoted lines are not in the file; the nearest real lines are\n{quoted}"
