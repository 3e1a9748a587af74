"""Logic: what the failing tests and the imports around the candidates say about them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from runner.localise.candidates import choose, outlines_of
from runner.localise.kinship import kinship, meant, words_spoken
from runner.localise.namesakes import Namesakes, namesakes_of
from runner.localise.outline import Outline
from runner.localise.pack import BUDGET_BYTES, pack
from runner.localise.query import read_query
from runner.localise.reach import Nodes, node_of, reach, target_of
from runner.localise.suspects import Seen, around, fused, suspicious_files
from runner.models import Localisation, Slice, Task
from runner.phases.map import Sources
from runner.proof import Line, TestRun
from runner.verify.test_paths import is_test_path

FRAME_WEIGHT: Final = 1.5
FRAME_DECAY: Final = 0.95
"""A frame this much further from where the test failed says that much less."""
LEAST_SHARE: Final = 0.15
"""Slices below this part of the best score are pruned."""
MOST_SLICES: Final = 40
MOST_TARGETS: Final = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """What failing tests showed: their run with its frames, and how suspicious the lines are that they execute.

    `near` are the functions that they entered from their last line (first line -> calls below it). `is_cut`: they were
    not watched to their end and may execute more.
    """

    run: TestRun | None = None
    suspicion: Mapping[Line, float] = field(default_factory=dict)
    near: Mapping[Line, int] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def executed(self) -> Collection[Line]:
        """All lines that failing tests execute; nothing where they may be more."""
        return () if self.is_cut else self.suspicion


def prune(found: Localisation, task: Task, ports: Sources, failure: Failure) -> Localisation:
    """The localisation, sharpened by failing tests; weak slices go. Where no test failed only those go."""
    failure = replace(failure, suspicion=_of_sources(failure.suspicion))
    places, names = _places(failure.run), _names(failure.run)
    is_akin = any(names.weight(slice_.path) for slice_ in found.slices)
    if not (places or failure.suspicion or is_akin):
        return replace(found, slices=_strongest(found.slices))
    suspects = suspicious_files(failure.suspicion)
    paths = [*(path for path, _ in places), *(slice_.path for slice_ in found.slices), *suspects]
    outlines = _outlines(paths, task, ports)
    kept = _strongest(_akin(slice_, names) for slice_ in _sharpened(found.slices, failure, places, outlines))
    files = _files(found, places, kept if failure.suspicion or is_akin else ())
    return replace(found, files=files, slices=kept, shown=pack(kept, outlines, BUDGET_BYTES, failure.executed))


def _of_sources(lines: Mapping[Line, float]) -> dict[Line, float]:
    return {line: score for line, score in lines.items() if not is_test_path(line[0])}


def _names(run: TestRun | None) -> Namesakes:
    """What the failing tests' files and folders are called."""
    return namesakes_of(id_.partition("::")[0] for id_ in (run.failing if run else ()))


def _sharpened(
    slices: Iterable[Slice],
    failure: Failure,
    places: Mapping[Line, float],
    outlines: Mapping[str, Outline],
) -> Iterator[Slice]:
    """The slices and what failing tests add to them: what they execute, and where they passed through."""
    known = [slice_ for slice_ in slices if slice_.path in outlines]
    seen = Seen(failure.suspicion, failure.near, failure.is_cut)
    both = fused(known, seen, outlines) if failure.suspicion else known
    passed = (line for line in places if not any(_holds(slice_, line) for slice_ in both))
    weakest = min((slice_.score for slice_ in both), default=0.0)
    yield from (_raised(slice_, places) for slice_ in [*both, *around(passed, outlines, weakest)])


def repack(found: Localisation, task: Task, ports: Sources, shown_bytes: int = BUDGET_BYTES) -> Localisation:
    """The localisation with `shown` chosen anew from its slices, in exact bytes."""
    outlines = _outlines((slice_.path for slice_ in found.slices), task, ports)
    known = [slice_ for slice_ in found.slices if slice_.path in outlines]
    return replace(found, shown=pack(known, outlines, shown_bytes))


def targets_of(found: Localisation) -> dict[str, list[str]]:
    """The source files, best first, with the names of the definitions in them that were found."""
    names: dict[str, list[str]] = {path: [] for path, _ in found.files if not is_test_path(path)}
    for slice_ in found.slices:
        names.get(slice_.path, []).append(slice_.name.rpartition(".")[2])
    return names


