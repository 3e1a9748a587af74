"""The files that edits make: all edits of an attempt or none. Pure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence

from runner.edits.anchor import Place, locate
from runner.edits.lines import split
from runner.errors import EditRejected
from runner.models import Edit, Overlay


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


def against(files: Mapping[str, str], state: Mapping[str, str], edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits of `state`, told as edits of the base `files`; `state` holds the files that differ. Raises EditRejected."""
    if not state:
        return tuple(edits)
    made = {**state, **apply_edits(edits, {**files, **state})}
    why = "; ".join(dict.fromkeys(edit.reasoning for edit in edits))
    return tuple(
        Edit(path, 1, files[path].count("\n") + 1 if path in files else 0, None, text, why)
        for path, text in made.items()
        if text != files.get(path)
    )


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


def _edit_file(path: str, edits: Sequence[Edit], text: str | None) -> str | None:
    if text is None:
        return _new_file(path, edits)
    if any(edit.text is None for edit in edits):
        if len(edits) > 1:
            raise EditRejected((f"{path}: deleted and edited at once; send one or the other",))
        return None
    lines = text.split("\n")
    for place in _places(path, edits, lines):
        lines[place.start : place.end] = _ended(place, lines)
    return "\n".join(lines)


def _new_file(path: str, edits: Sequence[Edit]) -> str:
    if all(edit.text is None for edit in edits):
        raise EditRejected((f"{path}: there is no such file to delete; write its path as it was shown",))
    if len(edits) != 1 or edits[0].anchor is not None or edits[0].text is None:
        raise EditRejected((f"{path}: there is no such file; to create it send its whole text in one edit",))
    text = edits[0].text
    return text if text.endswith("\n") or not text else text + "\n"


def _ended(place: Place, lines: Sequence[str]) -> list[str]:
    """The new lines with the line ends of those around them; a whole new file ends as the old one did."""
    around = lines[max(0, place.start - 1) : place.end + 1]
    end = "\r" if any(line.endswith("\r") for line in around) else ""
    new = [line + end for line in place.new]
    if new and place.end == len(lines):  # these lines reach the end of the file
        return [*new, ""] if lines[-1] == "" else [*new[:-1], new[-1].removesuffix("\r")]
    return new


def _places(path: str, edits: Sequence[Edit], lines: Sequence[str]) -> list[Place]:
    """The edits' places from the bottom of the file up, so that one does not move the other's lines."""
    places: list[Place] = []
    faults: list[str] = []
    bare = [line.removesuffix("\r") for line in lines]
    for edit in edits:
        try:
            places.append(_changed_part(_find(edit, bare), bare))
        except EditRejected as rejected:
            faults += [f"{path}: {fault}" for fault in rejected.faults]
    # Two insertions at one place stand in the order of the edits: the later one is made first.
    places = sorted(places, key=lambda place: (place.start, place.end))[::-1]
    for below, above in itertools.pairwise(places):
        if above.end > below.start:
            faults.append(f"{path}: two edits overlap at line {below.start + 1}; send them as one")
    if faults:
        raise EditRejected(tuple(faults))
    return places


def _changed_part(place: Place, lines: Sequence[str]) -> Place:
    """The place without the unchanged lines at its ends: two edits may quote the same ones."""
    old, new = lines[place.start : place.end], place.new
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    return Place(place.start + head, place.end - tail, new[head : len(new) - tail])


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))


def _find(edit: Edit, lines: Sequence[str]) -> Place:
    new = split(edit.text or "")
    if edit.anchor is not None:
        return locate(split(edit.anchor), new, lines, edit.start)
    if edit.start == 1 and edit.end >= len(lines) - 1:
        return Place(0, len(lines), tuple(new))
    raise EditRejected(("the edit does not quote the lines it replaces",))
