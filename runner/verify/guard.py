"""Which edits lower the verdict because they touch what judges them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from runner.models import Overlay
from runner.proof import GuardFinding
from runner.verify.guard_code import hazards
from runner.verify.guard_config import is_lock_file, relaxed_config
from runner.verify.guard_foreign import foreign_hazards
from runner.verify.guard_literals import special_cases
from runner.verify.guard_reading import unreadable
from runner.verify.guard_tests import rewritten_tests, weaker_tests
from runner.verify.own_modules import module_places, taken_place
from runner.verify.protected import protection, protection_by_mode, shadowed_module
from runner.verify.reproducer import check_frozen
from runner.verify.test_paths import is_called_test, is_test_path

LEFT_OVER: Final = re.compile(
    r"(?:repro(?:duce)?|debug|demo|verify|validate|check|try|tmp|temp|scratch|example)(?:_\w+)?\.py"
)
"""What people and engines call the scripts with which they look into an issue."""
SNAPSHOT: Final = re.compile(r".*\.(?:snap|ambr|golden|approved\.\w+)|(?:.*/)?__snapshots__/.*")


@dataclass(frozen=True, slots=True)
class Edits:
    """What is guarded: the edited files before (None: new) and after (None: deleted), and what they may touch.

    `before` is the base, `tree` the whole head overlay; `paths` are all the base's files, `modes` their git modes and
    `new_modes` those of the head's, as far as they are known. `plan_files` empty means that no plan limits the edits.
    `reproducer` holds the frozen files' contents, which are run whatever is edited, and `reproducing` the ids of the
    tests that count (none: all of theirs).
    """

    before: Mapping[str, bytes | None]
    after: Overlay
    tree: Overlay = field(default_factory=dict)
    plan_files: tuple[str, ...] = ()
    frozen: Mapping[str, str] = field(default_factory=dict)
    reproducer: Mapping[str, bytes] = field(default_factory=dict)
    reproducing: tuple[str, ...] = ()
    paths: frozenset[str] = frozenset()
    modes: Mapping[str, str] = field(default_factory=dict)
    new_modes: Mapping[str, str] = field(default_factory=dict)


def inspect(edits: Edits) -> tuple[GuardFinding, ...]:
    """Every finding, in path order, each with a stable rule name."""
    found = list(check_frozen(edits.frozen, edits.tree))
    for path in sorted({*edits.after, *edits.new_modes}):
        found += _mode_findings(edits, path)
        if path in edits.after and edits.before.get(path) != edits.after[path]:
            found += _path_findings(edits, path)
            found += _content_findings(edits, path)
    return tuple(found)


def _mode_findings(edits: Edits, path: str) -> Iterator[GuardFinding]:
    old, new = edits.modes.get(path, ""), edits.new_modes.get(path, "")
    if detail := protection_by_mode(old, new, deleted=edits.after.get(path, b"") is None):
        yield GuardFinding("protected-path", path, detail)


def _path_findings(edits: Edits, path: str) -> Iterator[GuardFinding]:
    if detail := protection(path):
        yield GuardFinding("protected-path", path, detail)
    if is_lock_file(path):
        yield GuardFinding("lock-changed", path, "pins what the tests run on")
    if edits.plan_files and path not in edits.plan_files:
        yield GuardFinding("outside-plan", path, "the plan does not name this file")
    shadowed = shadowed_module(path) or taken_place(path, _others(edits))
    if edits.before.get(path) is None and shadowed:
        yield GuardFinding("shadowed-module", path, f"would be imported in place of `{shadowed}`")


def _others(edits: Edits) -> frozenset[str]:
    """The base's files that the edits leave, as far as they are known."""
    gone = {path for path, content in edits.after.items() if content is None}
    return frozenset({*edits.paths, *(path for path, old in edits.before.items() if old is not None)} - gone)


def _content_findings(edits: Edits, path: str) -> tuple[GuardFinding, ...]:
    try:
        return tuple(_read_findings(edits, path))
    except RecursionError:
        return (GuardFinding("unreadable", path, "it nests too deep to be read, or a test that judges it does"),)


def _read_findings(edits: Edits, path: str) -> Iterator[GuardFinding]:
    old, new = edits.before.get(path), edits.after[path]
    why = unreadable(new) if path.endswith(".py") else ""
    if detail := relaxed_config(path, old, new):
        yield GuardFinding("config-changed", path, detail)
    elif why and not unreadable(old):
        yield from () if _is_sample(edits, path) else (GuardFinding("unreadable", path, why),)
    else:
        yield from _findings_by_kind(edits, path, by_look=bool(why))
        if path.endswith(".py") and not why and not _is_left_over(edits, path):
            yield from _hazards(edits, path)


def _findings_by_kind(edits: Edits, path: str, *, by_look: bool) -> Iterator[GuardFinding]:
    """A test that judges less; in other files special cases and, by the look of its lines, what no tree tells.

    That is other languages, and Python of which the base's version could not be read either: a newer one than ours.
    """
    old, new = edits.before.get(path), edits.after[path]
    if is_test_path(path) or path in edits.reproducer:
        yield from _test_findings(edits, path)
        return
    yield from special_cases(path, old, new, edits.reproducer, edits.reproducing)
    if by_look or not path.endswith(".py"):
        yield from foreign_hazards(path, old, new)


def _hazards(edits: Edits, path: str) -> Iterator[GuardFinding]:
    judging = {*edits.frozen, *edits.reproducer, *(id_.partition("::")[0] for id_ in edits.reproducing)}
    places = module_places({*edits.paths, *edits.tree, *edits.before})
    return hazards(path, edits.before.get(path), edits.after[path], judging, places)


def _test_findings(edits: Edits, path: str) -> Iterator[GuardFinding]:
    old, new = edits.before.get(path), edits.after[path]
    given = edits.reproducer.get(path)
    is_own = given is None or given == new
    yield from weaker_tests(path, old, new) if is_own else rewritten_tests(path, old, given or b"", new)
    if old is None and SNAPSHOT.fullmatch(path) and edits.frozen and path not in edits.frozen:
        yield GuardFinding("expectation-changed", path, "says what the frozen tests are to expect")


def _is_left_over(edits: Edits, path: str) -> bool:
    """Whether it is a script that somebody tried things with and forgot: new, at the top, and nothing names it.

    It runs when a person calls it, so what it does (it ends itself, it imports a runner) is nothing to the tests.
    """
    return edits.before.get(path) is None and LEFT_OVER.fullmatch(path) is not None and not _is_named(edits, path)


def _is_sample(edits: Edits, path: str) -> bool:
    """Whether it is a new file that tests read and nothing imports: a formatter's may be of any Python, or of none."""
    is_new = edits.before.get(path) is None and is_test_path(path) and not is_called_test(path)
    return is_new and not _is_named(edits, path)


def _is_named(edits: Edits, path: str) -> bool:
    """Whether something else in the change, or in the tests that judge, has the name of the Python file in it."""
    others = (content for other, content in {**edits.tree, **edits.after}.items() if other != path and content)
    stem = PurePosixPath(path).stem
    return stem == "__init__" or any(stem.encode() in content for content in others)
