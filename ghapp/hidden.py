"""Which part of a Markdown text is an HTML comment, that no reader sees, and which only looks like one. Pure.

Code is left alone only where it surely is code on GitHub: a comment that passed for code would reach the run unseen.
https://spec.commonmark.org/0.31.2/#html-blocks
"""

from __future__ import annotations

import re
from typing import Final

_COMMENT: Final = re.compile(r"<!--.*?(?:(?P<end>-->)|\Z)", re.DOTALL)
# Closed as it was opened, with no line before that could end the list which the block may stand in.
_BLOCK: Final = re.compile(
    r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[^`\n]*(?:\n|\Z)"
    r"(?:[ \t]*\n|(?P=indent)(?![ \t]*(?:(?P=fence)|\n))[^\n]+(?:\n|\Z))*+"
    r"(?:(?P=indent)(?P=fence)[`~]*[ \t]*$|\Z)",
    re.MULTILINE,
)
# On one line, and in one cell should the line be a table's row.
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)[^\n|]*?(?<!`)\1(?!`)")
_MARK: Final = re.compile(
    r"(?P<blank>\n[ \t]*(?=\n))|(?P<comment><!--)|(?P<escape>\\[\\`])"
    r"|(?P<raw>^[ \t>*+\-\d.)]*(?:```|~~~)|<(?i:(?:pre|script|style|textarea)\b)|<[?!])|(?P<doubt>`+|<[A-Za-z/])",
    re.MULTILINE,
)
_LINE_START: Final = re.compile(r"[\s>*+\-\d.)]*\Z")


def without_comments(text: str) -> str:
    """The text with a space in the place of each comment: without it, taking one out could put another together.

    A comment that is never closed hides the rest where it begins a line, and is text where it does not.
    """
    shown: list[str] = []
    at, is_sure = 0, True
    while mark := _MARK.search(text, at):
        shown.append(text[at : mark.start()])
        word, at, is_sure = _read(text, mark, is_sure=is_sure)
        shown.append(word)
    return "".join(shown) + text[at:]


def _read(text: str, mark: re.Match[str], *, is_sure: bool) -> tuple[str, int, bool]:
    """What is shown of what the mark begins, where the text goes on after it, and whether code is surely known there.

    It is not from a lone backtick, a tag or a comment on, up to the next blank line.
    """
    start, kind = mark.start(), mark.lastgroup
    if is_sure and (code := _BLOCK.match(text, start) or _SPAN.match(text, start)):
        return code[0], code.end(), True
    comment = _comment(mark, is_sure=is_sure)
    if kind == "raw" or (comment and _may_leave_its_block(comment, is_sure=is_sure)):
        return _COMMENT.sub(" ", text[start:]), len(text), False
    if comment:
        return " ", comment.end(), False
    return mark[0], mark.end(), kind == "blank" or (is_sure and kind != "doubt")


def _comment(mark: re.Match[str], *, is_sure: bool) -> re.Match[str] | None:
    """The comment that begins with the mark, if one does."""
    found = _COMMENT.match(mark.string, mark.start())
    is_text = is_sure and found is not None and not found["end"] and not _LINE_START.match(_before(found))
    return None if is_text else found


def _may_leave_its_block(comment: re.Match[str], *, is_sure: bool) -> bool:
    """Whether the quote, list or tag that it stands in may end before it does: then GitHub hides all that follows."""
    before = _before(comment)
    return "\n" in comment[0] and (not is_sure or bool(before and _LINE_START.match(before)))


def _before(found: re.Match[str]) -> str:
    """What stands on the line before it."""
    return found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
