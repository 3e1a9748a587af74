"""Which code a prompt shows, line-numbered and within its token budget. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import groupby, pairwise, takewhile
from typing import Final

from runner.budget import estimate_tokens
from runner.engines.assigned import assigned, statement_end
from runner.engines.docstrings import spare_lines
from runner.localise.syntax import class_heads
from runner.models import BY_NUMBER, Slice

IMPORT: Final = re.compile(r"^(?:import|from|use|using|#include|(?:const|let|var)\b.*\brequire\()")
REMARK: Final = re.compile(r"^\s*(?:#(?![a-z])|//|/\*|\*[\s/]|$)")
"""A line without code: blank, or a comment."""
NAME: Final = re.compile(r"[A-Za-z_]\w*")
LONGEST_IMPORT_LINES: Final = 30
LONG_IMPORT_LINES: Final = 5
TINY_GAP_LINES: Final = 2
SHORT_GAP_LINES: Final = 15
FULLY_TOLD: Final = 2
"""Of so many definitions, in however many slices, the values of names have a place before the next slice."""
WHOLE: Final = 4
"""Of so many slices a small file has a place as a whole: what it defines belongs together."""
SMALL_FILE_LINES: Final = 60

Lines = Sequence[str]
Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Numbered lines of code, which ones they are of each file, and the slices that are among them."""

    text: str
    slices: tuple[Slice, ...]
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)


def render_excerpts(
    slices: Sequence[Slice], files: Mapping[str, str], *, token_cap: int, most: int | None = None, eager: int = 0
) -> Excerpts:
    """The best slices that fit, with the heads above them, the imports and the values that they use, as numbered lines.

    They are of `most` definitions: one that is long comes in several. No slice is cut, but for imports that nothing
    shown uses and the middle of long docstrings; what is left out between two lines is said. The first `eager` slices
    stand whole before any import. With tokens to spare short gaps are filled, then small files are shown whole.
    """
    texts = {path: _lines(files[path]) for path in dict.fromkeys(slice_.path for slice_ in slices) if path in files}
    known = [slice_ for slice_ in slices if slice_.path in texts]
    chosen = _of_first(known, most)
    shown = _chosen(list(_wanted(chosen, known, eager, files)), eager, texts, token_cap)
    shown = _filled({path: lines for path, lines in shown.items() if _says_more(texts[path], lines)}, texts, token_cap)
    inside = (slice_ for slice_ in known if shown.get(slice_.path, frozenset()).issuperset(_telling(slice_, files)))
    return Excerpts(_rendered(shown, texts), tuple(inside), shown)


def _wanted(
    chosen: Sequence[Slice], known: Sequence[Slice], eager: int, files: Mapping[str, str]
) -> Iterator[tuple[Slice, set[int]]]:
    """Each slice with its lines and the heads above it, after the first `eager` ones without imports."""
    for place, slice_ in enumerate(chosen):
        lines = {n for one in (slice_, *_heads(slice_, known)) for n in _telling(one, files)}
        lines |= _class_lines(slice_.path, files[slice_.path], slice_.name)
        yield slice_, lines if place < eager else _without_imports(_lines(files[slice_.path]), lines)


def _chosen(
    wanted: Sequence[tuple[Slice, Collection[int]]], eager: int, texts: Mapping[str, Lines], token_cap: int
) -> Mapping[str, frozenset[int]]:
    """What fits of these lines with the imports that they use, of the first definitions with the values as well."""
    first = list(dict.fromkeys((slice_.path, slice_.name) for slice_, _ in wanted))[:FULLY_TOLD]
    shown: Mapping[str, frozenset[int]] = {}
    for slice_, lines in wanted[:eager]:
        shown = _with(shown, slice_.path, lines, texts, token_cap)
    for place, (slice_, lines) in enumerate(wanted):
        path = slice_.path
        shown = _with(shown, path, lines, texts, token_cap)
        shown = _with(shown, path, _used_imports(texts[path], lines), texts, token_cap)
        if (path, slice_.name) in first:
            shown = _with_values(shown, path, lines, texts, token_cap)
        if place < WHOLE and len(texts[path]) <= SMALL_FILE_LINES:
            shown = _with(shown, path, range(1, len(texts[path]) + 1), texts, token_cap)
    return shown


