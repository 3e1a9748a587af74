"""How a blob's pieces and their words are kept in the slice cache. Pure."""

from __future__ import annotations

import json
import struct
from typing import Final

import numpy as np

from runner.localise.cuts import Cut
from runner.localise.lexemes import Lexemes
from runner.localise.messages import Phrase
from runner.localise.outline import Span
from runner.localise.records import record_key

EXTRACTOR: Final = "cut-4"
"""Rises with every change of what is extracted or how it is packed, so that old records are never found again."""
HEAD: Final = struct.Struct("<II")
"""Before all else: the bytes of the spans, and how many distinct words all pieces hold together."""
PLACE: Final = np.dtype("<u4")


def cut_key(blob_id: str, language: str) -> str:
    """The key of a blob's pieces; the same content may be read in two languages."""
    return record_key(blob_id, f"{EXTRACTOR}-{language}")


def pack_cut(found: Cut) -> bytes:
    """The pieces as bytes: spans, phrases, where each one's words begin, how many it has, the words, their counts."""
    rows = [
        [one.name, one.start, one.end, one.head_end, one.is_container, one.is_inner, phrases]
        for one, phrases in zip(found.spans, found.phrases, strict=True)
    ]
    spans = json.dumps(rows, separators=(",", ":")).encode("ascii")
    words = found.words
    arrays = (words.cuts.astype(PLACE), words.lengths.astype(PLACE), words.hashes.astype(PLACE), words.counts)
    return HEAD.pack(len(spans), len(words.hashes)) + spans + b"".join(array.tobytes() for array in arrays)


def unpack_cut(record: bytes) -> Cut | None:
    """The pieces, or None for bytes that pack_cut did not make."""
    try:
        size, distinct = HEAD.unpack_from(record)
        rows = json.loads(record[HEAD.size : HEAD.size + size])
        spans = tuple(
            Span(str(name), int(a), int(b), int(c), bool(holds), bool(inner)) for name, a, b, c, holds, inner, _ in rows
        )
        phrases = tuple(tuple(Phrase(str(text), float(share)) for text, share in row[6]) for row in rows)
        at = HEAD.size + size
        cuts = np.frombuffer(record, PLACE, len(spans) + 1, at).astype(np.int64)
        at += PLACE.itemsize * len(cuts)
        lengths = np.frombuffer(record, PLACE, len(spans), at).astype(np.int64)
        at += PLACE.itemsize * len(lengths)
        hashes = np.frombuffer(record, PLACE, distinct, at)
        counts = np.frombuffer(record, np.uint8, distinct, at + PLACE.itemsize * distinct)
    except (ValueError, TypeError, struct.error):
        return None
    return Cut(spans, Lexemes(hashes, counts, cuts, lengths), phrases) if cuts[-1] == distinct else None
