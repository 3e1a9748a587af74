"""How much likelier (below 0) or less likely a family is than its priors say, learned from real fixes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEARNED: Final[Mapping[str, float]] = {
    "passed argument": -0.7,
    "keyword": -0.4,
    "similar member": -0.4,
    "wrapped in if": -0.3,
    "copied statement": -0.3,
    "pattern": -0.2,
    "indent": -0.2,
    "undefined name": -0.2,
    "dropped operand": -0.2,
    "wrapped sides": -0.2,
    "added else": -0.2,
    "type test": -0.2,
    "called": -0.2,
    "callee": -0.2,
    "predicate": -0.2,
    "wrapped container": -0.2,
    "assignment target": 0.2,
    "method of value": 0.2,
    "attribute": 0.2,
    "wrapped in import": 0.4,
    "ingredient": 0.6,
    "inserted assignment": 0.9,
}
"""Family -> what is added to its priors, printed by `python -m bench.priors`; those below 0.15 are left out.

A deleted statement keeps its prior: nearly all that it explains are parts of larger rewrites.
"""
