"""How deep a new text is meant to stand: as written, moved as a whole, or with its first line put right. Pure.

The unchanged lines at the ends of an edit say it; without them its shallowest line, and its first, stand as deep as
those that it replaces. Where the file allows two readings, the edit is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.edits.lines import at_columns, columns_of, defined_by, indent_of, words
from runner.errors import EditRejected

UNSURE: Final = (
    "the new text is not indented like the lines it replaces and can be meant in more than one way; "
    "indent it as the file does, and begin and end it with an unchanged line that LINES counts"
)
STEP_COLUMNS: Final = 4
OPENING: Final = "([{"
CLOSING: Final = ")]}"

Text = tuple[str, ...]
IsSoundText = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The text `new` for the lines `old`, which stand between `before` and `after`.

    `kept` tells of a line of `new` which line of `old` it is, `is_headed` that the first lines of both are the same.
    """

    new: Text
    old: Sequence[str]
    kept: Mapping[int, int]
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    is_headed: bool = False

    @property
    def has_head(self) -> bool:
        """Whether the first line is the one that it replaces."""
        new, old = _telling(self.new), _telling(self.old)
        return bool(new and old) and (self.is_headed or words(new[0]) == words(old[0]))

    @property
    def is_new(self) -> bool:
        """Whether nothing of the text is unchanged."""
        return not (self.has_head or any(self.new[n].strip() for n in self.kept))


def settled(rewrite: Rewrite, is_sound: IsSoundText) -> Text:
    """The new text at its depth. Raises EditRejected where that is unsure."""
    readings = [*dict.fromkeys(_readings(rewrite))]
    if readings == [rewrite.new]:
        return rewrite.new
    found = _allowed(readings, rewrite, is_sound)
    for sign in _signs(rewrite):
        best = max(map(sign, found), default=0)
        found = [text for text in found if sign(text) == best]
    if len(found) != 1:
        raise EditRejected((UNSURE,))
    return found[0]


def _allowed(readings: Sequence[Text], rewrite: Rewrite, is_sound: IsSoundText) -> list[Text]:
    """The readings that change something in a file that can be read; without an unchanged line none but as written."""
    changes = [text for text in readings if text != tuple(rewrite.old)]
    if not changes:
        return []
    sound = [text for text in changes if is_sound(text)] or _as_a_last_resort(rewrite, changes, is_sound)
    is_doubtful = rewrite.is_new and rewrite.new in readings and sound != [rewrite.new]
    return [] if is_doubtful else sound


def _as_a_last_resort(rewrite: Rewrite, readings: list[Text], is_sound: IsSoundText) -> list[Text]:
    """As written, if only that can be read and its first line is no unchanged one that shows it to be moved."""
    return [rewrite.new] if not rewrite.has_head and is_sound(rewrite.new) else readings


def _readings(rewrite: Rewrite) -> Iterator[Text]:
    """The texts that can be meant."""
    new, old = _telling(rewrite.new), _telling(rewrite.old)
    if not new:
        yield rewrite.new
    elif not old:
        yield from [rewrite.new] if _depth(new) in _depths_between(rewrite) else []
    elif rewrite.has_head:
        yield from _by_its_head(rewrite, columns_of(old[0]) - columns_of(new[0]), _tail_shift(new, old))
    elif _depth(new) == _depth(old):
        yield rewrite.new
    else:
        yield from _by_its_base(rewrite, _depth(old) - _depth(new), _tail_shift(new, old))


def _by_its_head(rewrite: Rewrite, head: int, tail: int | None) -> Iterator[Text]:
    """The readings when the first line is unchanged and stands so much deeper in the file."""
    if head in (0, tail):
        yield rewrite.new
    if head not in (0, tail):
        if tail == 0 or columns_of(_telling(rewrite.new)[0]) == 0:
            yield from _with_its_first(rewrite)
        yield from _scaled(rewrite) if tail else []
    if head:
        yield from _shifted(rewrite, head)


def _by_its_base(rewrite: Rewrite, base: int, tail: int | None) -> Iterator[Text]:
    """The readings when only the shallowest lines, and maybe the last one, say how deep it stands."""
    new = _telling(rewrite.new)
    if new[1:] and columns_of(new[0]) == 0 < _depth(new[1:]):
        yield from _with_its_first(rewrite)
    if tail == 0 or _depth(new) in _known_depths(rewrite):
        yield rewrite.new
    if tail != 0:
        yield from _shifted(rewrite, base)
        yield from _shifted(rewrite, columns_of(_telling(rewrite.old)[0]) - columns_of(new[0]))
    if tail:
        yield from _shifted(rewrite, tail)


