"""Which pieces raise, catch or warn of what the task names. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runner.localise.bm25 import idfs
from runner.localise.outline import Outline

NAMED: Final = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning)\b")
RAISES: Final = re.compile(rb"\b(?:raise|except|throw|catch|warn\w*)\b")
SCALE: Final = 5.0
MOST: Final = 2.0


def raising(outlines: Mapping[str, Outline], text: str) -> NDArray[np.float64]:
    """More for each error of the text that a piece of the outlines raises, the fewer pieces of its file do so."""
    names = sorted(set(NAMED.findall(text)))
    shares = [_of_file(outline, names) if names else np.zeros(len(outline.pieces)) for outline in outlines.values()]
    return np.concatenate([np.zeros(0), *shares])


def _of_file(outline: Outline, names: list[str]) -> NDArray[np.float64]:
    raised = _lines(b"\n".join(outline.lines), names)
    if not raised:
        return np.zeros(len(outline.pieces))
    found = [
        {name for line, some in raised.items() if piece.start <= line <= piece.head_end for name in some}
        for piece in outline.pieces
    ]
    holding = Counter(name for some in found for name in some)
    worth = idfs(len(found), np.array(list(holding.values()), dtype=np.int64))
    worths = dict(zip(holding, worth.tolist(), strict=True))
    return np.minimum(MOST, [sum(worths[name] for name in some) / SCALE for some in found])


def _lines(content: bytes, names: list[str]) -> Mapping[int, set[bytes]]:
    """The lines that raise or catch something, and which of the names stand behind that."""
    found: dict[int, set[bytes]] = defaultdict(set)
    for name in (name for name in map(str.encode, names) if name in content):
        for match in re.finditer(rb"\b" + name + rb"\b", content):
            start = content.rfind(b"\n", 0, match.start()) + 1
            if RAISES.search(content, start, match.start()):
                found[content.count(b"\n", 0, start) + 1].add(name)
    return found
