"""A blob's pieces and the words in them: read once in its life, whatever is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from tree_sitter import Node

from runner.localise.counting import counts_of
from runner.localise.documented import documented
from runner.localise.lexemes import Lexemes, read_lexemes
from runner.localise.messages import Phrase, phrases_of
from runner.localise.outline import Outline, Piece, Span, lines_of, spans_of, text_of
from runner.localise.syntax import definitions_in, tree_of
from runner.localise.words import words_of


@dataclass(frozen=True, slots=True)
class Cut:
    """The pieces of one content in the order of their lines, the words of each one's own lines, and its phrases.

    `root` is the syntax tree of a content that has just been parsed; it is not kept.
    """

    spans: tuple[Span, ...]
    words: Lexemes
    phrases: tuple[tuple[Phrase, ...], ...]
    root: Node | None = field(default=None, compare=False, repr=False)


def cut(content: bytes, language: str) -> Cut:
    """The content's pieces; without a language they are blocks."""
    root = tree_of(content, language) if language else None
    lines = lines_of(content)
    found = spans_of(content, documented(definitions_in(root, language, inner=True), lines, language) if root else ())
    phrases = tuple(phrases_of(text_of(lines, span.start, span.head_end)) for span, _ in found)
    return Cut(tuple(span for span, _ in found), read_lexemes([own for _, own in found]), phrases, root)


def outlines(files: Mapping[str, tuple[bytes, Cut]], wanted: Iterable[str]) -> dict[str, Outline]:
    """Each file (path -> content and cut) with the wanted terms counted in its pieces."""
    terms = list(dict.fromkeys(wanted))
    words = _joined([cut.words for _, cut in files.values()])
    counts = iter(_rows(words, terms))
    lengths = iter(words.lengths.tolist())
    return {
        path: Outline(
            path,
            tuple(lines_of(content)),
            tuple(_piece(path, span, next(counts), next(lengths)) for span in cut.spans),
            frozenset(terms),
            cut.words,
            cut.phrases,
            cut.root,
        )
        for path, (content, cut) in files.items()
    }


def _piece(path: str, span: Span, counts: Mapping[str, int], words: int) -> Piece:
    return Piece(path, span.name, span.start, span.end, span.head_end, counts, words, span.is_container, span.is_inner)


def _joined(several: Sequence[Lexemes]) -> Lexemes:
    """The contents of all, one after the other."""
    begins = np.cumsum([0, *(len(one.hashes) for one in several)])
    return Lexemes(
        np.concatenate([np.zeros(0, np.uint32), *(one.hashes for one in several)]),
        np.concatenate([np.zeros(0, np.uint8), *(one.counts for one in several)]),
        np.concatenate(
            [np.zeros(1, np.int64), *(one.cuts[1:] + begin for one, begin in zip(several, begins[:-1], strict=True))]
        ),
        np.concatenate([np.zeros(0, np.int64), *(one.lengths for one in several)]),
    )


def _rows(words: Lexemes, terms: Sequence[str]) -> list[dict[str, int]]:
    """Per content, the terms that it holds and how often."""
    rows: list[dict[str, int]] = [{} for _ in words.lengths]
    if terms:
        table = counts_of(words, {term: words_of(term) for term in terms})
        places = np.nonzero(table)
        for row, column, count in zip(*(some.tolist() for some in places), table[places].tolist(), strict=True):
            rows[row][terms[column]] = int(count)
    return rows
