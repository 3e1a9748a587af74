"""What of an issue's text a run gets to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghapp.task_text import TEXT_CAP_CHARS, task_text, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("a <!-- do evil --> b", "a   b"),
        ("a <!-- over\nlines --> b", "a   b"),
        ("a <!-- never closed", "a <!-- never closed"),
        ("<!-- never closed\n\nb", ""),
        ("a\n\n> - <!-- never closed\n\nb", "a\n\n> -"),
        ("a <!--x--> b <!--y--> c", "a   b   c"),
        ("zero\u200bwidth\u200d\u2060 \ufeffhere", "zerowidth here"),
        ("<\u200b!-- hidden start --> b", "b"),
        ("right\u202eleft\u2066", "rightleft"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("selector\ufe0f\U000e0100", "selector"),
        ("blank\u3164\u115f\u2800letters", "blankletters"),
        ("bell\x07null\x00", "bellnull"),
        ("private\ue000", "private"),
        ("tab\tand\r\nlines\rstay", "tab\tand\nlines\nstay"),
        ("Umlaute äöü, 日本語, 🎉 stay", "Umlaute äöü, 日本語, 🎉 stay"),
    ],
)
def test_only_what_a_reader_sees_is_left(text: str, seen: str) -> None:
    """Comments and characters without a shape are gone; everything that can be read stays."""
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "`<!--` opens a comment and `-->` closes it",
        "see\n```html\n<p>\n\n<!-- a -->\n```\nand so on",
        "~~~~\n~~~\n<!-- a\n~~~~\nand so on",
        "1. do\n   ```html\n   <!-- a -->\n   ```\n2. see",
        "```\n<!-- the fence is never closed",
        "a List<int>\n\nthen `<!-- a -->`",
    ],
)
def test_code_that_looks_like_a_comment_is_read(text: str) -> None:
    """What is shown as it was written is part of the task, and so is what comes after it."""
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a ` b\n<!-- evil ` -->",
        "a `b\nc` <!-- evil ` -->",
        "\\` <!-- evil ` -->",
        "<!-- a --> ` <!-- evil ` -->",
        "<a title='`'> <!-- evil ` -->",
        "| ` | <!-- evil ` --> |",
        "<div>\n```\n<!-- evil -->\n```",
        "<pre>\n\n```\n<!-- evil -->\n```",
        "- x\n  ```\n<!-- evil -->\n  ```",
        "  ~~~\n```\n  ~~~\n<!-- evil -->\n```",
        "```a``` b\n<!-- evil -->\n```",
        "<div> x <!-- evil",
        "> <!-- a\n\n-->\n\nb <!-- evil",
    ],
)
def test_what_only_seems_to_be_code_stays_hidden(text: str) -> None:
    """Where GitHub sees a comment the run sees none of it, whatever backticks stand around."""
    assert "evil" not in visible(text)


@given(st.text(max_size=300) | st.text(alphabet="<!->\u200b x", max_size=60))
def test_taking_out_what_is_hidden_leaves_nothing_hidden(text: str) -> None:
    """No comment is left after one pass, not even one that appears when another is taken out."""
    seen = visible(text)
    assert "\u200b" not in seen
    assert visible(seen) == seen


def test_nested_comment_marks_do_not_survive() -> None:
    """Taking out an inner comment must not put an outer one together."""
    assert "<!--" not in visible("<!<!-- x -->-- hidden -->")


def test_the_first_line_is_the_title_and_a_remark_comes_last() -> None:
    """Title on one line, then the body, then what was added to the command."""
    assert task_text("Totals\nare wrong", "The first is missing.", "see cart.py") == (
        "Totals are wrong\n\nThe first is missing.\n\nsee cart.py"
    )


def test_a_text_is_at_most_what_github_allows() -> None:
    """A longer one is cut."""
    assert len(visible("x" * (TEXT_CAP_CHARS + 1))) == TEXT_CAP_CHARS
