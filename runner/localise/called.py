"""Which definitions do the work of what the reporter calls: those that the called ones call, by name. Pure.

No parser is asked: what stands before a bracket in the few called definitions is a call in every language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runner.localise.graph import MOST_TARGETS, TELLING
from runner.localise.outline import BLOCK, Outline, Piece
from runner.localise.piece_table import last_name
from runner.localise.query import CALL, Query

CONSTRUCTORS: Final = frozenset({"__init__", "__new__", "__call__", "__post_init__", "constructor", "initialize"})
"""What runs when a class is called."""


def called_by_called(pieces: Sequence[Piece], outlines: Mapping[str, Outline], query: Query) -> NDArray[np.float64]:
    """1.0 for each piece that a definition calls which the task's text calls, and which is not the reporter's own."""
    bearers: dict[str, list[int]] = defaultdict(list)
    rows: dict[tuple[str, str], int] = {}
    for row, piece in enumerate(pieces):
        if piece.name != BLOCK:
            bearers[last_name(piece.name)].append(row)
            rows.setdefault((piece.path, piece.name), row)
    column = np.zeros(len(pieces))
    for caller in _called(pieces, frozenset(CALL.findall(query.text)) - query.own):
        for name in _calls(caller, outlines[caller.path]) & bearers.keys():
            targets = [row for row in _meant(name, caller, pieces, bearers[name], rows) if pieces[row] is not caller]
            column[targets] = 1.0
    return column


def _called(pieces: Sequence[Piece], calls: frozenset[str]) -> Iterator[Piece]:
    """The definitions of these names, and the constructors of classes of these names."""
    for piece in pieces:
        holder, _, name = piece.name.rpartition(".")
        if piece.name != BLOCK and (name in calls or (name in CONSTRUCTORS and last_name(holder) in calls)):
            yield piece


def _calls(piece: Piece, outline: Outline) -> set[str]:
    text = outline.text(piece.start, piece.head_end).decode("utf-8", "replace")
    return set(CALL.findall(text))


def _meant(
    name: str, caller: Piece, pieces: Sequence[Piece], bearers: Sequence[int], rows: Mapping[tuple[str, str], int]
) -> Sequence[int]:
    """The definitions that a name means where it is called: in the same class, the same file, other files."""
    sibling = rows.get((caller.path, f"{caller.name.rpartition('.')[0]}.{name}"))
    own = [row for row in bearers if pieces[row].path == caller.path]
    meant = [sibling] if sibling is not None else own or (bearers if TELLING.search(name) else ())
    return meant if len(meant) <= MOST_TARGETS else ()
