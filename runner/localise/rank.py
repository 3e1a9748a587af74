"""How files and their pieces are scored against a task. Pure.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over files, then over the pieces of the
best files; what the text names outright is added on top; tests, vendored and generated files come last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.localise.evidence import Evidence, symbol_weight
from runner.localise.index import Posting, idf
from runner.localise.kinds import penalty_of
from runner.localise.outline import BLOCK, Piece
from runner.localise.query import Query
from runner.localise.words import terms

FILE_K1: Final = 2.0
PIECE_K1: Final = 1.2
LENGTH_SHARE: Final = 0.75
PATH_FIELD: Final = 3.0
NAME_FIELD: Final = 2.0
PIECE_PATH_FIELD: Final = 0.5
REST_SHARE: Final = 0.3
"""How much the four pieces after a file's best one add to it."""
BLOCK_FACTOR: Final = 0.7
LITERAL_WEIGHT: Final = 0.9


@dataclass(frozen=True, slots=True)
class Scored:
    """Something's score, and the query terms that made it, strongest first."""

    score: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What BM25 sees of one document: weighted term frequencies and length in words."""

    frequencies: Mapping[str, float]
    words: int


def file_fields(postings: Sequence[Posting], query: Query) -> list[Field]:
    """Each file's counts, its path's words counting threefold."""
    return [Field(_plus(p.counts, _named(p.entry.path, query), PATH_FIELD), p.words) for p in postings]


def piece_fields(pieces: Sequence[Piece], query: Query) -> list[Field]:
    """Each piece's counts, its name's words counting twofold and its path's half."""
    return [
        Field(
            _plus(_plus(p.counts, _named(p.name, query), NAME_FIELD), _named(p.path, query), PIECE_PATH_FIELD), p.words
        )
        for p in pieces
    ]


def bm25(fields: Sequence[Field], weights: Mapping[str, float], k1: float) -> list[Scored]:
    """Each document's score, scaled so that the best has 1.0."""
    holding = Counter(term for field in fields for term in field.frequencies)
    value = {term: weight * idf(len(fields), holding[term]) for term, weight in weights.items() if holding[term]}
    mean = max(1.0, sum(field.words for field in fields) / max(1, len(fields)))
    raw = [_one(field, value, k1, mean) for field in fields]
    best = max((sum(parts.values()) for parts in raw), default=0.0) or 1.0
    return [Scored(sum(parts.values()) / best, tuple(sorted(parts, key=lambda t: -parts[t])[:4])) for parts in raw]


def first_ranking(postings: Sequence[Posting], query: Query, evidence: Evidence) -> dict[str, Scored]:
    """All files by their contents, paths and what names them, before any of them is parsed."""
    fields = file_fields(postings, query)
    whole = bm25(fields, query.terms, FILE_K1)
    title = bm25(fields, _only(query.terms, query.title_terms), FILE_K1)
    found: dict[str, Scored] = {}
    for posting, all_, first in zip(postings, whole, title, strict=True):
        path = posting.entry.path
        score = (2 * all_.score + first.score) * penalty_of(path)[0] + evidence.files.get(path, 0.0)
        found[path] = Scored(score, all_.because)
    for path, weight in evidence.files.items():
        found.setdefault(path, Scored(weight * penalty_of(path)[0], ()))
    return found


def rank_pieces(pieces: Sequence[Piece], query: Query, evidence: Evidence) -> list[Scored]:
    """Each piece by its own lines, its name and what points at it."""
    fields = piece_fields(pieces, query)
    whole = bm25(fields, query.terms, PIECE_K1)
    title = bm25(fields, _only(query.terms, query.title_terms), PIECE_K1)
    named = Counter(last_name(piece.name) for piece in pieces)
    result = []
    for piece, all_, first in zip(pieces, whole, title, strict=True):
        boosts = _boosts(piece, query, evidence, named[last_name(piece.name)])
        words = 2 * all_.score + first.score
        factor = BLOCK_FACTOR if piece.name == BLOCK else 1.0
        because = (
            *boosts,
            *([f"words: {', '.join(term.lstrip('=') for term in all_.because)}"] if all_.because else []),
        )
        result.append(Scored((words + sum(boosts.values())) * factor * penalty_of(piece.path)[0], because))
    return result


def last_ranking(
    first: Mapping[str, Scored], pieces: Sequence[Piece], scored: Sequence[Scored]
) -> list[tuple[str, float]]:
    """Files best first: what they scored whole, plus their best pieces."""
    by_file: dict[str, list[float]] = {}
    for piece, score in zip(pieces, scored, strict=True):
        by_file.setdefault(piece.path, []).append(score.score)
    total = {path: score.score + _of_pieces(by_file.get(path, [])) for path, score in first.items() if score.score > 0}
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def last_name(name: str) -> str:
    """The part of a qualified name after its last dot."""
    return name.rpartition(".")[2]


def _boosts(piece: Piece, query: Query, evidence: Evidence, same_name: int) -> dict[str, float]:
    """What points at the piece, reason -> weight."""
    found: dict[str, float] = {}
    confidence = query.identifiers.get(last_name(piece.name), 0.0)
    if confidence and piece.name != BLOCK:
        found[f"defines {last_name(piece.name)}, which the task names"] = confidence / float(same_name) ** 0.7
    symbol = symbol_weight(piece.name, evidence.symbols, piece.path)
    if symbol:
        found["named by its full name"] = symbol
    if any(_is_at(piece, place.line, place.function) for place in evidence.places.get(piece.path, [])):
        found["a place that the task names"] = 0.8
    return found


def _is_at(piece: Piece, line: int, function: str) -> bool:
    """Whether the frame is in the piece; lines may have moved since, so a matching function name is as good."""
    if function and function != BLOCK:
        return last_name(piece.name) == last_name(function)
    return piece.start <= line <= piece.end


def _of_pieces(scores: list[float]) -> float:
    best = sorted(scores, reverse=True)[:5]
    return best[0] + REST_SHARE * sum(best[1:]) / 2 if best else 0.0


def _one(field: Field, value: Mapping[str, float], k1: float, mean: float) -> dict[str, float]:
    norm = k1 * (1 - LENGTH_SHARE + LENGTH_SHARE * field.words / mean)
    return {t: value[t] * f * (k1 + 1) / (f + norm) for t, f in field.frequencies.items() if t in value}


def _named(name: str, query: Query) -> list[str]:
    pieces = name.replace("-", "/").replace(".", "/").split("/")
    return [term for piece in pieces for term in terms(piece) if term in query.terms]


def _plus(counts: Mapping[str, float], named: Iterable[str], weight: float) -> dict[str, float]:
    total = dict(counts)
    for term in named:
        total[term] = total.get(term, 0.0) + weight
    return total


def _only(weights: Mapping[str, float], chosen: frozenset[str]) -> dict[str, float]:
    return {term: weight for term, weight in weights.items() if term in chosen}
