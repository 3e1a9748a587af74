"""What a comment orders: the grammar of `/greenloop WORD [text]`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

COMMAND: Final = "/greenloop"

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Order:
    """The first command of a comment: its word in lower case ("" if there is none) and the text after it."""

    word: str
    text: str


def find_order(comment: str) -> Order | None:
    """The first line that begins with the command, outside quotes and code; its text runs to the comment's end."""
    lines = comment.replace("\r\n", "\n").split("\n")
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and _closes(line, fence) else fence
        elif mark:
            fence = mark.group(1)
        else:
            order = _order_in(line, lines[at + 1 :])
            if order is not None:
                return order
    return None


def _closes(line: str, fence: str) -> bool:
    """https://spec.commonmark.org/0.31.2/#fenced-code-blocks: at least as long, and nothing after it."""
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _order_in(line: str, after: list[str]) -> Order | None:
    words = line.split(maxsplit=2)
    if not line.startswith(COMMAND) or words[0] != COMMAND:
        return None
    first = words[2] if len(words) > 2 else ""
    return Order(words[1].lower() if len(words) > 1 else "", "\n".join([first, *after]).strip())
