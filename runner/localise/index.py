"""Which of a task's words each file holds: one pass over all contents that keeps counts and nothing else. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from runner.localise.kinds import is_scanned, language_of
from runner.localise.query import Query
from runner.localise.words import forms
from runner.models import BlobEntry

Read = Callable[[Iterable[str]], Iterator[tuple[str, bytes]]]

LARGEST_BYTES: Final = 5_000_000
MOST_WORDS: Final = 120
MOST_LITERALS: Final = 8
SYMLINK: Final = "120000"
LONGEST_LINE_BYTES: Final = 5_000
LOWER: Final = bytes(
    byte + 32 if 65 <= byte <= 90 else byte if 97 <= byte <= 122 or 48 <= byte <= 57 else 32 for byte in range(256)
)
"""Letters to lower case, digits as they are, all else to blanks: underscores too, so that snake_case falls apart."""
LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
IS_UPPER: Final = np.array([65 <= byte <= 90 for byte in range(256)])
IS_LOWER: Final = np.array([97 <= byte <= 122 or 48 <= byte <= 57 for byte in range(256)])


@dataclass(frozen=True, slots=True)
class Posting:
    """One file: how often it holds each query term, and its length in words."""

    entry: BlobEntry
    counts: Mapping[str, int]
    words: int


@dataclass(slots=True)
class Index:
    """All files of a commit seen through one query. `notes` says what was not read and why."""

    postings: list[Posting] = field(default_factory=list)
    literal_paths: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def scan(entries: Sequence[BlobEntry], read: Read, query: Query) -> Index:
    """Read every scanned file once, in bulk; contents are not kept."""
    index = Index()
    by_blob = _by_blob(entries, index)
    vocabulary = _vocabulary(query)
    literals = [literal.encode("utf-8", "replace") for literal in query.literals[:MOST_LITERALS]]
    skipped: Counter[str] = Counter()
    for blob_id, content in read(list(by_blob)):
        why = _unreadable(content)
        if why:
            skipped[why] += len(by_blob[blob_id])
            continue
        index.postings += [_posting(entry, content, vocabulary) for entry in by_blob[blob_id]]
        if any(literal in content for literal in literals):
            index.literal_paths.update(entry.path for entry in by_blob[blob_id])
    index.notes += [f"{count} file(s) were not read: {why}" for why, count in skipped.items()]
    return index


def _by_blob(entries: Sequence[BlobEntry], index: Index) -> dict[str, list[BlobEntry]]:
    """The files to read by their content's id; too large ones are noted in the index."""
    by_blob: dict[str, list[BlobEntry]] = {}
    large: list[str] = []
    for entry in entries:
        if entry.mode == SYMLINK or not is_scanned(entry.path):
            continue
        if entry.size_bytes > LARGEST_BYTES:
            large.append(repr(entry.path))
        else:
            by_blob.setdefault(entry.blob_id, []).append(entry)
    if large:
        limit_mb = LARGEST_BYTES // 1_000_000
        index.notes.append(f"{len(large)} file(s) over {limit_mb} MB were not read: {', '.join(large[:3])}")
    return by_blob


def idf(documents: int, holding: int) -> float:
    """How much a term says that `holding` of `documents` hold; rare ones count more than BM25's own measure."""
    return float(math.log(1 + (documents - holding + 0.5) / (holding + 0.5)) ** 1.3)


def _vocabulary(query: Query) -> dict[bytes, str]:
    """Each word form that may stand in a file -> the query's term; compounds are found where they are one word."""
    heaviest = sorted(query.terms, key=lambda term: -query.terms[term])[:MOST_WORDS]
    found: dict[bytes, str] = {}
    for term in heaviest:
        words = (term[1:],) if term[0] == "=" else forms(term)
        found.update((word.encode("ascii"), term) for word in words)
    return found


def _posting(entry: BlobEntry, content: bytes, vocabulary: Mapping[bytes, str]) -> Posting:
    if language_of(entry.path) != "python":
        content = split_camel_case(content)
    tokens = content.translate(LOWER).split()
    counts: dict[str, int] = {}
    for word, count in Counter(filter(vocabulary.__contains__, tokens)).items():
        term = vocabulary[word]
        counts[term] = counts.get(term, 0) + count
    return Posting(entry, counts, len(tokens))


def split_camel_case(content: bytes) -> bytes:
    """The content with a blank before each capital that follows a small letter or digit."""
    letters = np.frombuffer(content, dtype=np.uint8)
    if len(letters) < 2:
        return content
    humps = np.flatnonzero(IS_LOWER[letters[:-1]] & IS_UPPER[letters[1:]]) + 1
    return np.insert(letters, humps, 32).tobytes() if len(humps) else content


def _unreadable(content: bytes) -> str:
    if b"\0" in content[:8000]:
        return "binary"
    if content.startswith(LFS_POINTER):
        return "Git LFS pointers, whose contents are elsewhere"
    if len(content) > 20_000 and content.count(b"\n") < len(content) // LONGEST_LINE_BYTES:
        return "minified"
    return ""
