"""What a model asks to be shown before it edits, and what it is told that it could ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from runner.models import Slice

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


def in_turn(asked: Sequence[Slice], found: Sequence[Slice], room_lines: float) -> tuple[Slice, ...]:
    """What was asked for as far as its share goes, the best of what was seen before, then the rest of both."""
    within = {
        slice_
        for slice_, lines in zip(asked, accumulate(one.end - one.start + 1 for one in asked), strict=True)
        if lines <= max(asked_lines(room_lines), LEAST_ASKED_LINES)
    }
    others = [slice_ for slice_ in found if slice_ not in asked]
    first, rest = (tuple(one for one in asked if (one in within) is is_first) for is_first in (True, False))
    return (*first, *others[:KEPT], *rest, *others[KEPT:])


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
