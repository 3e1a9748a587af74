"""That nobody's text becomes markup, a mention or a reference."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ghapp.markdown import cell, code, fence, label, plain, table

NASTY = st.text(alphabet="`~|@#<>![]()*_\\&\n\r\t\"'ab1-:/\u200b\u202e", max_size=60)


def tokens(text: str) -> list[str]:
    """The kinds of what CommonMark makes of a text, and of what stands inside its paragraphs."""
    found = MarkdownIt("commonmark").parse(text)
    return [kind for token in found for kind in (token.type, *(child.type for child in token.children or ()))]


@given(NASTY)
def test_code_is_code_and_nothing_else(text: str) -> None:
    """Whatever the text, it is one piece of code on one line."""
    shown = code(text)
    assert "\n" not in shown
    if shown != "-":
        assert tokens(f"x {shown} y") == [
            "paragraph_open", "inline", "text", "code_inline", "text", "paragraph_close",
        ]  # fmt: skip


@given(NASTY)
def test_a_fence_holds_its_text(text: str) -> None:
    """Whatever the text, it is one block of code and what follows is outside."""
    assert tokens(f"{fence(text, 'text')}\n\nafter") == [
        "fence", "paragraph_open", "inline", "text", "paragraph_close",
    ]  # fmt: skip


@given(NASTY)
def test_a_cell_stays_in_its_column(text: str) -> None:
    """A bar in the text does not begin a new cell."""
    shown = table(("a", "b"), [(cell(text), "end")])
    row = MarkdownIt("commonmark").enable("table").parse(shown)
    assert [token.type for token in row].count("td_open") == 2


@given(NASTY)
def test_plain_text_means_nothing_to_github(text: str) -> None:
    """No mention, no reference, no link, no code is left in a title or a commit's message."""
    assert not re.search(r"@\w|#\d|[`\n]|https?://|www\.|\bgh-\d", plain(text), re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fixes #12 for @mona", "fixes 12 for mona"),
        ("closes https://github.com/o/r/issues/5", "closes github.com/o/r/issues/5"),
        ("closes GH-5", "closes 5"),
        ("hthttps://tps://x", "x"),
        ("a\u200b@\u202eb", "ab"),
        (
            "`parse_date` and __init__ drop List[int] <T> & *args | C#",
            "parse_date and __init__ drop List[int] <T> & *args | C#",
        ),
        ("jdoe_acme", "jdoe_acme"),
        ("totals [skip  CI]", "totals skip CI]"),
        ("@`@mona", "mona"),
        ("  many   spaces\nand lines ", "many spaces and lines"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_plain_text_is_still_readable(text: str, shown: str) -> None:
    """Only what GitHub reads a meaning into is taken out."""
    assert plain(text) == shown


def test_a_label_cannot_leave_its_node() -> None:
    """Quotes, brackets and arrows of a path do not reach the graph."""
    assert label('a"]-->b["x; click me') == "a -- b x click me"
