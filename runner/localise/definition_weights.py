"""How much each signal says about a definition: log-odds, fitted on real issues and past fixes. Pure.

Only what a piece is may count against it: a signal that fits never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WITHIN_FILE: Final[Mapping[str, float]] = {
    "place in file": 1.98, "like the likeliest": 1.48, "words of its class": 1.41, "name covered": 0.87,
    "name in title": 0.57, "class": -0.43, "imports": 0.67, "size": 0.67,
    "of a named class": 0.61, "of a base of one": 0.64, "makes one": 0.98, "called by a called one": 0.70,
    "frame": 1.13, "message": 0.56, "raises": 1.04,
}  # fmt: skip
"""Which of a file's definitions is meant. Fitted by `python -m bench.localise_definitions` on issues and, each for a
tenth of one, on past fixes (`bench.localise_commits`)."""

ACROSS_FILES: Final[Mapping[str, float]] = {
    "words": 2.27, "name covered": 0.69, "name in title": 0.93,
    "function": -0.1, "class": -0.84, "imports": 0.9, "size": 1.86,
    "of a named class": 1.06, "of a base of one": 0.84, "makes one": 1.41,
    "frame": 1.66, "named": 0.21, "message": 0.95,
}  # fmt: skip
"""How likely a definition is meant whatever its file: what it says about that."""
