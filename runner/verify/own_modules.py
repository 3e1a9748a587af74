"""Which modules a repository has itself, by the paths of its files. Pure."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Final

PATH_ROOTS: Final = ("", "src/", "lib/")
"""Folders from which a repository's Python is imported, beside that of the importing file and those around it."""


def module_places(paths: Iterable[str]) -> frozenset[str]:
    """Every place that a module or a package stands at: the paths of Python files without suffix, and their folders."""
    files = [path.removesuffix(".py") for path in paths if path.endswith(".py")]
    return frozenset(file[:end] for file in files for end in _ends(file))


def _ends(file: str) -> Iterable[int]:
    return (*(at for at, char in enumerate(file) if char == "/"), len(file))


def is_own_module(module: str, path: str, places: Collection[str]) -> bool:
    """Whether the file at `path` imports a module of the repository under this dotted name, and not another's."""
    first = module.partition(".")[0]
    around = [f"{folder}/" for folder in map(str, PurePosixPath(path).parents) if folder != "."]
    return first not in sys.stdlib_module_names and any(
        f"{folder}{first}" in places for folder in (*PATH_ROOTS, *around)
    )
