"""The index knows every word of every scanned file, and reads each blob once in its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.localise.index import LARGEST_BYTES, Index, read_index
from runner.localise.lexemes import read_lexemes
from runner.localise.records import are_lexemes, pack_lexemes, unpack_lexemes
from runner.models import BlobEntry
from runner.testing import FakeRepository, FakeSliceCache, SerialScan


class CountingRepository(FakeRepository):
    """Notes which blobs are read."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(files)
        self.was_read: list[str] = []

    def read(self, blob_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The contents, in the order asked."""
        wanted = list(blob_ids)
        self.was_read += wanted
        return super().read(wanted)


def index_of(files: Mapping[str, bytes], cache: FakeSliceCache | None = None) -> tuple[Index, list[str]]:
    """The index and the blobs that had to be read for it."""
    repository = CountingRepository(files)
    index = read_index(repository.entries("base"), repository.read, cache or FakeSliceCache(), SerialScan())
    return index, repository.was_read


def counts(index: Index, *terms: str) -> dict[str, list[float]]:
    """Path -> how often it holds each term."""
    table = index.in_contents({term: (term,) for term in terms})
    return {file.path: row.tolist() for file, row in zip(index.files, table, strict=True)}


def test_a_term_counts_all_its_words() -> None:
    """A term's words add up; a word may stand for two terms; what no file holds is zero."""
    index, _ = index_of({"a.py": b"cat cats dog", "b.py": b"dog"})
    table = index.in_contents({"cat": ("cat", "cats"), "pet": ("cat", "dog"), "bird": ("bird",)})
    assert table.tolist() == [[2, 2, 0], [0, 1, 0]]


def test_paths_are_words_too() -> None:
    """A path's humps and separators part its words."""
    index, _ = index_of({"src/HttpServer.java": b"", "web-app/http_client.js": b""})
    assert index.in_paths({"http": ("http",), "server": ("server",)}).tolist() == [[1, 1], [1, 0]]


def test_only_what_changed_is_read_again() -> None:
    """At another commit the cache answers for every blob that is still there."""
    cache = FakeSliceCache()
    first, read_first = index_of({"a.py": b"cat", "b.py": b"dog", "c.py": b"dog"}, cache)
    second, read_second = index_of({"a.py": b"cat", "moved.py": b"dog", "d.py": b"bird cat"}, cache)
    assert len(read_first) == 2
    assert len(read_second) == 1
    assert counts(first, "cat", "dog") == {"a.py": [1, 0], "b.py": [0, 1], "c.py": [0, 1]}
    assert counts(second, "cat", "dog") == {"a.py": [1, 0], "moved.py": [0, 1], "d.py": [1, 0]}


@pytest.mark.parametrize("junk", [b"", b"x", b"\xff" * 12, b"\1\0\0\0" * 3])
def test_a_foreign_record_is_read_anew(junk: bytes) -> None:
    """Bytes that are no record of ours are a miss."""
    cache = FakeSliceCache()
    index_of({"a.py": b"cat"}, cache)
    cache.records = dict.fromkeys(cache.records, junk)
    index, read = index_of({"a.py": b"cat"}, cache)
    assert len(read) == 1
    assert counts(index, "cat") == {"a.py": [1]}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"cat\0cat", "1 file(s) were not read: binary"),
        (b"version https://git-lfs.github.com/spec/v1\ncat 1", "LFS"),
        (b"cat " * 10_000, "1 file(s) were not read: minified"),
    ],
)
def test_what_is_no_source_is_noted_also_from_the_cache(content: bytes, note: str) -> None:
    """Its words do not count, and the result says why, cold and warm."""
    cache = FakeSliceCache()
    for _ in range(2):
        index, _ = index_of({"a.js": content, "b.js": b"cat"}, cache)
        assert counts(index, "cat") == {"a.js": [0], "b.js": [1]}
        assert note in index.notes[0]


def test_large_files_links_and_documents_are_not_read() -> None:
    """Only the large ones are worth a note."""
    entries = [
        BlobEntry("large.py", "1" * 40, "100644", LARGEST_BYTES + 1),
        BlobEntry("link.py", "2" * 40, "120000", 4),
        BlobEntry("readme.md", "3" * 40, "100644", 4),
    ]
    index = read_index(entries, lambda ids: iter([(id_, b"") for id_ in ids]), FakeSliceCache(), SerialScan())
    assert index.files == ()
    assert index.notes == ("1 file(s) over 5 MB were not read: 'large.py'",)
    assert index.in_contents({"cat": ("cat",)}).shape == (0, 1)


def test_no_terms_are_no_fault() -> None:
    """A text without a word finds nothing."""
    index, _ = index_of({"a.py": b"cat"})
    assert index.in_contents({}).shape == (1, 0)
    assert index.in_contents({"nothing": ()}).tolist() == [[0]]


@given(st.lists(st.binary(max_size=80), max_size=5))
def test_lexemes_survive_packing(contents: list[bytes]) -> None:
    """Unpacking is the inverse of packing."""
    lexemes = read_lexemes(contents)
    records = pack_lexemes(lexemes, range(len(contents)))
    back, kinds = unpack_lexemes(records)
    assert all(are_lexemes(record) for record in records)
    assert kinds == list(range(len(contents)))
    assert back.hashes.tolist() == lexemes.hashes.tolist()
    assert back.counts.tolist() == lexemes.counts.tolist()
    assert back.cuts.tolist() == lexemes.cuts.tolist()
    assert back.lengths.tolist() == lexemes.lengths.tolist()
