"""The benches of the search measure what they say: small fixes, near misses, and programs that do the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import quixbugs_alike
from bench.cases import Case
from bench.repairs import Row, lines_of, near_miss_of, summary
from runner.testing import FakeRepository

FIX = """diff --git a/m.py b/m.py
--- a/m.py
+++ b/m.py
@@ -1,3 +1,4 @@
 def work():
-    return 1
+    a = 2
+    return a
"""


def case(fix: str) -> Case:
    return Case("c", "r", "m", "0", "", fix, "", (), None)


def test_the_longer_side_of_a_fix_says_how_small_it_is() -> None:
    """Two lines instead of one are two lines; the headers are none."""
    assert lines_of(case(FIX)) == 2


def row(*truths: str, ended: str = "plausible") -> Row:
    return Row("c", ended, 1.0, 1.0, 0.0, truths, truths, (), 1)


def test_the_summary_counts_what_ran() -> None:
    """A case that could not be set up is no miss; a list counts once."""
    rows = [row("differs (1 of 2)", "correct, same"), row("correct, same"), row(), row(ended="unusable: no python")]
    said = summary(rows, 9)
    assert said.startswith("n = 3 of 9")
    assert "plausible 2 (67%), correct first 1 (33%), correct in the list 2 (67%)" in said


@pytest.mark.parametrize(
    ("one", "other"),
    [([1, 2], [1, 3]), ([1.0], [1.5]), (None, [1]), ([[]], [[0]]), ([1, 2], [1, 2, 3])],
)
def test_outcomes_are_compared_by_content(one: object, other: object) -> None:
    """Floats may differ by what approximations may; nothing else may differ."""
    assert not quixbugs_alike.alike(one, other)
    assert quixbugs_alike.alike(other, other)
    assert quixbugs_alike.alike([1.0], [1.001])


def test_inputs_have_the_shape_of_the_test_data(tmp_path: Path) -> None:
    """Sorted lists stay sorted, and integers stay between the least and the largest seen in their place."""
    data = tmp_path / "data.json"
    data.write_text("[[[1, 4, 9], 4], 1]\n[[[2, 3], 7], -1]\n")
    given = list(quixbugs_alike.inputs_of("find_in_sorted", data, random.Random(0), 50))
    assert all(numbers == sorted(numbers) and 4 <= wanted <= 7 for numbers, wanted in given)
    assert len({repr(one) for one in given}) > 20


@pytest.mark.parametrize("name", sorted(quixbugs_alike.GRAPHS))
def test_every_graph_program_gets_arguments(name: str) -> None:
    """The same seed gives the same graphs."""
    one, other = ([repr(quixbugs_alike.GRAPHS[name](random.Random(seed))) for seed in range(5)] for _ in range(2))
    assert one == other


def test_a_near_miss_is_the_fix_without_its_last_hunk() -> None:
    """What a model got half right: the first change is there, the second is not."""
    before, after = b"a = 1\nb = 2\nc = 3\n", b"a = 0\nb = 2\nc = 0\n"
    near = near_miss_of({"m.py": after}, "base", FakeRepository({"m.py": before}))
    assert near == {"m.py": "a = 0\nb = 2\nc = 3\n"}
