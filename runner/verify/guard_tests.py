"""When an edit of a test file makes it judge less. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from runner.proof import GuardFinding
from runner.verify.python_tests import skips_in, tests_in

SKIP_MARK: Final = re.compile(
    r"\.skip\(|\.only\(|\bx(?:it|describe|test)\(|@(?:Ignore|Disabled)\b|\bt\.Skip|#\[ignore\]|\bpending\(|\bit\.todo\("
)
ASSERT_MARK: Final = re.compile(r"\b(?:assert\w*|expect\w*|should\w*|require\.\w+|t\.(?:Error|Fatal)\w*)[ (!.]")


def loosened_tests(path: str, old: bytes | None, new: bytes | None) -> Iterator[GuardFinding]:
    """Deleted, skipped or loosened tests in one file."""
    if old is None:
        return
    if new is None:
        yield GuardFinding("test-deleted", path, "the whole file")
    elif path.endswith(".py"):
        yield from _python_findings(path, old, new)
    else:
        yield from _text_findings(path, old.decode(errors="replace"), new.decode(errors="replace"))


def _python_findings(path: str, old: bytes, new: bytes) -> Iterator[GuardFinding]:
    before, after = tests_in(path, old), tests_in(path, new)
    for id_, test in before.items():
        if id_ not in after:
            yield GuardFinding("test-deleted", path, f"{id_} is gone or renamed")
            continue
        lost = Counter(test.assertions) - Counter(after[id_].assertions)
        if lost:
            yield GuardFinding("test-loosened", path, f"{id_} no longer has `{next(iter(lost))}`")
    if skips_in(new) > skips_in(old):
        yield GuardFinding("test-skipped", path, "a test is skipped or expected to fail that was not before")


def _text_findings(path: str, old: str, new: str) -> Iterator[GuardFinding]:
    if len(SKIP_MARK.findall(new)) > len(SKIP_MARK.findall(old)):
        yield GuardFinding("test-skipped", path, "a test is skipped that was not before")
    lines = Counter(line.strip() for line in old.splitlines() if ASSERT_MARK.search(line))
    lost = lines - Counter(line.strip() for line in new.splitlines())
    if lost:
        yield GuardFinding("test-loosened", path, f"`{next(iter(lost))}` is gone")
