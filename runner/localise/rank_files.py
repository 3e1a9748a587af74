"""How files are scored before any is parsed: what they hold, what their path says, what the text names. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runner.localise.bm25 import among, bm25_table, rarity
from runner.localise.evidence import Evidence
from runner.localise.index import Index
from runner.localise.kinds import penalty_of
from runner.localise.query import Query
from runner.localise.weights import FIRST_WEIGHTS, total
from runner.localise.words import words_of

Scores = NDArray[np.float64]

FILE_K1: Final = 1.5
FILE_LENGTH_SHARE: Final = 0.6
PATH_FIELD: Final = 3.0
MOST_RANKED: Final = 2_000
"""Files whose kind and path are looked at one by one."""


Signals = Mapping[str, float]
"""What is known of one file: signals by name, each about 0.0-1.0."""


def first_signals(index: Index, query: Query, evidence: Evidence) -> dict[str, Signals]:
    """What is known of the files that can matter, in no order."""
    terms = {term: words_of(term) for term in query.terms}
    in_contents, in_paths = index.in_contents(terms), index.in_paths(terms)
    table = bm25_table(
        in_contents + PATH_FIELD * in_paths,
        index.contents.lengths,
        list(query.terms.values()),
        FILE_K1,
        FILE_LENGTH_SHARE,
    )
    columns = _columns(query, list(terms), table, in_contents, in_paths)
    scores = np.asarray(sum(FIRST_WEIGHTS[name] * column for name, column in columns.items()))
    found: dict[str, Signals] = dict(evidence.signals)
    for row in _best(index, scores, evidence):
        path = index.files[row].path
        signals = {name: float(column[row]) for name, column in columns.items() if column[row] > 0}
        found[path] = {**signals, **evidence.signals.get(path, {})}
    return found


def best_first(found: Mapping[str, Signals]) -> Iterator[str]:
    """The files by their score before any is parsed; those alike by their paths.

    What kind of file a path is takes many patterns to see. It can only lower the score, so it is looked at no sooner
    than a file's turn may have come.
    """
    waiting: list[tuple[float, str]] = []
    for highest, path in sorted(((total(mine, FIRST_WEIGHTS), path) for path, mine in found.items()), reverse=True):
        while waiting and -waiting[0][0] > highest:
            yield heappop(waiting)[1]
        heappush(waiting, (-highest * penalty_of(path)[0], path))
    while waiting:
        yield heappop(waiting)[1]


def _columns(
    query: Query, terms: Sequence[str], table: Scores, in_contents: Scores, in_paths: Scores
) -> dict[str, Scores]:
    """Each text signal of all files."""
    weights = np.array([query.terms[term] for term in terms])
    is_title = among(terms, query.title_terms)
    is_prose = among(terms, query.section_terms.get("prose", frozenset()))
    holds = (in_contents + in_paths) > 0
    is_word = np.array([term[0] != "=" for term in terms], dtype=bool)
    title = (rarity(holds) * is_word)[is_title]
    return {
        "words": _scaled(table.sum(axis=1)),
        "title": _scaled(table[:, is_title].sum(axis=1)),
        "title covered": holds[:, is_title] @ title / (float(title.sum()) or 1.0),
        "prose": _scaled((table / weights)[:, is_prose].sum(axis=1)),
        "path words": _scaled((in_paths > 0) @ (rarity(in_paths > 0) * weights)),
    }


def _scaled(scores: Scores) -> Scores:
    """The best has 1.0."""
    return np.asarray(scores / (float(scores.max(initial=0.0)) or 1.0))


def _best(index: Index, scores: Scores, evidence: Evidence) -> list[int]:
    """The rows that score highest before their kind is looked at, and all that the text points at."""
    order = np.argsort(-scores, kind="stable")[:MOST_RANKED]
    named = (row for row, file in enumerate(index.files) if file.path in evidence.signals)
    return list(dict.fromkeys([*(int(row) for row in order if scores[row] > 0), *named]))
