"""How much likelier (below 0) or less likely a family is than its priors say, learned from real fixes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEARNED: Final[Mapping[str, float]] = {
    "comparison": -0.8,
    "passed argument": -0.6,
    "slice": -0.6,
    "added entry": -0.5,
    "similar member": -0.4,
    "connective": -0.4,
    "dropped operand": -0.4,
    "augmented assignment": -0.3,
    "variable for expression": -0.3,
    "ingredient": 0.3,
    "copied statement": 0.3,
    "method of value": 0.4,
    "wrapped in import": 0.5,
    "early error": 0.5,
    "assignment target": 0.5,
    "attribute": 0.5,
    "inserted assignment": 0.8,
}
"""Family -> what is added to its priors, as `python -m bench.priors --single` reckons it; below 0.25 it rests on one
fix and is left out.

Of fixes of one hunk: the development half's, and past ones of its and six other repositories. What takes a statement or
an `if` away keeps its prior: it turns tests green most easily. Attributes have half of what was printed, variables
nothing: the types that a search knows leave fewer of them.
"""
