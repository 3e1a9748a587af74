"""Which conditions come to one thing where tests fail and to the other where they pass. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runner.engines.search.families.atoms import BUILTIN_TYPES, Atom
from runner.engines.search.pieces import Piece, call, comparison, negation

MANY: Final = "..."
"""Stands among the values where there were too many to keep."""
MOST_TELLING: Final = 40
TRUTH_COST: Final = 0.7
TYPE_COST: Final = 1.0
VALUE_COST: Final = 1.2
OTHERS_COST: Final = 0.3


@dataclass(frozen=True, slots=True)
class Reached:
    """What was seen each time that a line was reached: for each condition a letter a hit, and values by name.

    The letters are T, F, and E for an error. Values stand as they are written in Python; of what is not plain the type,
    as `<list>`.
    """

    hits: tuple[str, ...] = ()
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """What one test showed at a line: where it went well, and where its failure comes from."""

    well: Reached = field(default_factory=Reached)
    ill: Reached = field(default_factory=Reached)


def telling(conditions: Sequence[Atom], tests: Sequence[Answers], *, holds: bool, types: frozenset[str]) -> list[Atom]:
    """The conditions that come to `holds` for each failure once at least, and never where all is well; likeliest first.

    Those that were asked, and new ones from the values that were seen; `types` can be named. None where no failure
    reaches the line, or nothing else does.
    """
    ill = [one.ill for one in tests if one.ill.hits]
    well = [one.well for one in tests if one.well.hits]
    if not ill or not well:
        return []
    told = [atom for place, atom in enumerate(conditions) if _tells(place, ill, well, holds=holds)]
    told += _from_values(_together(ill), _together(well), types, holds=holds)
    cheapest: dict[str, Atom] = {}
    for cost, piece in sorted(told, key=lambda atom: (atom[0], len(atom[1].text))):
        cheapest.setdefault(piece.text, (cost, piece))
    return list(cheapest.values())[:MOST_TELLING]


def _tells(place: int, ill: Sequence[Reached], well: Sequence[Reached], *, holds: bool) -> bool:
    """Whether the condition of that place comes to `holds` for each failure, and never where all is well."""
    wanted, unwanted = ("T", "F") if holds else ("F", "T")
    is_asked_for = all(any(hit[place] == wanted for hit in one.hits) for one in ill)
    return is_asked_for and all(hit[place] == unwanted for one in well for hit in one.hits)


def _together(places: Sequence[Reached]) -> dict[str, frozenset[str]]:
    """Name -> all its values; none of a name that one of the tests does not have there."""
    names = frozenset.intersection(*(frozenset(one.values) for one in places))
    return {name: frozenset().union(*(one.values[name] for one in places)) for name in names}


def _from_values(
    ill: Mapping[str, frozenset[str]], well: Mapping[str, frozenset[str]], types: frozenset[str], *, holds: bool
) -> Iterator[Atom]:
    """What comes to `holds` for a value that only failures have, and to the opposite for those that go well.

    What spares everything but the failure's own value is likelier than what needs the values that went well.
    """
    for name in sorted(ill.keys() & well.keys()):
        only_ill, only_well = ill[name] - well[name], well[name] - ill[name]
        if MANY in ill[name] | well[name] or not only_ill:
            continue
        if len(only_ill) == 1:
            yield from _question(Piece(name), min(only_ill), types, is_so=holds)
        if len(well[name]) == 1 and only_well:
            for cost, piece in _question(Piece(name), min(only_well), types, is_so=not holds):
                yield cost + OTHERS_COST, piece


def _question(name: Piece, value: str, types: frozenset[str], *, is_so: bool) -> Iterator[Atom]:
    """Whether the name has this value, or has another one."""
    if value in {"True", "False"}:
        yield TRUTH_COST, name if is_so == (value == "True") else negation(name)
    elif value == "None":
        yield TRUTH_COST, comparison(name, ast.Is if is_so else ast.IsNot, Piece(value))
    elif not value.startswith("<"):
        yield VALUE_COST, comparison(name, ast.Eq if is_so else ast.NotEq, Piece(value))
    elif value.strip("<>") in types | BUILTIN_TYPES:
        asked = call("isinstance", name, Piece(value.strip("<>")))
        yield TYPE_COST, asked if is_so else negation(asked)
