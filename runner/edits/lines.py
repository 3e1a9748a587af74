"""When two lines of code count as the same, and how a text is put on a file's own indentation. Pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Same = Callable[[str], str]
"""What of a line is compared."""

TAB_COLUMNS: Final = 4
ODD_IN_REPLY: Final = 0.5
ODD_IN_FILE: Final = 0.1
"""Parts of the blocks that begin two columns deeper than the line that opens them: more than the first, against less
than the second, show a reply that indents by two."""
SCALES: Final = (1.0, 2.0, 0.5, 4.0, 0.25)
"""How much wider the file may indent than a reply."""
TYPOGRAPHY: Final = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": "-",
        "\u2212": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u200b": None,
        "\u200d": None,
        "\ufeff": None,
    }
)
"""What word processors and chat windows make of plain quotes, dashes and spaces."""
_RUNS: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"\w")


def split(text: str) -> list[str]:
    """The lines without their ends; a last line end opens no further line."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def indent_of(line: str) -> str:
    """The white space a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def is_telling(line: str) -> bool:
    """Whether a line says enough to be recognised by: more than a bracket, `else:` or `pass`."""
    return len(_WORD.findall(line)) > 4 and line.strip() not in ("return", "continue", "finally:")


def as_written(line: str) -> str:
    """The line but for white space at its end."""
    return line.rstrip()


def untyped(line: str) -> str:
    """The line with plain quotes, dashes and spaces."""
    return line.translate(TYPOGRAPHY).rstrip()


def words(line: str) -> str:
    """The line's words alone: indentation and widths of white space do not count."""
    return _RUNS.sub(" ", line.translate(TYPOGRAPHY)).strip()


SAMENESS: Final[tuple[Same, ...]] = (str, as_written, untyped, words)
"""From strict to patient."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A line as somebody quoted it, and the file's real one."""

    quoted: str
    real: str


def graft(pairs: Sequence[Pair], new: Sequence[str]) -> list[str]:
    """`new` with every line that is kept as the file really has it, the others on the file's own indentation.

    `pairs` are the lines that `new` replaces. Raises ValueError where their indentation says two things at once.
    """
    quoted = [pair.quoted for pair in pairs]
    if all(pair.quoted == pair.real for pair in pairs):
        return list(new)
    places = rebase([pair for pair in pairs if pair.quoted.strip()], new)
    for block in difflib.SequenceMatcher(None, quoted, new, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            places[block.b + offset] = pairs[block.a + offset].real
    return places


def rebase(pairs: Sequence[Pair], new: Sequence[str]) -> list[str]:
    """Lines moved from the quoted indentation to the real one, their typography plain.

    Raises ValueError where equal quoted indentations stand for different real ones.
    """
    if all(untyped(pair.quoted) == untyped(pair.real) for pair in pairs):
        return [untyped(line) for line in new]
    head, *rest = pairs
    if rest and all(indent_of(p.quoted) == indent_of(p.real) for p in rest):  # only the first line was trimmed
        first = indent_of(head.real) + untyped(new[0]).lstrip() if new else ""
        return [first, *(untyped(line) for line in new[1:])][: len(new)]
    return _Depths(pairs).applied(new)


def without_trailing_space(code: Sequence[str]) -> tuple[str, ...]:
    """The code, without white space at the end of its lines where all of them have some."""
    telling = [line for line in code if line.strip()]
    is_padded = bool(telling) and all(line != line.rstrip() for line in telling)
    return tuple(line.rstrip() if is_padded else line for line in code)


def in_kind(new: Sequence[str], lines: Sequence[str], kept: Sequence[Pair]) -> list[str]:
    """`new` indented as the file is: with tabs or with spaces, and by four of them where only the reply takes two.

    `kept` are lines that both have: one that stands equally deep in both shows that the reply took the file's width.
    """
    kinds = Counter(line[0] for line in lines if line[:1] in ("\t", " "))
    has_tabs = any("\t" in indent_of(line) for line in new)
    if kinds and has_tabs != (kinds["\t"] > kinds[" "]):
        return [_retabbed(indent_of(line), has_tabs=has_tabs) + line.lstrip() for line in new]
    if _odd_steps(new) > ODD_IN_REPLY and _odd_steps(lines) < ODD_IN_FILE and not any(map(_is_as_deep, kept)):
        return [indent_of(line) + line for line in new]
    return list(new)


def _is_as_deep(pair: Pair) -> bool:
    return indent_of(pair.quoted) == indent_of(pair.real) != ""


def _odd_steps(lines: Sequence[str]) -> float:
    """The part of the blocks that begin two columns deeper than the line that opens them."""
    telling = [line for line in lines if line.strip()]
    steps = [len(indent_of(b)) - len(indent_of(a)) for a, b in pairwise(telling) if a.rstrip().endswith((":", "{"))]
    return sum(step == 2 for step in steps) / len(steps) if steps else 0.0


def _retabbed(indent: str, *, has_tabs: bool) -> str:
    return indent.expandtabs(TAB_COLUMNS) if has_tabs else _tabs(len(indent))


def _tabs(columns: int) -> str:
    return "\t" * (columns // TAB_COLUMNS) + " " * (columns % TAB_COLUMNS)


class _Depths:
    """Which real indentation each quoted one stands for, counted in columns."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        seen: dict[int, Counter[str]] = defaultdict(Counter)
        for pair in pairs:
            seen[_columns(indent_of(pair.quoted))][indent_of(pair.real)] += 1
        shifts = Counter(_columns(real) - at for at, counts in seen.items() for real in counts.elements())
        self._real = {at: _settled(at, counts, shifts.most_common(1)[0][0]) for at, counts in seen.items()}
        self._has_tabs = any("\t" in real for real in self._real.values())
        first, last = min(self._real), max(self._real)
        rise = _columns(self._real[last]) - _columns(self._real[first])
        self._scale = min(SCALES, key=lambda scale: abs(scale * (last - first) - rise)) if last > first else 1.0

    def applied(self, new: Sequence[str]) -> list[str]:
        """The lines with plain typography, on the real indentation."""
        return [
            self._indent(_columns(indent_of(line))) + untyped(line).lstrip() if line.strip() else "" for line in new
        ]

    def _indent(self, columns: int) -> str:
        if columns in self._real:
            return self._real[columns]
        base = max((known for known in self._real if known < columns), default=min(self._real))
        real = max(0, _columns(self._real[base]) + round((columns - base) * self._scale))
        return _tabs(real) if self._has_tabs else " " * real


def _settled(quoted: int, counts: Counter[str], shift: int) -> str:
    """The real indentation of a quoted one. Raises ValueError where the lines say several things equally."""
    real, most = counts.most_common(1)[0]
    if most * 2 > counts.total():
        return real
    usual = [indent for indent in counts if _columns(indent) == quoted + shift]
    if not usual:
        raise ValueError("the quoted lines are not indented like the file's")
    return usual[0]


def _columns(indent: str) -> int:
    return len(indent.expandtabs(TAB_COLUMNS))
