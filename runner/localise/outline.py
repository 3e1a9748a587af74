"""How a file falls apart into pieces that can be ranked: definitions, and blocks of what stands between them. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from runner.localise.syntax import Definition
from runner.localise.words import IDENTIFIER, terms

BLOCK: Final = "<module>"
"""The name of a block: code outside all definitions."""
BLOCK_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A definition or block. `counts` and `words` are of its own lines, without definitions inside it.

    `head_end` is the last line before the first definition inside, or `end`.
    """

    path: str
    name: str
    start: int
    end: int
    head_end: int
    counts: Counter[str]
    words: int


@dataclass(frozen=True, slots=True)
class Outline:
    """One candidate file: its lines and its pieces in order."""

    path: str
    lines: tuple[bytes, ...]
    pieces: tuple[Piece, ...]

    def text(self, start: int, end: int) -> bytes:
        """The lines `start`..`end`, 1-based and inclusive, with their line ends."""
        return b"".join(line + b"\n" for line in self.lines[start - 1 : end])

    def sha1(self, start: int, end: int) -> str:
        """The SHA-1 of these lines."""
        return hashlib.sha1(self.text(start, end), usedforsecurity=False).hexdigest()


def outline(path: str, content: bytes, definitions: Sequence[Definition], wanted: frozenset[str]) -> Outline:
    """Cut the file into pieces, counting only the `wanted` terms in them."""
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    owner = [-1] * len(lines)
    for number, found in enumerate(definitions):
        owner[found.start - 1 : found.end] = [number] * (min(found.end, len(lines)) - found.start + 1)
    owned: dict[int, list[bytes]] = {}
    for number, line in zip(owner, lines, strict=True):
        owned.setdefault(number, []).append(line)
    pieces = [_of_definition(path, definitions, number, owned.get(number, [])) for number in range(len(definitions))]
    counted = [_counted(piece, text, wanted) for piece, text in pieces]
    blocks = [_counted(piece, lines[piece.start - 1 : piece.end], wanted) for piece in _blocks(path, owner, lines)]
    ordered = sorted(counted + blocks, key=lambda piece: (piece.start, -piece.end))
    return Outline(path, tuple(lines), tuple(ordered))


def _of_definition(
    path: str, definitions: Sequence[Definition], number: int, own: list[bytes]
) -> tuple[Piece, list[bytes]]:
    found = definitions[number]
    after = definitions[number + 1] if number + 1 < len(definitions) else None
    is_inside = after is not None and after.start > found.start and after.end <= found.end
    head_end = after.start - 1 if after is not None and is_inside else found.end
    return Piece(path, found.name, found.start, found.end, head_end, Counter(), 0), own


def _blocks(path: str, owner: Sequence[int], lines: Sequence[bytes]) -> Iterator[Piece]:
    """Runs of lines outside all definitions, cut into blocks of at most BLOCK_LINES lines; blank ones left out."""
    for number, run in groupby(range(len(owner)), key=owner.__getitem__):
        if number != -1:
            continue
        rows = list(run)
        for first in range(0, len(rows), BLOCK_LINES):
            block = [row for row in rows[first : first + BLOCK_LINES] if lines[row].strip()]
            if block:
                yield Piece(path, BLOCK, block[0] + 1, block[-1] + 1, block[-1] + 1, Counter(), 0)


def _counted(piece: Piece, lines: Sequence[bytes], wanted: frozenset[str]) -> Piece:
    words = IDENTIFIER.findall(b"\n".join(lines).decode("utf-8", "replace"))
    counts: Counter[str] = Counter()
    for word, count in Counter(words).items():
        for term in terms(word):
            if term in wanted:
                counts[term] += count
    return Piece(piece.path, piece.name, piece.start, piece.end, piece.head_end, counts, len(words))
