"""Edits land on the lines they quote, all or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.edits.apply import apply_edits, digest, encode
from runner.errors import EditRejected
from runner.models import Edit

TEXT = "def f(x):\n    if x < 0:\n        return 0\n    return x\n"
FILES = {"a.py": TEXT}


def edit(anchor: str | None, text: str | None, *, start: int = 1, end: int = 1, path: str = "a.py") -> Edit:
    return Edit(path, start, end, anchor, text, "because")


def test_an_edit_replaces_the_lines_it_quotes_though_its_numbers_drifted() -> None:
    """The anchor decides, not the numbers."""
    changed = apply_edits([edit("    if x < 0:", "    if x <= 0:\n", start=40, end=40)], FILES)
    assert changed == {"a.py": TEXT.replace("<", "<=")}


def test_of_equal_places_the_nearest_to_the_number_is_taken() -> None:
    """Equal lines are told apart by the line number."""
    files = {"a.py": "x = 1\ny = 2\nx = 1\n"}
    assert apply_edits([edit("x = 1", "x = 3", start=3, end=3)], files) == {"a.py": "x = 1\ny = 2\nx = 3\n"}


def test_a_tie_between_equal_places_is_refused() -> None:
    """What is ambiguous is never guessed."""
    files = {"a.py": "x = 1\ny = 2\nx = 1\n"}
    with pytest.raises(EditRejected, match="2 places"):
        apply_edits([edit("x = 1", "x = 3", start=2, end=2)], files)


@pytest.mark.parametrize("anchor", ["", "   ", "\n\n"])
def test_a_quotation_of_nothing_is_refused(anchor: str) -> None:
    """It would fit everywhere."""
    with pytest.raises(EditRejected, match="quote"):
        apply_edits([edit(anchor, "x = 3")], FILES)


def test_two_insertions_at_one_place_keep_their_order() -> None:
    """One after the line above, one before the line below."""
    edits = [edit("a", "a\nfirst\n"), edit("b", "second\nb\n", start=2, end=2)]
    assert apply_edits(edits, {"a.py": "a\nb\n"}) == {"a.py": "a\nfirst\nsecond\nb\n"}


def test_one_bad_edit_stops_all_and_every_fault_is_told() -> None:
    """All or nothing, with the nearest real lines quoted back."""
    edits = [edit("    return x", "    return 1"), edit("    if x < 1:", "    pass"), edit("nothing like it", "z")]
    with pytest.raises(EditRejected) as rejected:
        apply_edits(edits, FILES)
    assert len(rejected.value.faults) == 2
    assert "2 |     if x < 0:" in rejected.value.faults[0]


def test_windows_line_ends_stay() -> None:
    """A file keeps its line ends."""
    files = {"a.py": TEXT.replace("\n", "\r\n")}
    changed = apply_edits([edit("    return x", "    return -x\n")], files)
    assert changed == {"a.py": TEXT.replace("return x", "return -x").replace("\n", "\r\n")}


def test_a_missing_newline_at_the_end_stays_missing() -> None:
    """The last line is not ended for the author."""
    assert apply_edits([edit("b", "c\n")], {"a.py": "a\nb"}) == {"a.py": "a\nc"}


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([edit(None, "print(1)", path="new.py", end=0)], {"new.py": "print(1)\n"}),
        ([edit(None, None)], {"a.py": None}),
        ([edit("    if x < 0:\n        return 0", "", start=2, end=3)], {"a.py": "def f(x):\n    return x\n"}),
        ([edit("    return x   ", "    return 2")], {"a.py": TEXT.replace("return x", "return 2")}),
    ],
    ids=["new file", "deleted file", "deleted lines", "trailing space in the quote"],
)
def test_awkward_edits_apply(edits: list[Edit], expected: dict[str, str | None]) -> None:
    """New and deleted files, deleted lines and sloppy quotes work."""
    assert apply_edits(edits, FILES) == expected


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([edit("    return x", "    return x")], "change nothing"),
        ([edit("    return x", "1"), edit("        return 0\n    return x", "2")], "overlap"),
        ([edit("x", "y", path="gone.py")], "no such file; to create it"),
        ([edit(None, None, path="gone.py")], "no such file to delete"),
        ([edit(None, "y")], "does not quote"),
        ([edit(None, None), edit("    return x", "1")], "deleted and edited"),
    ],
)
def test_impossible_edits_are_refused(edits: list[Edit], message: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(EditRejected, match=message):
        apply_edits(edits, FILES)


@given(st.lists(st.text("abc =", min_size=1, max_size=6), min_size=2, max_size=12), st.data())
def test_an_exact_quote_with_its_true_number_always_lands_there(lines: list[str], data: st.DataObject) -> None:
    """Content and number together name one place, whatever else the file repeats."""
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = apply_edits([edit(lines[at], "NEW", start=at + 1, end=at + 1)], {"a.py": "\n".join(lines) + "\n"})
    assert changed == {"a.py": "\n".join([*lines[:at], "NEW", *lines[at + 1 :]]) + "\n"}


def test_the_digest_names_the_changes() -> None:
    """Equal changes have equal digests; a deletion is no empty file."""
    assert digest({"a": b"1", "b": None}) == digest({"b": None, "a": b"1"})
    assert digest({"a": b""}) != digest({"a": None})
    assert encode({"a": "ä", "b": None}) == {"a": "ä".encode(), "b": None}
