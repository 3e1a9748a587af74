"""How contents become counted, hashed words: many files at a time, in arrays. Pure.

An identifier falls into its parts (`HTTPServer_error2`: http, server, error), and one of several parts also counts as
a whole, however it is written (`http_server`, `HttpServer`). A word is known by 32 bits of its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Places = NDArray[np.int64]

OTHER, JOINER, DIGIT, SMALL, CAPITAL = range(5)
CLASSES: Final = bytes(
    CAPITAL
    if 65 <= byte <= 90
    else SMALL
    if 97 <= byte <= 122
    else DIGIT
    if 48 <= byte <= 57
    else JOINER
    if byte == 95
    else OTHER
    for byte in range(256)
)
SMALL_LETTERS: Final = bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in range(256))
GAP: Final = b"\n\n"
"""Between two contents: no word runs across it."""
TAIL: Final = b"\n" * 9
"""After the last content, so that eight bytes can be read from every place."""
MOST_COUNTED: Final = 255

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MIXER: Final = np.uint64(0xD6E8FEB86659FD93)
FOLD: Final = np.uint64(29)
EIGHT: Final = np.uint64(8)
HALF: Final = np.uint64(32)
PART_POWERS: Final = np.array([pow(int(MIXER), place + 1, 2**64) for place in range(16)], dtype=np.uint64)
"""What the parts of a compound are weighed with; later parts than these share the last one."""


@dataclass(frozen=True, slots=True)
class Lexemes:
    """The words of several contents: those of content i are hashes[cuts[i]:cuts[i + 1]], with their counts.

    A count is at most 255. `lengths` are in words, all of them.
    """

    hashes: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    cuts: Places
    lengths: Places


def read_lexemes(contents: Sequence[bytes]) -> Lexemes:
    """The distinct words of each content, rising."""
    return _counted(read_words(contents))


def read_words(contents: Sequence[bytes]) -> Lexemes:
    """Every word that a query can ask for, as often as it occurs; numbers and single letters count as parts alone."""
    text = GAP[:1] + GAP.join(contents) + TAIL
    begins = np.cumsum([1, *(len(content) + len(GAP) for content in contents)])
    classes = np.frombuffer(text.translate(CLASSES), dtype=np.uint8)
    starts, ends = _parts(classes)
    hashes = _hashes(text.translate(SMALL_LETTERS), starts, ends - starts)
    whole, firsts = _compounds(classes, starts, ends, hashes)
    is_asked = (ends - starts > 1) & (classes[starts] != DIGIT)
    asked_before = np.concatenate(([0], np.cumsum(is_asked)))
    found = np.insert(hashes[is_asked], asked_before[firsts], whole)
    part_cuts = np.searchsorted(starts, begins)
    cuts = asked_before[part_cuts] + np.searchsorted(firsts, part_cuts)
    return Lexemes((found >> HALF).astype(np.uint32), np.ones(len(found), np.uint8), cuts, np.diff(part_cuts))


def hashes_of(words: Sequence[str]) -> NDArray[np.uint32]:
    """The hash that each lower-case word has in Lexemes; the parts of a compound are joined by `_`."""
    parts = [word.split("_") for word in words]
    text = "".join(part for some in parts for part in some).encode("ascii", "replace") + TAIL
    lengths = np.array([len(part) for some in parts for part in some], dtype=np.int64)
    hashes = _hashes(text, np.cumsum(lengths) - lengths, lengths)
    sizes = np.array([len(some) for some in parts], dtype=np.int64)
    firsts = np.cumsum(sizes) - sizes
    if not len(words):
        return np.zeros(0, dtype=np.uint32)
    combined = np.where(sizes > 1, _combined(hashes, firsts), hashes[firsts])
    return (combined >> HALF).astype(np.uint32)


def _parts(classes: NDArray[np.uint8]) -> tuple[Places, Places]:
    """Where each part begins and ends. The first byte and the last are no word's."""
    edges = np.flatnonzero(classes[1:] != classes[:-1]) + 1
    after = classes[edges]
    # The last of a run of capitals belongs to the small letters behind it: HTTPServer is HTTP and Server.
    edges[1:] -= (after[:-1] == CAPITAL) & (after[1:] == SMALL)
    parts = np.flatnonzero((after[:-1] >= DIGIT) & (edges[:-1] < edges[1:]))
    return edges[parts], edges[parts + 1]


def _hashes(small: bytes, starts: Places, lengths: Places) -> Bits:
    """64 bits of each word, eight bytes of it at a time; `small` goes on for eight bytes after the last one."""
    words: Bits = np.ndarray((len(small) - 7,), dtype="<u8", buffer=small, strides=(1,))
    hashes = _mixed(words[starts] << _unwanted(lengths))
    longer, done = np.flatnonzero(lengths > 8), 8
    while len(longer):
        left = lengths[longer] - done
        hashes[longer] = _mixed(hashes[longer] ^ words[starts[longer] + done] << _unwanted(left))
        longer, done = longer[left > 8], done + 8
    return hashes


def _unwanted(lengths: Places) -> Bits:
    """How many of eight bytes' bits lie behind the word's end."""
    return (EIGHT - np.minimum(lengths, 8).astype(np.uint64)) * EIGHT


def _mixed(bits: Bits) -> Bits:
    """Multiplied and folded so that every bit of a word has its say in the upper half."""
    mixed = bits * GOLDEN
    mixed ^= mixed >> FOLD
    mixed *= MIXER
    return mixed


def _compounds(classes: NDArray[np.uint8], starts: Places, ends: Places, hashes: Bits) -> tuple[Bits, Places]:
    """The hash of each identifier of several parts, and the number of its first part."""
    gap = starts[1:] - ends[:-1]
    goes_on = np.zeros(len(starts) + 1, dtype=bool)
    goes_on[1:-1] = (gap == 0) | (gap == 1) & (classes[ends[:-1]] == JOINER)
    members = np.flatnonzero(goes_on[:-1] | goes_on[1:])
    firsts = np.flatnonzero(~goes_on[members])
    return _combined(hashes[members], firsts), members[firsts]


def _combined(parts: Bits, firsts: Places) -> Bits:
    """One hash of each run of parts; a run goes from its first part to the next run's."""
    if not len(parts):
        return parts
    sizes = np.diff(firsts, append=len(parts))
    numbers = np.arange(len(parts)) - np.repeat(firsts, sizes)
    weighed = parts * PART_POWERS[np.minimum(numbers, len(PART_POWERS) - 1)]
    return _mixed(np.add.reduceat(weighed, firsts))


def _counted(words: Lexemes) -> Lexemes:
    """The distinct words of each content, rising, and how often each occurs."""
    hashes, cuts = words.hashes.copy(), words.cuts
    for start, end in pairwise(cuts.tolist()):
        # Sorted by itself a content stays in the processor's cache: several times faster than all at once.
        hashes[start:end].sort()
    is_new = np.empty(len(hashes) + 1, dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_new[1:-1])
    is_new[cuts] = True
    places = np.flatnonzero(is_new)
    counts = np.minimum(np.diff(places), MOST_COUNTED).astype(np.uint8)
    return Lexemes(hashes[places[:-1]], counts, np.searchsorted(places, cuts), words.lengths)
