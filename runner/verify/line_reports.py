"""What `go test -json` and libtest (`cargo test`) print about each test. Pure.

https://pkg.go.dev/cmd/test2json and https://doc.rust-lang.org/rustc/tests/index.html. libtest's JSON is not stable, so
its lines are read: `test NAME ... ok`, one a test, and the failures' output below `---- NAME stdout ----`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from runner.proof import Line, TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint
from runner.verify.script_reports import loaded

MESSAGE_CAP_CHARS: Final = 4_000
MOST_SECONDS: Final = 1e6
"""No run is given so many; a test may have written anything."""
GO_ENDS: Final = {"pass": TestOutcome.PASSED, "fail": TestOutcome.FAILED, "skip": TestOutcome.SKIPPED}
GO_FRAME: Final = re.compile(r"^[^\S\n]*(\S*\.go):(\d{1,9})[: ]", re.MULTILINE)
"""The test's own file is told by its name alone, one that does not build or panics by its path."""
GO_NOISE: Final = re.compile(
    r"^[^\S\n]*(?:===|---|FAIL|PASS|ok|exit status).*$|\(\d+\.\d+s\)|\+0x[0-9a-f]+|goroutine \d+", re.MULTILINE
)
GO_UNBUILT: Final = re.compile(r"^FAIL\s+(\S+) \[(?:build|setup) failed\]", re.MULTILINE)
"""Before Go 1.24 no event tells of a package that does not build."""
RUST_ENDS: Final = {"ok": TestOutcome.PASSED, "FAILED": TestOutcome.FAILED, "ignored": TestOutcome.SKIPPED}
RUST_BINARY: Final = re.compile(r"^\s+Running (?:unittests )?(\S+) \(")
RUST_DOCS: Final = re.compile(r"^\s+Doc-tests (\S+)")
RUST_TEST: Final = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b")
RUST_FAILURE: Final = re.compile(r"^---- (.+?) stdout ----\n(.*?)(?=^---- |^failures:$|\Z)", re.MULTILINE | re.DOTALL)
RUST_FRAME: Final = re.compile(r"panicked at (?:'.*?', )?([^\s:]+\.rs):(\d{1,9}):\d+", re.DOTALL)
"""Before Rust 1.73 the message stood between, in quotes and over several lines."""
RUST_DOCTEST: Final = re.compile(r"^(\S+\.rs) - (.*)$")

Place = Callable[[str, str], str]
"""(package, test) -> the file that holds the test, or the package's folder."""


def read_go(lines: Sequence[str], place: Place, root: str) -> Mapping[str, TestResult]:
    """Each test's result by id (`file::Test::subtest`); a package that does not build is an error of its own.

    Frames are those of the repository, which lies at `root`.
    What a program prints of tests that never began is not Go's word; a test that never ended took its process along.
    """
    report = _GoReport(place, root)
    for event in _events(lines):
        report.add(event)
    for package, test in report.running:
        report.tests[report.id_of(package, test)] = _go_result(TestOutcome.ERROR, "the test never ended")
    for package in GO_UNBUILT.findall("\n".join(lines)):
        report.tests.setdefault(place(package, ""), _go_result(TestOutcome.ERROR, f"{package} does not build"))
    return report.tests


