"""The document that `localise --json` prints. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.localise.outline import BLOCK
from runner.models import FORMAT, Localisation

Json = str | int | float | Sequence["Json"] | dict[str, "Json"]


def localise_report(found: Localisation, *, top: int) -> dict[str, Json]:
    """Format 1: files and functions best first, at most `top` each, and the spans that a step's prompt shows."""
    functions = [slice_ for slice_ in found.slices if slice_.name != BLOCK][:top]
    return {
        "format": FORMAT,
        "files": [{"path": path, "score": round(score, 4)} for path, score in found.files[:top]],
        "functions": [
            {
                "path": slice_.path,
                "name": slice_.name,
                "start": slice_.start,
                "end": slice_.end,
                "score": round(slice_.score, 4),
                "why": slice_.why,
            }
            for slice_ in functions
        ],
        "shown": [{"path": slice_.path, "start": slice_.start, "end": slice_.end} for slice_ in found.shown],
        "seconds": {phase: round(seconds, 3) for phase, seconds in found.seconds.items()},
        "notes": list(found.notes),
    }
