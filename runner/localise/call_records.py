"""How a blob's references are kept in the slice cache. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from runner.localise.calls import Reference

EXTRACTOR: Final = "references-2"
"""Rises with every change of what is extracted or how it is packed, so that old records are never found again."""


def call_key(blob_id: str, language: str) -> str:
    """The record's key: SHA-1(format NUL extractor NUL blob id), an address and no protection."""
    text = f"1\0{EXTRACTOR}-{language}\0{blob_id}"
    return hashlib.sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()


def pack_references(references: Iterable[Reference]) -> bytes:
    """The references as bytes."""
    rows = [[item.name, item.line, item.is_base] for item in references]
    return json.dumps(rows, separators=(",", ":")).encode("ascii")


def unpack_references(record: bytes) -> tuple[Reference, ...] | None:
    """The references, or None for bytes that pack_references did not make."""
    try:
        return tuple(Reference(str(name), int(line), bool(is_base)) for name, line, is_base in json.loads(record))
    except (ValueError, TypeError):
        return None
