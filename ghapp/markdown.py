"""How text that nobody vouches for is shown on GitHub without becoming markup, a mention or a reference. Pure.

GitHub reads mentions (@name), references (#1, links to issues) and closing keywords everywhere but inside code: so
what issues, engines and tests say is shown as code, and where code cannot be, what is special is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_TICKS: Final = re.compile(r"`+")
_SPACES: Final = re.compile(r"\s+")
_UNPRINTABLE: Final = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
# What keeps Actions from running: https://docs.github.com/actions/managing-workflow-runs/skipping-workflow-runs
_SKIPS_CI: Final = r"\[(?=(?:skip\s+ci|ci\s+skip|no\s+ci|skip\s+actions|actions\s+skip)\])"
_SPECIAL: Final = re.compile(rf"`|@(?=\w)|#(?=\d)|(?i:https?://|www\.|\bgh-(?=\d)|{_SKIPS_CI})")
_NOT_A_LABEL: Final = re.compile(r"[^\w ./:,=+-]")


def one_line(text: str, cap: int = 200) -> str:
    """The text on one line of at most `cap` characters."""
    line = _SPACES.sub(" ", _UNPRINTABLE.sub("", text)).strip()
    return line if len(line) <= cap else line[: cap - 1].rstrip() + "…"


def code(text: str, cap: int = 200) -> str:
    """The text as one line of code; its fence is longer than any run of backticks in it."""
    line = one_line(text, cap)
    if not line:
        return "-"
    ticks = "`" * (longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def cell(text: str, cap: int = 200) -> str:
    """The text as code inside a table's cell: GitHub takes a bar for a new cell even in code."""
    return code(text, cap).replace("|", "\\|")


def fence(text: str, language: str = "") -> str:
    """The text as a block of code; its fence is longer than any run of backticks in it."""
    ticks = "`" * max(3, longest_run(text) + 1)
    return f"{ticks}{language}\n{_UNPRINTABLE.sub('', text).rstrip()}\n{ticks}"


def longest_run(text: str) -> int:
    """The length of the longest run of backticks."""
    return max((len(run) for run in _TICKS.findall(text)), default=0)


def plain(text: str, cap: int = 200) -> str:
    """The text on one line without anything that GitHub reads a meaning into: for titles and commit messages.

    There is no other markup in these, so identifiers and signs stay as they are.
    """
    rest = _UNPRINTABLE.sub("", text)
    while (cleaned := _SPECIAL.sub("", rest)) != rest:  # taking one out can put another together
        rest = cleaned
    return one_line(rest, cap)


def label(text: str, cap: int = 48) -> str:
    """The text as a node's label in a Mermaid graph: letters, digits and a few signs."""
    return one_line(_NOT_A_LABEL.sub(" ", text), cap)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table whose cells are Markdown already."""
    titles = tuple(head)
    lines = [titles, ("---",) * len(titles), *map(tuple, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
