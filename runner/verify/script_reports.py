"""What the machine formats of JavaScript's test runners say about each test. Pure.

Jest and Vitest: https://jestjs.io/docs/cli#--json and https://vitest.dev/guide/reporters#json-reporter (the same);
Mocha: https://mochajs.org/#json; `node --test`: one JSON object a line, as our reporter writes its events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from runner.errors import BadInput
from runner.proof import TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint

MESSAGE_CAP_CHARS: Final = 4_000
FRAME: Final = re.compile(r"^\s*at .*?(?:file://)?((?:/|\b)[^\s():]+\.[cm]?[jt]sx?):(\d{1,9}):\d+\)?\s*$", re.MULTILINE)
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
STACK: Final = re.compile(r"^[^\S\n]+at .*\n?", re.MULTILINE)
BLANKS: Final = re.compile(r"\n(?:[^\S\n]*\n){2,}")
RULE: Final = re.compile(r"\n\s*-{3,}\s*\Z")
"""What a library draws between its message and the stack that is taken out."""
HALVES: Final = re.compile(
    r"\\u(?:d[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})|(?<!\\ud[89ab][0-9a-f]{2}\\u)d[c-f][0-9a-f]{2})", re.IGNORECASE
)
"""Half a character, as JSON may spell one: no text of ours can hold it."""
OUTCOMES: Final = {
    "passed": TestOutcome.PASSED,
    "failed": TestOutcome.FAILED,
    "pending": TestOutcome.SKIPPED,
    "skipped": TestOutcome.SKIPPED,
    "todo": TestOutcome.SKIPPED,
    "disabled": TestOutcome.SKIPPED,
}
MISSHAPEN: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What is met in JSON of another shape than was expected."""
Results = dict[str, TestResult]


@contextmanager
def shaped() -> Iterator[None]:
    """Raises BadInput where a report has another shape than its runner gives it: a test may have written it."""
    try:
        yield
    except MISSHAPEN as error:
        raise BadInput(f"the runner's report is damaged or cut ({error!r}); it did not end by itself") from error


@shaped()
def read_jest(text: str, root: str) -> Results:
    """Each test's result by id (`path::describe::test`). Raises BadInput if it is no such report."""
    with_shape = object_of(text, "testResults")
    results: Results = {}
    for file in with_shape["testResults"]:
        path = _inside(file["name"], root)
        for test in file["assertionResults"]:
            id_ = "::".join([path, *test["ancestorTitles"], test["title"]])
            told = "\n".join(test.get("failureMessages") or ())
            results[id_] = result_of(OUTCOMES.get(test["status"], TestOutcome.ERROR), told, root, test.get("duration"))
        if file["status"] == "failed" and not file["assertionResults"]:
            results[path] = result_of(TestOutcome.ERROR, file.get("message") or "the file did not load", root, 0)
    return results


@shaped()
def read_mocha(text: str, root: str) -> Results:
    """Each test's result by id (`path::full title`). Raises BadInput if it is no such report."""
    report = object_of(text, "tests")
    pending = {_mocha_id(test, root) for test in report.get("pending", ())}
    results: Results = {}
    for test in [*report["tests"], *report.get("failures", ())]:  # a broken hook is among the failures alone
        id_, error = _mocha_id(test, root), test.get("err") or {}
        outcome = TestOutcome.SKIPPED if id_ in pending else TestOutcome.FAILED if error else TestOutcome.PASSED
        told = error.get("stack") or error.get("message") or ""
        results[id_] = result_of(outcome, told, root, test.get("duration"))
    return results


@shaped()
def read_node(lines: Iterable[str], root: str) -> Results:
    """Each test's result by id (`path::suite::test`), from our reporter's lines. Raises BadInput if it wrote others."""
    results: Results = {}
    for line in lines:
        test = object_of(line, "names")
        path = _inside(test["file"], root)
        is_file, outcome = test["names"] == [test["file"]], OUTCOMES[test["outcome"]]
        if is_file and outcome is not TestOutcome.FAILED:
            continue  # a file that ran without a test in it
        id_ = path if is_file else "::".join([path, *test["names"]])
        results[id_] = result_of(TestOutcome.ERROR if is_file else outcome, test["message"], root, test["milliseconds"])
    return results


def frames_of(stack: str, root: str) -> tuple[tuple[str, int], ...]:
    """The (path, line) of a stack that lie in the repository, innermost last."""
    found = ((_inside(match[1], root), int(match[2])) for match in FRAME.finditer(stack))
    return tuple((path, line) for path, line in found if path[:1] != "/" and "node_modules/" not in path)[::-1]


def result_of(outcome: TestOutcome, told: str, root: str, milliseconds: float | None) -> TestResult:
    """A test's result from what its failure said, with its stack; paths are told from the `root` on."""
    seconds = (milliseconds or 0) / 1000
    if outcome in {TestOutcome.PASSED, TestOutcome.SKIPPED}:
        return TestResult(outcome, seconds=seconds)
    plain = COLOUR.sub("", told)
    frames = frames_of(plain, root)
    bare = BLANKS.sub("\n\n", STACK.sub("", plain))
    said = RULE.sub("", bare).replace(f"{root}/", "").strip()
    return TestResult(outcome, fingerprint(said, frames), said[:MESSAGE_CAP_CHARS], frames, seconds)


def _mocha_id(test: Mapping[str, Any], root: str) -> str:
    return f"{_inside(test.get('file') or '', root)}::{test['fullTitle']}"


def _inside(path: str, root: str) -> str:
    return path.removeprefix("file://").removeprefix(f"{root}/")


def object_of(text: str, key: str) -> Mapping[str, Any]:
    """The JSON object with this key in it. Raises BadInput where the text is none."""
    with shaped():
        found = loaded(text)
        found[key]
        return dict(found)


def loaded(text: str) -> Any:
    """The JSON's value, with a replacement for every half of a character. Raises ValueError, RecursionError."""
    return json.loads(HALVES.sub(r"\\ufffd", text))


def lines_of(text: str) -> Iterator[str]:
    """The lines that hold something."""
    return (line for line in text.splitlines() if line.strip())
