"""How a blob's references are kept in the slice cache. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from runner.localise.calls import Reference
from runner.localise.records import record_key

EXTRACTOR: Final = "references-2"
"""Rises with every change of what is extracted or how it is packed, so that old records are never found again."""


def call_key(blob_id: str, language: str) -> str:
    """The record's key; what a blob refers to depends on its language."""
    return record_key(blob_id, f"{EXTRACTOR}-{language}")


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
