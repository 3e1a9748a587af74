"""Which definitions matter because of what they do to the best ones: callees, overrides, callers, heirs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from runner.localise.call_records import call_key, pack_references, unpack_references
from runner.localise.calls import Reference, references_in
from runner.localise.graph import CallGraph, Named, Parsed, call_graph
from runner.localise.kinds import is_ordinary, language_of
from runner.localise.outline import BLOCK, Outline
from runner.localise.reach import imported_names
from runner.localise.syntax import tree_of
from runner.models import BlobEntry, Slice
from runner.ports import SliceCache

MOST_FILES: Final = 16
MOST_BYTES: Final = 600_000
SEEDS: Final = 8
"""The best slices, whose neighbours are looked at."""
FOLLOWED: Final = frozenset({"called by", "overrides", "overridden by"})
"""The ties that raise a slice. A symptom is named, its cause lies in what is called; callers say little."""
RAISE: Final = 0.1
"""How much of a candidate's score its neighbour gains, without overtaking it."""
ADDED_SHARE: Final = 0.3
"""What a neighbour that no word of the task led to has of the candidate's score."""
LONGEST_ADDED_LINES: Final = 200


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A definition that is tied to a candidate slice: how, and to which."""

    path: str
    definition: Named
    seed: Slice
    tie: str

    @property
    def why(self) -> str:
        """Its reason."""
        return f"{self.tie} {self.seed.name}"


def with_neighbours(
    slices: Sequence[Slice], outlines: Mapping[str, Outline], entries: Mapping[str, BlobEntry], cache: SliceCache
) -> tuple[Slice, ...]:
    """The slices, best first, with what is tied to the best of them raised, or added where it was missing."""
    seeds = [slice_ for slice_ in slices if is_ordinary(slice_.path)][:SEEDS]
    paths = dict.fromkeys([*(slice_.path for slice_ in seeds), *(slice_.path for slice_ in slices), *outlines])
    graph = call_graph(_parsed(_chosen(paths, entries, outlines), outlines, cache))
    found = {(slice_.path, slice_.start): slice_ for slice_ in slices}
    for neighbour in _neighbours(seeds, graph):
        place = (neighbour.path, neighbour.definition.start)
        if place in found:
            found[place] = _raised(found[place], neighbour)
        elif neighbour.definition.end - neighbour.definition.start < LONGEST_ADDED_LINES:
            found[place] = _added(neighbour, outlines[neighbour.path])
    return tuple(sorted(found.values(), key=lambda slice_: -slice_.score))


def _chosen(
    paths: Mapping[str, None], entries: Mapping[str, BlobEntry], outlines: Mapping[str, Outline]
) -> list[BlobEntry]:
    """The first files of code, within the limits."""
    chosen: list[BlobEntry] = []
    left_bytes = MOST_BYTES
    for path in paths:
        if path in outlines and language_of(path) and is_ordinary(path):
            entry = entries[path]
            if entry.size_bytes <= left_bytes and len(chosen) < MOST_FILES:
                chosen.append(entry)
                left_bytes -= entry.size_bytes
    return chosen


def _parsed(chosen: Sequence[BlobEntry], outlines: Mapping[str, Outline], cache: SliceCache) -> dict[str, Parsed]:
    """What the files define, call and import; what had to be parsed is kept in the cache."""
    keys = {entry.path: call_key(entry.blob_id, language_of(entry.path)) for entry in chosen}
    known = cache.get(keys.values())
    fresh: dict[str, bytes] = {}
    parsed: dict[str, Parsed] = {}
    for path, key in keys.items():
        content = b"\n".join(outlines[path].lines)
        references = unpack_references(known[key]) if key in known else None
        if references is None:
            language = language_of(path)
            references = references_in(outlines[path].root or tree_of(content, language), language)
            fresh[key] = pack_references(references)
        parsed[path] = _file(outlines[path], content, references)
    cache.put(fresh)
    return parsed


def _file(outline: Outline, content: bytes, references: Sequence[Reference]) -> Parsed:
    imports = frozenset(name.rpartition(".")[2] for name in imported_names(content, outline.path))
    return Parsed(
        [piece for piece in outline.pieces if piece.name != BLOCK and not piece.is_inner], references, imports
    )


def _neighbours(seeds: Sequence[Slice], graph: CallGraph) -> Iterator[Neighbour]:
    for seed in seeds:
        if (seed.path, seed.start) in graph.definitions:
            for relation in graph.around((seed.path, seed.start)):
                yield Neighbour(relation.path, relation.definition, seed, relation.tie)


def _raised(slice_: Slice, neighbour: Neighbour) -> Slice:
    """The slice with its reason, and higher when the tie is one to follow; never above the candidate."""
    highest = max(slice_.score, 0.99 * neighbour.seed.score)
    gain = RAISE * neighbour.seed.score if neighbour.tie in FOLLOWED else 0.0
    score = min(highest, slice_.score + gain)
    if score <= slice_.score or neighbour.why in slice_.why:
        return slice_
    return replace(slice_, score=round(score, 6), why=f"{slice_.why}; {neighbour.why}")


def _added(neighbour: Neighbour, outline: Outline) -> Slice:
    found = neighbour.definition
    sha1 = outline.sha1(found.start, found.end)
    score = round(ADDED_SHARE * neighbour.seed.score, 6)
    return Slice(neighbour.path, found.name, found.start, found.end, sha1, score, neighbour.why)
