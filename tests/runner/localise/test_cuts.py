"""What was read of a blob once gives the same outline as the blob itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.localise.cut_records import cut_key, pack_cut, unpack_cut
from runner.localise.cuts import cut, outlines
from runner.localise.outline import BLOCK

SOURCE = b"""\
import os

class Wheel:
    \"\"\"A wheel.\"\"\"

    def turn(self):
        return spin_wheel(self.spokes)

TURNS = 3
"""
WANTED = ("wheel", "turn", "=spin_wheel", "absent")


def test_a_piece_counts_its_own_lines_only() -> None:
    """What stands in a method is not its class's; a stem counts in all its forms, a compound as a whole."""
    found = outlines({"wheel.py": (SOURCE, cut(SOURCE, "python"))}, WANTED)["wheel.py"]
    assert [(piece.name, dict(piece.counts)) for piece in found.pieces] == [
        (BLOCK, {}),
        ("Wheel", {"wheel": 2}),
        ("Wheel.turn", {"turn": 1, "wheel": 1, "=spin_wheel": 1}),
        (BLOCK, {"turn": 1}),
    ]
    assert all(piece.words > 0 for piece in found.pieces)


def test_a_function_in_a_function_is_a_piece_and_part_of_that_function() -> None:
    """Each counts its words; what stands on one line beside a function is not in it."""
    source = b"def turn():\n    def wheel(): pass\n    return wheel\ndef stop(): pass\n"
    pieces = outlines({"a.py": (source, cut(source, "python"))}, WANTED)["a.py"].pieces
    assert [(piece.name, piece.is_inner, dict(piece.counts), piece.head_end) for piece in pieces] == [
        ("turn", False, {"turn": 1, "wheel": 2}, 3),
        ("turn.wheel", True, {"wheel": 1}, 2),
        ("stop", False, {}, 4),
    ]
    source = b"/** b */\n\n/*\n * a\n */\n\na.b = function () {}\n// gone\n\nfunction c() {}\n"
    pieces = outlines({"a.js": (source, cut(source, "javascript"))}, WANTED)["a.js"].pieces
    assert [(piece.name, piece.start) for piece in pieces if piece.name[:1] != "<"] == [("a.b", 3), ("c", 10)]
    source = b"// about b\n\n/**\n * What a does.\n */\nfunction a() {}\nclass C {\n  // of m\n  m() {}\n}\n"
    pieces = outlines({"a.js": (source, cut(source, "javascript"))}, WANTED)["a.js"].pieces
    assert [(piece.name, piece.start, piece.end) for piece in pieces if piece.name[:1] != "<"] == [
        ("a", 3, 6),
        ("C", 7, 10),
        ("C.m", 8, 9),
    ]
    source = b"function a() {} function b() {}"
    pieces = outlines({"a.js": (source, cut(source, "javascript"))}, WANTED)["a.js"].pieces
    assert [(piece.name, piece.is_inner) for piece in pieces] == [("a", False), ("b", False)]


@given(
    st.lists(
        st.sampled_from(
            [
                SOURCE,
                b"",
                b"\n\n",
                b"x = 1\n" * 100,
                b"def f(:\n\xff\xfe",
                b"class A: pass",
                b"def f():\n def g(): f()\n",
            ]
        ),
        max_size=4,
    )
)
def test_kept_cuts_give_the_same_outlines(contents: list[bytes]) -> None:
    """Unpacking is the inverse of packing, whatever stands beside it."""
    fresh = {f"{number}.py": (content, cut(content, "python")) for number, content in enumerate(contents)}
    kept = {path: (content, unpack_cut(pack_cut(found))) for path, (content, found) in fresh.items()}
    assert None not in [found for _, found in kept.values()]
    whole = {path: (content, found) for path, (content, found) in kept.items() if found is not None}
    assert outlines(whole, WANTED) == outlines(fresh, WANTED)


@pytest.mark.parametrize(
    "record", [b"", b"{}x", pack_cut(cut(SOURCE, "python"))[:-1], b"\1\0\0\0\0\0\0\0x", b"\xff" * 40]
)
def test_bytes_that_are_no_record_unpack_to_nothing(record: bytes) -> None:
    """The caller parses the file again."""
    assert unpack_cut(record) is None


def test_keys_differ_by_blob_and_language() -> None:
    """One blob read as two languages has two records."""
    assert len({cut_key(blob, language) for blob in ("1" * 40, "2" * 40) for language in ("c", "cpp")}) == 4
