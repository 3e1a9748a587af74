"""What edits an engine's reply holds: the direct-edit format and search/replace blocks. Pure.

Direct edit, any number of them:

    FILE: src/pkg/module.py
    LINES: 12-15
    REASONING: one sentence
    ```python
    the new lines 12 to 15
    ```

`LINES: new` makes a new file, `LINES: delete` deletes one. Inside a fence, a search/replace block
(`<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`) is read as well and needs no LINES.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.errors import ReplyMalformed
from runner.models import Edit

_FIELD = re.compile(r"^\W{0,4}(FILE|LINES|REASONING)\W{0,3}:\s*(.*?)\s*$", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(```+|~~~+)[^`]*$")
_SEARCH = re.compile(
    r"^<{5,9} ?SEARCH[^\n]*\n(?P<old>.*?)^={5,9}[^\n]*\n(?P<new>.*?)^>{5,9} ?REPLACE[^\n]*$",
    re.MULTILINE | re.DOTALL,
)
_ELISION = re.compile(r"^\s*(?:#|//|/\*|<!--)?\s*(?:\.\.\.|…)\s*(?:rest|existing|remaining|unchanged|same)?[^\n]*$")
_SPAN = re.compile(r"^L?(\d+)\s*(?:(?:-|\u2013|to|:)\s*L?(\d+))?$", re.IGNORECASE)

ASK = "Answer with FILE:, LINES: and REASONING: lines, then the new lines in one fenced code block, per edit."


@dataclass(slots=True)
class _Draft:
    path: str
    lines: str = ""
    reasoning: str = ""


def parse_reply(reply: str, files: Mapping[str, str]) -> tuple[Edit, ...]:
    """The edits in a reply about `files` (path -> the text that was shown).

    Raises ReplyMalformed, fit to be fed back, when there is no edit or one of them cannot be understood.
    """
    edits, faults = [], []
    for draft, code in _blocks(reply):
        try:
            edits += list(_edits(draft, code, files))
        except ReplyMalformed as fault:
            faults.append(str(fault))
    if faults:
        raise ReplyMalformed("; ".join(faults))
    if not edits:
        raise ReplyMalformed("the reply holds no edit. " + ASK)
    return tuple(edits)


def _blocks(reply: str) -> Iterator[tuple[_Draft, str]]:
    """Each FILE header with the fenced code that follows it ("" for a deletion)."""
    draft = _Draft("")
    for line, code in _segments(reply):
        if code is not None:
            yield draft, code
        elif field := _FIELD.match(line):
            draft = _with_field(draft, field[1].upper(), field[2].strip("`* "))
            if field[1].upper() == "LINES" and draft.lines.lower() == "delete":
                yield draft, ""


def _segments(reply: str) -> Iterator[tuple[str, str | None]]:
    """The reply's lines outside fences, each with None, and the code inside each fence, with its opening line."""
    lines = reply.replace("\r\n", "\n").removesuffix("\n").split("\n")
    rest = iter(lines)
    for line in rest:
        opening = _FENCE.match(line)
        if opening is None:
            yield line, None
        else:  # a reply that ends before its fence does still means what it wrote
            yield line, "".join(f"{text}\n" for text in _until(opening[1], rest))


def _until(fence: str, lines: Iterator[str]) -> Iterator[str]:
    return itertools.takewhile(lambda line: line.strip() != fence, lines)


def _with_field(draft: _Draft, name: str, value: str) -> _Draft:
    if name == "FILE":
        return _Draft(value)
    if name == "LINES":
        return _Draft(draft.path, value, draft.reasoning)
    return _Draft(draft.path, draft.lines, value)


def _edits(draft: _Draft, code: str, files: Mapping[str, str]) -> Iterator[Edit]:
    if not draft.path:
        raise ReplyMalformed("a code block has no FILE: line before it. " + ASK)
    blocks = list(_SEARCH.finditer(code))
    if blocks:
        for block in blocks:
            yield Edit(draft.path, 1, 0, block["old"], block["new"], draft.reasoning)
        return
    _refuse_elisions(draft.path, code)
    yield _direct(draft, code, files)


def _direct(draft: _Draft, code: str, files: Mapping[str, str]) -> Edit:
    text = files.get(draft.path)
    wanted = draft.lines.lower()
    if wanted == "delete":
        return Edit(draft.path, 1, 0, None, None, draft.reasoning)
    if text is None:
        if wanted in ("", "new") or wanted.startswith("1"):
            return Edit(draft.path, 1, 0, None, code, draft.reasoning)
        raise ReplyMalformed(f"{draft.path} was not shown and cannot be edited by line; say LINES: new to create it")
    span = _SPAN.match(draft.lines)
    if span is None:
        raise ReplyMalformed(f"{draft.path}: LINES must be like 12-15, new or delete, not {draft.lines!r}")
    start = int(span[1])
    end = int(span[2] or span[1])
    lines = text.replace("\r\n", "\n").split("\n")
    if not 1 <= start <= end <= len(lines):
        raise ReplyMalformed(f"{draft.path}: LINES {draft.lines} are outside the file's 1-{len(lines)}")
    return Edit(draft.path, start, end, "\n".join(lines[start - 1 : end]), code, draft.reasoning)


def _refuse_elisions(path: str, code: str) -> None:
    for line in code.split("\n"):
        if _ELISION.match(line) and line.strip() != "...":
            raise ReplyMalformed(f"{path}: `{line.strip()}` stands for code; write every line out")
