"""A second opinion: the engine's order of the best files, taken where it answers in time, noted where not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from runner.errors import BudgetSpent, EngineFailure, EngineUnreachable, TimeSpent
from runner.models import Localisation, Slice, Task, Usage
from runner.ports import Engine

TIMEOUT_S: Final = 60.0
"""One small call; a model that has to be loaded first takes most of it."""
FILE_SHARE: Final = 2.0
"""What a slice of the best file has of its score from that: as Map gives it."""


def second_opinion(
    found: Localisation, task: Task, engine: Engine, timeout_s: float = TIMEOUT_S
) -> tuple[Localisation, Usage]:
    """The localisation in the engine's order and what that cost; `shown` stays as it was.

    An engine that does not answer, or not about these files, leaves the order, and a note says so.
    """
    try:
        order, usage = engine.rerank(task, found, timeout_s=timeout_s)
    except (EngineFailure, EngineUnreachable, BudgetSpent, TimeSpent) as failure:
        return replace(found, notes=(*found.notes, f"{engine.name} did not re-rank the files: {failure}")), Usage()
    if not order:
        return replace(found, notes=(*found.notes, f"{engine.name} has no opinion on the files' order")), usage
    note = f"{engine.name} put {len(order)} of the best files in order"
    return reordered(replace(found, notes=(*found.notes, note)), order), usage


def reordered(found: Localisation, order: Sequence[str]) -> Localisation:
    """The named files first, in that order, the others behind in theirs; each takes the score of its new rank.

    Slices rise and fall with their files.
    """
    old = dict(found.files)
    paths = [*(path for path in dict.fromkeys(order) if path in old), *(path for path in old if path not in set(order))]
    new = dict(zip(paths, old.values(), strict=True))
    slices = sorted((_moved(slice_, old, new) for slice_ in found.slices), key=lambda slice_: -slice_.score)
    return replace(found, files=tuple(new.items()), slices=tuple(slices))


def _moved(slice_: Slice, old: Mapping[str, float], new: Mapping[str, float]) -> Slice:
    """The slice with its file's share of the score exchanged."""
    top = max(new.values(), default=0.0) or 1.0
    change = FILE_SHARE * (new.get(slice_.path, 0.0) - old.get(slice_.path, 0.0)) / top
    if not change:
        return slice_
    why = f"the model put its file {'up' if change > 0 else 'down'}; {slice_.why}"
    return replace(slice_, score=round(slice_.score + change, 6), why=why)
