"""Files are ordered before any is parsed, by their score and their kind."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from runner.localise.kinds import penalty_of
from runner.localise.rank_files import best_first
from runner.localise.weights import FIRST_WEIGHTS, total

PATHS = ("a.py", "b.py", "tests/a.py", "docs/a.md", "vendor/x.py", "setup.py", "d.yml", "x.min.js", "c_pb2.py")
SHARES = st.sampled_from((0.0, 0.1, 0.3, 0.6, 1.0))


@given(st.dictionaries(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(sorted(FIRST_WEIGHTS)), SHARES)))
def test_the_order_is_that_of_the_scores(found: dict[str, dict[str, float]]) -> None:
    """Whatever kinds the files are of, and whichever of them are alike."""
    scores = {path: total(mine, FIRST_WEIGHTS) * penalty_of(path)[0] for path, mine in found.items()}
    assert list(best_first(found)) == sorted(scores, key=lambda path: (-scores[path], path))


def test_only_the_kinds_that_matter_are_looked_at() -> None:
    """The best of two thousand files are told without asking what kind the others are."""
    found = {f"best/{number}.py": {"words": 1.0 - number / 2_000} for number in range(2_000)}
    penalty_of.cache_clear()
    assert list(islice(best_first(found), 3)) == ["best/0.py", "best/1.py", "best/2.py"]
    assert penalty_of.cache_info().misses < 10
