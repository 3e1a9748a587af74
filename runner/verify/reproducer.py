"""Which tests show that the task is real, in the order in which they are believed. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Final, Literal

from runner.models import Overlay, Task
from runner.proof import GuardFinding
from runner.verify.example import FIRST_TEST, new_path
from runner.verify.python_tests import as_run, rest_of, tests_in
from runner.verify.reported import Style, reported_tests
from runner.verify.test_paths import holds_tests, is_test_path

Source = Literal["given", "test patch", "named by the task", "code in the task", "engine"]

# Each begins where its run of characters does: begun anywhere, a word of 60 kB would be read from each of its letters.
NODE_ID: Final = re.compile(r"(?<![\w./-])[\w./-]+\.py(?:::[\w.]+(?:\[[^\]\s]{0,500}\])?)+")
TEST_FILE: Final = re.compile(r"(?<![\w./-])[\w./-]+\.py\b")
TEST_NAME: Final = re.compile(r"\btest_\w+\b")
MOST_NEAR: Final = 5
MOST_REPORTED: Final = 3
"""Test files made of the task's text that are tried: each takes a run or two."""
FOREIGN_TESTS: Final = re.compile(
    r".*[.-](test|spec)\.[cm]?[jt]sx?|.*_test\.go|.*(Tests?|IT|Spec)\.(java|kt|scala|groovy)|tests/[^/]+\.rs"
)
"""Test files whose single tests we cannot tell apart before they are run."""
SCRIPT: Final = re.compile(r".*\.[cm]?[jt]sx?")
SCRIPT_TEST: Final = re.compile(rb"\b(?:describe|it|test|suite|specify)(?:\.\w+)*\s*\(\s*['\"`]")
"""How Jest, Vitest, Mocha, `node --test`, AVA and Tape name a test: a call with a text."""
NO_TEST_KNOWN: Final = "the given test patch changes no test that is known as one; name its tests with --reproducer"
EXPECTS: Final = re.compile(rb"\bassert|\braises\b|\.fail\(")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where code of the task would run: the repository's own packages, and its test files nearest to the place."""

    packages: Sequence[str] = ()
    near: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reproducer:
    """Tests that have to fail on the base: ids or files, where they come from, and the files they bring.

    `required` are ids of which each must fail; the others need only hold one that does.
    """

    ids: tuple[str, ...]
    source: Source
    overlay: Overlay = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The first file that it brings."""
        return next(iter(self.overlay), "")

    @property
    def only_runs(self) -> bool:
        """Whether it was made for this task and expects nothing but that its code runs."""
        is_new = self.source in ("code in the task", "engine") and bool(self.ids)
        return is_new and not any(EXPECTS.search(content or b"") for content in self.overlay.values())

    @property
    def required(self) -> tuple[str, ...]:
        """The ids that somebody named one by one."""
        return self.ids if self.source == "given" else ()


def candidates(
    task: Task, given: tuple[str, ...], patch: Overlay, test_files: Mapping[str, bytes], surroundings: Surroundings
) -> Iterator[Reproducer]:
    """What may reproduce the task, most believed first; the first that fails on the base is taken.

    `patch` is the given test patch as an overlay, `test_files` are the base's test files (those that matter).
    """
    if given:
        yield Reproducer(given, "given", patch)
        return
    if patch:
        yield Reproducer(patch_tests(test_files, patch), "test patch", patch)
        return
    if named := named_tests(task.text, test_files):
        yield Reproducer(named, "named by the task")
    yield from reported(task, test_files, surroundings)


def reported(task: Task, test_files: Mapping[str, bytes], surroundings: Surroundings) -> Iterator[Reproducer]:
    """What the task's text shows to fail, as a new test file; it counts only if it fails for the task's reason."""
    beside = {path: test_files[path] for path in surroundings.near if path in test_files} or test_files
    near = tuple(islice(beside.values(), MOST_NEAR))
    style = Style(surroundings.packages, near, in_class=_wants_classes(near))
    path = new_path(task.title, next(iter(beside)) if surroundings.near else _in_fullest_folder(test_files))
    for content in islice(reported_tests(task.text, style), MOST_REPORTED):
        yield Reproducer(tuple(tests_in(path, content)), "code in the task", {path: content})


def changed_tests(before: Mapping[str, bytes], after: Overlay) -> tuple[str, ...]:
    """The tests that a change adds or changes: the whole file where it changes only what they stand on, or is foreign.

    Files count by where they stand and what they are called.
    """
    kept = {path: content for path, content in after.items() if content is not None and is_test_path(path)}
    return (*_changed_python(before, kept), *foreign_tests(kept))


def patch_tests(before: Mapping[str, bytes], patch: Overlay) -> tuple[str, ...]:
    """The tests of a patch that somebody says is one of tests: if no name speaks for them, those that it holds."""
    holding = {path: content for path, content in patch.items() if content and holds_tests(content)}
    written = {path: content for path, content in patch.items() if content}
    return changed_tests(before, patch) or (*_changed_python(before, holding), *foreign_tests(written))


def foreign_tests(files: Mapping[str, bytes]) -> Iterator[str]:
    """Files of other languages that hold tests, by their names or, of scripts, by what they call."""
    for path, content in files.items():
        if FOREIGN_TESTS.fullmatch(path) or (SCRIPT.fullmatch(path) and SCRIPT_TEST.search(content)):
            yield path


def may_be_foreign_test(path: str) -> bool:
    """Whether the file has to be read to see whether it is one of those."""
    return FOREIGN_TESTS.fullmatch(path) is not None or (is_test_path(path) and SCRIPT.fullmatch(path) is not None)


def _changed_python(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[str, ...]:
    ids: list[str] = []
    for path, content in after.items():
        if not path.endswith(".py"):
            continue
        old, new = tests_in(path, before.get(path)), tests_in(path, content)
        changed = [id_ for id_, test in new.items() if id_ not in old or old[id_].dump != test.dump]
        if not changed and new and rest_of(before.get(path)) != rest_of(content):
            changed = [path]
        ids += as_run(changed, content)
    return tuple(ids)


def named_tests(text: str, test_files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Tests that the text names and that exist: node ids, and bare names defined in exactly one place."""
    ids = NODE_ID.findall(text)
    words = set(TEST_NAME.findall(TEST_FILE.sub("", NODE_ID.sub("", text))))
    known = _tests_meant(frozenset(id_.partition("::")[0] for id_ in ids), words, test_files)
    found = [id_ for id_ in ids if id_.partition("[")[0] in known]
    names = Counter(id_.rpartition("::")[2] for id_ in known)
    mentioned = {name for name in words if names[name] == 1}
    found += [id_ for id_ in known if id_.rpartition("::")[2] in mentioned]
    if not found:
        found = [path for path in TEST_FILE.findall(text) if path in test_files]
    return tuple(dict.fromkeys(found))


