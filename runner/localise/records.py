"""How what was read from a blob is kept in the slice cache. Pure."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from runner.localise.lexemes import Lexemes

RECORD_FORMAT: Final = "1"
LEXEMES: Final = "lexemes-1"
"""The extractor. Its number rises with every change of what is extracted or how it is packed, so that old records are
never found again."""
HEAD: Final = struct.Struct("<III")
"""Before a content's words: how many distinct ones, how many in all, and what kind of content it is."""
HASH_BYTES: Final = 4
COUNT_BYTES: Final = 1


def record_key(blob_id: str, extractor: str) -> str:
    """The record's key: SHA-1(format NUL extractor NUL blob id), an address and no protection."""
    text = f"{RECORD_FORMAT}\0{extractor}\0{blob_id}"
    return hashlib.sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()


def pack_lexemes(lexemes: Lexemes, kinds: Sequence[int]) -> list[bytes]:
    """Each content's words as a record, with the number of its kind."""
    hashes, counts = lexemes.hashes.astype("<u4").tobytes(), lexemes.counts.tobytes()
    cuts, lengths = lexemes.cuts.tolist(), lexemes.lengths.tolist()
    return [
        HEAD.pack(end - start, length, kind) + hashes[HASH_BYTES * start : HASH_BYTES * end] + counts[start:end]
        for start, end, length, kind in zip(cuts[:-1], cuts[1:], lengths, kinds, strict=True)
    ]


def unpack_lexemes(records: Sequence[bytes]) -> tuple[Lexemes, list[int]]:
    """The words of the contents, one after the other, and their kinds. The records are whole: see `are_lexemes`."""
    heads = [HEAD.unpack_from(record) for record in records]
    middles = [HEAD.size + HASH_BYTES * distinct for distinct, _, _ in heads]
    hashes = b"".join([record[HEAD.size : middle] for record, middle in zip(records, middles, strict=True)])
    counts = b"".join([record[middle:] for record, middle in zip(records, middles, strict=True)])
    lexemes = Lexemes(
        np.frombuffer(hashes, dtype="<u4"),
        np.frombuffer(counts, dtype=np.uint8),
        np.cumsum([0, *(distinct for distinct, _, _ in heads)]),
        np.array([length for _, length, _ in heads], dtype=np.int64),
    )
    return lexemes, [kind for _, _, kind in heads]


def are_lexemes(record: bytes) -> bool:
    """Whether pack_lexemes can have made the record."""
    if len(record) < HEAD.size:
        return False
    return len(record) == HEAD.size + (HASH_BYTES + COUNT_BYTES) * int(HEAD.unpack_from(record)[0])
