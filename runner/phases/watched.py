"""Which of the existing tests are watched: those nearest to the best candidates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from runner.models import BlobEntry, Localisation
from runner.phases.base_tests import NEAREST, is_small
from runner.phases.logic import reaching_tests, targets_of
from runner.ports import Ports

MOST_BETWEEN: Final = 40
"""Helpers, and files of the package, that are read to see what tests reach through them."""


def watched_tests(
    found: Localisation,
    reproducing: Sequence[str],
    tests: Mapping[str, bytes],
    entries: Mapping[str, BlobEntry],
    ports: Ports,
) -> tuple[str, ...] | None:
    """The existing test files to watch, nearest first: None (all) where that is little, () where none is known.

    The files of the `reproducing` ids come first.
    """
    if is_small(tests):
        return None if tests else ()
    own = [path for path in (id_.partition("::")[0] for id_ in reproducing) if path in tests]
    near = reaching_tests(targets_of(found), tests, _between(found, entries, ports))
    return tuple(dict.fromkeys([*own, *near]))[:NEAREST]


def _between(found: Localisation, entries: Mapping[str, BlobEntry], ports: Ports) -> dict[str, bytes]:
    """What a test may go through on its way to the best files: those, their packages, and the tests' helpers."""
    best = [path for path, _ in found.files[:MOST_BETWEEN]]
    packages = dict.fromkeys(
        folder / "__init__.py" for path in best[:NEAREST] for folder in PurePosixPath(path).parents
    )
    helpers = sorted(
        (path for path in entries if _is_helper(path) and ports.suite.is_test_path(path)),
        key=lambda path: not path.endswith("conftest.py"),
    )
    wanted = [*map(str, packages), *helpers[:MOST_BETWEEN], *best]
    ids = {path: entries[path].blob_id for path in dict.fromkeys(wanted) if path in entries}
    contents = dict(ports.repository.read(dict.fromkeys(ids.values())))
    return {path: contents[id_] for path, id_ in ids.items()}


def _is_helper(path: str) -> bool:
    return path.endswith(".py") and not PurePosixPath(path).name.startswith(("test", "__init__"))
