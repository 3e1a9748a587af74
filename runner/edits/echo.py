"""Code whose lines came back with their numbers, as a prompt shows them, without the numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from runner.edits.lines import words

_NUMBERED: Final = re.compile(
    r"^\s*(?:[>*]\s*)?L?(?P<number>\d{1,9})(?:\s*(?P<bar>[|\u2502\u2503:])|(?P<tab>\t))(?P<code>.*)$"
)
MOST: Final = 0.6
"""New lines may come without a number; of all the others these many carry one."""


def without_numbers(code: Sequence[str], real: Sequence[str], near: int | None = None) -> list[str]:
    """The code without echoed line numbers; unchanged when what looks like numbers is the code's own.

    They are an echo where they rise and one of them names the real line that it stands before, or the first is the
    stated `near`, or most of the code is the file's.
    """
    found = {n: match for n, line in enumerate(code) if (match := _NUMBERED.match(line))}
    telling = sum(bool(line.strip()) for line in code)
    if len(found) < MOST * telling or not _are_the_files_own(list(found.values()), real, near):
        return list(code)
    gap = _gap([match["code"] for match in found.values()], real)
    return [found[n]["code"][gap:] if n in found else line for n, line in enumerate(code)]


def first_number(code: Sequence[str]) -> int | None:
    """The number that the code's first numbered line carries."""
    return next((int(match["number"]) for line in code if (match := _NUMBERED.match(line))), None)


def _are_the_files_own(found: Sequence[re.Match[str]], real: Sequence[str], near: int | None) -> bool:
    numbers = [int(match["number"]) for match in found]
    if not numbers or numbers != sorted(numbers):
        return False
    return numbers[0] == near or any(_names(match, real) for match in found) or _are_known(found, real)


def _are_known(found: Sequence[re.Match[str]], real: Sequence[str]) -> bool:
    """Whether most of what stands behind the numbers are lines of the file."""
    codes, known = [words(match["code"]) for match in found], {words(line) for line in real}
    return sum(code in known for code in codes if code) > MOST * sum(map(bool, codes))


def _names(match: re.Match[str], real: Sequence[str]) -> bool:
    number = int(match["number"])
    return 1 <= number <= len(real) and words(real[number - 1]) == words(match["code"]) != ""


def _gap(codes: Sequence[str], real: Sequence[str]) -> int:
    """How many spaces after the bar belong to the number: none or one, whichever gives more of the file's lines."""
    known = {line.rstrip() for line in real if line.strip()}
    with_space = sum(code.rstrip() in known for code in codes)
    without = sum(code[1:].rstrip() in known for code in codes)
    spaced = all(code.startswith(" ") for code in codes if code.strip())
    return 1 if spaced and without >= with_space else 0
