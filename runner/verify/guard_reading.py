"""Which Python files of a change cannot be read before they run. Pure."""

from __future__ import annotations

import io
import sys
import tokenize
from typing import Final

from runner.syntax_tree import syntax_tree

PROBE: Final = rb"""if x == '+AGE-': y = "\n\x41\u0041"  # =41 %41"""
"""Plain code that some encodings read as another: UTF-7, escapes, rot13."""
OURS: Final = f"Python {sys.version_info.major}.{sys.version_info.minor}"


def unreadable(source: bytes | None) -> str:
    """Why the file cannot be read, or nothing; a file that is not there is read at once."""
    if source is None:
        return ""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        if PROBE.decode(encoding) != PROBE.decode("ascii"):
            return f"its encoding {encoding} makes other code of what is written; use UTF-8"
        syntax_tree(source)
    except (LookupError, UnicodeError):
        return "its encoding is none for texts; use UTF-8"
    except SyntaxError as error:
        return f"{OURS} says `{error.msg}` in line {error.lineno or 1}; write it so that this version can read it"
    except (ValueError, RecursionError, MemoryError):
        return f"{OURS} has no room for what nests in it, or it holds a null; take it apart"
    return ""
