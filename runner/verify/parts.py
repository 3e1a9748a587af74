"""The parts that a change falls into, and its tree without each: what no test misses is not proven by any. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from runner.models import Overlay
from runner.verify.line_blocks import changed_blocks
from runner.verify.mutants import is_equivalent
from runner.verify.python_tests import parse
from runner.verify.test_paths import is_test_path


@dataclass(frozen=True, slots=True)
class Part:
    """One block of changed lines. `where` names it as it stands on the head; `tree` is the head without it."""

    where: str
    tree: Overlay


def parts(before: Mapping[str, bytes | None], head: Overlay) -> Iterator[Part]:
    """The parts of a change of the Python sources in `before` (None: new); none where it has but one.

    A part whose lack changes no compiled code, or leaves no Python, is left out. Each is made when asked for.
    """
    found = (
        Part(f"{path} {where}", {**head, path: text})
        for path, old in before.items()
        if path.endswith(".py") and not is_test_path(path)
        for where, text in _taken_back(old, head.get(path))
    )
    first = [*islice(found, 2)]
    if len(first) > 1:
        yield from chain(first, found)


def _taken_back(old: bytes | None, new: bytes | None) -> Iterator[tuple[str, bytes]]:
    if old is None or new is None:
        return
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for start, end, first, last in changed_blocks(before, after):
        text = b"".join([*after[:first], *before[start:end], *after[last:]])
        if parse(text) is not None and not is_equivalent(new, text):
            yield _lines(first + 1, last), text


def _lines(first: int, last: int) -> str:
    if last < first:
        return f"before line {first}"
    return f"line {first}" if last == first else f"lines {first} to {last}"
