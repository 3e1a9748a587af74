"""What differs between two texts, however long they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.verify.line_blocks import changed_blocks

LINES = st.lists(st.sampled_from("abc"), max_size=12)


@given(LINES, LINES)
def test_the_blocks_make_one_text_of_the_other(before: list[str], after: list[str]) -> None:
    """What is in none of them is the same on both sides."""
    made, at = [], 0
    for start, end, first, last in changed_blocks(before, after):
        made += [*before[at:start], *after[first:last]]
        at = end
    assert [*made, *before[at:]] == after


@pytest.mark.parametrize(
    ("before", "after", "blocks"),
    [
        ("abc", "abc", []),
        ("abc", "axc", [(1, 2, 1, 2)]),
        ("aa", "aaa", [(2, 2, 2, 3)]),
        ("abcd", "xbcy", [(0, 1, 0, 1), (3, 4, 3, 4)]),
        ("", "a", [(0, 0, 0, 1)]),
    ],
)
def test_a_block_is_told_by_its_lines(before: str, after: str, blocks: list[tuple[int, int, int, int]]) -> None:
    """Those that went and those that came in their place."""
    assert changed_blocks([*before], [*after]) == blocks


def test_thousands_of_changes_between_equal_lines_take_no_minutes() -> None:
    """A long table may be written anew, row by row."""
    before = [line for number in range(3000) for line in (f"old {number}", "same")]
    after = [line for number in range(3000) for line in (f"new {number}", "same")]
    assert changed_blocks(before, after) == [(0, 5999, 0, 5999)]
