"""Which edits lower the verdict because they touch what judges them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from runner.models import Overlay
from runner.proof import GuardFinding
from runner.verify.guard_config import is_lock_file, relaxed_config
from runner.verify.guard_source import source_findings
from runner.verify.guard_tests import loosened_tests
from runner.verify.reproducer import check_frozen
from runner.verify.test_paths import is_test_path

PROTECTED_FOLDERS: Final = frozenset({".github", ".git", ".circleci", ".gitlab", ".husky", ".githooks", ".buildkite"})
PROTECTED_NAMES: Final = frozenset(
    {
        ".gitmodules",
        ".gitattributes",
        ".gitlab-ci.yml",
        ".travis.yml",
        "Jenkinsfile",
        "azure-pipelines.yml",
        "CODEOWNERS",
    }
)
SYMLINK: Final = "120000"
EXECUTABLE: Final = "100755"


@dataclass(frozen=True, slots=True)
class Edits:
    """What is guarded: the edited files before (None: new) and after (None: deleted), and what they may touch.

    `before` has the base with the reproducer in it, `tree` is the whole head overlay. `plan_files` empty means that
    no plan limits the edits. `modes` are git modes of the base's files, `reproducer` the frozen files' contents.
    """

    before: Mapping[str, bytes | None]
    after: Overlay
    tree: Overlay = field(default_factory=dict)
    plan_files: tuple[str, ...] = ()
    frozen: Mapping[str, str] = field(default_factory=dict)
    reproducer: tuple[bytes, ...] = ()
    modes: Mapping[str, str] = field(default_factory=dict)


def inspect(edits: Edits) -> tuple[GuardFinding, ...]:
    """Every finding, in path order, each with a stable rule name."""
    found = list(check_frozen(edits.frozen, edits.tree))
    for path in sorted(edits.after):
        old, new = edits.before.get(path), edits.after[path]
        if old == new:
            continue
        found += _path_findings(edits, path)
        if is_test_path(path):
            found += loosened_tests(path, old, new)
        elif path.endswith(".py"):
            found += source_findings(path, old, new, edits.reproducer)
        if detail := relaxed_config(path, old, new):
            found.append(GuardFinding("config-changed", path, detail))
    return tuple(found)


def _path_findings(edits: Edits, path: str) -> Iterator[GuardFinding]:
    if detail := _protection(path) or _protection_by_mode(edits.modes.get(path, ""), deleted=edits.after[path] is None):
        yield GuardFinding("protected-path", path, detail)
    if is_lock_file(path):
        yield GuardFinding("lock-changed", path, "pins what the tests run on")
    if edits.plan_files and path not in edits.plan_files:
        yield GuardFinding("outside-plan", path, "the plan does not name this file")


def _protection(path: str) -> str:
    """Why this path is protected, or nothing."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return "lies outside the repository"
    if PROTECTED_FOLDERS.intersection(pure.parts) or pure.name in PROTECTED_NAMES:
        return "decides what runs on other machines; people change it"
    return ""


def _protection_by_mode(mode: str, *, deleted: bool) -> str:
    """Why a file of this git mode is protected, or nothing."""
    if mode == SYMLINK:
        return "is a symbolic link"
    return "is a program that others may call" if deleted and mode == EXECUTABLE else ""
