"""Whether a test fails for the reason that the task gives, and not because it is broken itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from runner.proof import TestOutcome, TestResult, TestRun
from runner.verify.matrix import fails_alike

ASSERTIONS: Final = frozenset({"AssertionError", "Failed"})
BROKEN_TEST: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError", "NameError", "fixture"}
)
MARKED: Final = re.compile(r"^E +(?P<rest>.*)$", re.MULTILINE)
TYPED: Final = re.compile(r"(?P<name>(?:\w+\.)*[A-Z]\w*)(?::|$)")
NAMED: Final = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Fault)\b")
TOLD: Final = re.compile(r"\b[A-Z]\w*(?:Error|Exception): (.+)")
MISSING: Final = re.compile(
    r"has no attribute '(\w+)'|unexpected keyword argument '(\w+)'"
    r"|No module named '([\w.]+)'|cannot import name '(\w+)'"
)
FRAME: Final = '  File "'
CODE: Final = "    "
"""How Python begins a traceback's frame, and the code below it."""
CRASHES: Final = re.compile(r"\bcrash(?:es|ed|ing)?\b", re.IGNORECASE)
MESSAGE_CAP_CHARS: Final = 300
PASSED: Final = re.compile(r"(?:, line \d+, in |\.py:\d+: in )([A-Za-z_]\w*)")
"""A traceback's function, as Python or pytest tells it."""
SAME_FUNCTIONS: Final = 2
WORD: Final = re.compile(r"[A-Za-z]{3,}")
SAME_WORDS: Final = 0.5
"""The part of a message's words that another one shares if they say the same."""


def refusal(runs: tuple[TestRun, ...], path: str, text: str) -> str:
    """Why a test file written for the task does not show it; nothing when it does.

    `runs` are its runs on the base, `path` its own path, `text` the task's.
    """
    if not runs or not runs[0].tests:
        return f"its tests did not run: {_end_of(runs[0].output) if runs else 'no time was left'}"
    if not runs[0].failing:
        return "its tests pass on the code as it is; they have to fail because of the defect"
    if len(runs) < 2 or not fails_alike(runs):
        return "its tests fail in another way each time; they must not depend on time, order or chance"
    failures = [runs[0].tests[id_] for id_ in runs[0].failing]
    if any(_shows(failure, path, text) for failure in failures):
        return ""
    return _complaint(failures[0], path, text)


def difference(run: TestRun, text: str) -> str:
    """How the failures differ from the exceptions that the task names; nothing where one is met or none is named."""
    named = set(NAMED.findall(text))
    raised = {raised_in(run.tests[id_].message) for id_ in run.failing}
    if not named or not raised or raised & named or raised & ASSERTIONS:
        return ""
    return f"the task speaks of {_listed(named)}, the reproducer fails with {_listed(raised)}"


def raised_in(message: str) -> str:
    """The exception's bare name in a failure as its runner told it; "fixture" for a fixture that is not there."""
    marked = MARKED.findall(message)
    if any(line.startswith("fixture '") for line in marked):
        return "fixture"
    typed = list(_types(marked or _after_the_frames(message.splitlines())))
    return typed[0] if typed else "AssertionError"


def _after_the_frames(lines: list[str]) -> list[str]:
    """What a traceback says below its last frame, the type first; without frames all of it, the last line first."""
    frames = [number for number, line in enumerate(lines) if line.startswith(FRAME)]
    if not frames:
        return lines[::-1]
    return [line for line in lines[frames[-1] + 1 :] if not line.startswith(CODE)]


def _types(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if match := TYPED.match(line.strip()):
            yield match["name"].rpartition(".")[2]


def _shows(failure: TestResult, path: str, text: str) -> bool:
    """Whether a failure is an assertion, an exception that the task names, or the lack of what it asks for.

    Any exception is meant that comes out of the code under test, where the task speaks of a crash and names none,
    where it comes out of the functions of the task's own traceback (the code has changed since that was seen), and
    where it says the same as one of the task's: another database has another type for it.
    """
    raised = raised_in(failure.message)
    inside = bool(failure.frames) and failure.frames[-1][0] != path
    if raised in ASSERTIONS:
        return failure.outcome is TestOutcome.FAILED
    if _is_asked_for(failure, raised, text):
        return raised not in {"NameError", "fixture"}
    if _may_be_any(failure, text) or _is_known_by_words(failure, raised, text):
        return inside and raised not in BROKEN_TEST
    return raised in NAMED.findall(text) and (inside or raised not in BROKEN_TEST) and _is_told(failure, raised, text)


def _may_be_any(failure: TestResult, text: str) -> bool:
    """Whether the text speaks of a crash and names no exception, or its traceback goes the failure's way."""
    shared = set(PASSED.findall(failure.message)) & set(PASSED.findall(text))
    return len(shared) >= SAME_FUNCTIONS or bool(CRASHES.search(text) and not NAMED.search(text))


def _is_asked_for(failure: TestResult, raised: str, text: str) -> bool:
    """Whether it fails for the lack of something that the task names."""
    missing = (name for match in MISSING.findall(failure.message) for name in match if name)
    return any(name in text and not _is_had(name, raised, text) for name in missing)


def _is_had(name: str, raised: str, text: str) -> bool:
    """Whether a module that is not here is one that the reporter had: the text's own code imports it."""
    pattern = rf"^\W*(?:import|from) {re.escape(name)}\b"
    return raised == "ModuleNotFoundError" and "." not in name and bool(re.search(pattern, text, re.MULTILINE))


def _is_told(failure: TestResult, raised: str, text: str) -> bool:
    """Whether the exception says what the task has it say, where that has it say anything: some of the same words."""
    told = re.findall(rf"\b{raised}: (.+)", text)
    return not any(map(_words, told)) or _says_the_same(failure.message, told)


def _is_known_by_words(failure: TestResult, raised: str, text: str) -> bool:
    """Whether the task names another exception, and the last line of this one says the same."""
    last = next((line for line in reversed(failure.message.splitlines()) if f"{raised}: " in line), "")
    return raised not in NAMED.findall(text) and _says_the_same(last, TOLD.findall(text))


def _says_the_same(message: str, told: Iterable[str]) -> bool:
    """Whether one of the messages that were told shares half of its words with this one."""
    said = _words(message)
    return any(len(words & said) >= SAME_WORDS * len(words) for words in map(_words, told) if words)


def _words(message: str) -> frozenset[str]:
    return frozenset(WORD.findall(message.lower()))


def _complaint(failure: TestResult, path: str, text: str) -> str:
    raised = raised_in(failure.message)
    lines = [line for place, line in failure.frames if place == path]
    where = [f"from line {lines[-1]} of the test"] if lines else []
    where += [f"raised at {at}:{line}" for at, line in failure.frames[-1:] if at != path]
    told = _end_of(failure.message) + (f"\n({', '.join(where)})" if where else "")
    if raised in BROKEN_TEST:
        return f"the test itself is broken: {told}"
    is_named = raised in NAMED.findall(text)
    known = "which says something else in the issue" if is_named else "of which the issue does not speak"
    return f"it fails with {raised}, {known}, before it asserts anything: {told}"


def _end_of(output: str) -> str:
    """Its last lines, whole; of a line that is too long the end."""
    end = output.strip()[-MESSAGE_CAP_CHARS:]
    return end if len(end) < MESSAGE_CAP_CHARS else end.partition("\n")[2] or end


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
