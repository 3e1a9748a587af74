"""Which files make a text that the task quotes, as their templates have it: "%s is no %s". Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

LITERAL: Final = re.compile(
    rb"\"\"\"|'''|\"((?:[^\"\\\n]|\\.){8,300})\"|'((?:[^'\\\n]|\\.){8,300})'|`([^`\\]{8,300})`|#[^\n]*|//[^\n]*"
)
PLACEHOLDER: Final = re.compile(r"%\([^)]*\)[a-z]|%[+#\-0-9.]*[a-zA-Z]|\$?\{[^}]*\}|\\[nt]|%%")
QUOTES: Final = re.compile("[\\s`'\"\u2018\u2019\u201c\u201d]+")
SHORTEST: Final = 10
FULL_CHARS: Final = 40
"""So many matching characters say all that a message can."""


class Phrase(NamedTuple):
    """What stands between a literal's placeholders, in plain letters, and how much of the literal it is (0.0-1.0)."""

    text: str
    share: float


def phrases_of(content: bytes) -> tuple[Phrase, ...]:
    """The phrases of the content's string literals that are long enough to be known again; each once."""
    return tuple(dict.fromkeys(_phrases(content)))


def saying(phrases: Mapping[str, Sequence[Phrase]], text: str) -> dict[str, float]:
    """Per file, how much of one of its string literals stands in the task; less where other files hold it too."""
    said = _plain(text)
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for path, some in phrases.items():
        for phrase, share in some:
            if phrase in said:
                shares[phrase][path] = max(shares[phrase].get(path, 0.0), share)
    found: dict[str, float] = defaultdict(float)
    for phrase, by_path in shares.items():
        for path, share in by_path.items():
            found[path] = max(found[path], share * min(1.0, len(phrase) / FULL_CHARS) / len(by_path))
    return found


def _phrases(content: bytes) -> Iterator[Phrase]:
    literals = (match[match.lastindex] for match in LITERAL.finditer(content) if match.lastindex)
    for literal in (some for some in literals if b" " in some):
        pieces = [_plain(piece) for piece in PLACEHOLDER.split(literal.decode("utf-8", "replace"))]
        whole = sum(map(len, pieces)) or 1
        yield from (Phrase(piece, len(piece) / whole) for piece in pieces if len(piece) >= SHORTEST and " " in piece)


def _plain(text: str) -> str:
    """Lower case, all blanks and quotation marks as one blank: reports quote messages in many ways."""
    return QUOTES.sub(" ", text).strip().lower()
