"""Which files hold a text that the task quotes: found by its words, then looked at. Pure."""

from __future__ import annotations

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
    by_blob: dict[str, set[str]] = {}
    for literal in query.literals[:MOST_LITERALS]:
        for row in _candidates(literal, index):
            by_blob.setdefault(index.files[row].blob_id, set()).add(literal)
    literals = {blob_id: [literal.encode("utf-8", "replace") for literal in by_blob[blob_id]] for blob_id in by_blob}
    holding = {id_ for id_, content in read(list(by_blob)) if any(literal in content for literal in literals[id_])}
    return tuple(file.path for file in index.files if file.blob_id in holding)


def _candidates(literal: str, index: Index) -> list[int]:
    """The files that hold every word of the literal; none when too many do."""
    words = {part for word in IDENTIFIER.findall(literal) for part in parts(word) if len(part) > 1}
    words = {word for word in words if not word.isdigit()}
    if not words:
        return []
    found = np.flatnonzero((index.in_contents({word: (word,) for word in words}) > 0).all(axis=1))
    return found.tolist() if len(found) <= MOST_LOOKED_AT else []
