"""The best files, read again and cut into pieces, each parsed at most once in the life of its blob. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from runner.localise.cut_records import cut_key, pack_cut, unpack_cut
from runner.localise.cuts import cut, outlines
from runner.localise.index import Read
from runner.localise.kinds import language_of
from runner.localise.outline import Outline
from runner.localise.query import Query
from runner.models import BlobEntry
from runner.ports import SliceCache

MOST_FILES: Final = 40
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
    """The chosen files' outlines by path, binary ones left out; what had to be parsed is kept in the cache."""
    contents = dict(read(dict.fromkeys(entry.blob_id for entry in chosen)))
    texts = [entry for entry in chosen if b"\0" not in contents[entry.blob_id][:8000]]
    keys = {entry.path: cut_key(entry.blob_id, language_of(entry.path)) for entry in texts}
    known = {key: kept for key, record in cache.get(keys.values()).items() if (kept := unpack_cut(record)) is not None}
    fresh = {
        keys[entry.path]: cut(contents[entry.blob_id], language_of(entry.path))
        for entry in texts
        if keys[entry.path] not in known
    }
    cache.put({key: pack_cut(found) for key, found in fresh.items()})
    cuts = known | fresh
    return outlines({entry.path: (contents[entry.blob_id], cuts[keys[entry.path]]) for entry in texts}, query.terms)
