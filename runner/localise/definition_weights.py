"""How much each signal says about a definition: log-odds, fitted on real issues. Pure.

Fitted by `python -m bench.localise_definitions`. Only what a piece is may count against it: a signal that fits never
does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = {
    "words": 2.27, "name covered": 0.69, "name in title": 0.93,
    "file rank": 0.96, "file score": 1.65, "share of file": 1.58, "kind of file": 0.36,
    "function": -0.1, "class": -0.84, "imports": 0.9, "size": 1.86,
    "of a named class": 1.06, "of a base of one": 0.84, "makes one": 1.41,
    "frame": 1.66, "named": 0.21, "message": 0.95,
}  # fmt: skip
