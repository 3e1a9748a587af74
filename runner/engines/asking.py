"""What a model asks to be shown before it edits, and what it is told that it could ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from runner.engines.excerpts import Excerpts
from runner.localise.syntax import Definition, definitions_at
from runner.models import BY_NUMBER, Slice
from runner.proof import Line

ASKED: Final = re.compile(r"^[\s>*`-]*SHOW:\s*(?P<what>\S.{0,200}?)[\s`*]*$", re.MULTILINE)
EDITS: Final = re.compile(r"^[\s>*]*(?:FILE|LINES):", re.MULTILINE)
MOST_ASKED: Final = 8
ASKED_SHARE: Final = 0.7
GRANTED_SHARE: Final = 0.85
"""What was asked for twice stays, at the cost of what was found."""
LEAST_ASKED_LINES: Final = 60
LEAST_OFFERED_LINES: Final = 30
KEPT: Final = 2
"""So many pieces of what was found stand before what was asked for beyond its share."""
OTHERS_CAP_BYTES: Final = 480
MOST_NAMES: Final = 6
CALL: Final = re.compile(r"(?<!def )(?<!class )(?:(?P<of>\w+|\))\.)?\b(?P<name>[A-Za-z_]\w*)\(")
OWN: Final = frozenset({"self", "cls", "this"})


def read_wanted(reply: str) -> tuple[str, ...]:
    """What a reply asks for; nothing where it holds edits as well."""
    if EDITS.search(reply):
        return ()
    return tuple(dict.fromkeys(match["what"] for match in ASKED.finditer(reply)))[:MOST_ASKED]


def asked_lines(room_lines: float, asked: Iterable[Slice] = ()) -> int:
    """How many lines may be asked for beside those that were, in tens: what was found keeps its share of the room."""
    share = int(ASKED_SHARE * room_lines / 10) * 10
    granted = sum(map(_length, asked))
    return max(LEAST_OFFERED_LINES, share - granted // 10 * 10) if granted else share


def in_turn(
    asked: Sequence[Slice],
    found: Sequence[Slice],
    room_lines: float,
    failing: Collection[Line] = (),
    seen: Collection[Slice] = (),
) -> tuple[Slice, ...]:
    """What was asked for as far as its share goes, some of what was found, then the rest of both.

    Of the latter what holds one of the `failing` lines comes first, then what was `seen` before: whoever asks for more
    may be about to change it. Then what stands in a file that was asked about, then the best.
    """
    if not asked:
        return tuple(found)
    first: list[Slice] = []
    left = max(GRANTED_SHARE * room_lines, LEAST_ASKED_LINES)
    for slice_ in asked:
        if (lines := _length(slice_)) <= left:
            first.append(slice_)
            left -= lines
    about, known = frozenset(one.path for one in asked), frozenset((one.path, one.name) for one in seen)
    others = sorted(
        (one for one in found if one not in asked),
        key=lambda one: (not _holds(one, failing), (one.path, one.name) not in known, one.path not in about),
    )
    return (*first, *others[:KEPT], *(one for one in asked if one not in first), *others[KEPT:])


def _length(slice_: Slice) -> int:
    return slice_.end - slice_.start + 1


def _holds(slice_: Slice, lines: Collection[Line]) -> bool:
    return any(path == slice_.path and slice_.start <= line <= slice_.end for path, line in lines)


def called(code: Excerpts, texts: Mapping[str, str], asked: Iterable[Slice] = ()) -> Iterator[tuple[str, str]]:
    """(path, name) of what these files define and the shown code does not hold, but speaks of.

    First the methods of the types that were asked for, which stand outside of them in some languages; then what the
    code calls, in the order of the calls.
    """
    places: dict[str, list[tuple[str, Definition]]] = {}
    for path, text in texts.items():
        for one in definitions_at(path, text):
            places.setdefault(one.name.rpartition(".")[2], []).append((path, one))
    types = dict.fromkeys(one.name for one in asked)
    members = [place for known in places.values() for place in known if place[1].name.rpartition(".")[0] in types]
    meant = (_meant(call, path, places.get(call["name"], ())) for path, call in _calls(code, texts))
    for path, one in (*members, *(known[0] for known in meant if len(known) == 1)):
        if one.start not in code.lines.get(path, ()):
            yield path, one.name


def _calls(code: Excerpts, texts: Mapping[str, str]) -> Iterator[tuple[str, re.Match[str]]]:
    for path, shown in code.lines.items():
        lines = texts[path].split("\n")
        for number in sorted(shown.intersection(range(1, len(lines) + 1))):
            yield from ((path, match) for match in CALL.finditer(lines[number - 1]))


def _meant(call: re.Match[str], path: str, known: Sequence[tuple[str, Definition]]) -> Sequence[tuple[str, Definition]]:
    """The definitions of the called name that can be meant: `route.match()` is Route's, where there is such a class.

    Else what is called by itself or on its own object, or by a name of two words; the file's own before others'.
    """
    of = call["of"] or ""
    if theirs := [place for place in known if of and _owner(place[1]) == of.replace("_", "").lower()]:
        return theirs
    if of and of not in OWN and "_" not in call["name"].strip("_"):
        return ()
    return [place for place in known if place[0] == path] or known


def _owner(one: Definition) -> str:
    """The name of the class that a method is of, in small letters; "" for a function."""
    return one.name.rpartition(".")[0].rpartition(".")[2].replace("_", "").lower()


def render_others(called_too: Iterable[tuple[str, str]], found: Iterable[Slice], shown: Collection[Slice]) -> str:
    """What is not shown: the definitions that the shown code calls, then those that were found, best first.

    By file, as many as a few lines hold.
    """
    seen = {(slice_.path, slice_.name) for slice_ in shown}
    ranked = (one for one in sorted(found, key=lambda one: -one.score) if not one.name.startswith(BY_NUMBER))
    best = ((one.path, one.name) for one in ranked if one.name[:1] not in ("", "<"))
    names: dict[str, list[str]] = {}
    for path, name in dict.fromkeys((*called_too, *best)):
        if (path, name) not in seen:
            names.setdefault(path, []).append(name)
    lines: list[str] = []
    for path, some in names.items():
        line = f"{path}: {', '.join(some[:MOST_NAMES])}"
        if sum(len(known.encode()) + 1 for known in [*lines, line]) > OTHERS_CAP_BYTES:
            break
        lines.append(line)
    return "\n".join(lines)
