"""How much test files are about a source file, by what both are called and by what the tests speak of. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

SHARE_OF_TEST: Final = 0.5
SHARE_OF_TARGET: Final = 1.0
SPOKEN: Final = 1.0
STEM: Final = 0.6
"""Chosen on the fixes of 142 issues: how often the nearest twelve hold the file whose tests the fix changes. None of
them decides it alone."""
SEPARATORS: Final = re.compile(r"[/_.\-]+|(?<=[a-z])(?=[A-Z])")
WORD: Final = re.compile(rb"\w+")
COMMON: Final = frozenset({"test", "src", "lib", "init", "index", ""})
LEAST_STEM_CHARS: Final = 4
MOST_NAMES: Final = 60

Rarity = Callable[[str], float]


def words_spoken(tests: Mapping[str, bytes], names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Which of the names each test file (path -> content) speaks of, as whole words."""
    wanted = {name.encode() for name in names}
    return {path: frozenset(map(bytes.decode, wanted.intersection(WORD.findall(text)))) for path, text in tests.items()}


def meant(target: str, names: Sequence[str]) -> frozenset[str]:
    """The names that tests of the target would speak of: its definitions' and its own."""
    return frozenset({*names[:MOST_NAMES], PurePosixPath(target).stem})


def kinship(spoken: Mapping[str, frozenset[str]], target: str, names: Sequence[str]) -> dict[str, float]:
    """For each test file 0.0 to 3.1; `names` are the target's definitions that are meant.

    `spoken` is what each test file speaks of, at least of what is `meant` here. Words count by how rare they are among
    the tests: what all of them are called or speak of tells nothing.
    """
    called = {path: frozenset(_words(path)) for path in spoken}
    own = frozenset(_words(target.removesuffix(".py"))[1:])
    about = meant(target, names)
    told = {path: words & about for path, words in spoken.items()}
    known = frozenset(names) & frozenset().union(*told.values())
    stem = PurePosixPath(target).stem if len(PurePosixPath(target).stem) >= LEAST_STEM_CHARS else ""
    by_path, by_name = _rarity(called.values()), _rarity(told.values())
    return {
        path: SHARE_OF_TEST * _share(called[path] & own, called[path], by_path)
        + SHARE_OF_TARGET * _share(called[path] & own, own, by_path)
        + SPOKEN * _share(told[path] & known, known, by_name)
        + STEM * (stem in told[path])
        for path in spoken
    }


@lru_cache(maxsize=4096)
def _words(path: str) -> tuple[str, ...]:
    """The words of a path in the singular, without those that say nothing."""
    words = (word.lower() for word in SEPARATORS.split(str(PurePosixPath(path).with_suffix(""))))
    return tuple(word for word in map(_singular, words) if word not in COMMON)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > len("was") else word


def _rarity(bags: Iterable[frozenset[str]]) -> Rarity:
    kept = list(bags)
    counts = Counter(word for bag in kept for word in bag)
    return lambda word: math.log((len(kept) + 1) / (1 + counts[word]))


def _share(shared: Iterable[str], of: Iterable[str], rarity: Rarity) -> float:
    whole = sum(map(rarity, of))
    return sum(map(rarity, shared)) / whole if whole > 0 else 0.0
