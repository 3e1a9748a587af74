"""In whose hand a reply is written: its tabs, narrow steps and curly quotes, made the file's own. Pure.

A reply that indents by two or bends its quotes does so everywhere: what one edit does not show, all of them do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from runner.edits.draft import Draft
from runner.edits.lines import Pair, indent_of, is_telling, retabbed, untyped, words

ODD_IN_REPLY: Final = 0.5
ODD_IN_FILE: Final = 0.1
"""Parts of the blocks that begin two columns deeper than the line that opens them: more than the first, against less
than the second, show a reply that indents by two."""
STEP_COLUMNS: Final = 4

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class File:
    """A file's lines, and whether its language can read a single line."""

    lines: Sequence[str]
    can_read: Callable[[str], bool]


def in_the_files_hand(drafts: Sequence[Draft], file: File) -> list[Draft]:
    """The drafts of one file with its kind of indentation and of quotes."""
    written = [line for draft in drafts for line in (*(draft.old or ()), *(draft.new or ())) if line.strip()]
    changes = _changes(written, file)
    return [replace(draft, old=_all(changes, draft.old), new=_all(changes, draft.new)) for draft in drafts]


def _all(changes: Iterable[Change], lines: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for change in changes if lines else ():
        lines = tuple(map(change, lines or ()))
    return lines


def _changes(written: Sequence[str], file: File) -> list[Change]:
    own = set(file.lines)
    changes: list[Change] = []
    if _is_typeset(written, file):
        changes.append(lambda line: line if line in own else untyped(line))
    kinds = Counter(line[0] for line in file.lines if line[:1] in ("\t", " "))
    has_tabs = any("\t" in indent_of(line) for line in written)
    if kinds and has_tabs != (kinds["\t"] > kinds[" "]):
        changes.append(lambda line: retabbed(line, has_tabs=has_tabs) if line.strip() else line)
    elif _is_narrow(written, file.lines):
        changes.append(lambda line: indent_of(line) + line)
    return changes


def _is_typeset(written: Sequence[str], file: File) -> bool:
    """Whether a chat window bent the quotes: of lines that the file has plain, of code that only plain can be read.

    Or of comments alone, in a file that has none of its own.
    """
    curly = [line for line in filter(_is_curly, written) if line not in file.lines]
    plain = {words(line) for line in file.lines if curly and not _is_curly(line)}
    if any(words(line) in plain or _is_mended(line, file) for line in curly):
        return True
    return bool(curly) and all(map(_is_comment, curly)) and not any(map(_is_curly, file.lines))


def _is_curly(line: str) -> bool:
    return not line.isascii() and untyped(line) != line.rstrip()


def _is_mended(line: str, file: File) -> bool:
    """Whether only the plain line can be read."""
    return file.can_read(untyped(line).strip()) and not file.can_read(line.strip())


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "//", "* "))


def _is_narrow(written: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether the reply takes two columns for the file's four, by its blocks and by lines that the file has once."""
    if _odd_steps(lines) >= ODD_IN_FILE:
        return False
    known = [pair for pair in _known(written, lines) if indent_of(pair.real)]
    pairs = [(len(indent_of(pair.quoted)), len(indent_of(pair.real))) for pair in known]
    as_deep = sum(quoted == real > 0 for quoted, real in pairs)
    halved = [quoted for quoted, real in pairs if quoted == real // 2 > 0]
    if as_deep * 2 > len(pairs):
        return False
    if _odd_steps(written) > ODD_IN_REPLY:
        return True
    return len(halved) > as_deep and any(quoted % STEP_COLUMNS == STEP_COLUMNS // 2 for quoted in halved)


def _known(written: Sequence[str], lines: Sequence[str]) -> list[Pair]:
    """The telling lines of the reply that the file has once, with the file's."""
    wanted = set(map(words, filter(is_telling, written)))
    found = [(said, line) for line in lines if (said := words(line)) in wanted]
    times = Counter(said for said, _ in found)
    real = {said: line for said, line in found if times[said] == 1}
    return [Pair(line, real[said]) for line in written if (said := words(line)) in real]


def _odd_steps(lines: Sequence[str]) -> float:
    """The part of the blocks that begin two columns deeper than the line that opens them."""
    telling = [line for line in lines if line.strip()]
    steps = [len(indent_of(b)) - len(indent_of(a)) for a, b in pairwise(telling) if a.rstrip().endswith((":", "{"))]
    return sum(step == 2 for step in steps) / len(steps) if steps else 0.0
