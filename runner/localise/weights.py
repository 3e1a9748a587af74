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
    "first place": 0.36, "place by both": 0.34, "place by prose": 0.15, "title covered": 0.14, "path words": 0.22,
    "definition": 0.36, "names": 0.26, "member": 0.17, "backticks in pieces": 0.15,
    "frame": 0.08, "innermost": 0.10, "path": 0.13, "quoted": 0.17, "import": 0.08, "said": 0.11,
    "folder": 0.22, "imported": 0.22, "recent": 0.16,
}  # fmt: skip
"""Of the candidates. Fitted on real issues and past fixes by `python -m bench.localise_signals`, none below zero: see
docs/localisation.md."""


def total(signals: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The score of a file with these signals."""
    return sum(weights[name] * value for name, value in signals.items() if name in weights)
