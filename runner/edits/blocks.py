"""What search and replace blocks say: git's conflict marks under any of their usual names, or tags. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from runner.edits.draft import Draft

_START: Final = re.compile(
    r"^\s*(?:<{4,}\s*(?:SEARCH|ORIGINAL|HEAD|OLD|BEFORE|FIND)?\b.*|<(?:search|old|original|find)>\s*)$", re.I
)
_MIDDLE: Final = re.compile(r"^\s*(?:={4,}\s*(?:REPLACE|NEW)?|</(?:search|old|original|find)>\s*)$", re.I)
_OPENS_NEW: Final = re.compile(r"^\s*<(?:replace|new|updated|patched)>\s*$", re.I)
_END: Final = re.compile(r"^\s*(?:>{4,}\s*\w*.*|</(?:replace|new|updated|patched)>\s*)$", re.I)
_FENCE: Final = re.compile(r"^\s*(?:```+|~~~+)[^`]*$")
_PATH_LINE: Final = re.compile(
    r"^[\W_]{0,6}(?:FILE(?:NAME|PATH)?\W{0,3}:\W*|PATH\W{0,3}:\W*)?(?P<path>[\w.+@/-]+\.\w{1,10})\W{0,4}$", re.I
)


def has_blocks(lines: Sequence[str]) -> bool:
    """Whether a block begins in these lines and goes on to its middle."""
    starts = [n for n, line in enumerate(lines) if _START.match(line)]
    return bool(starts) and any(_MIDDLE.match(line) for line in lines[starts[0] :])


def read_blocks(lines: Sequence[str], at: Draft) -> Iterator[Draft]:
    """One draft per block; a line that is only a path names the file of the blocks after it."""
    rest = iter(lines)
    for line in rest:
        if named := _PATH_LINE.match(line):
            at = replace(at, path=named["path"])
        elif _START.match(line):
            old, new = _halves(line, [*takewhile(lambda line: not _END.match(line), rest)])
            yield replace(at, lines="", old=_unfenced(old), new=_unfenced(new), near=None)


def _halves(start: str, body: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The block's two sides. A line of `=` may be the code's own: the mark stands as deep as the block's first line."""
    margin = len(start) - len(start.lstrip())
    size = len(start.strip()) - len(start.strip().lstrip("<"))
    marks = [n for n, line in enumerate(body) if _MIDDLE.match(line)]
    alike = [n for n in marks if body[n][:margin].isspace() == bool(margin) and body[n].strip().count("=") == size]
    at = next(iter(n for n in alike or marks if len(body[n]) - len(body[n].lstrip()) == margin), len(body))
    return tuple(body[:at]), tuple(line for line in body[at + 1 :] if not _OPENS_NEW.match(line))


def _unfenced(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines without a fence of their own around them."""
    if len(lines) >= 2 and _FENCE.match(lines[0]) and _FENCE.match(lines[-1]):
        return lines[1:-1]
    return lines