def reaching_tests(
    targets: Mapping[str, Sequence[str]], tests: Mapping[str, bytes], others: Mapping[str, bytes] | None = None
) -> tuple[str, ...]:
    """The test files (path -> content) that reach the best targets, nearest first; those that reach none are out.

    `targets` are source files, best first, with the names of the definitions that are meant. Tests may reach them
    through `others`: helpers, conftests, modules and `__init__` files of the package.
    """
    nodes = Nodes(node_of(path, content) for path, content in tests.items())
    between = Nodes(node_of(path, content) for path, content in (others or {}).items() if path not in tests)
    scores: dict[str, float] = {}
    best = dict(list(targets.items())[:MOST_TARGETS])
    spoken = words_spoken(tests, chain.from_iterable(meant(path, names) for path, names in best.items()))
    for rank, (path, names) in enumerate(best.items()):
        near = reach(nodes, between, target_of(path, names, between))
        kin = kinship(spoken, path, names)
        for test in tests:
            # The first target counts whole, the next ones less and less.
            score = (near[test] + kin[test]) / (1 + rank) if near[test] > 0 else 0.0
            scores[test] = max(scores.get(test, 0.0), score)
    return tuple(sorted((path for path in scores if scores[path] > 0), key=lambda path: (-scores[path], path)))


def _outlines(paths: Iterable[str], task: Task, ports: Sources) -> dict[str, Outline]:
    """The files of the base commit, cut into pieces again: Map keeps none of them."""
    entries = {entry.path: entry for entry in ports.repository.entries(task.base_commit)}
    known = [path for path in dict.fromkeys(paths) if path in entries]
    return outlines_of(choose(known, entries), ports.repository.read, read_query(task.text), ports.slice_cache)


def _strongest(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    """Best first, without those that have little of the best one's score."""
    order = sorted(slices, key=lambda slice_: -slice_.score)
    least = LEAST_SHARE * order[0].score if order else 0.0
    return tuple(slice_ for slice_ in order if slice_.score >= least)[:MOST_SLICES]


def _places(reproducing: TestRun | None) -> dict[Line, float]:
    """Where failing tests passed through, and how much that says: most where they ended."""
    found: dict[Line, float] = {}
    for id_ in reproducing.failing if reproducing else ():
        frames = reproducing.tests[id_].frames if reproducing else ()
        for distance, place in enumerate(reversed(frames)):
            found[place] = max(found.get(place, 0.0), FRAME_WEIGHT * FRAME_DECAY**distance)
    return found


def _raised(slice_: Slice, places: Mapping[Line, float]) -> Slice:
    here = [weight for place, weight in places.items() if _holds(slice_, place)]
    if not here:
        return slice_
    why = "; ".join(part for part in ("a failing test passes through it", slice_.why) if part)
    return replace(slice_, score=slice_.score + max(here), why=why)


def _akin(slice_: Slice, names: Namesakes) -> Slice:
    if not (weight := names.weight(slice_.path)):
        return slice_
    why = "; ".join(part for part in (slice_.why, "the failing test is called like it") if part)
    return replace(slice_, score=slice_.score + weight, why=why)


def _holds(slice_: Slice, place: Line) -> bool:
    return place[0] == slice_.path and slice_.start <= place[1] <= slice_.end


def _files(
    found: Localisation, places: Mapping[Line, float], slices: tuple[Slice, ...]
) -> tuple[tuple[str, float], ...]:
    """Files best first: those of the slices, which come best first, then the others, raised by the frames in them."""
    best = max((score for _, score in found.files), default=1.0)
    files = dict(found.files)
    for (path, _), weight in places.items():
        files[path] = max(files.get(path, 0.0), dict(found.files).get(path, 0.0) + weight * best / FRAME_WEIGHT)
    others = sorted(files, key=lambda path: (-files[path], path))
    order = list(dict.fromkeys([*(slice_.path for slice_ in slices), *others]))
    scores = sorted(files.values(), reverse=True)
    return tuple(zip(order, scores + [min(scores, default=0.0)] * (len(order) - len(scores)), strict=True))
