"""What an engine is told after a failed attempt: compact, concrete, within its budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from textwrap import dedent, shorten
from typing import Final

from runner.proof import RunOutcome, TestResult, TestRun

MESSAGE_CAP_BYTES: Final = 1400
"""One message is at most 400 tokens of 3.5 bytes."""
SAID_CAP_BYTES: Final = 500
ANSWER_CAP_BYTES: Final = 600
IDEA_CAP_CHARS: Final = 200
CHANGE_CAP_BYTES: Final = 480
FAILURE_CAP_BYTES: Final = 500
ERROR_SHARE: Final = 0.7
"""How much of what is told of a failure the error's own words may take; the rest is for where it came from."""
WHOLE_LINES_SHARE: Final = 0.7
"""A text is cut at a line's end if that leaves so much of it."""
NAMED: Final = 3
FRAMES: Final = 4
FILE_MARK: Final = "+++ b/"
_SAID: Final = "E  "
"""How pytest marks an error's own words."""
_ADVICE: Final = re.compile(r"\b[Uu]se -v+ to \w+")
_PLACE: Final = re.compile(r"^(?P<path>[^\s:]+\.py):(?P<line>\d+):(?: in (?P<name>\S+))?")
_GIVEN: Final = re.compile(r"^\w+ = ")
"""What a function was called with."""
_HINT: Final = re.compile(r"^\?[ \t^+~-]*\n?", re.MULTILINE)
"""What difflib marks below two lines that differ: people see it at a glance, here it takes room from the lines."""
_FOREIGN_PLACE: Final = re.compile(r"^(?:/|\.\.|[A-Za-z]:\\)|site-packages")
_FOREIGN_FRAME: Final = re.compile(r'^\s*File "(?:/|[A-Za-z]:\\|<)')
"""A frame of a traceback outside the repository, whose own frames have relative paths."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed attempt. `start` is the attempt whose change it went on from, 0 for the base.

    `said` is why it failed, `idea` the engine's own reasoning, `diff` the change against the base, `run` its tests if
    they ran; `answer` is what the engine wrote where no edit could be made of it. `before` are the tests of the attempt
    before it (`before_number`, 0 for the base), `broken` the existing tests that it breaks.
    """

    number: int
    start: int
    said: str
    idea: str = ""
    diff: str = ""
    run: TestRun | None = None
    before: TestRun | None = None
    before_number: int = 0
    answer: str = ""
    broken: Mapping[str, TestResult] = field(default_factory=dict)


def failure_feedback(failed: Failed) -> str:
    """What was tried, how its tests ended, what that changed against the attempt before, and which idea is dead."""
    said = "breaks what worked" if failed.broken else cut(failed.said, SAID_CAP_BYTES)
    parts = [f"Attempt {failed.number}, begun on {state_name(failed.start)}: {said}"]
    if failed.idea:
        parts.append(f"Its idea: {shorten(failed.idea, IDEA_CAP_CHARS)}")
    if failed.answer.strip():
        parts.append("Its answer was:\n" + cut(failed.answer.strip(), ANSWER_CAP_BYTES))
    if failed.diff:
        parts.append("It changed:\n" + _told_change(failed.diff))
    if failed.broken:
        parts += _broken(failed.broken)
    elif failed.run is not None:
        parts += _results(failed, failed.run)
    return cut("\n".join(parts), MESSAGE_CAP_BYTES)


def state_name(attempt: int) -> str:
    """How a state of the code is spoken of: the base (0), or the code with an attempt's change in it."""
    return f"the code as attempt {attempt} left it" if attempt else "the unchanged code"


def failure_of(run: TestRun) -> frozenset[tuple[str, str]]:
    """What failed and why: (test id, fingerprint)."""
    return frozenset((id_, run.tests[id_].fingerprint) for id_ in run.failing)


