"""What is tied to the best slices rises behind them, or is added, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from runner.localise.call_records import pack_references, unpack_references
from runner.localise.calls import references_in
from runner.localise.candidates import outlines_of
from runner.localise.outline import Outline
from runner.localise.query import read_query
from runner.localise.related import with_neighbours
from runner.localise.syntax import tree_of
from runner.models import BlobEntry, Slice
from runner.testing import FakeRepository, FakeSliceCache

FILES = {
    "app/form.py": b"from app.check import check_value\n\n\ndef submit(form):\n    return check_value(form)\n",
    "app/check.py": b"def check_value(form):\n    return strip_all(form)\n\n\ndef strip_all(form):\n    return form\n",
    "tests/test_form.py": b"def test_submit():\n    check_value(1)\n",
}


def outlined(files: Mapping[str, bytes], cache: FakeSliceCache) -> tuple[dict[str, BlobEntry], dict[str, Outline]]:
    """The files as Map has them."""
    repository = FakeRepository(files)
    entries = {entry.path: entry for entry in repository.entries("base")}
    return entries, outlines_of(list(entries.values()), repository.read, read_query("submit"), cache)


def related(*slices: Slice, cache: FakeSliceCache | None = None) -> list[tuple[str, float, str]]:
    """Name, score and reason after the neighbours were looked at."""
    cache = cache or FakeSliceCache()
    entries, outlines = outlined(FILES, cache)
    return [(found.name, found.score, found.why) for found in with_neighbours(slices, outlines, entries, cache)]


def piece(path: str, name: str, start: int, end: int, score: float) -> Slice:
    return Slice(path, name, start, end, "0" * 40, score, "words: x")


SUBMIT = piece("app/form.py", "submit", 4, 5, 10.0)


def test_a_callee_that_no_word_led_to_is_added_with_its_reason() -> None:
    """It stands in the file of another slice or of none, behind everything that was found by its words."""
    assert related(SUBMIT) == [("submit", 10.0, "words: x"), ("check_value", 3.0, "called by submit")]


def test_a_callee_that_was_found_rises_but_never_above_its_caller() -> None:
    """A symptom is named in the task; the cause is often in what it calls."""
    assert related(SUBMIT, piece("app/check.py", "check_value", 1, 2, 5.0))[1] == (
        "check_value",
        6.0,
        "words: x; called by submit",
    )
    assert related(SUBMIT, piece("app/check.py", "check_value", 1, 2, 9.5))[1][1] == 9.9


def test_a_caller_gains_nothing() -> None:
    """Who calls the candidate only passes the symptom on; it is added, not raised."""
    best = piece("app/check.py", "check_value", 1, 2, 10.0)
    found = {name: (score, why) for name, score, why in related(best, piece("app/form.py", "submit", 4, 5, 5.0))}
    assert found["submit"] == (5.0, "words: x")


def test_tests_are_neither_followed_nor_added() -> None:
    """A test calls everything; that says nothing about where the fault is."""
    assert "test_submit" not in {name for name, _, _ in related(SUBMIT)}
    only = piece("tests/test_form.py", "test_submit", 1, 2, 9.0)
    assert [name for name, _, _ in related(only)] == ["test_submit"]


def test_what_was_read_once_is_not_parsed_again() -> None:
    """References are kept by blob; a record that was not made here counts as none."""
    cache = FakeSliceCache()
    first = related(SUBMIT, cache=cache)
    kept = dict.fromkeys(cache.records, b"damaged")
    assert related(SUBMIT, cache=cache) == first
    damaged = FakeSliceCache()
    damaged.records = kept
    assert related(SUBMIT, cache=damaged) == first


def test_records_hold_what_was_packed() -> None:
    """Names, lines and kinds survive; other bytes are refused."""
    references = references_in(tree_of(b"class A(B):\n    x = f()\n", "python"), "python")
    assert unpack_references(pack_references(references)) == references
    assert unpack_references(b"\xff") is None
    assert unpack_references(b"[1]") is None


def test_no_slices_have_no_neighbours() -> None:
    """Nothing leads to nothing."""
    assert related() == []
