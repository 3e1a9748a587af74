"""How much test files are about a source file, by what both are called and by what the tests speak of. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

SHARE_OF_TEST: Final = 0.5
SHARE_OF_TARGET: Final = 1.0
SPOKEN: Final = 1.0
STEM: Final = 0.6
"""Chosen on the fixes of 142 issues: how often the nearest twelve hold the file whose tests the fix changes. None of
them decides it alone."""
SEPARATORS: Final = re.compile(r"[/_.\-]+|(?<=[a-z])(?=[A-Z])")
COMMON: Final = frozenset({"test", "src", "lib", "init", "index", ""})
LEAST_STEM_CHARS: Final = 4
MOST_NAMES: Final = 60

Rarity = Callable[[str], float]


def kinship(tests: Mapping[str, bytes], target: str, names: Iterable[str]) -> dict[str, float]:
    """For each test file (path -> content) 0.0 to 3.1; `names` are the target's definitions that are meant.

    Words count by how rare they are among the tests: what all of them are called or speak of tells nothing.
    """
    called = {path: frozenset(_words(path)) for path in tests}
    own = frozenset(_words(target.removesuffix(".py"))[1:])
    spoken = _spoken(tests, {*list(names)[:MOST_NAMES], PurePosixPath(target).stem})
    meant = frozenset(names) & frozenset().union(*spoken.values())
    stem = PurePosixPath(target).stem if len(PurePosixPath(target).stem) >= LEAST_STEM_CHARS else ""
    by_path, by_name = _rarity(called.values()), _rarity(spoken.values())
    return {
        path: SHARE_OF_TEST * _share(called[path] & own, called[path], by_path)
        + SHARE_OF_TARGET * _share(called[path] & own, own, by_path)
        + SPOKEN * _share(spoken[path] & meant, meant, by_name)
        + STEM * (stem in spoken[path])
        for path in tests
    }


def _words(path: str) -> list[str]:
    """The words of a path in the singular, without those that say nothing."""
    words = (word.lower() for word in SEPARATORS.split(str(PurePosixPath(path).with_suffix(""))))
    return [word for word in map(_singular, words) if word not in COMMON]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > len("was") else word


def _spoken(tests: Mapping[str, bytes], names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Which of the names each test file speaks of, as whole words."""
    wanted = "|".join(sorted(map(re.escape, filter(None, names))))
    pattern = re.compile(rf"\b(?:{wanted})\b".encode())
    return {path: frozenset(map(bytes.decode, pattern.findall(text))) for path, text in tests.items()}


def _rarity(bags: Iterable[frozenset[str]]) -> Rarity:
    kept = list(bags)
    counts = Counter(word for bag in kept for word in bag)
    return lambda word: math.log((len(kept) + 1) / (1 + counts[word]))


def _share(shared: Iterable[str], of: Iterable[str], rarity: Rarity) -> float:
    whole = sum(map(rarity, of))
    return sum(map(rarity, shared)) / whole if whole > 0 else 0.0
