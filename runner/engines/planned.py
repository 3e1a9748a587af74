"""Which code a model sees after a plan of its own: first the definitions that the plan speaks of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from runner.localise.syntax import definitions_at
from runner.models import Plan, Slice

NAME: Final = re.compile(r"[A-Za-z_]\w*")


def planned_first(slices: Sequence[Slice], plan: Plan, files: Mapping[str, str]) -> tuple[Slice, ...]:
    """The slices; if a model made the plan, before them what its hypothesis names in the files that it wants to change.

    After those come the other slices of these files, then their other definitions, then everything else.
    """
    if plan.source != "engine":
        return tuple(slices)
    named = set(NAME.findall(plan.hypothesis))
    theirs = [slice_ for path in plan.files if path in files for slice_ in _definitions(path, files[path])]
    spoken_of = [slice_ for slice_ in theirs if slice_.name.split(".")[-1] in named]
    inside = [slice_ for slice_ in slices if slice_.path in plan.files]
    return tuple(dict.fromkeys([*spoken_of, *inside, *theirs, *slices]))


def _definitions(path: str, text: str) -> Iterator[Slice]:
    """The functions and methods of a file, and the heads of the classes that they stand in."""
    for one in definitions_at(path, text):
        yield Slice(path, one.name, one.start, one.start if one.is_container else one.end, "", 0.0, "the plan's file")
