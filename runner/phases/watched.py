"""Which of the existing tests are watched: those nearest to what is changed, or may be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final

from runner.localise.kinds import language_of, penalty_of
from runner.models import BlobEntry
from runner.phases.base_tests import NEAREST, is_small
from runner.phases.logic import reaching_tests
from runner.ports import Repository
from runner.verify.test_paths import is_test_path

MOST_BETWEEN: Final = 40
"""Helpers, and files of the package, that are read to see what tests reach through them."""
MOST_SCRIPTS: Final = 400
LARGEST_BYTES: Final = 200_000
INDEXES: Final = (
    "__init__.py",
    *(f"index.{suffix}" for suffix in ("js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx")),
    "package.json",
)
"""The files that speak for the folder they lie in."""


def watched_tests(
    targets: Mapping[str, Sequence[str]],
    reproducing: Sequence[str],
    tests: Mapping[str, bytes],
    others: Mapping[str, bytes],
) -> tuple[str, ...] | None:
    """The existing test files to watch, nearest to the `targets` first: None (all) where they are little.

    The files of the `reproducing` ids come first. Tests may reach the targets through `others`.
    """
    if is_small(tests):
        return None
    own = [path for path in (id_.partition("::")[0] for id_ in reproducing) if path in tests]
    return tuple(dict.fromkeys([*own, *reaching_tests(targets, tests, others)]))[:NEAREST]


def between(best: Sequence[str], entries: Mapping[str, BlobEntry], repository: Repository) -> dict[str, bytes]:
    """What a test may go through on its way to the `best` files: those, their packages, and the tests' helpers.

    In other languages than Python it may be any source file, as tests take all from the one that leads to the rest.
    """
    folders = dict.fromkeys(folder for path in best[:NEAREST] for folder in PurePosixPath(path).parents)
    packages = (str(folder / name) for folder in folders for name in INDEXES)
    helpers = sorted(filter(_is_helper, entries), key=lambda path: not path.endswith("conftest.py"))
    wanted = [*packages, *helpers[:MOST_BETWEEN], *best[:MOST_BETWEEN], *_scripts(best[:NEAREST], entries)]
    ids = {path: entries[path].blob_id for path in dict.fromkeys(wanted) if path in entries}
    contents = dict(repository.read(dict.fromkeys(ids.values())))
    return {path: contents[id_] for path, id_ in ids.items()}


def _scripts(best: Sequence[str], entries: Mapping[str, BlobEntry]) -> Sequence[str]:
    """The sources in the best files' languages, nearest to the first one by their folders."""
    suffixes = tuple({PurePosixPath(path).suffix for path in best if language_of(path) not in {"", "python"}})
    found = [path for path in entries if path.endswith(suffixes) and _is_source(entries[path])] if suffixes else []
    return sorted(found, key=lambda path: -_shared(path, best[0]))[:MOST_SCRIPTS]


def _is_source(entry: BlobEntry) -> bool:
    return entry.size_bytes <= LARGEST_BYTES and penalty_of(entry.path) == (1.0, "") and not is_test_path(entry.path)


def _shared(path: str, other: str) -> int:
    """How many folders from the root two paths share."""
    both = zip(PurePosixPath(path).parts[:-1], PurePosixPath(other).parts[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _is_helper(path: str) -> bool:
    return path.endswith(".py") and is_test_path(path) and not PurePosixPath(path).name.startswith(("test", "__init__"))
