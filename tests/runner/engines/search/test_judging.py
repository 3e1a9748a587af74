"""Suspicion from coverage, the rank of plausible candidates, and the edit they become."""

from __future__ import annotations

import pytest

from runner.edits.apply import apply_edits
from runner.engines.search.generate import Candidate
from runner.engines.search.patch import edit_of
from runner.engines.search.rank import oddities, rank
from runner.engines.search.source import Change, Source, Unit, apply_changes, units_of
from runner.engines.search.spectrum import Survey, suspicion_of
from runner.engines.search.surveying import near_passing


def survey(outcome: str, *lines: int, raised: int = 0) -> Survey:
    held = frozenset(("m.py", line) for line in lines)
    return Survey(outcome, 0.0, held, raised=(("m.py", raised),) if raised else ())


def test_lines_of_failing_tests_alone_are_most_suspicious() -> None:
    """Ochiai: a line that only failing tests reach scores 1, a shared one less, one of passing tests not at all."""
    scores = suspicion_of([survey("failed", 1, 2)], [survey("passed", 1, 3), survey("passed", 1)])
    assert scores[("m.py", 2)] == 1.0
    assert 0 < scores[("m.py", 1)] < 1.0
    assert ("m.py", 3) not in scores


def test_the_raising_line_gains() -> None:
    """Among equally covered lines, the one the exception came from is first."""
    scores = suspicion_of([survey("failed", 1, 2, raised=2)], [])
    assert scores[("m.py", 2)] > scores[("m.py", 1)]


TEXT = "def work(a, b):\n    seen = set()\n    if a in seen:\n        return 0\n    return a + b\n"


def candidate(old: str, new: str, text: str = TEXT) -> tuple[Source, Candidate]:
    source = Source("m.py", text)
    unit: Unit = units_of(source, 0)[0]
    at = text.index(old)
    return source, Candidate(unit, (Change(at, at + len(old), new),), 3.0, "test", unit.node.lineno + 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a + b", "a"),
        ("a + b", "a + 0"),
        ("a + b", "a + a"),
        ("a + b", "'expected' + b"),
        ("a in seen", "a == 4711"),
        ("0", "[a"),
        ("return a + b", "return 1"),
    ],
    ids=[
        "unused parameter is fine",
        "idle operation",
        "the same twice",
        "literal of a test",
        "special number",
        "broken",
        "a constant",
    ],
)
def test_odd_repairs_rank_behind_plain_ones(old: str, new: str) -> None:
    """What leaves an oddity behind is tried after what does not, at equal cost."""
    plain = rank(*candidate("a + b", "b + a")).rank
    odd = rank(*candidate(old, new)).rank
    assert odd == plain if new == "a" else odd > plain


def test_a_filled_container_is_less_odd_than_an_empty_one() -> None:
    """The patch that fills the set is better than one that leaves it empty for ever."""
    source, filled = candidate("    return a + b", "    seen.add(a)\n    return a + b")
    assert rank(source, filled).rank < filled.cost
    assert oddities(filled.unit.node) == 1


CHECKED = "def work(a):\n    if a < 0:\n        raise ValueError(a)\n    return a + 1\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    if a < 0:\n        raise ValueError(a)\n", ""),
        ("        raise ValueError(a)\n", "        pass\n"),
        ("a < 0", "False"),
        ("    return a + 1\n", "    try:\n        return a + 1\n    except TypeError:\n        return None\n"),
        ("    return a + 1\n", "    return a\n    return a + 1\n"),
    ],
    ids=["check gone", "error gone", "constant condition", "exception passed over", "code out of reach"],
)
def test_what_weakens_the_function_comes_last(old: str, new: str) -> None:
    """A repair that only stops asking is behind one of twice its cost that does not."""
    _, weaker = candidate(old, new, CHECKED)
    source, plain = candidate("a + 1", "a - 1", CHECKED)
    assert rank(source, weaker).rank > rank(source, plain).rank + plain.cost
    assert rank(source, weaker).is_odd
    assert not rank(source, plain).is_odd


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a + b", "a - b"),
        ("    seen = set()\n", ""),
        ("    return a + b\n", ""),
        ("    return a + b", "    a += 1\n    return a + b"),
        ("    seen = set()\n", "    seen = set()\n    seen = set()\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_an_edit_of_whole_lines_says_the_same(old: str, new: str, end: str) -> None:
    """The edit, applied by the loop, gives exactly the candidate's file."""
    text = TEXT.rstrip("\n") + end
    if old not in text:
        old = old.rstrip("\n")
    source, made = candidate(old, new, text)
    expected = apply_changes(text, made.changes)
    edit = edit_of(source, made)
    assert edit.anchor
    assert apply_edits([edit], {"m.py": text}) == {"m.py": expected}


def test_an_insertion_after_a_blank_line_takes_a_line_along_that_says_something() -> None:
    """A blank line stands in many places, and quotes none of them."""
    text = "def f(a):\n    seen = a\n\n    return a\n"
    source, made = candidate("\n    return a", "\n    seen += 1\n    return a", text)
    edit = edit_of(source, made)
    assert edit.anchor is not None
    assert edit.anchor.strip()
    assert apply_edits([edit], {"m.py": text}) == {"m.py": text.replace("    return", "    seen += 1\n    return")}


def test_the_nearest_passing_tests_are_chosen() -> None:
    """Tests of the same file come first, then those of the same folder; only a few files are collected."""
    passing = [f"far/test_{n}.py::test" for n in range(20)] + ["near/test_b.py::test", "near/test_a.py::test_2", "odd"]
    chosen = near_passing(["near/test_a.py::test_1"], passing, 200)
    assert chosen[:2] == ("near/test_a.py::test_2", "near/test_b.py::test")
    assert len({name.split("::")[0] for name in chosen}) <= 8
    assert "odd" not in chosen


def test_of_files_without_a_failing_test_each_has_its_turn() -> None:
    """What passing tests of many kinds execute clears more than what those of one kind do."""
    passing = ["b/test_b.py::one", "b/test_b.py::two", "c/test_c.py::one", "c/test_c.py::two"]
    chosen = near_passing(["a/test_a.py::test_1"], passing, 3)
    assert chosen == ("b/test_b.py::one", "c/test_c.py::one", "b/test_b.py::two")
