"""What a model asks to be shown before it edits, and what it is told that it could ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from runner.models import Slice
from runner.proof import Line

ASKED: Final = re.compile(r"^[\s>*`-]*SHOW:\s*(?P<what>\S.{0,200}?)[\s`*]*$", re.MULTILINE)
EDITS: Final = re.compile(r"^[\s>*]*(?:FILE|LINES):", re.MULTILINE)
MOST_ASKED: Final = 6
ASKED_SHARE: Final = 0.7
LEAST_ASKED_LINES: Final = 60
KEPT: Final = 6
"""So many pieces of what was seen before stand before what was asked for beyond its share."""
OTHERS_CAP_BYTES: Final = 480
MOST_NAMES: Final = 4


def read_wanted(reply: str) -> tuple[str, ...]:
    """What a reply asks for; nothing where it holds edits as well."""
    if EDITS.search(reply):
        return ()
    return tuple(dict.fromkeys(match["what"] for match in ASKED.finditer(reply)))[:MOST_ASKED]


def asked_lines(room_lines: float) -> int:
    """How many lines may be asked for, in tens: what was seen before keeps its share of the room."""
    return int(ASKED_SHARE * room_lines / 10) * 10


def in_turn(
    asked: Sequence[Slice], found: Sequence[Slice], room_lines: float, failing: Collection[Line] = ()
) -> tuple[Slice, ...]:
    """What was asked for as far as its share goes, some of what was seen before, then the rest of both.

    Of the latter what holds one of the `failing` lines comes first, then the best.
    """
    if not asked:
        return tuple(found)
    first: list[Slice] = []
    left = max(asked_lines(room_lines), LEAST_ASKED_LINES)
    for slice_ in asked:
        if (lines := slice_.end - slice_.start + 1) <= left:
            first.append(slice_)
            left -= lines
    others = sorted((one for one in found if one not in asked), key=lambda one: not _holds(one, failing))
    return (*first, *others[:KEPT], *(one for one in asked if one not in first), *others[KEPT:])


def _holds(slice_: Slice, lines: Collection[Line]) -> bool:
    return any(path == slice_.path and slice_.start <= line <= slice_.end for path, line in lines)


def render_others(found: Iterable[Slice], shown: Iterable[Slice]) -> str:
    """The definitions that were found and are not shown, best first, by file, as many as a few lines hold."""
    seen = {(slice_.path, slice_.name) for slice_ in shown}
    names: dict[str, list[str]] = {}
    for slice_ in sorted(found, key=lambda slice_: -slice_.score):
        if (slice_.path, slice_.name) not in seen and slice_.name[:1] not in ("", "<"):
            names.setdefault(slice_.path, [])
            if slice_.name not in names[slice_.path]:
                names[slice_.path].append(slice_.name)
    lines: list[str] = []
    for path, some in names.items():
        line = f"{path}: {', '.join(some[:MOST_NAMES])}"
        if sum(len(known.encode()) + 1 for known in [*lines, line]) > OTHERS_CAP_BYTES:
            break
        lines.append(line)
    return "\n".join(lines)
