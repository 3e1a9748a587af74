"""How much each signal says about a definition: log-odds, fitted on real issues. Pure.

Only what a piece is may count against it: a signal that fits never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WITHIN_FILE: Final[Mapping[str, float]] = {
    "place in file": 2.69, "words of its class": 1.39, "name covered": 0.89, "name in title": 0.86,
    "class": -0.45, "imports": 1.06, "size": 1.94,
    "of a named class": 0.74, "of a base of one": 1.09, "makes one": 1.67, "called by a called one": 0.96,
    "frame": 1.71, "message": 0.86,
}  # fmt: skip
"""Which of a file's definitions is meant. Fitted by `python -m bench.localise_definitions`."""

ACROSS_FILES: Final[Mapping[str, float]] = {
    "words": 2.27, "name covered": 0.69, "name in title": 0.93,
    "function": -0.1, "class": -0.84, "imports": 0.9, "size": 1.86,
    "of a named class": 1.06, "of a base of one": 0.84, "makes one": 1.41,
    "frame": 1.66, "named": 0.21, "message": 0.95,
}  # fmt: skip
"""How likely a definition is meant whatever its file: what it says about that."""
