"""Which files lie near the best ones: in their folders, and among what they import. Pure.

A report names the symptom's module; the cause is often in what that module imports, or beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from runner.localise.reexports import Names

FOLDER_SEEDS: Final = 20
FOLDER_DECAY: Final = 0.2
IMPORT_SEEDS: Final = 10


def in_best_folders(scores: Mapping[str, float]) -> dict[str, float]:
    """Per file, how much its folder holds of the best files; the best folder has 1.0."""
    folders: dict[str, float] = defaultdict(float)
    for rank, path in enumerate(_best(scores)[:FOLDER_SEEDS]):
        folders[_folder(path)] += scores[path] / (1 + FOLDER_DECAY * rank)
    shares = _scaled(folders)
    return {path: shares.get(_folder(path), 0.0) for path in scores}


def imported_by_best(scores: Mapping[str, float], names: Names) -> dict[str, float]:
    """Per file, how much it is imported by the best ones, however it is handed on to them."""
    found: dict[str, float] = defaultdict(float)
    for path, targets in names.imported_by(_best(scores)[:IMPORT_SEEDS]).items():
        for target in targets:
            found[target] += scores[path]
    return _scaled(found)


def _best(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda path: (-scores[path], path))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _scaled(values: Mapping[str, float]) -> dict[str, float]:
    most = max(values.values(), default=0.0) or 1.0
    return {key: value / most for key, value in values.items()}
