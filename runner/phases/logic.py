"""Logic: what the failing tests and the imports around the candidates say about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from runner.localise.graph import imported_names, nearness
from runner.localise.pack import BUDGET_BYTES
from runner.models import Localisation, Slice
from runner.proof import TestRun

FRAME_WEIGHT: Final = 2.0
FRAME_DECAY: Final = 0.7
"""A frame this much further from where the test failed says that much less."""
LEAST_SHARE: Final = 0.15
"""Slices below this part of the best score are pruned."""
MOST_SLICES: Final = 40
BYTES_A_LINE: Final = 45
MOST_TARGETS: Final = 8


def prune(localisation: Localisation, reproducing: TestRun | None) -> Localisation:
    """The localisation, sharpened by the frames of failing tests; weak slices go. Without a run only those go."""
    places = _places(reproducing)
    best_file = max((score for _, score in localisation.files), default=1.0)
    slices = sorted((_raised(slice_, places) for slice_ in localisation.slices), key=lambda slice_: -slice_.score)
    least = LEAST_SHARE * slices[0].score if slices else 0.0
    kept = tuple(slice_ for slice_ in slices if slice_.score >= least)[:MOST_SLICES]
    files = dict(localisation.files)
    for (path, _), weight in places.items():
        files[path] = max(
            files.get(path, 0.0), dict(localisation.files).get(path, 0.0) + weight * best_file / FRAME_WEIGHT
        )
    return replace(
        localisation,
        files=tuple(sorted(files.items(), key=lambda item: (-item[1], item[0]))),
        slices=kept,
        shown=_shown(kept, localisation.shown) if places else localisation.shown,
    )


def reaching_tests(localisation: Localisation, tests: Mapping[str, bytes]) -> tuple[str, ...]:
    """The test files (path -> content) that reach the best candidates, nearest first; those that reach none are out."""
    targets = [path for path, _ in localisation.files if path not in tests][:MOST_TARGETS]
    names: dict[str, list[str]] = {path: [] for path in targets}
    for slice_ in localisation.slices:
        if slice_.path in names:
            names[slice_.path].append(slice_.name.rpartition(".")[2])
    scores: dict[str, float] = {}
    for path, content in tests.items():
        imports = imported_names(content)
        # The first candidate counts whole, the next ones less and less.
        scores[path] = max(
            (
                nearness(path, imports, content, target, names[target]) / (1 + rank)
                for rank, target in enumerate(targets)
            ),
            default=0.0,
        )
    return tuple(sorted((path for path in scores if scores[path] > 0), key=lambda path: (-scores[path], path)))


def _places(reproducing: TestRun | None) -> dict[tuple[str, int], float]:
    """Where failing tests passed through, and how much that says: most where they ended."""
    found: dict[tuple[str, int], float] = {}
    for id_ in reproducing.failing if reproducing else ():
        frames = reproducing.tests[id_].frames if reproducing else ()
        for distance, place in enumerate(reversed(frames)):
            found[place] = max(found.get(place, 0.0), FRAME_WEIGHT * FRAME_DECAY**distance)
    return found


def _raised(slice_: Slice, places: Mapping[tuple[str, int], float]) -> Slice:
    here = [
        weight for (path, line), weight in places.items() if path == slice_.path and slice_.start <= line <= slice_.end
    ]
    if not here:
        return slice_
    return replace(slice_, score=slice_.score + max(here), why=f"a failing test passes through it; {slice_.why}")


def _shown(slices: tuple[Slice, ...], before: tuple[Slice, ...]) -> tuple[Slice, ...]:
    """What failing tests passed through first, then what was shown before, in about the same number of bytes."""
    hit = [slice_ for slice_ in slices if slice_.why.startswith("a failing test")]
    spans = {(slice_.path, slice_.start, slice_.end) for slice_ in hit}
    left = BUDGET_BYTES
    shown: list[Slice] = []
    for slice_ in [*hit, *(slice_ for slice_ in before if (slice_.path, slice_.start, slice_.end) not in spans)]:
        size = BYTES_A_LINE * (slice_.end - slice_.start + 1)
        overlaps = any(slice_.path == s.path and slice_.start <= s.end and s.start <= slice_.end for s in shown)
        if size <= left and not overlaps:
            shown.append(slice_)
            left -= size
    return tuple(shown)
