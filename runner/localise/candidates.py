"""The best files, read again and cut into pieces, each parsed at most once in the life of its blob. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from runner.localise.index import Read
from runner.localise.kinds import language_of
from runner.localise.outline import Outline, outline
from runner.localise.query import Query
from runner.localise.records import pack_definitions, slice_key, unpack_definitions
from runner.localise.syntax import Definition, definitions_of
from runner.models import BlobEntry
from runner.ports import SliceCache

MOST_FILES: Final = 100
MOST_BYTES: Final = 4_000_000
"""What is parsed in one go; a parser reads some 10 MB/s."""
LARGEST_BYTES: Final = 1_500_000


def choose(ranked: Iterable[str], entries: Mapping[str, BlobEntry]) -> list[BlobEntry]:
    """The best files whose contents are worth cutting up, within the limits."""
    chosen: list[BlobEntry] = []
    left = MOST_BYTES
    for path in ranked:
        entry = entries[path]
        if len(chosen) == MOST_FILES:
            break
        if entry.mode != "120000" and entry.size_bytes <= min(left, LARGEST_BYTES):
            chosen.append(entry)
            left -= entry.size_bytes
    return chosen


def outlines_of(chosen: Sequence[BlobEntry], read: Read, query: Query, cache: SliceCache) -> dict[str, Outline]:
    """The chosen files' outlines by path; what had to be parsed is kept in the cache."""
    keys = {entry.path: slice_key(entry.blob_id, language_of(entry.path)) for entry in chosen}
    known = cache.get([key for path, key in keys.items() if language_of(path)])
    contents = dict(read(dict.fromkeys(entry.blob_id for entry in chosen)))
    wanted = frozenset(query.terms)
    fresh: dict[str, bytes] = {}
    found: dict[str, Outline] = {}
    for entry in chosen:
        content = contents[entry.blob_id]
        if b"\0" in content[:8000]:
            continue
        definitions = _definitions(entry.path, keys[entry.path], content, known, fresh)
        found[entry.path] = outline(entry.path, content, definitions, wanted)
    cache.put(fresh)
    return found


def _definitions(
    path: str, key: str, content: bytes, known: Mapping[str, bytes], fresh: dict[str, bytes]
) -> tuple[Definition, ...]:
    language = language_of(path)
    if not language:
        return ()
    kept = unpack_definitions(known[key]) if key in known else None
    if kept is not None:
        return kept
    parsed = definitions_of(content, language)
    fresh[key] = pack_definitions(parsed)
    return parsed
