"""How a file falls apart into pieces that can be ranked: definitions, and blocks of what stands between them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from tree_sitter import Node

from runner.localise.lexemes import Lexemes
from runner.localise.messages import Phrase
from runner.localise.syntax import Definition

BLOCK: Final = "<module>"
"""The name of a block: code outside all definitions."""
BLOCK_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Span:
    """Where a definition or block stands.

    `head_end` is the last line of a container before the first definition inside, or `end`. An inner one is a function
    inside a function.
    """

    name: str
    start: int
    end: int
    head_end: int
    is_container: bool = False
    is_inner: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A definition or block of a file, and what it holds.

    `counts` (of the task's terms) and `words` are of its own lines: a container's are those without the definitions
    inside it, a function's all. `head_end` is the last line of a container before the first definition inside, or
    `end`. An inner one is a function inside a function, which belongs to that one too.
    """

    path: str
    name: str
    start: int
    end: int
    head_end: int
    counts: Mapping[str, int]
    words: int
    is_container: bool = False
    is_inner: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """One candidate file: its lines, its pieces in order, the terms looked for in them, each one's words and phrases.

    The phrases are those of the lines up to a piece's `head_end`. A file that was parsed just now has the `root` of its
    syntax tree.
    """

    path: str
    lines: tuple[bytes, ...]
    pieces: tuple[Piece, ...]
    wanted: frozenset[str]
    words: Lexemes = field(compare=False, repr=False)
    phrases: tuple[tuple[Phrase, ...], ...] = field(compare=False, repr=False)
    root: Node | None = field(compare=False, repr=False)

    def text(self, start: int, end: int) -> bytes:
        """The lines `start`..`end`, 1-based and inclusive, with their line ends."""
        return text_of(self.lines, start, end)

    def sha1(self, start: int, end: int) -> str:
        """The SHA-1 of these lines."""
        return hashlib.sha1(self.text(start, end), usedforsecurity=False).hexdigest()


def lines_of(content: bytes) -> list[bytes]:
    """The content's lines without their ends."""
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def text_of(lines: Sequence[bytes], start: int, end: int) -> bytes:
    """The lines `start`..`end`, 1-based and inclusive, with their line ends."""
    return b"\n".join((*lines[start - 1 : end], b"")) if start <= end else b""


def spans_of(content: bytes, definitions: Sequence[Definition]) -> list[tuple[Span, bytes]]:
    """The pieces that a file falls into, in the order of its lines, each with the lines that are its own."""
    lines = lines_of(content)
    owner = [-1] * len(lines)
    inner = _inner(definitions)
    for number, found in enumerate(definitions):
        if number not in inner:
            owner[found.start - 1 : found.end] = [number] * (min(found.end, len(lines)) - found.start + 1)
    owned = {number: lines[definitions[number].start - 1 : definitions[number].end] for number in inner}
    for number, line in zip(owner, lines, strict=True):
        owned.setdefault(number, []).append(line)
    pieces = [
        (_of_definition(definitions, number, is_inner=number in inner), owned.get(number, []))
        for number in range(len(definitions))
    ]
    pieces += [(block, lines[block.start - 1 : block.end]) for block in _blocks(owner, lines)]
    pieces.sort(key=lambda piece: (piece[0].start, -piece[0].end))
    return [(span, b"\n".join(own)) for span, own in pieces]


def _inner(definitions: Sequence[Definition]) -> frozenset[int]:
    """Which of the definitions, in order of their start, stand inside a function."""
    found: set[int] = set()
    function: Definition | None = None
    for number, definition in enumerate(definitions):
        if function and definition.start <= function.end and definition.name.startswith(f"{function.name}."):
            found.add(number)
        elif not definition.is_container:
            function = definition
    return frozenset(found)


def _of_definition(definitions: Sequence[Definition], number: int, *, is_inner: bool) -> Span:
    found = definitions[number]
    after = definitions[number + 1] if number + 1 < len(definitions) else None
    is_inside = after is not None and after.start > found.start and after.end <= found.end
    head_end = after.start - 1 if after is not None and is_inside and found.is_container else found.end
    return Span(found.name, found.start, found.end, head_end, found.is_container, is_inner)


def _blocks(owner: Sequence[int], lines: Sequence[bytes]) -> Iterator[Span]:
    """Runs of lines outside all definitions, cut into blocks of at most BLOCK_LINES lines; blank ones left out."""
    for number, run in groupby(range(len(owner)), key=owner.__getitem__):
        if number != -1:
            continue
        rows = list(run)
        for first in range(0, len(rows), BLOCK_LINES):
            block = [row for row in rows[first : first + BLOCK_LINES] if lines[row].strip()]
            if block:
                yield Span(BLOCK, block[0] + 1, block[-1] + 1, block[-1] + 1)
