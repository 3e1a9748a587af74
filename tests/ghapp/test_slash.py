"""Which comments order something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghapp.slash import Order, find_order


@pytest.mark.parametrize(
    ("comment", "order"),
    [
        ("/greenloop fix", Order("fix", "")),
        ("/greenloop fix the total please", Order("fix", "the total please")),
        ("/greenloop fix the total\nand the tax", Order("fix", "the total\nand the tax")),
        ("hello\r\n/greenloop fix\r\nlook at cart.py", Order("fix", "look at cart.py")),
        ("/greenloop FIX", Order("fix", "")),
        ("/greenloop\tfix", Order("fix", "")),
        ("/greenloop", Order("", "")),
        ("/greenloop dance", Order("dance", "")),
        ("```\ncode\n```\n/greenloop fix", Order("fix", "")),
        ("/greenloop fix\n/greenloop dance", Order("fix", "/greenloop dance")),
        ("please /greenloop fix", None),
        (" /greenloop fix", None),
        ("> /greenloop fix", None),
        ("    /greenloop fix", None),
        ("`/greenloop fix`", None),
        ("/greenloops fix", None),
        ("/Greenloop fix", None),
        ("```\n/greenloop fix\n```", None),
        ("````\n```\n/greenloop fix\n````", None),
        ("~~~\n/greenloop fix\n~~~", None),
        ("```\n/greenloop fix\n~~~\n/greenloop fix", None),
        ("```sh\n/greenloop fix", None),
        ("```\n/greenloop fix\n``` no end\n/greenloop fix", None),
        ("", None),
    ],
)
def test_an_order_stands_at_a_lines_start_outside_quotes_and_code(comment: str, order: Order | None) -> None:
    """Only a line that begins with the command orders; quoting somebody's order does not repeat it."""
    assert find_order(comment) == order


@given(st.text(alphabet="`~ \n>/greenloopfix", max_size=80))
def test_what_is_fenced_as_a_whole_never_orders(text: str) -> None:
    """A comment inside a fence that is longer than any run in it holds no order."""
    assert find_order(f"{'`' * 81}\n{text}\n{'`' * 81}") is None
