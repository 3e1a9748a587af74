"""Which files hold a text that the task quotes: found by its words, then looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from runner.localise.index import Index, Read
from runner.localise.query import Query
from runner.localise.words import IDENTIFIER, parts

MOST_LITERALS: Final = 8
MOST_LOOKED_AT: Final = 60
"""A text whose words stand together in more files than this points at none of them."""


def files_quoting(query: Query, index: Index, read: Read) -> tuple[str, ...]:
    """The paths of the files in which one of the query's literals stands as it is."""
    by_blob: dict[str, set[bytes]] = {}
    for literal, rows in _candidates(query.literals[:MOST_LITERALS], index):
        for row in rows:
            by_blob.setdefault(index.files[row].blob_id, set()).add(literal.encode("utf-8", "replace"))
    holding = {id_ for id_, content in read(list(by_blob)) if any(literal in content for literal in by_blob[id_])}
    return tuple(file.path for file in index.files if file.blob_id in holding)


def _candidates(literals: Sequence[str], index: Index) -> Iterator[tuple[str, Sequence[int]]]:
    """Each literal with the files that hold every word of it; none when too many do."""
    words = {literal: some for literal in literals if (some := _words(literal))}
    if not words:
        return
    # All words at once: every question goes through all of the commit's words.
    columns = {word: column for column, word in enumerate(frozenset().union(*words.values()))}
    holds = index.in_contents({word: (word,) for word in columns}) > 0
    for literal, some in words.items():
        rows = np.flatnonzero(holds[:, [columns[word] for word in some]].all(axis=1))
        if len(rows) <= MOST_LOOKED_AT:
            yield literal, rows.tolist()


def _words(literal: str) -> frozenset[str]:
    words = {part for word in IDENTIFIER.findall(literal) for part in parts(word) if len(part) > 1}
    return frozenset(word for word in words if not word.isdigit())
