"""Which words every file of a commit holds, whatever is asked: one pass over all contents. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.localise.counting import Counts, counts_of
from runner.localise.kinds import is_scanned
from runner.localise.lexemes import Lexemes, Places, read_lexemes, read_words
from runner.localise.records import LEXEMES, are_lexemes, pack_lexemes, record_key, unpack_lexemes
from runner.models import BlobEntry
from runner.ports import Scan, SliceCache, T

Read = Callable[[Iterable[str]], Iterator[tuple[str, bytes]]]

LARGEST_BYTES: Final = 5_000_000
BATCH_BYTES: Final = 150_000
"""Contents that are taken apart at once: their arrays stay in the processor's cache."""
MOST_CHUNKS: Final = 4
LEAST_CHUNK_BYTES: Final = 2_000_000
"""Contents that one worker of the pool reads in a go. Few: each is a git of its own, which unpacks anew what the
others' objects are deltas of."""
SYMLINK: Final = "120000"
LONGEST_LINE_BYTES: Final = 5_000
LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
KINDS: Final = ("", "binary", "Git LFS pointers, whose contents are elsewhere", "minified")
"""Why a content's words are not looked at; the first is none."""


@dataclass(frozen=True, slots=True)
class Index:
    """The words of every scanned file of a commit. A file's number is its place in `files`.

    `notes` say what was not read and why.
    """

    files: tuple[BlobEntry, ...]
    contents: Lexemes
    paths: Lexemes
    notes: tuple[str, ...]

    @property
    def lengths(self) -> Places:
        """How many words each file holds."""
        return self.contents.lengths

    def in_contents(self, terms: Mapping[str, Iterable[str]]) -> Counts:
        """How often each file (row) holds any word of each term (column, in the mapping's order)."""
        return counts_of(self.contents, terms)

    def in_paths(self, terms: Mapping[str, Iterable[str]]) -> Counts:
        """How often each file's path (row) holds any word of each term (column)."""
        return counts_of(self.paths, terms)


def read_index(entries: Sequence[BlobEntry], read: Read, cache: SliceCache, scan: Scan) -> Index:
    """The words of every scanned file; only blobs that the cache does not know are read. Contents are not kept."""
    wanted, notes = _scanned(entries)
    records = _all_records(wanted, read, cache, scan)
    contents, kinds = unpack_lexemes([records[entry.blob_id] for entry in wanted])
    paths = read_words([entry.path.encode("utf-8", "replace") for entry in wanted])
    skipped = Counter(KINDS[kind] for kind in kinds if kind)
    notes += [f"{count} file(s) were not read: {why}" for why, count in sorted(skipped.items())]
    return Index(tuple(wanted), contents, paths, tuple(notes))


def _all_records(wanted: Iterable[BlobEntry], read: Read, cache: SliceCache, scan: Scan) -> dict[str, bytes]:
    """Each blob's packed words, by its id; what had to be read is kept in the cache."""
    sizes = {entry.blob_id: entry.size_bytes for entry in wanted}
    keys = {blob_id: record_key(blob_id, LEXEMES) for blob_id in sizes}
    kept = cache.get(keys.values())
    records = {blob_id: kept[key] for blob_id, key in keys.items() if key in kept and are_lexemes(kept[key])}
    chunks = _chunks({blob_id: size for blob_id, size in sizes.items() if blob_id not in records})
    for some in scan.map(lambda ids: _records(read(ids)), chunks):
        records.update(some)
        cache.put({keys[blob_id]: record for blob_id, record in some.items()})
    return records


def _scanned(entries: Sequence[BlobEntry]) -> tuple[list[BlobEntry], list[str]]:
    """The files to read, and what is said of those too large."""
    wanted = [entry for entry in entries if entry.mode != SYMLINK and is_scanned(entry.path)]
    large = [repr(entry.path) for entry in wanted if entry.size_bytes > LARGEST_BYTES]
    limit_mb = LARGEST_BYTES // 1_000_000
    notes = [f"{len(large)} file(s) over {limit_mb} MB were not read: {', '.join(large[:3])}"] if large else []
    return [entry for entry in wanted if entry.size_bytes <= LARGEST_BYTES], notes


def _chunks(sizes: Mapping[str, int]) -> list[list[str]]:
    """The blobs' ids (id -> bytes) in a few runs of about the same size."""
    enough = max(LEAST_CHUNK_BYTES, sum(sizes.values()) // MOST_CHUNKS)
    return [[blob_id for blob_id, _ in some] for some in _runs(sizes.items(), lambda item: item[1], enough)]


def _records(blobs: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Each blob's packed words, many taken apart at once."""
    records: dict[str, bytes] = {}
    for some in _runs(blobs, lambda blob: len(blob[1]), BATCH_BYTES):
        kinds = [_kind(content) for _, content in some]
        lexemes = read_lexemes([b"" if kind else content for (_, content), kind in zip(some, kinds, strict=True)])
        records.update(zip((blob_id for blob_id, _ in some), pack_lexemes(lexemes, kinds), strict=True))
    return records


def _runs(items: Iterable[T], size: Callable[[T], int], enough: int) -> Iterator[list[T]]:
    """The items in lists that are just large enough together; the last may be smaller."""
    some: list[T] = []
    total = 0
    for item in items:
        some.append(item)
        total += size(item)
        if total >= enough:
            yield some
            some, total = [], 0
    if some:
        yield some


def _kind(content: bytes) -> int:
    """The place in KINDS of what the content is."""
    if b"\0" in content[:8000]:
        return 1
    if content.startswith(LFS_POINTER):
        return 2
    if len(content) > 20_000 and content.count(b"\n") < len(content) // LONGEST_LINE_BYTES:
        return 3
    return 0
