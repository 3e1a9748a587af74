"""How much likelier (below 0) or less likely a family is than its priors say, learned from real fixes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEARNED: Final[Mapping[str, float]] = {
    "passed argument": -0.7,
    "added entry": -0.5,
    "unwrapped call": -0.5,
    "unwrapped if": -0.5,
    "keyword": -0.4,
    "similar member": -0.4,
    "callee": -0.4,
    "comprehension": -0.4,
    "dropped operand": -0.4,
    "arguments": -0.3,
    "borrowed text": -0.3,
    "constant": -0.3,
    "type test": -0.3,
    "added else": -0.2,
    "augmented assignment": -0.2,
    "connective": -0.2,
    "indent": -0.2,
    "pattern": -0.2,
    "slice": -0.2,
    "statement kind": -0.2,
    "undefined name": -0.2,
    "early exit": 0.2,
    "copied statement": 0.4,
    "ingredient": 0.5,
    "wrapped in import": 0.5,
    "assignment target": 0.6,
    "attribute": 0.6,
    "early error": 0.6,
    "method of value": 0.6,
    "variable": 0.7,
    "inserted assignment": 1.0,
}
"""Family -> what is added to its priors, printed by `python -m bench.priors`; those below 0.15 are left out.

Of 628 hunks: the development half's, and past fixes of its and six other repositories. A deleted statement keeps its
prior: nearly all that it explains are parts of larger rewrites. Of texts borrowed from others most were one fix in many
branches, so that family has a third of what was printed.
"""