def told(test: TestResult, cap_bytes: int = FAILURE_CAP_BYTES) -> str:
    """The failure's own words, then its last frames without those of other people's code; cut where it is long."""
    error, frames = _apart(test.message)
    error = _HINT.sub("", error)
    if not frames:
        return cut(error, cap_bytes)
    frames = tuple(reversed(dict.fromkeys(reversed(frames))))  # endless recursion goes through the same ones again
    words = cut(error, int(ERROR_SHARE * cap_bytes))
    room = cap_bytes - len(words.encode("utf-8", "replace"))
    last = [where for count in range(1, len(frames) + 1) if len((where := "\n".join(frames[-count:])).encode()) < room]
    return "\n".join([words, *last[-1:]])


def _apart(message: str) -> tuple[str, tuple[str, ...]]:
    """The words of a traceback's last error, as Python or pytest prints it, and its frames; elsewhere all is words."""
    if any(line.startswith(_SAID) for line in message.splitlines()):
        return _apart_as_pytest(message.splitlines())
    message = _without_foreign_frames(message)
    lines = message.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    if not starts:
        return message, ()
    after = (number for number in range(starts[-1] + 1, len(lines)) if not lines[number].startswith("    "))
    end = next(after, len(lines))
    frames = (lines[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True))
    return "\n".join(lines[end:]), tuple("\n".join(_code_of(frame)) for frame in frames)