def _tests_meant(paths: frozenset[str], names: set[str], test_files: Mapping[str, bytes]) -> list[str]:
    """The tests of the files that are named, or that speak of one of the names: parsing all of them takes its time."""
    words = tuple(map(str.encode, names))
    return [
        id_
        for path, content in test_files.items()
        if path in paths or any(word in content for word in words)
        for id_ in tests_in(path, content)
    ]


def _in_fullest_folder(test_files: Iterable[str]) -> str:
    """A test file of the folder that holds most of them."""
    python = [path for path in test_files if path.endswith(".py")]
    folders = Counter(str(PurePosixPath(path).parent) for path in python)
    return max(python, key=lambda path: folders[str(PurePosixPath(path).parent)], default=FIRST_TEST)


def _wants_classes(near: Sequence[bytes]) -> bool:
    """Whether tests are methods of TestCases there: the runner may know no others."""
    return sum(b"TestCase" in text for text in near) > sum(b"\ndef test_" in text for text in near)


def freeze(overlay: Overlay) -> Mapping[str, str]:
    """The SHA-256 of every file that the reproducer brings; "" for one that it deletes."""
    return {path: _digest(content) for path, content in overlay.items()}


def check_frozen(frozen: Mapping[str, str], tree: Overlay) -> tuple[GuardFinding, ...]:
    """A finding for each frozen file that is not in the tree as it was frozen."""
    return tuple(
        GuardFinding("reproducer-changed", path, "the frozen reproducer must stay as it was")
        for path, digest in frozen.items()
        if path not in tree or _digest(tree[path]) != digest
    )


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
