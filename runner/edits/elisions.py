"""Whether a line of a reply stands for code that was left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from runner.edits.lines import indent_of, words

_LEFT_OUT: Final = r"(?:rest|remain\w*|existing|unchanged|same|other|previous|original|omitted|code|snip\w*|etc)"
_DOTS: Final = r"(?:\.\.\.|\u2026)"
_MARK: Final = re.compile(
    rf"""^\s*(?:
        (?:\#|//|/\*|<!--|--|;|%)\W*{_DOTS}.*                        # "# ...", "// ... as before"
      | [\[(<{{]?\s*{_DOTS}\W*(?:the\s+)?{_LEFT_OUT}\b.*              # "... rest of the function"
      | [\[(<{{]\s*{_DOTS}\s*[\])>}}]                                # "[...]"
      | (?:\#|//|/\*|<!--|--|;)\W*(?:the\s+)?(?:\.\.\.)?\s*          # "# rest of the code unchanged"
        (?:rest\s+of|remain\w*\s|existing\s|unchanged\b|same\s+as|other\s+(?:methods|functions|code)|omitted|snip).{{0,50}}
        (?:code|unchanged|function\w*|method\w*|class|file|here|above|before|same|lines|omitted|existing|body|\.\.\.)\W*
      | (?:\#|//|/\*|<!--|--|;)\W*(?:unchanged|omitted|snip\w*)\W*
      | (?:\#|//|/\*|<!--).{{0,60}}{_DOTS}\W*                        # "# existing imports ..."
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
MOST_CHARS: Final = 300
"""Longer lines stand for themselves: a model that repeats one sign for ever must not hold the run."""
_DOCTEST: Final = re.compile(r"^\s*(?:>>>|\.\.\.)(?: |$)")


def elision_in(text: Sequence[str], real: Collection[str]) -> str:
    """The first line of `text` that stands for code left out, or ""; `real` are lines the file truly has."""
    known = {words(line) for line in real}
    for at, line in enumerate(text):
        is_marked = len(line) <= MOST_CHARS and _MARK.match(line) and not _in_doctest(text, at)
        if words(line) not in known and (is_marked or _is_bare(text, at)):
            return line.strip()
    return ""


def _in_doctest(text: Sequence[str], at: int) -> bool:
    """Whether the line goes on with an example: `...` after `>>>`."""
    return at > 0 and bool(_DOCTEST.match(text[at - 1])) and bool(_DOCTEST.match(text[at]))


def _is_bare(text: Sequence[str], at: int) -> bool:
    """Whether the line is a lone `...` beside other statements of its block, where Python would have no use for it."""
    if text[at].strip() not in ("...", "\u2026") or _in_doctest(text, at):
        return False
    before = next((line for line in reversed(text[:at]) if line.strip()), "")
    after = next((line for line in text[at + 1 :] if line.strip()), "")
    beside = [line for line in (before, after) if line and indent_of(line) == indent_of(text[at])]
    opens = before.rstrip().endswith(":") and len(indent_of(before)) < len(indent_of(text[at]))
    return bool(beside) and not (opens and len(indent_of(after)) < len(indent_of(text[at])))
