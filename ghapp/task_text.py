"""Which words of an issue or comment are a task's text, with what people cannot see taken out. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from ghapp.hidden import without_comments

TEXT_CAP_CHARS: Final = 65_536
"""GitHub's own limit for an issue's text."""

# Format characters (zero width, direction marks, tags) and what renders as nothing though it is a letter or mark.
_BLANK: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def _is_visible(character: str) -> bool:
    if character in "\n\t":
        return True
    point = ord(character)
    # Variation selectors carry hidden bytes: https://www.unicode.org/reports/tr36/
    if character in _BLANK or 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or point == 0x34F:
        return False
    return unicodedata.category(character) not in ("Cf", "Cc", "Co", "Cn", "Cs")


def visible(text: str) -> str:
    """The text as a reader of the page sees it: without HTML comments and invisible characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    # Characters first: one of them inside "<!--" would hide the comment's start.
    return without_comments("".join(filter(_is_visible, lines)))[:TEXT_CAP_CHARS].strip()


def task_text(title: str, body: str, remark: str = "") -> str:
    """Title, body and what was added to the command, as the one text that a run gets."""
    parts = (visible(title).replace("\n", " "), visible(body), visible(remark))
    return "\n\n".join(part for part in parts if part)