def _apart_as_pytest(lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The same of what pytest prints.

    Places with their code below them, then the error (`E`); or, where it shows more, a function's source up to where it
    was (`>`), the error, and the place.
    """
    words = ""
    frames: list[str] = []
    block: list[str] = []
    for number, line in enumerate(lines):
        block.append(line)
        if place := _PLACE.match(line):
            words = _said(block) or words
            if not _FOREIGN_PLACE.search(place["path"]):
                code = _code_below(lines[number + 1 :]) if place["name"] else _code_above(block)
                name = f", in {place['name']}" if place["name"] else ""
                frames.append("\n".join([f'  File "{place["path"]}", line {place["line"]}{name}', *code]))
            block = []
    return words or _said(block), tuple(frames)


def _code_below(lines: Iterable[str]) -> Sequence[str]:
    code = takewhile(lambda line: line.startswith("    "), lines)
    return ["    " + line.strip() for line in code if line.strip(" ^~")]


def _code_above(block: Sequence[str]) -> Sequence[str]:
    """The line that was run, and what its function was called with."""
    given = ["    with " + one for one in block if _GIVEN.match(one)]
    return [*("    " + one[1:].strip() for one in block if one[:1] == ">"), *given]


def _said(block: Sequence[str]) -> str:
    """The lines that pytest marks as the error's own, without its advice how to see more."""
    lines = (" " + line[1:] for line in block if line.startswith(_SAID) and not _ADVICE.search(line))
    return dedent("\n".join(lines))


def _code_of(frame: Sequence[str]) -> Sequence[str]:
    """A frame's place and its code, without the words of an earlier error after it."""
    return [frame[0], *takewhile(lambda line: line.startswith("    "), frame[1:])]


def _without_foreign_frames(message: str) -> str:
    """The message without the traceback's frames outside the repository."""
    kept: list[str] = []
    is_foreign = False
    for line in message.splitlines():
        if _FOREIGN_FRAME.match(line):
            is_foreign = True
        elif is_foreign and line.startswith("    ") and not line.lstrip().startswith('File "'):
            continue
        else:
            is_foreign = False
            kept.append(line)
    return "\n".join(kept)


def _told_change(diff: str) -> str:
    """The changed lines under their files' names, each beside one that stays, so that a move can be told.

    Where they are many only those that were added: what was taken away stands in the code.
    """
    lines = [line for line in diff.split("\n") if not line.startswith(("--- ", "@@", "diff ", "index "))]
    text = _named(line for at, line in enumerate(lines) if _tells(lines[max(0, at - 1) : at + 2], line))
    if len(text.encode("utf-8", "replace")) > CHANGE_CAP_BYTES:
        text = _named(line for line in lines if line.startswith("+"))
    return cut(text, CHANGE_CAP_BYTES)


def _named(lines: Iterable[str]) -> str:
    return "\n".join(line.removeprefix(FILE_MARK) for line in lines)


def _tells(around: Sequence[str], line: str) -> bool:
    """Whether a line of a diff names the file, or it or one beside it is changed."""
    is_changed = any(one[:1] in ("+", "-") and not one.startswith(FILE_MARK) for one in around)
    return line.startswith(FILE_MARK) or (is_changed and bool(line.strip()))


def fitting(messages: Sequence[str], cap_bytes: int) -> str:
    """All messages in their order within the cap: the last in full, of the others as much as fits."""
    if not messages:
        return ""
    *older, last = messages
    last = cut(last, min(cap_bytes, MESSAGE_CAP_BYTES))
    share = (cap_bytes - len(last.encode()) - 2 * len(older)) // max(1, len(older))
    return "\n\n".join([*(cut(message, max(0, share)) for message in older), last])


def cut(text: str, cap_bytes: int) -> str:
    """The text, or its head and tail around a mark when it is longer than the cap; whole lines where there are some."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= cap_bytes:
        return text
    half = max(0, cap_bytes - 8) // 2
    head, tail = raw[:half].decode("utf-8", "ignore"), raw[len(raw) - half :].decode("utf-8", "ignore")
    at_line, in_line = head.rfind("\n"), tail.find("\n") + 1
    head = head[:at_line] if at_line > WHOLE_LINES_SHARE * len(head) else head
    tail = tail[in_line:] if 0 < in_line < (1 - WHOLE_LINES_SHARE) * len(tail) else tail
    return f"{head}\n[...]\n{tail}"


def _results(failed: Failed, run: TestRun) -> list[str]:
    count = f", {len(run.failing)} of {len(run.tests)} fail" if run.failing else ""
    parts = [f"Its tests were {run.outcome.value}{count}."]
    if failed.before is not None:
        parts.append(_against(failed.before, run, state_name(failed.before_number)))
    if run.failing:
        parts.append(_first_failure(run))
    elif run.output:
        parts.append(cut(run.output, FAILURE_CAP_BYTES))
    return parts


SAME: Final = "This idea is dead: every failure is exactly as with {}."
UNTRIED: Final = "Nothing was learned of this idea: the tests do not start, as with {}."


def _against(before: TestRun, run: TestRun, name: str) -> str:
    """What is different from the state before, and what that says of the idea."""
    was, now = failure_of(before), failure_of(run)
    if was == now != frozenset():
        return (UNTRIED if {run.outcome, before.outcome} == {RunOutcome.CRASHED} else SAME).format(name)
    failed, fail = dict.fromkeys(before.failing), dict.fromkeys(run.failing)
    new = [id_ for id_ in fail if id_ not in failed]
    gone = [id_ for id_ in failed if id_ not in fail and id_ in run.tests]
    other = [id_ for id_, print_ in sorted(now - was) if id_ not in new]
    told = (("now pass", gone), ("fail that passed", new), ("fail otherwise", other))
    said = "; ".join(f"{what}: {_names(ids)}" for what, ids in told if ids)
    return f"Against {name}: {said or ('fewer tests ran' if run.failing else 'all pass')}."


def _broken(tests: Mapping[str, TestResult]) -> list[str]:
    """What the change breaks that worked before; the tests that it was made for are green then."""
    first, test = next(iter(tests.items()))
    return [
        f"The tests that failed before are green with it. But it breaks what worked: {_names(tuple(tests))}.",
        f"Failure of {first}: {told(test)}",
        "Keep that working too, where the issue does not call it wrong.",
    ]


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def _first_failure(run: TestRun) -> str:
    id_ = run.failing[0]
    test = run.tests[id_]
    frames = " <- ".join(f"{path}:{line}" for path, line in reversed(test.frames[-FRAMES:]))
    return f"First failure, {id_}: {told(test)}" + (f"\n  at {frames}" if frames else "")
