"""How a blob's definitions are kept in the slice cache. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from runner.localise.syntax import Definition

RECORD_FORMAT: Final = "1"
EXTRACTOR: Final = "definitions-1"
"""Rises with every change of what is extracted or how it is packed, so that old records are never found again."""


def slice_key(blob_id: str, language: str) -> str:
    """The record's key: SHA-1(format NUL extractor NUL blob id), an address and no protection."""
    text = f"{RECORD_FORMAT}\0{EXTRACTOR}-{language}\0{blob_id}"
    return hashlib.sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()


def pack_definitions(definitions: Iterable[Definition]) -> bytes:
    """The definitions as bytes."""
    rows = [[item.name, item.is_container, item.start, item.end] for item in definitions]
    return json.dumps(rows, separators=(",", ":")).encode("ascii")


def unpack_definitions(record: bytes) -> tuple[Definition, ...] | None:
    """The definitions, or None for bytes that pack_definitions did not make."""
    try:
        return tuple(
            Definition(str(name), bool(holds), int(start), int(end)) for name, holds, start, end in json.loads(record)
        )
    except (ValueError, TypeError):
        return None
