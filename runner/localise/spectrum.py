"""How suspicious lines and definitions are, from what failing and passing tests execute. Pure.

Ochiai: Abreu et al., https://doi.org/10.1109/TAIC.PART.2007.13. D*: Wong et al., https://doi.org/10.1109/TR.2013.2285319.
With one failing test both order lines alike, by how few passing tests execute them; with several, D* asks more for
lines that all of them execute. What counts is the mean of the two, each as a share of its highest value.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from runner.proof import Line

STAR: Final = 2


def ochiai(failed: int, passed: int, failing: int) -> float:
    """0.0 to 1.0 for a line that `failed` of `failing` failing tests and `passed` passing ones execute."""
    return failed / math.sqrt(failing * (failed + passed)) if failed else 0.0


def d_star(failed: int, passed: int, failing: int) -> float:
    """From 0.0 up for the same; a line that all failing tests and no passing one execute counts as half a pass."""
    return failed**STAR / max(0.5, passed + failing - failed) if failed else 0.0


def suspicion(failing: Sequence[Collection[Line]], passing: Iterable[Collection[Line]]) -> dict[Line, float]:
    """Line -> score in (0, 1], for the lines that a failing test executes."""
    red = Counter(line for lines in failing for line in lines)
    green = Counter(line for lines in passing for line in lines)
    first = {line: ochiai(count, green[line], len(failing)) for line, count in red.items()}
    second = {line: d_star(count, green[line], len(failing)) for line, count in red.items()}
    tops = max(first.values(), default=1.0), max(second.values(), default=1.0)
    return {line: (first[line] / tops[0] + second[line] / tops[1]) / 2 for line in red}


def in_span(scores: Mapping[Line, float], path: str, lines: Iterable[int]) -> float:
    """The highest score of a line in these lines of a file, 0.0 where no failing test was."""
    return max((scores.get((path, line), 0.0) for line in lines), default=0.0)
