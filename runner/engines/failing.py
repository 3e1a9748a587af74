"""What a prompt says of the tests that fail: where each stands, what it does, how it fails. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from runner.budget import estimate_tokens
from runner.edits.feedback import cut, told
from runner.engines.assigned import assigned
from runner.engines.excerpts import render_spans
from runner.localise.syntax import Definition, class_heads, definitions_at
from runner.models import Slice
from runner.proof import Line, TestResult, TestRun

TESTS_SHOWN: Final = 3
MOST_NAMED: Final = 10
"""Of those beyond them."""
ID_CAP_BYTES: Final = 300
FIRST_CAP_BYTES: Final = 700
OTHER_CAP_BYTES: Final = 350
"""What is told of the first failure and of each other."""
SIDE_CAP_BYTES: Final = 240
BEFORE_CHARS: Final = 40
KNOWN_CHARS: Final = 60
TOKENS: Final = 1100
"""What all of it may take of a prompt."""
LOST_TOKENS: Final = 400
"""The same of tests that a change loses."""
TITLE: Final = re.compile(
    r"""(?P<indent>\s*)(?:it|test|specify)\b[^('"`]*\(\s*(?P<quote>['"`])(?P<title>.+?)(?<!\\)(?P=quote)"""
)
SUITE: Final = re.compile(
    r"""(?P<indent>\s*)(?:describe|context|suite)\b[^('"`]*\(\s*(?P<quote>['"`])(?P<title>.+?)(?<!\\)(?P=quote)"""
)
LONGEST_LINES: Final = 45
"""What is longer is no small helper."""
LONGEST_CONSTANT_LINES: Final = 30
LAST_FRAMES: Final = 2


class View(NamedTuple):
    """How a test is shown: whole up to so many lines, a longer one with so many before and after its failing line."""

    longest: int
    before: int
    after: int


VIEWS: Final = (View(45, 25, 8), View(12, 7, 2))
"""The second where there is no room for the first."""


def render_failing(
    run: TestRun | None, files: Mapping[str, str], compared: Mapping[str, tuple[str, str]] | None = None
) -> str:
    """How the first failing tests fail, and the source of as many of them as fits.

    `compared` are the two sides of what a test compared (id -> sides), for those whose failure does not tell them.
    """
    if run is None or not run.failing:
        return ""
    ids = run.failing[:TESTS_SHOWN]
    said = "\n".join(_told_each(ids, run.tests, compared or {}))
    if others := run.failing[len(ids) :]:
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        said += f"\nThese fail too: {_named(others[:MOST_NAMED])}{more}\n"
    return f"{said}\n{render_spans(_shown(ids, run.tests, files, said, TOKENS), files)}"


def render_lost(lost: Mapping[str, TestResult], files: Mapping[str, str]) -> str:
    """The names of the existing tests that a change loses, and the source of as many of them as fits."""
    names = f"{_named(tuple(lost))}\n"
    return f"{names}\n{render_spans(_shown(tuple(lost), lost, files, names, LOST_TOKENS), files)}"


def _named(ids: Sequence[str]) -> str:
    """The tests by name, each file and class that they stand in once."""
    groups = groupby(ids, key=lambda id_: id_.partition("[")[0].rpartition("::")[0])
    told = ((around, [cut(id_[len(around) :].lstrip(":"), ID_CAP_BYTES) for id_ in same]) for around, same in groups)
    return "; ".join(f"{around}{'::' * bool(around)}{', '.join(names)}" for around, names in told)


def _shown(
    ids: Sequence[str], tests: Mapping[str, TestResult], files: Mapping[str, str], said: str, cap_tokens: int
) -> Sequence[Slice]:
    """The lines of the tests and of what they stand on, as many as fit beside what is `said`."""

    def within(spans: list[Slice], more: Sequence[Slice]) -> list[Slice]:
        wider = [*spans, *more]
        return wider if estimate_tokens(said + render_spans(wider, files)) <= cap_tokens else spans

    spans: list[Slice] = []
    for id_ in ids:
        views = (within(spans, _spans(id_, tests[id_], files, view)) for view in VIEWS)
        spans = next((wider for wider in views if len(wider) > len(spans)), spans)
    for wanted in _helpers(ids, tests, files):
        spans = within(spans, wanted)
    for wanted in _constants(spans, files):
        spans = within(spans, wanted)
    return spans


def _helpers(
    ids: Sequence[str], tests: Mapping[str, TestResult], files: Mapping[str, str]
) -> Iterator[Sequence[Slice]]:
    """Where a test failed in a function of its own file that it calls: that function, if it is short."""
    for id_ in ids:
        path = id_.partition("::")[0]
        lines = [line for place, line in tests[id_].frames if place == path]
        if path in files and len(lines) > 1:
            around = [
                d for d in definitions_at(path, files[path]) if not d.is_container and d.start <= lines[-1] <= d.end
            ]
            yield [_span(path, d.start, d.end, d.name) for d in around if d.end - d.start < LONGEST_LINES]


def _constants(spans: Sequence[Slice], files: Mapping[str, str]) -> Iterator[Sequence[Slice]]:
    """Where the names in the spans get their values: what a test expects often stands outside of it."""
    for path in dict.fromkeys(span.path for span in spans):
        text = files[path].split("\n")
        shown = {line for span in spans if span.path == path for line in range(span.start, span.end + 1)}
        for lines in assigned(text, shown.intersection(range(1, len(text) + 1)), LONGEST_CONSTANT_LINES):
            yield [_span(path, line, line) for line in lines]


def _told_each(
    ids: Sequence[str], tests: Mapping[str, TestResult], compared: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    """How each of the tests fails; of those that fail alike the first tells it for all."""
    known: set[str] = set()
    for id_ in ids:
        cap_bytes = OTHER_CAP_BYTES if known else FIRST_CAP_BYTES
        where = f"{cut(id_, ID_CAP_BYTES)} fails{_at_line(id_, tests[id_])}"
        short = _with_sides(told(tests[id_], OTHER_CAP_BYTES), compared.get(id_))
        whole = _with_sides(told(tests[id_], cap_bytes), compared.get(id_))
        yield f"{where} in the same way\n" if short in known else f"{where}:\n{whole}\n"
        known.add(short)


def last_lines(run: TestRun | None) -> frozenset[Line]:
    """The last lines that the first failing tests came to, in whatever file."""
    ids = run.failing[:TESTS_SHOWN] if run else ()
    return frozenset(place for id_ in ids if run for place in run.tests[id_].frames[-LAST_FRAMES:])


def _at_line(id_: str, test: TestResult) -> str:
    """The first line of the test's file that the failure passed through: in the test itself, not in a helper."""
    path = id_.partition("::")[0]
    return next((f" at line {line}" for place, line in test.frames if place == path), "")


def _with_sides(said: str, sides: tuple[str, str] | None) -> str:
    """What is told of a failure and, where it does not hold them, both sides around their first difference."""
    if sides is None or all(side[:KNOWN_CHARS] in said for side in sides):
        return said
    common = next((n for n, (a, b) in enumerate(zip(*sides, strict=False)) if a != b), min(map(len, sides)))
    begin = common - BEFORE_CHARS if common > 2 * BEFORE_CHARS else 0
    left, right = (("..." if begin else "") + cut(side[begin:], SIDE_CAP_BYTES) for side in sides)
    return f"{said}\nleft side:  {left}\nright side: {right}"


def _spans(id_: str, test: TestResult, files: Mapping[str, str], view: View) -> list[Slice]:
    """The lines of the test: all of them, or if they are many its head and what leads to the failing line."""
    path = id_.partition("::")[0]
    if path not in files:
        return []
    if (length := files[path].count("\n") + 1) <= view.longest:
        return [_span(path, 1, length)]
    found = _definition(id_, path, test, files[path])
    if found is None:
        failed_at = next((line for place, line in reversed(test.frames) if place == path), 0)
        return [_span(path, failed_at - view.before, failed_at + view.after)] if failed_at else []
    heads = [_span(path, head.start, head.end, head.name) for head in class_heads(path, files[path], found.name)]
    if found.end - found.start < view.longest:
        return [*heads, _span(path, found.start, found.end, found.name)]
    own = (line for place, line in test.frames if place == path and found.start < line <= found.end)
    middle = next(own, found.start + 1)
    around = _span(path, max(found.start + 1, middle - view.before), min(found.end, middle + view.after), found.name)
    return [*heads, _span(path, found.start, found.start, found.name), around]


def _definition(id_: str, path: str, test: TestResult, text: str) -> Definition | None:
    """The definition that the id names, or the call with its title, else the one in which the test failed."""
    known = definitions_at(path, text)
    name = ".".join(id_.partition("[")[0].split("::")[1:])
    named = [definition for definition in known if definition.name == name]
    lines = [line for place, line in test.frames if place == path]
    inside = [d for d in known if not d.is_container and any(d.start <= line <= d.end for line in lines)]
    return next(iter(named), None) or _titled(id_, text.split("\n")) or next(iter(inside), None)


def _titled(id_: str, lines: Sequence[str]) -> Definition | None:
    """The call that has the test's title, as scripts name their tests, up to where its indentation ends."""
    titled = [(number, found) for number, line in enumerate(lines, 1) if (found := TITLE.match(line))]
    meant = [(number, found) for number, found in titled if id_.endswith(found["title"].replace("\\", ""))]
    if not meant:
        return None
    start, call = max(meant, key=lambda one: (len(one[1]["title"]), _around(id_, one[0], lines)))
    ends = (at for at in range(start + 1, len(lines) + 1) if lines[at - 1].startswith(call["indent"] + "}"))
    return Definition(call["title"], is_container=False, start=start, end=next(ends, start))


def _around(id_: str, start: int, lines: Sequence[str]) -> int:
    """How many of the calls that stand around a line have a title that the id holds."""
    depth, count = len(lines[start - 1]) - len(lines[start - 1].lstrip()), 0
    for line in reversed(lines[: start - 1]):
        found = SUITE.match(line)
        if found and len(found["indent"]) < depth:
            depth = len(found["indent"])
            count += found["title"].replace("\\", "") in id_
    return count


def _span(path: str, start: int, end: int, name: str = "") -> Slice:
    return Slice(path, name, max(1, start), end, "", 0.0, "a failing test")