def _signs(rewrite: Rewrite) -> list[Callable[[Text], int]]:
    """What tells readings apart: the unchanged lines at the head, all of them, and how the first one leads on.

    Where the last line alone is unchanged, it may have been moved itself, and others with it.
    """
    new, old = _telling(rewrite.new), _telling(rewrite.old)
    if not rewrite.has_head and new and old and _tail_shift(new, old) is not None:
        return []
    head = next((n for n in range(len(rewrite.new)) if rewrite.kept.get(n) != n), len(rewrite.new))
    return [
        lambda text: _kept_depths(text, rewrite, head),
        lambda text: _kept_depths(text, rewrite, len(text)),
        lambda text: _has_the_same_step(text, rewrite.old),
    ]


def _tail_shift(new: Sequence[str], old: Sequence[str]) -> int | None:
    """How much deeper the file has the last line; None if it is not the same line."""
    return columns_of(old[-1]) - columns_of(new[-1]) if words(new[-1]) == words(old[-1]) else None


def _with_its_first(rewrite: Rewrite) -> Iterator[Text]:
    """The text with its first line as deep as the file's first one."""
    at = next(n for n, line in enumerate(rewrite.new) if line.strip())
    first = indent_of(_telling(rewrite.old)[0]) + rewrite.new[at].lstrip()
    yield (*rewrite.new[:at], first, *rewrite.new[at + 1 :])


def _shifted(rewrite: Rewrite, by: int) -> Iterator[Text]:
    """The text so many columns deeper, if none of its lines would have to leave the page."""
    if _depth(_telling(rewrite.new)) + by >= 0:
        has_tabs = any("\t" in indent_of(line) for line in (*rewrite.old, *rewrite.before[-1:], *rewrite.after[:1]))
        yield tuple(
            at_columns(line, columns_of(line) + by, has_tabs=has_tabs) if line.strip() else "" for line in rewrite.new
        )


def _scaled(rewrite: Rewrite) -> Iterator[Text]:
    """The text twice as deep, if its ends show that."""
    new, old = _telling(rewrite.new), _telling(rewrite.old)
    if all(2 * columns_of(new[at]) == columns_of(old[at]) > 0 for at in (0, -1)):
        yield tuple(indent_of(line) + line for line in rewrite.new)


def _kept_depths(text: Text, rewrite: Rewrite, before: int) -> int:
    """How many of the kept lines before this one stand as deep as in the file."""
    kept = [(text[n], rewrite.old[at]) for n, at in rewrite.kept.items() if n < before and text[n].strip()]
    return sum(columns_of(line) == columns_of(real) for line, real in kept)


def _has_the_same_step(text: Text, old: Sequence[str]) -> int:
    """Whether the second line stands as far from an opening first one as it did."""
    was, now = [*map(columns_of, _telling(old))], [*map(columns_of, _telling(text))]
    return int(_opens(_telling(text)[0]) and was[1:2] != [] != now[1:2] and was[1] - was[0] == now[1] - now[0])


def _opens(line: str) -> bool:
    return line.rstrip().endswith(":") or _brackets(line) > 0


def _brackets(line: str) -> int:
    return sum((char in OPENING) - (char in CLOSING) for char in line)


def _depths_between(rewrite: Rewrite) -> set[int]:
    """Where lines can stand in place of blank ones: where others do; a definition beside the one that follows."""
    following = _telling(rewrite.after)[:1]
    is_before_its_like = all(map(defined_by, [*_telling(rewrite.new)[:1], *following]))
    return {columns_of(following[0])} if following and is_before_its_like else _known_depths(rewrite)


def _known_depths(rewrite: Rewrite) -> set[int]:
    """Where lines stand here: the replaced ones, the two around them, and what the one above opens."""
    above, below = _telling(rewrite.before)[-1:], _telling(rewrite.after)[:1]
    opened = [columns_of(line) + STEP_COLUMNS for line in above if _opens(line)]
    return {*map(columns_of, (*_telling(rewrite.old), *above, *below)), *opened, *([] if above and below else [0])}


def _telling(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _depth(lines: Sequence[str]) -> int:
    return min(map(columns_of, lines))
