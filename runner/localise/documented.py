"""Where a function's own comment stands above it, that belongs to it: it says what the function is for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from runner.localise.syntax import Definition

SLASHES: Final = re.compile(rb"\s*(?://|/\*|\*|#\[)")
"""A line of a comment as C has it and most others, and an attribute of Rust's."""
CLOSED: Final = re.compile(rb"\s*\*/\s*$")
"""The end of a block, which some leave a blank line below."""
HASHES: Final = re.compile(rb"\s*#")
COMMENTS: Final = {"ruby": HASHES, "python": None}
"""Python has docstrings, and what stands above a function there is a headline as often as not."""
MOST_LINES: Final = 40


def documented(definitions: Sequence[Definition], lines: Sequence[bytes], language: str) -> tuple[Definition, ...]:
    """The definitions, those that hold no others from where the comment right above them begins."""
    comment = COMMENTS.get(language, SLASHES)
    if comment is None:
        return tuple(definitions)
    return tuple(
        one if one.is_container else replace(one, start=_start(one.start, lines, comment)) for one in definitions
    )


def _start(start: int, lines: Sequence[bytes], comment: re.Pattern[bytes]) -> int:
    """The first of the comment's lines, or the definition's own where there is none."""
    first = start
    if start > 2 and not lines[start - 2].strip() and CLOSED.match(lines[start - 3]):
        first -= 1
    while first > max(1, start - MOST_LINES) and comment.match(lines[first - 2]):
        first -= 1
    return first
