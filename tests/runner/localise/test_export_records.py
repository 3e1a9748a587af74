"""What a file gives to those who import it is read once in the life of its blob."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.localise.export_records import exports_reader, pack_exports, unpack_exports
from runner.localise.exports import exports_of
from runner.testing import FakeRepository, FakeSliceCache

SOURCE = b"from ..a import (b as c, d)\nfrom .e import *\nimport f.g\nclass H: pass\n\xff: int = 1\nI = 2\n"


class Counted(FakeRepository):
    """A repository that knows how many blobs it was asked for."""

    reads = 0

    def read(self, blob_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Contents by blob id."""
        wanted = list(blob_ids)
        self.reads += len(wanted)
        return super().read(wanted)


def test_only_what_is_neither_kept_nor_at_hand_is_read() -> None:
    """Two files of one content are one blob; what is at hand is kept as well."""
    repository, cache = Counted({"a.py": SOURCE, "same.py": SOURCE, "b.py": b"x = 1\n"}), FakeSliceCache()
    entries = {entry.path: entry for entry in repository.entries("base")}
    exports = exports_reader(entries, repository, cache)
    first = exports(["a.py", "same.py", "b.py"], {"b.py": b"x = 1"})
    assert repository.reads == 1
    assert first["a.py"] == first["same.py"] == exports_of(SOURCE)
    assert exports(["b.py", "a.py"], {}) == {path: first[path] for path in ("a.py", "b.py")}
    assert repository.reads == 1
    cache.records = dict.fromkeys(cache.records, b"damaged")
    assert exports(["a.py"], {})["a.py"] == first["a.py"]
    assert exports([], {}) == {}


@given(st.lists(st.sampled_from([*SOURCE.splitlines(keepends=True), b"from x import y, z as y\n", b"("])))
def test_kept_exports_are_the_same(lines: list[bytes]) -> None:
    """Unpacking is the inverse of packing, the order of imports included."""
    exports = exports_of(b"".join(lines))
    kept = unpack_exports(pack_exports(exports))
    assert kept == exports
    assert kept is not None
    assert list(kept.imported) == list(exports.imported)


@pytest.mark.parametrize("record", [b"", b"{}", b"[1,2]", b"[[],[[1]],[]]", b"[[],[],7]", b"\xff"])
def test_bytes_of_another_kind_are_no_exports(record: bytes) -> None:
    """A damaged record is a miss."""
    assert unpack_exports(record) is None
