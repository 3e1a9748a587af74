"""String literals letter by letter: where each stands in the file, and how changed ones are written. Pure."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

QUOTE: Final = re.compile(r"([rRuUfFbB]{0,2})('''|\"\"\"|'|\")")
ESCAPE: Final = re.compile(r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|.)", re.DOTALL)
PERCENT: Final = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[sdrfxgi]")
BRACES: Final = re.compile(r"\{[^{}]*\}")
WORDS: Final = re.compile(r"\w+|\s|[^\w\s]")
LONGEST_ALIGNED: Final = 3000

Opcode = tuple[int, int, int, int]
"""Characters of one text that another has others for: from, to, and from, to in the other."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a string's value, or a hole that a value fills; where it stands in the segment."""

    text: str
    start: int
    end: int
    quote: str
    is_raw: bool
    is_hole: bool = False


def letters_of(segment: str) -> list[Letter]:
    """The letters of one or several adjacent string literals; none if something else stands between them."""
    letters: list[Letter] = []
    at = 0
    while at < len(segment):
        match = QUOTE.match(segment, at)
        if match is None:
            if segment[at].isspace():
                at += 1
                continue
            return []
        prefix, quote = match[1].lower(), match[2]
        found, at = _token(segment, match.end(), quote, prefix)
        letters += found
        at += len(quote)
    return letters


def _token(segment: str, at: int, quote: str, prefix: str) -> tuple[list[Letter], int]:
    letters: list[Letter] = []
    while at < len(segment) and not segment.startswith(quote, at):
        letter = _letter(segment, at, quote, prefix)
        letters.append(letter)
        at = letter.end
    return letters, at


def _letter(segment: str, at: int, quote: str, prefix: str) -> Letter:
    raw = "r" in prefix
    if segment[at] == "\\" and (match := ESCAPE.match(segment, at)):
        if raw:
            return Letter("\\", at, at + 1, quote, is_raw=True)
        return Letter(_decoded(match[0]), at, match.end(), quote, is_raw=False)
    if "f" in prefix and segment[at] in "{}":
        if segment.startswith(segment[at] * 2, at):
            return Letter(segment[at], at, at + 2, quote, raw)
        return Letter("", at, _hole_end(segment, at), quote, raw, is_hole=True)
    return Letter(segment[at], at, at + 1, quote, raw)


def _hole_end(segment: str, at: int) -> int:
    depth = 0
    for index in range(at, len(segment)):
        depth += (segment[index] == "{") - (segment[index] == "}")
        if depth == 0:
            return index + 1
    return len(segment)


def _decoded(escape: str) -> str:
    try:
        return str(ast.literal_eval(f"'{escape}'")) if escape != "\\\n" else ""
    except (SyntaxError, ValueError):
        return escape


def with_holes(letters: Sequence[Letter], pattern: re.Pattern[str]) -> list[Letter]:
    """The letters with every place that a format fills as one hole."""
    value = "".join(letter.text or "\0" for letter in letters)
    merged: list[Letter] = []
    at = 0
    index = [position for position, letter in enumerate(letters) for _ in (letter.text or "\0")]
    for match in pattern.finditer(value):
        first, last = index[match.start()], index[match.end() - 1]
        merged += letters[at:first]
        merged.append(
            Letter(
                "", letters[first].start, letters[last].end, letters[first].quote, letters[first].is_raw, is_hole=True
            )
        )
        at = last + 1
    return [*merged, *letters[at:]]


def runs_of(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The stretches between holes."""
    run: list[Letter] = []
    for letter in letters:
        if letter.is_hole:
            if run:
                yield run
            run = []
        else:
            run.append(letter)
    if run:
        yield run


def written(text: str, like: Letter, *, doubled: str = "") -> str | None:
    """The text inside a literal with that letter's quotes; None where a raw literal cannot hold it.

    `doubled` are the characters that a format takes for its own.
    """
    for character in doubled:
        text = text.replace(character, 2 * character)
    if like.is_raw:
        return None if like.quote[0] in text or text.endswith("\\") or ("\n" in text and len(like.quote) == 1) else text
    spelled = repr(text)[1:-1].replace("\\'", "'").replace('\\"', '"')
    return spelled.replace(like.quote[0], "\\" + like.quote[0])


@lru_cache(maxsize=64)
def differences(one: str, other: str, *, by_word: bool) -> tuple[Opcode, ...]:
    """Where two texts differ, aligned word by word or character by character."""
    if max(len(one), len(other)) > LONGEST_ALIGNED:
        return ()
    if not by_word:
        return _opcodes(list(one), list(other))
    return _opcodes(WORDS.findall(one), WORDS.findall(other))


def _opcodes(one: list[str], other: list[str]) -> tuple[Opcode, ...]:
    starts, others = _starts(one), _starts(other)
    codes = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return tuple((starts[i], starts[j], others[k], others[m]) for tag, i, j, k, m in codes if tag != "equal")


def _starts(parts: list[str]) -> list[int]:
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return starts
