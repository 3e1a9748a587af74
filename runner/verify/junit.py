"""What a JUnit XML report says about each test. Pure.

There is no standard; this reads what pytest writes (xunit1) and what most other runners copied:
https://docs.pytest.org/en/stable/how-to/output.html#creating-junitxml-format-files
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final
from xml.etree import ElementTree as ET

from runner.errors import BadInput
from runner.proof import TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint

MESSAGE_CAP_CHARS: Final = 4_000
PROLOG_WITH_DOCTYPE: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*<!DOCTYPE", re.DOTALL)
FRAME: Final = re.compile(
    r'^(?:E\s+)?\s*File "(?P<quoted>[^"]+)", line (?P<quoted_line>\d{1,9})'
    r"|^(?P<path>[^\s:<>][^:\n<>]*\.\w+):(?P<line>\d{1,9}):",
    re.MULTILINE,
)
HUNG: Final = re.compile(r"the test did not end within \S+ s")
FOREIGN: Final = ("site-packages/", "dist-packages/", "node_modules/")
WORST_FIRST: Final = (TestOutcome.ERROR, TestOutcome.FAILED, TestOutcome.PASSED, TestOutcome.SKIPPED)
TAGS: Final = {
    "error": TestOutcome.ERROR,
    "failure": TestOutcome.FAILED,
    "skipped": TestOutcome.SKIPPED,
}


def read_junit(xml: bytes, root: str, is_file: Callable[[str], bool]) -> Mapping[str, TestResult]:
    """Each test's result by id (`path::Class::name[param]`), in the report's order.

    `root` is the checkout that the paths in it start with; `is_file` says whether a relative path is a file there.
    Raises BadInput if it is not a whole JUnit report, or one that declares entities.
    """
    if PROLOG_WITH_DOCTYPE.match(xml) or b"\0" in xml[:64]:
        raise BadInput("the JUnit XML holds a DOCTYPE or is not UTF-8; no test runner writes that, look at what did")
    try:
        tree = ET.fromstring(xml)  # noqa: S314  # without a DOCTYPE there are no entities to expand
    except (ET.ParseError, ValueError, LookupError) as error:  # the latter two for encodings that Python lacks
        raise BadInput(f"the JUnit XML is damaged or cut ({error}); the runner did not end by itself") from error
    results: dict[str, TestResult] = {}
    for case in tree.iter("testcase"):
        if case.get("name") is None:
            continue  # pytest leaves one of a test that never came to its report
        id_ = _id_of(case, root, is_file)
        result = _result_of(case, root)
        known = results.get(id_)
        # A test can appear twice: it passed and its teardown broke, or it has sub-tests.
        if known is None or WORST_FIRST.index(result.outcome) < WORST_FIRST.index(known.outcome):
            results[id_] = result
    return results


def frames_of(text: str, root: str) -> tuple[tuple[str, int], ...]:
    """The (path, line) of a traceback that lie in the repository, innermost last."""
    found = []
    for match in FRAME.finditer(text):
        path = _inside(match["quoted"] or match["path"], root)
        if path and not any(part in path for part in FOREIGN):
            found.append((path, int(match["quoted_line"] or match["line"])))
    return tuple(found)


def _result_of(case: ET.Element, root: str) -> TestResult:
    seconds = _seconds(case.get("time", ""))
    verdicts = [(TAGS[child.tag], child) for child in case if child.tag in TAGS]
    if not verdicts:
        return TestResult(TestOutcome.PASSED, seconds=seconds)
    outcome, child = min(verdicts, key=lambda verdict: WORST_FIRST.index(verdict[0]))
    # Where the checkout lies is nobody's concern, and it differs from run to run.
    brief, text = (part.replace(f"{root}/", "").strip() for part in (child.get("message", ""), child.text or ""))
    if outcome is TestOutcome.SKIPPED:
        return TestResult(outcome, message=brief, seconds=seconds)
    # Where an endless loop was broken off is chance.
    frames = () if HUNG.search(brief) else frames_of(text, root)
    told = _cut(text if brief.strip() and brief.strip() in text else f"{brief}\n{text}".strip())
    return TestResult(outcome, fingerprint(_cause(child, brief, text), frames), told, frames, seconds)


def _cause(child: ET.Element, brief: str, text: str) -> str:
    """Exception type and message, wherever the runner put them."""
    if brief.startswith(("collection failure", "failed on ", "test setup failure", "test teardown failure")):
        marked = [line[1:].strip() for line in text.splitlines() if line.startswith("E  ")]
        return "\n".join(marked) or text
    return f"{child.get('type', '')} {brief or text}"


def _id_of(case: ET.Element, root: str, is_file: Callable[[str], bool]) -> str:
    classname, name = case.get("classname", ""), case.get("name", "")
    file = _inside(case.get("file", ""), root)
    if not classname:
        # pytest reports a file that cannot be collected as a nameless class and the file's dotted name.
        module = file if _dotted(file) == name else name.replace(".", "/") + ".py"
        if module == file or is_file(module):
            return module
    for path in (file, *_modules(classname)):
        dotted = _dotted(path)
        if path.endswith(".py") and f"{classname}.".startswith(f"{dotted}.") and (path == file or is_file(path)):
            # "()" is the instance of a class in the ids of pytest before version 4.
            inner = classname[len(dotted) + 1 :].replace("()", "")
            return "::".join([path, *filter(None, inner.split(".")), name])
    return "::".join(dict.fromkeys(filter(None, [file, classname, name])))


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _modules(classname: str) -> Iterator[str]:
    """Files that a dotted class name may stand for, longest first.

    Needed because `file` names the file that defines a test function, which for inherited tests is another one.
    """
    parts = classname.split(".")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end]) + ".py"


def _inside(path: str, root: str) -> str:
    """The path relative to the checkout, or nothing when it lies outside."""
    path = path.replace("\\", "/")
    if path.startswith(f"{root}/"):
        path = path[len(root) + 1 :]
    pure = PurePosixPath(path)
    return "" if pure.is_absolute() or ".." in pure.parts or path.startswith("<") or not path else str(pure)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _cut(text: str) -> str:
    if len(text) <= MESSAGE_CAP_CHARS:
        return text
    half = MESSAGE_CAP_CHARS // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters cut ...\n{text[-half:]}"
