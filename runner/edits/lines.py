"""When two lines of code count as the same, and how a text is put on a file's own indentation. Pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Same = Callable[[str], str]
"""What of a line is compared."""

TAB_COLUMNS: Final = 4
KNOWN_LINES: Final = 1 << 15
"""The lines whose words are kept: every edit of a reply asks for those of the whole file."""
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
_WORD: Final = re.compile(r"\w")
_HEAD: Final = re.compile(r"^\s*(?:\w+\s+)*(?:def|class|func|function|fn)\s+(?P<name>\w+)")


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


def defined_by(line: str) -> str:
    """The name of the function or class whose first line it is, or ""."""
    found = _HEAD.match(line)
    return found["name"] if found else ""


def as_written(line: str) -> str:
    """The line but for white space at its end."""
    return line.rstrip()


def untyped(line: str) -> str:
    """The line with plain quotes, dashes and spaces."""
    return _plain(line).rstrip()


@lru_cache(maxsize=KNOWN_LINES)
def words(line: str) -> str:
    """The line's words alone: indentation and widths of white space do not count."""
    return " ".join(_plain(line).split())


def _plain(line: str) -> str:
    return line if line.isascii() else line.translate(TYPOGRAPHY)


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


def retabbed(line: str, *, has_tabs: bool) -> str:
    """The line indented the other way: with spaces if it has tabs, else with tabs."""
    return at_columns(line, columns_of(line), has_tabs=not has_tabs)


def at_columns(line: str, columns: int, *, has_tabs: bool) -> str:
    """The line so many columns deep."""
    return (_tabs(columns) if has_tabs else " " * columns) + line.lstrip()


def columns_of(line: str) -> int:
    """How deep the line stands."""
    return len(indent_of(line).expandtabs(TAB_COLUMNS))


def _tabs(columns: int) -> str:
    return "\t" * (columns // TAB_COLUMNS) + " " * (columns % TAB_COLUMNS)


class _Depths:
    """Which real indentation each quoted one stands for, counted in columns."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        seen: dict[int, Counter[str]] = defaultdict(Counter)
        for pair in pairs:
            seen[columns_of(pair.quoted)][indent_of(pair.real)] += 1
        shifts = Counter(columns_of(real) - at for at, counts in seen.items() for real in counts.elements())
        self._real = {at: _settled(at, counts, shifts.most_common(1)[0][0]) for at, counts in seen.items()}
        self._has_tabs = any("\t" in real for real in self._real.values())
        first, last = min(self._real), max(self._real)
        rise = columns_of(self._real[last]) - columns_of(self._real[first])
        self._scale = min(SCALES, key=lambda scale: abs(scale * (last - first) - rise)) if last > first else 1.0

    def applied(self, new: Sequence[str]) -> list[str]:
        """The lines with plain typography, on the real indentation."""
        return [self._indent(columns_of(line)) + untyped(line).lstrip() if line.strip() else "" for line in new]

    def _indent(self, columns: int) -> str:
        if columns in self._real:
            return self._real[columns]
        base = max((known for known in self._real if known < columns), default=min(self._real))
        real = max(0, columns_of(self._real[base]) + round((columns - base) * self._scale))
        return _tabs(real) if self._has_tabs else " " * real


def _settled(quoted: int, counts: Counter[str], shift: int) -> str:
    """The real indentation of a quoted one. Raises ValueError where the lines say several things equally."""
    real, most = counts.most_common(1)[0]
    if most * 2 > counts.total():
        return real
    usual = [indent for indent in counts if columns_of(indent) == quoted + shift]
    if not usual:
        raise ValueError("the quoted lines are not indented like the file's")
    return usual[0]
