"""Which code a model means when it asks to be shown a file, a definition, or one of a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain, zip_longest
from typing import Final

from runner.localise.syntax import class_heads, definitions_at
from runner.models import BY_NUMBER, Slice

WORD: Final = re.compile(r"[\w./-]+")
SUFFIX: Final = re.compile(r"\.[a-z]{1,4}$")
LINES: Final = re.compile(r"\b(\d+)\s*-\s*(\d+)\b")
MOST_FILES: Final = 60
"""How many files are read for a name that comes without one."""
MOST_ALIKE: Final = 3
LONGEST_LINES: Final = 300
"""More of one definition finds no room in any prompt."""
PART_LINES: Final = 60
"""Shorter pieces come whole, longer ones in parts of which one may find room where all of it would not."""
BEFORE_LINES: Final = 2
AFTER_LINES: Final = 9
"""What is shown around a constant: its value may take some lines."""
MARGIN_LINES: Final = 3
"""Beside lines that are asked for by number: a statement may begin or end just outside of what was seen of it."""
CLOSE: Final = 0.85
DATA: Final = (".json", ".yml", ".yaml", ".toml")
WHY: Final = "asked for"

Read = Callable[[Sequence[str]], Mapping[str, str]]
"""Paths to the texts of those that can be read."""


def asked_slices(wanted: Iterable[str], paths: Sequence[str], found: Sequence[Slice], read: Read) -> tuple[Slice, ...]:
    """What is meant, in the order asked for; nothing for what nobody knows.

    `paths` are all files of the repository; `found` is what was found before, best first: a name that comes without a
    file is looked for in its files, and of a file that comes without a name it says what matters.
    """
    meant = dict.fromkeys(slice_ for words in wanted for slice_ in _meant(words, paths, found, read))
    parts = zip_longest(*map(_parts, meant))
    return tuple(part for some in parts for part in some if part is not None)


def unknown(wanted: Iterable[str], paths: Sequence[str], found: Sequence[Slice], read: Read) -> tuple[str, ...]:
    """The words among the wanted ones that nobody knows anything by."""
    return tuple(words for words in wanted if not asked_slices([words], paths, found, read))


def _parts(slice_: Slice) -> Iterator[Slice]:
    """The slice, in pieces where it is long."""
    for start in range(slice_.start, slice_.end + 1, PART_LINES):
        yield replace(slice_, start=start, end=min(start + PART_LINES - 1, slice_.end))


def _meant(words: str, paths: Sequence[str], found: Sequence[Slice], read: Read) -> Iterator[Slice]:
    files, names = _files_and_names(words, paths)
    if files and LINES.search(words):
        return _numbered(files[0], words)
    if not names:
        return chain((slice_ for slice_ in found if slice_.path in files), _all_of(read(files)))
    texts = read(files or list(dict.fromkeys(slice_.path for slice_ in found))[:MOST_FILES])
    return chain.from_iterable(_named(name, texts) or _bound(name, texts) or _close(name, texts) for name in names)


def _files_and_names(words: str, paths: Sequence[str]) -> tuple[list[str], list[str]]:
    said = [_file_and_name(word.strip("./-"), paths) for word in WORD.findall(words.replace("::", " "))]
    return list(chain.from_iterable(theirs for theirs, _ in said)), [name for _, name in said if name]


def _numbered(path: str, words: str) -> Iterator[Slice]:
    for first, last in LINES.findall(words):
        yield _span(path, f"{BY_NUMBER}{first}-{last}", int(first) - MARGIN_LINES, int(last) + MARGIN_LINES)


def _all_of(texts: Mapping[str, str]) -> Iterator[Slice]:
    return chain.from_iterable(_definitions(path, text) for path, text in texts.items())


def _named(name: str, texts: Mapping[str, str]) -> list[Slice]:
    """The definitions of that name, whole names before parts of one, each with the heads that it stands in."""
    alike = [one for one in _all_of(texts) if f".{one.name}".endswith(f".{name}")]
    named = sorted(alike, key=lambda one: one.name != name)[:MOST_ALIKE]
    return [part for one in named for part in (one, *_heads(one, texts))]


def _heads(slice_: Slice, texts: Mapping[str, str]) -> Iterator[Slice]:
    for head in class_heads(slice_.path, texts[slice_.path], slice_.name):
        yield _span(slice_.path, head.name, head.start, head.end)


def _bound(name: str, texts: Mapping[str, str]) -> list[Slice]:
    """The lines around which the name, no definition's, is bound: a constant, an attribute, or a key of a data file."""
    last = re.escape(name.rpartition(".")[2])
    bound = re.compile(rf"^\s*(?:\w+\.)*{last}\s*(?::[^=]+)?=[^=]")
    key = re.compile(rf"^\s*(?:- )?[\"']?{last}[\"']?\s*:")
    return [
        _span(path, name, number - BEFORE_LINES, max(number + AFTER_LINES, _closing(lines, number)))
        for path, lines in ((path, text.split("\n")) for path, text in texts.items())
        for number, line in enumerate(lines, 1)
        if (key if path.endswith(DATA) else bound).match(line)
    ][:MOST_ALIKE]


def _closing(lines: Sequence[str], first: int) -> int:
    """The line where as many brackets are closed as were opened from the first one on; else the first one."""
    depth = 0
    for number, line in enumerate(lines[first - 1 : first - 1 + LONGEST_LINES], first):
        depth += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        if depth <= 0:
            return number
    return first


def _close(name: str, texts: Mapping[str, str]) -> list[Slice]:
    """The definition that is spelled nearly so: a model writes some names from memory."""
    known = {one.name.rpartition(".")[2]: one for one in _all_of(texts)}
    return [known[one] for one in get_close_matches(name.rpartition(".")[2], known, n=1, cutoff=CLOSE)]


def _file_and_name(word: str, paths: Sequence[str]) -> tuple[list[str], str]:
    """The files that a path, or its end, or a dotted module means, and the name that is left of the word."""
    if files := _ending(word, paths):
        return files, ""
    steps = word.split(".")
    for count in range(len(steps), 1, -1):
        if files := _ending("/".join(steps[:count]) + ".py", paths):
            return files, ".".join(steps[count:])
    return [], word


def _ending(path: str, paths: Sequence[str]) -> list[str]:
    exact = [known for known in paths if known == path]
    return exact or (
        [known for known in paths if known.endswith(f"/{path}")][:MOST_ALIKE] if SUFFIX.search(path) else []
    )


def _definitions(path: str, text: str) -> Iterator[Slice]:
    for one in definitions_at(path, text, inner=True):
        yield _span(path, one.name, one.start, one.end)


def _span(path: str, name: str, start: int, end: int) -> Slice:
    return Slice(path, name, max(1, start), max(1, start, min(end, start + LONGEST_LINES)), "", 0.0, WHY)