def unshown(slices: Iterable[Slice], code: Excerpts, files: Mapping[str, str]) -> str:
    """Where of these slices lines are left out, by file; nothing where all of them are among the code."""
    gaps: dict[str, set[int]] = {}
    for slice_ in slices:
        if slice_.path in files:
            shown = _without_tiny_gaps(_lines(files[slice_.path]), code.lines.get(slice_.path, frozenset()))
            gaps.setdefault(slice_.path, set()).update(_telling(slice_, files) - shown)
    spans = {path: ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in _runs(sorted(gaps[path]))) for path in gaps}
    return "; ".join(f"{path} {lines}" for path, lines in spans.items() if lines)


def _filled(
    shown: Mapping[str, frozenset[int]], texts: Mapping[str, Lines], token_cap: int
) -> Mapping[str, frozenset[int]]:
    """What is shown, then as much as fits of what its names hold, of the short gaps in it, of the rest of its files."""
    for path, known in shown.items():
        shown = _with_values(shown, path, known, texts, token_cap)
    gaps = [(path, gap) for path, lines in shown.items() for gap in _gaps(lines) if len(gap) <= SHORT_GAP_LINES]
    for path, lines in [*gaps, *((path, range(1, len(texts[path]) + 1)) for path in shown)]:
        shown = _with(shown, path, lines, texts, token_cap)
    return shown


def _of_first(slices: Sequence[Slice], most: int | None) -> Sequence[Slice]:
    """The slices before the one that begins a definition too many."""
    names = dict.fromkeys((slice_.path, slice_.name) for slice_ in slices)
    wanted = frozenset(list(names)[:most])
    return list(takewhile(lambda slice_: (slice_.path, slice_.name) in wanted, slices))


def render_spans(spans: Sequence[Slice], files: Mapping[str, str]) -> str:
    """These lines of files, numbered, with the imports that they use."""
    texts = {span.path: _lines(files[span.path]) for span in spans}
    shown: dict[str, frozenset[int]] = {}
    for span in spans:
        shown[span.path] = shown.get(span.path, frozenset()) | _telling(span, files)
    used = {path: frozenset(_used_imports(texts[path], lines)) for path, lines in shown.items()}
    return _rendered({path: lines | used[path] for path, lines in shown.items()}, texts)


def moved(slices: Sequence[Slice], old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Slice, ...]:
    """The slices of the old texts where they stand in the new ones."""
    known = [slice_ for slice_ in slices if slice_.path in old and slice_.path in new]
    # Once a file: it takes long to compare two long ones.
    scripts = {
        path: SequenceMatcher(None, _lines(old[path]), _lines(new[path]), autojunk=False).get_opcodes()
        for path in {slice_.path for slice_ in known}
        if old[path] != new[path]
    }
    return tuple(_moved(slice_, scripts[slice_.path]) if slice_.path in scripts else slice_ for slice_ in known)


def _moved(slice_: Slice, script: Sequence[Opcode]) -> Slice:
    first = next(code for code in script if slice_.start - 1 < code[2] or code is script[-1])
    last = next(code for code in script if slice_.end <= code[2] or code is script[-1])
    start = first[3] + (slice_.start - 1 - first[1] if first[0] == "equal" else 0)
    end = last[3] + slice_.end - last[1] if last[0] == "equal" else last[4]
    return replace(slice_, start=start + 1, end=max(start + 1, end))


def _telling(slice_: Slice, files: Mapping[str, str]) -> frozenset[int]:
    """The slice's lines that exist, without blank ones at its ends and the middle of docstrings, if nobody asked."""
    text = _lines(files[slice_.path])
    start, end = max(1, slice_.start), min(slice_.end, len(text))
    while start < end and not text[end - 1].strip():
        end -= 1
    while start < end and not text[start - 1].strip():
        start += 1
    spare = frozenset() if slice_.name.startswith(BY_NUMBER) else spare_lines(slice_.path, files[slice_.path])
    return frozenset(range(start, end + 1)) - spare


def _lines(text: str) -> Lines:
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def _heads(slice_: Slice, others: Iterable[Slice]) -> Iterator[Slice]:
    """The lines among the others that name what the slice is in."""
    for other in others:
        is_above = other.path == slice_.path and other.start == other.end < slice_.start
        if is_above and (slice_.name == other.name or slice_.name.startswith(f"{other.name}.")):
            yield other


