"""Code that came back with its line numbers is read without them."""

from __future__ import annotations

from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply

TEXT = """import os


def total(prices):
    result = 0
    for price in prices[1:]:
        result += price
    return result
"""
FIXED = TEXT.replace("prices[1:]", "prices")


def made(reply: str) -> dict[str, str | None]:
    return apply_edits(parse_reply(reply, {"a.py": TEXT}), {"a.py": TEXT})


def test_a_whole_file_with_numbers_of_its_own_is_read_without_them() -> None:
    """After a new first line no number names the line that it stands before, but the lines are the file's."""
    new = ["import re", *FIXED.splitlines()]
    code = "".join(f"{n:>4} | {line}\n" for n, line in enumerate(new, 1))
    assert made(f"FILE: a.py\nREASONING: r\n```\n{code}```") == {"a.py": "".join(f"{line}\n" for line in new)}


def test_new_code_is_numbered_from_where_the_old_code_was() -> None:
    """Its numbers name no lines of the file, those of the quotation do."""
    old = "    5 |     result = 0\n    6 |     for price in prices[1:]:\n"
    new = "    5 |     prices = list(prices)\n    6 |     result = 0\n    7 |     for price in prices:\n"
    text = made(f"a.py\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n")
    assert text == {"a.py": FIXED.replace("    result = 0", "    prices = list(prices)\n    result = 0")}
