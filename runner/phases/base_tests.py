"""Which test files of the base are read, and how many of them are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from runner.models import BlobEntry
from runner.ports import Repository
from runner.verify.reproducer import foreign_tests, may_be_foreign_test
from runner.verify.test_paths import holds_tests, is_test_path, looks_python

CAP_BYTES: Final = 20_000_000
SMALL_SUITE_BYTES: Final = 40_000
"""Test files of so many bytes together are run as a whole."""
NEAREST: Final = 12
"""Of a larger suite so many files are run at first."""


def base_tests(entries: Mapping[str, BlobEntry], repository: Repository, text: str = "") -> dict[str, bytes]:
    """The Python test files by path: all of them, or in a huge repository those that the text names first."""
    paths = [path for path in entries if path.endswith(".py") and is_test_path(path)]
    paths.sort(key=lambda path: PurePosixPath(path).name not in text)
    return {path: content for path, content in _read(paths, entries, repository).items() if holds_tests(content)}


def suite_tests(tests: dict[str, bytes], entries: Mapping[str, BlobEntry], repository: Repository) -> dict[str, bytes]:
    """The test files of which some are watched: the Python `tests`, or those of a project in other languages."""
    if tests or looks_python(entries):
        return tests
    found = _read([path for path in entries if may_be_foreign_test(path)], entries, repository)
    return {path: found[path] for path in foreign_tests(found)}


def is_small(tests: Mapping[str, bytes]) -> bool:
    """Whether so few tests are best run as a whole."""
    return sum(map(len, tests.values())) <= SMALL_SUITE_BYTES


def _read(paths: Sequence[str], entries: Mapping[str, BlobEntry], repository: Repository) -> dict[str, bytes]:
    """The files' contents, as many as fit, in this order."""
    kept: dict[str, str] = {}
    left_bytes = CAP_BYTES
    for path in paths:
        if entries[path].size_bytes <= left_bytes:
            kept[path] = entries[path].blob_id
            left_bytes -= entries[path].size_bytes
    contents = dict(repository.read(dict.fromkeys(kept.values())))
    return {path: contents[id_] for path, id_ in kept.items()}