class _GoReport:
    """What the events so far have told."""

    def __init__(self, place: Place, root: str) -> None:
        self.tests: dict[str, TestResult] = {}
        self.running: dict[tuple[str, str], None] = {}
        self._place = place
        self._root = root
        self._said: dict[tuple[str, str], list[str]] = {}
        self._tested: set[str] = set()

    def id_of(self, package: str, test: str) -> str:
        """The file, the test and its sub-tests."""
        return "::".join([self._place(package, test.partition("/")[0]), *test.split("/")])

    def add(self, event: Mapping[str, Any]) -> None:
        """One line of `go test -json`."""
        package = str(event.get("Package") or str(event.get("ImportPath", "")).partition(" ")[0])
        test, action = str(event.get("Test", "")), str(event.get("Action"))
        if action == "run":
            self.running[package, test] = None
        elif action in {"output", "build-output"}:
            self._said.setdefault((package, test), []).append(str(event.get("Output", "")))
        elif test:
            self._end(package, test, GO_ENDS.get(action), _seconds(event.get("Elapsed")))
        elif action in {"fail", "build-fail"} and package not in self._tested:
            told = "".join(self._said.get((package, ""), ()))
            frames = self._frames(package, told)
            self.tests.setdefault(self._place(package, ""), _go_result(TestOutcome.ERROR, told, frames))

    def _end(self, package: str, test: str, outcome: TestOutcome | None, seconds: float) -> None:
        if outcome is None or (package, test) not in self.running:
            return
        del self.running[package, test]
        self._tested.add(package)
        told = "".join(self._said.get((package, test), ()))
        frames = self._frames(package, told)
        self.tests[self.id_of(package, test)] = _go_result(outcome, told, frames, seconds=seconds)

    def _frames(self, package: str, told: str) -> tuple[Line, ...]:
        """Where it went wrong; a file's bare name means one of the package."""
        home = self._place(package, "")
        folder = str(PurePosixPath(home).parent) if home.endswith(".go") else home
        places = ((match[1], int(match[2])) for match in GO_FRAME.finditer(told))
        return _inside([(path if "/" in path else f"{folder}/{path}", line) for path, line in places], self._root)


def read_libtest(output: str, root: str) -> Mapping[str, TestResult] | None:
    """Each test's result by id (`file::module::test`); None when no test binary ran to its end.

    Frames are those of the repository, which lies at `root`.
    """
    messages = {match[1]: match[2].strip() for match in RUST_FAILURE.finditer(output)}
    results: dict[str, TestResult] = {}
    binary, running, ended = "", 0, 0
    for line in output.splitlines():
        if found := RUST_BINARY.match(line) or RUST_DOCS.match(line):
            binary, running = found[1], running + 1
        elif found := RUST_TEST.match(line):
            results[_rust_id(binary, found[1])] = _rust_result(RUST_ENDS[found[2]], messages.get(found[1], ""), root)
        ended += line.startswith("test result: ")
    return results if running and ended == running else None


def _seconds(said: object) -> float:
    return float(said) if isinstance(said, int | float) and said < MOST_SECONDS else 0.0


def _events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        if line.startswith("{"):
            try:
                event = loaded(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict):
                yield event


def _inside(places: Iterable[Line], root: str) -> tuple[Line, ...]:
    """Those in the repository at `root`, with their paths in it."""
    found = ((str(PurePosixPath(path.removeprefix(f"{root}/"))), line) for path, line in places)
    return tuple((path, line) for path, line in found if not path.startswith(("/", "../")))


def _go_result(outcome: TestOutcome, told: str, frames: tuple[Line, ...] = (), *, seconds: float = 0.0) -> TestResult:
    if outcome in {TestOutcome.PASSED, TestOutcome.SKIPPED}:
        return TestResult(outcome, seconds=seconds)
    cause = GO_NOISE.sub("", told).strip()
    return TestResult(outcome, fingerprint(cause, frames), told.strip()[:MESSAGE_CAP_CHARS], frames, seconds)


def _rust_id(binary: str, name: str) -> str:
    """A documentation test is named by its own file; all others by that of their binary."""
    if found := RUST_DOCTEST.match(name):
        return f"{found[1]}::{found[2]}"
    return f"{binary}::{name}"


def _rust_result(outcome: TestOutcome, told: str, root: str) -> TestResult:
    if outcome is not TestOutcome.FAILED:
        return TestResult(outcome)
    frames = _inside(((match[1], int(match[2])) for match in RUST_FRAME.finditer(told)), root)
    cause = re.sub(r"^note: .*$|^thread '.*?' \(?\d*\)? ?", "", told, flags=re.MULTILINE).strip()
    return TestResult(outcome, fingerprint(cause, frames), told[:MESSAGE_CAP_CHARS], frames)
