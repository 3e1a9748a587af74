"""What a repository's past says of its files: what changed of late is likelier to change again. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

COMMITS: Final = 300
MOST_PATHS: Final = 15
"""A commit that touches more is a clean-up, an import, or the edge of a shallow clone."""


def recent(history: Sequence[Sequence[str]]) -> dict[str, float]:
    """Per file, how recent its last change is: 1.0 for the newest commit, e times less COMMITS before it."""
    found: dict[str, float] = {}
    for age, paths in enumerate(history):
        for path in paths if len(paths) <= MOST_PATHS else ():
            found.setdefault(path, math.exp(-age / COMMITS))
    return found