def _class_lines(path: str, text: str, name: str) -> frozenset[int]:
    """The first lines of the classes that a definition stands in."""
    return frozenset(n for head in class_heads(path, text, name) for n in range(head.start, head.end + 1))


def _with(
    shown: Mapping[str, frozenset[int]], path: str, lines: Iterable[int], texts: Mapping[str, Lines], token_cap: int
) -> dict[str, frozenset[int]]:
    """What is shown and these lines, if all of it fits; else what was shown."""
    inside = frozenset(lines) & frozenset(range(1, len(texts[path]) + 1))
    more = {**shown, path: shown.get(path, frozenset()) | inside}
    return more if estimate_tokens(_rendered(more, texts)) <= token_cap else dict(shown)


def _with_values(
    shown: Mapping[str, frozenset[int]], path: str, lines: Collection[int], texts: Mapping[str, Lines], token_cap: int
) -> Mapping[str, frozenset[int]]:
    """What is shown and, as far as it fits, where the names in these lines get their values."""
    for statement in assigned(texts[path], lines):
        shown = _with(shown, path, statement, texts, token_cap)
    return shown


def _rendered(shown: Mapping[str, frozenset[int]], texts: Mapping[str, Lines]) -> str:
    return "\n".join(_excerpt(path, texts[path], lines) for path, lines in shown.items() if lines)


def _excerpt(path: str, text: Lines, shown: frozenset[int]) -> str:
    """Lines of one file, each after its number; a gap says which lines it leaves out."""
    runs = list(_runs(sorted(_without_tiny_gaps(text, shown))))
    spans = ", ".join(f"{start}-{end}" if end > start else str(start) for start, end in runs)
    rows = [f"FILE: {path} (line{'s' if len(shown) > 1 else ''} {spans} of {len(text)})"]
    before = 0
    for start, end in runs:
        if before:
            gap = f"lines {before + 1}-{start - 1} are" if start - before > 2 else f"line {before + 1} is"
            rows.append(f"({gap} not shown)")
        rows += [f"{number:>5} | {text[number - 1]}" for number in range(start, end + 1)]
        before = end
    return "\n".join(rows) + "\n"


def _without_tiny_gaps(text: Lines, shown: frozenset[int]) -> set[int]:
    """The shown lines, and few or blank ones between them: to say that they are left out would take as many words."""
    tiny = (gap for gap in _gaps(shown) if sum(bool(text[n - 1].strip()) for n in gap) <= TINY_GAP_LINES)
    return {*shown, *(line for gap in tiny for line in gap)}


def _gaps(shown: Iterable[int]) -> list[range]:
    return [range(a + 1, b) for a, b in pairwise(sorted(shown)) if b - a > 1]


def _used_imports(text: Lines, shown: Iterable[int]) -> Iterator[int]:
    """The lines of the import statements at the left margin that bring in a name of the shown lines.

    Of a long statement only those with such a name, and the first.
    """
    used = {name for number in shown for name in NAME.findall(text[number - 1])}
    for first, last in _imports(text):
        statement = "\n".join(text[first - 1 : last])
        _, _, imported = statement.partition("import") if statement.startswith("from") else ("", "", statement)
        if used & set(NAME.findall(imported)):
            is_long = last - first >= LONG_IMPORT_LINES
            telling = (n for n in range(first, last + 1) if not is_long or used & set(NAME.findall(text[n - 1])))
            yield from dict.fromkeys((first, *telling))


def _without_imports(text: Lines, lines: set[int]) -> set[int]:
    """The lines without import statements, of which the used ones come by themselves; nothing where that is no code."""
    left = lines - {line for first, last in _imports(text) for line in range(first, last + 1)}
    return set() if all(REMARK.match(text[number - 1]) for number in left) else left


def _says_more(text: Lines, shown: frozenset[int]) -> bool:
    """Whether there is more than imports among the lines."""
    imported = {line for first, last in _imports(text) for line in range(first, last + 1)}
    return any(text[number - 1].strip() for number in shown - imported)


def _imports(text: Lines) -> Iterator[tuple[int, int]]:
    """Where each import statement begins and ends: it goes on while a bracket is open or a backslash asks for it."""
    for first, line in enumerate(text, 1):
        if IMPORT.match(line):
            yield first, statement_end(text, first, LONGEST_IMPORT_LINES)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as spans without gaps."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]
