"""What the Test Anything Protocol says about each test: the words of tape, tap and AVA. Pure.

https://testanything.org/tap-version-14-specification.html ; a test is what has a name and makes assertions: a subtest,
or with tape a comment and the lines below it. An assertion outside of any is a test by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.proof import TestOutcome, TestResult
from runner.verify.script_reports import object_of, result_of, shaped

POINT: Final = re.compile(r"(?P<not>not )?ok(?= |$)(?: +\d+)?(?: +-(?= |$))? *(?P<what>.*)", re.IGNORECASE)
DIRECTIVE: Final = re.compile(r"(?:^| +)# *(?P<word>skip|todo|time)\b.*$", re.IGNORECASE)
PLAN: Final = re.compile(r"1\.\.\d+")
SUBTEST: Final = "# Subtest: "
BUFFERED: Final = " {"
"""A subtest whose end is told before its assertions: they stand in braces."""
REPEATED: Final = ("source:", "at:")
"""What tap quotes of the test's file, at length, and the stack's first step once more."""
STEP: Final = re.compile(r"(?:at: '?)?((?:[\w$.<>\[\] ]+ \()?(?:file://)?[^()\s]+\.[cm]?[jt]sx?:\d+:\d+\)?)'?")
"""A step of a stack without the word that Node puts before it."""
FOLDED: Final = re.compile(r"at: >-?\s+(\S+)\s+(\([^()\s]+\))")
"""The same where YAML's writer thought the line too long."""
MARK: Final = re.compile(r"(?:TODO|SKIP) ")
"""Stands before the name of a test of tape's that is not expected to pass."""
INDENT: Final = 4
FAILED: Final = frozenset({TestOutcome.FAILED, TestOutcome.ERROR})
Results = dict[str, TestResult]


@dataclass
class _Test:
    """What is known of a test so far: how its assertions ended, and what the first failing one said."""

    outcomes: set[TestOutcome] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> TestOutcome:
        order = (TestOutcome.ERROR, TestOutcome.FAILED, TestOutcome.PASSED)
        return next((outcome for outcome in order if outcome in self.outcomes), TestOutcome.SKIPPED)


class _Reader:
    """One file's output, line by line."""

    def __init__(self) -> None:
        self.tests: dict[str, _Test] = {}
        self.is_complete = False
        self._names: list[str] = []
        self._comment = ""
        self._failing: _Test | None = None
        self._in_details = False
        self._quoted_depth: int | None = None

    def take(self, line: str) -> None:
        """Read the next line."""
        text = line.strip()
        spaces = len(line) - len(line.lstrip(" "))
        depth = spaces // INDENT
        if self._in_details or text == "---":
            self._details(line, text, spaces)
        elif text.startswith(SUBTEST):
            self._names[depth:] = [text.removeprefix(SUBTEST)]
        elif text.startswith("#") and not depth:
            self._comment = MARK.sub("", text.lstrip("# "))
        elif text == "}":
            del self._names[depth:]
        elif PLAN.match(text):
            self.is_complete |= not depth
        elif point := POINT.fullmatch(text):
            self._point(depth, point)

    def end(self, told: str) -> None:
        """The process failed, and these were its last words: blame the test that was running, if any was."""
        if self.is_complete and any(test.outcome in FAILED for test in self.tests.values()):
            return
        name = "" if self.is_complete else "::".join(self._names) or self._comment
        test = self.tests.setdefault(name, _Test())
        test.outcomes.add(TestOutcome.ERROR)
        test.told.append(told)

    def _details(self, line: str, text: str, spaces: int) -> None:
        """The lines in YAML below an assertion, from `---` to `...`."""
        self._in_details = text != "..."
        if self._quoted_depth is not None and text and spaces <= self._quoted_depth:
            self._quoted_depth = None
        if text in REPEATED or text.removesuffix(" >").removesuffix(" |") in REPEATED:
            self._quoted_depth = spaces
        if self._failing and self._quoted_depth is None and text not in {"---", "..."}:
            step = STEP.fullmatch(text)
            self._failing.told.append(f"    at {step[1]}" if step else line)

    def _point(self, depth: int, point: re.Match[str]) -> None:
        directive = DIRECTIVE.search(point["what"])
        what = DIRECTIVE.sub("", point["what"])
        if what.endswith(BUFFERED):
            self._names[depth:] = [what.removesuffix(BUFFERED)]
            return
        is_end = self._names[depth:] == [what]
        around = self._names[: depth + is_end]
        del self._names[depth:]
        outcome = TestOutcome.FAILED if point["not"] else TestOutcome.PASSED
        if directive and directive["word"].lower() != "time":
            outcome = TestOutcome.SKIPPED
        self._failing = None
        name = "::".join(around) or self._comment or what or "(no name)"
        if not (is_end and self._knows(name, outcome)):
            self._add(name, outcome, what)

    def _knows(self, name: str, outcome: TestOutcome) -> bool:
        """Whether what lies in a subtest tells of its end already."""
        inside = [test.outcome for known, test in self.tests.items() if f"{known}::".startswith(f"{name}::")]
        return bool(inside) and (outcome is not TestOutcome.FAILED or not FAILED.isdisjoint(inside))

    def _add(self, name: str, outcome: TestOutcome, what: str) -> None:
        test = self.tests.setdefault(name, _Test())
        if outcome is TestOutcome.FAILED and outcome not in test.outcomes:
            self._failing = test
            test.told.append(what)
        test.outcomes.add(outcome)


@shaped()
def read_tap(lines: Iterable[str], root: str) -> Results:
    """Each test's result by id (`path::test`), from our script's lines, one a file. Raises BadInput for others."""
    results: Results = {}
    for line in lines:
        results.update(_of_file(object_of(line, "tap"), root))
    return results


def _of_file(said: Mapping[str, object], root: str) -> Iterator[tuple[str, TestResult]]:
    reader = _Reader()
    for line in str(said["tap"]).splitlines():
        reader.take(line)
    if said["status"] != 0:
        reader.end(str(said["said"]).strip() or f"it ended with status {said['status']}")
    for name, test in reader.tests.items():
        id_ = f"{said['file']}::{name}" if name else str(said["file"])
        yield id_, result_of(test.outcome, FOLDED.sub(r"    at \1 \2", "\n".join(test.told)), root, 0)
