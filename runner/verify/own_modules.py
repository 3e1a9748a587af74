"""Which modules a repository has itself, by the paths of its files. Pure."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Final

from runner.verify.test_paths import is_test_path

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


def taken_place(path: str, paths: Collection[str]) -> str:
    """The file that a new one at `path` would be imported in place of; `paths` are the others of the repository.

    A package comes before a module of its name, and what a folder of tests has at its top before what the root has.
    """
    pure = PurePosixPath(path)
    is_package = pure.name == "__init__.py"
    place = pure.parent if is_package else pure.with_suffix("")
    if pure.suffix != ".py" or not place.name.isidentifier():
        return ""
    rivals = [f"{place}.py"] if is_package else []
    if is_test_path(f"{place.parent}/x.json") and f"{place.parent}/__init__.py" not in paths:
        rivals += [f"{root}{place.name}{ending}" for root in PATH_ROOTS for ending in (".py", "/__init__.py")]
    return next((file for file in rivals if file in paths), "")
