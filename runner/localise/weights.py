"""How much each signal says about a file: a score is the sum of signal times weight. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FIRST_WEIGHTS: Final[Mapping[str, float]] = {
    "words": 0.8, "title": 0.3, "title covered": 0.5, "prose": 0.45, "path words": 0.15,
    "frame": 0.1, "innermost": 0.25, "path": 0.25, "import": 0.25, "dotted": 0.05,
    "said": 0.35, "star": 0.35, "quoted": 0.3,
}  # fmt: skip
"""Before any file is parsed: which files are looked at more closely."""

SEED_WEIGHTS: Final[Mapping[str, float]] = {"words": 2.0, "pieces": 2.0, "title": 1.0}
"""Which candidates' folders and imports are looked at."""

LAST_WEIGHTS: Final[Mapping[str, float]] = {
    "first place": 0.36, "place by both": 0.31, "place by prose": 0.18, "title covered": 0.16, "path words": 0.18,
    "definition": 0.27, "names": 0.24, "member": 0.17, "backticks in pieces": 0.20,
    "frame": 0.11, "innermost": 0.13, "path": 0.17, "quoted": 0.21, "import": 0.12, "said": 0.14,
    "folder": 0.24, "imported": 0.22, "recent": 0.11,
}  # fmt: skip
"""Of the candidates. Fitted on real issues by `python -m bench.localise_signals`, none below zero: see
docs/localisation.md."""


def total(signals: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The score of a file with these signals."""
    return sum(weights[name] * value for name, value in signals.items() if name in weights)
