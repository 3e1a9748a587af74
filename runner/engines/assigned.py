"""Where the names that lines of code use get their values: their class's attributes, their module's constants. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

LONGEST_LINES: Final = 4
"""A longer statement is a table of its own, to be asked for."""
_NAME: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_OWN: Final = re.compile(r"\b(?:self|cls|this)\.(\w+)")
_CLASS: Final = re.compile(r"\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+\w")
_FUNCTION: Final = re.compile(r"\s*(?:async\s+)?(?:def|function)\s+\w|\s*constructor\(")
_CONSTANT: Final = re.compile(r"(?:export\s+)?(?:(?:const|let|var)\s+)?(?P<name>[A-Za-z_]\w*)\s*(?::[^=]+)?=(?![=>])")
_ATTRIBUTE: Final = re.compile(r"\s+(?:(?:self|this)\.)?(?P<name>\w+)\s*(?::[^=.]+)?=(?!=)")
_OPENED: Final = re.compile(r"[(\[{]")
_CLOSED: Final = re.compile(r"[)\]}]")

Lines = Sequence[str]


def assigned(text: Lines, shown: Collection[int], longest: int = LONGEST_LINES) -> list[frozenset[int]]:
    """For each name in the shown lines the lines (from 1) of the statement that gives it its value, first used first.

    Of a name's several assignments the first counts, and none of more than `longest` lines or that is shown already.
    One in a method comes with the line that begins the method.
    """
    found = _statements(text, _names(_NAME, text, shown), _constants(text), longest)
    for start, end in _classes(text):
        inside = [number for number in shown if start < number <= end]
        found += _statements(text, _names(_OWN, text, inside), _attributes(text, start, end), longest)
    return [lines for lines in found if not lines.issubset(shown)]


def _names(pattern: re.Pattern[str], text: Lines, shown: Iterable[int]) -> Iterable[str]:
    return dict.fromkeys(name for number in sorted(shown) for name in pattern.findall(text[number - 1]))


def statement_end(text: Lines, first: int, longest: int) -> int:
    """Where the statement ends: it goes on while a bracket is open or a backslash asks for it, `longest` lines more."""
    last, depth = first, _depth(text[first - 1])
    while (depth > 0 or text[last - 1].endswith("\\")) and last < min(len(text), first + longest):
        depth += _depth(text[last])
        last += 1
    return last


def _statements(
    text: Lines, names: Iterable[str], assignments: Iterable[tuple[str, int]], longest: int
) -> list[frozenset[int]]:
    """The lines of the first assignment to each of the names, as far as they are few, and its method's first line."""
    first: dict[str, int] = {}
    for name, number in assignments:
        first.setdefault(name, number)
    known = [(first[name], statement_end(text, first[name], longest)) for name in names if name in first]
    return [frozenset((*range(start, end + 1), *_method(text, start))) for start, end in known if end - start < longest]


def _constants(text: Lines) -> Iterator[tuple[str, int]]:
    return ((match["name"], number) for number, line in enumerate(text, 1) if (match := _CONSTANT.match(line)))


def _attributes(text: Lines, start: int, end: int) -> Iterator[tuple[str, int]]:
    """What the class between these lines assigns to itself, in its body or as self's in a method.

    That an argument is kept under its own name says nothing.
    """
    body = next((_indent(line) for line in text[start:end] if line.strip()), 0)
    for number, line in enumerate(text[start:end], start + 1):
        match = _ATTRIBUTE.match(line)
        if match and (_indent(line) == body or "." in match[0]) and line[match.end() :].strip(" ;") != match["name"]:
            yield match["name"], number


def _classes(text: Lines) -> Iterator[tuple[int, int]]:
    """Where each class begins and ends."""
    for start, line in enumerate(text, 1):
        if _CLASS.match(line):
            after = (n for n in range(start, len(text)) if text[n].strip() and _indent(text[n]) <= _indent(line))
            yield start, next(after, len(text))


def _method(text: Lines, number: int) -> Iterator[int]:
    """The first line of the function that the line stands in."""
    depth = _indent(text[number - 1])
    for above in range(number - 1, 0, -1):
        line = text[above - 1]
        if line.strip() and _indent(line) < depth:
            if _FUNCTION.match(line):
                yield above
                return
            depth = _indent(line)


def _depth(line: str) -> int:
    return len(_OPENED.findall(line)) - len(_CLOSED.findall(line))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
