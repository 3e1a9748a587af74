"""When two failures have the same cause: equal exception, message and place, less what changes by chance. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

FINGERPRINT_DIGITS: Final = 12
MESSAGE_CAP_CHARS: Final = 2_000

# The order matters: dates before clock times, temporary paths before the ids that they hold.
CHANGING: Final = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"(?:/private)?(?:/tmp|/var/folders|/var/tmp|/dev/shm)/[^\s'\":,)\]]*"), "<temporary>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<address>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"\b1[0-9]{9}(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"\b\d{10,}\b(?!\.\d)"), "<number>"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|us|ns|s|sec|seconds?)\b"), "<duration>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b"), "<id>"),
    (re.compile(r"\b(pid|port|id|thread|process)([ =:#-]+)\d+\b", re.IGNORECASE), r"\1\2<number>"),
    (re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+"), r"\1:<port>"),
    (re.compile(r"\bline \d+\b"), "line <line>"),
    (re.compile(r"(\.\w+):\d+\b"), r"\1:<line>"),
    (re.compile(r"[ \t]+"), " "),
)


def normalise(message: str) -> str:
    """The message without addresses, times, durations, temporary paths, generated ids and line numbers."""
    for pattern, replacement in CHANGING:
        message = pattern.sub(replacement, message)
    return message.strip()


def fingerprint(message: str, frames: tuple[tuple[str, int], ...]) -> str:
    """A short digest that is equal for equal causes.

    `message` begins with the exception's type; of `frames` the innermost one counts, and of that the file alone:
    a line moves when something above it changes.
    """
    place = frames[-1][0] if frames else ""
    told = f"{normalise(message[:MESSAGE_CAP_CHARS])}\0{place}"
    return hashlib.sha1(told.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:FINGERPRINT_DIGITS]
