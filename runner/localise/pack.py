"""Which slices a step's prompt shows: whole pieces, the most score for the bytes. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from runner.localise.outline import Outline
from runner.models import Slice

BUDGET_BYTES: Final = 10_400
SIZE_POWER: Final = 0.45
"""Greedy by odds over size to this power: 0 would ignore size, 1 would only show one-liners."""


def pack(
    slices: Sequence[Slice], outlines: Mapping[str, Outline], budget_bytes: int = BUDGET_BYTES
) -> tuple[Slice, ...]:
    """The slices that fit in the budget together, best first; none overlaps another and none is cut."""
    sizes = [len(outlines[slice_.path].text(slice_.start, slice_.end)) for slice_ in slices]
    # As odds, not as points: a piece one point better is e times as likely meant, and may be that much longer.
    worth = [math.exp(slice_.score) / max(60, size) ** SIZE_POWER for slice_, size in zip(slices, sizes, strict=True)]
    order = sorted(range(len(slices)), key=lambda i: -worth[i])
    left, shown = budget_bytes, list[Slice]()
    for i in order:
        if sizes[i] <= left and not any(_overlap(slices[i], other) for other in shown):
            shown.append(slices[i])
            left -= sizes[i]
    return tuple(sorted(shown, key=lambda slice_: -slice_.score))


def _overlap(one: Slice, other: Slice) -> bool:
    return one.path == other.path and one.start <= other.end and other.start <= one.end
