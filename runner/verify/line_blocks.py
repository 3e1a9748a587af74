"""Which blocks of lines differ between two texts, in bounded time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import AnyStr, Final

Block = tuple[int, int, int, int]
"""Lines `[a, b)` of the text before, and what stands there now: lines `[c, d)` of the text after."""

MOST_PAIRS: Final = 1_000_000
"""Of longer texts, lines that stand there again and again are no anchors: to try them all may take minutes."""


def changed_blocks(before: Sequence[AnyStr], after: Sequence[AnyStr]) -> list[Block]:
    """The blocks that differ, in their order; what both texts begin and end with is in none of them."""
    first = _alike(before, after)
    old, new = before[first:], after[first:]
    last = _alike(old[::-1], new[::-1])
    old, new = old[: len(old) - last], new[: len(new) - last]
    codes = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > MOST_PAIRS).get_opcodes()
    return [(a + first, b + first, c + first, d + first) for tag, a, b, c, d in codes if tag != "equal"]


def _alike(one: Sequence[AnyStr], other: Sequence[AnyStr]) -> int:
    """How many lines both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
