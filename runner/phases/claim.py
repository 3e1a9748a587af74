"""How somebody's change becomes a claim that can be proven: which tests reproduce it and which are watched. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runner.localise.syntax import definitions_at
from runner.models import BlobEntry, Overlay, Task
from runner.phases.base_tests import base_tests, suite_tests
from runner.phases.logic import reaching_tests
from runner.phases.watched import between, watched_tests
from runner.ports import Repository
from runner.proof import Matrix
from runner.verify.matrix import Bench, Selection, measure_base, selected
from runner.verify.mutants import changed_lines
from runner.verify.named_tests import is_own_id, node_ids
from runner.verify.proof import Claim
from runner.verify.reason import refusal
from runner.verify.reported_names import own_packages
from runner.verify.reproducer import Surroundings, changed_tests, patch_tests, reported
from runner.verify.test_paths import is_test_path


def claim_of(
    base: str,
    edits: Overlay,
    frozen: Overlay,
    named: tuple[str, ...],
    repository: Repository,
    *,
    modes: Mapping[str, tuple[str, str]] | None = None,
) -> Claim:
    """The change as a claim: its own tests are the reproducer unless a test patch (`frozen`) or ids are given.

    What the change has just as the test patch has it is not its own. `modes` are the git modes of all that differs,
    before and after; those of the base where they are not given. Raises BadInput when a named test is not there.
    """
    entries = {entry.path: entry for entry in repository.entries(base)}
    edits = _own(edits, frozen)
    before = _contents([path for path in {**edits, **frozen} if path in entries], entries, repository)
    shown = frozen or {path: content for path, content in edits.items() if is_test_path(path)}
    tests = base_tests(entries, repository)
    required = node_ids(named, _with(tests, shown), shown) if named else ()
    reproducing = required or (patch_tests if frozen else changed_tests)(before, shown)
    targets, suite = changed_targets(before, edits), suite_tests(tests, entries, repository)
    others = between(list(targets), entries, repository)
    return Claim(
        edits=edits,
        before={path: before.get(path) for path in edits},
        selection=selected(reproducing, watched_tests(targets, reproducing, suite, others), suite),
        frozen=shown,
        required=required,
        paths=frozenset(entries),
        modes=_modes(edits, entries, modes),
        new_modes=_new_modes(modes),
    )


def _own(edits: Overlay, frozen: Overlay) -> Overlay:
    return {path: content for path, content in edits.items() if path not in frozen or frozen[path] != content}


def with_report(claim: Claim, task: Task, bench: Bench, repository: Repository) -> Claim:
    """The claim that the task's own code works too, if it fails on the base for the task's reason; else the claim."""
    entries = {entry.path: entry for entry in repository.entries(task.base_commit)}
    tests = base_tests(entries, repository)
    near = reaching_tests(changed_targets(claim.before, claim.edits), tests)
    for one in reported(task, tests, Surroundings(own_packages(entries), near)):
        row = measure_base(bench, {**claim.frozen, **one.overlay}, Selection(one.ids, ()))
        if not refusal(row.reproducing, one.path, task.text):
            selection = replace(claim.selection, reproducing=(*claim.selection.reproducing, *one.ids))
            return replace(claim, selection=selection, frozen={**claim.frozen, **one.overlay})
    return claim


def replayed_claim(base: str, change: Overlay, recorded: Matrix, repository: Repository) -> Claim:
    """The claim that led to a recorded matrix: its test files lie over base and head alike, its tests are run again."""
    entries = {entry.path: entry for entry in repository.entries(base)}
    frozen = {path: content for path, content in change.items() if is_test_path(path)}
    edits = {path: content for path, content in change.items() if path not in frozen}
    before = _contents([path for path in edits if path in entries], entries, repository)
    reproducing = tuple(recorded.base.reproducing[0].tests) if recorded.base.reproducing else ()
    existing: tuple[str, ...] | None = ()
    if recorded.base.existing:
        first = recorded.base.existing[0]
        existing = None if first.scope == "all" else tuple(first.tests)
    return Claim(
        edits=edits,
        before={path: before.get(path) for path in edits},
        selection=Selection(reproducing, existing),
        frozen=frozen,
        paths=frozenset(entries),
        modes=_modes(edits, entries),
    )


def reproducer_ids(base: str, frozen: Overlay, named: tuple[str, ...], repository: Repository) -> tuple[str, ...]:
    """Our ids for the tests that somebody named. Raises BadInput when one is not there."""
    if all(map(is_own_id, named)):
        return named
    entries = {entry.path: entry for entry in repository.entries(base)}
    return node_ids(named, _with(base_tests(entries, repository), frozen), frozen)


def changed_targets(before: Mapping[str, bytes | None], edits: Overlay) -> dict[str, list[str]]:
    """The changed source files, with the names of the functions and classes around what differs; new files last."""
    paths = sorted((path for path in edits if not is_test_path(path)), key=lambda path: before.get(path) is None)
    return {path: _changed_names(path, before.get(path), edits[path] or b"") for path in paths}


def _changed_names(path: str, old: bytes | None, new: bytes) -> list[str]:
    lines = changed_lines(old or b"", new)
    found = definitions_at(path, new.decode("utf-8", "surrogateescape"))
    return [one.name.rpartition(".")[2] for one in found if not lines.isdisjoint(range(one.start, one.end + 1))]


def _modes(
    edits: Overlay, entries: Mapping[str, BlobEntry], modes: Mapping[str, tuple[str, str]] | None = None
) -> Mapping[str, str]:
    if modes is not None:
        return {path: old for path, (old, _) in modes.items()}
    return {path: entries[path].mode for path in edits if path in entries}


def _new_modes(modes: Mapping[str, tuple[str, str]] | None) -> Mapping[str, str]:
    return {path: new for path, (_, new) in (modes or {}).items()}


def _contents(paths: Iterable[str], entries: Mapping[str, BlobEntry], repository: Repository) -> dict[str, bytes]:
    ids = {path: entries[path].blob_id for path in paths}
    contents = dict(repository.read(dict.fromkeys(ids.values())))
    return {path: contents[id_] for path, id_ in ids.items()}


def _with(tests: Mapping[str, bytes], changed: Overlay) -> dict[str, bytes]:
    after = {**tests, **changed}
    return {path: content for path, content in after.items() if content is not None and path.endswith(".py")}
