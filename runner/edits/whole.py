"""Which lines code without numbers stands for: the whole file, or the definitions of the same names. Pure."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise, takewhile
from typing import Final

from runner.edits.aim import IsSound, fill
from runner.edits.anchor import CANDIDATES_TOLD, Place
from runner.edits.lines import indent_of, is_telling, untyped, words
from runner.edits.spans import Span
from runner.edits.syntax import is_readable
from runner.errors import EditRejected
from runner.localise.kinds import language_of
from runner.localise.syntax import Definition, definitions_of
from runner.syntax_tree import UNREADABLE, syntax_tree

MOST: Final = 0.7
"""Code that repeats so much of a text's telling lines is meant to be that text."""
ALL_BUT: Final = 0.9
"""A file that repeats so much of all the rest leaves out a definition on purpose."""
SHORTEST: Final = 0.6
"""A definition that comes back shorter, most of its lines missing, was not sent whole; nor was one beside numbers."""
CLEARLY: Final = 0.25
"""So much more of a definition's lines than of another's."""
LEAST_OWN: Final = 2
FAR: Final = 4
"""So many lines in common, and so many times as many as with any other, show which definition is meant."""
SAY_LINES: Final = "say with LINES: which lines it replaces, beginning and ending with an unchanged one"
_DECORATOR: Final = re.compile(r"^\s*@(?!interface\b)")


@dataclass(frozen=True, slots=True)
class Whole:
    """Code that names no lines. `hint` is what a header said instead, `near` a stated line, 1-based."""

    path: str
    code: tuple[str, ...]
    hint: str = ""
    near: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Lines and the definitions in them."""

    lines: Sequence[str]
    definitions: Sequence[Definition]

    def outside(self) -> list[str]:
        """The telling lines that belong to no definition, comments left out."""
        free = filter(is_telling, self.without(self.definitions))
        return [line for line in free if not line.lstrip().startswith(("#", "//", "*", "/*", '"""'))]

    def without(self, definitions: Sequence[Definition]) -> list[str]:
        """The lines that belong to none of these definitions."""
        inside = {n for d in definitions for n in range(d.start - 1, d.end)}
        return [line for n, line in enumerate(self.lines) if n not in inside]

    def meant_by(self, name: str) -> list[Definition]:
        """The definitions that the name, qualified or not, can mean."""
        return [d for d in self.definitions if d.name == name or d.name.endswith(f".{name}")]

    def members(self, of: Definition) -> set[str]:
        """The qualified names of what stands inside a definition."""
        return {d.name for d in self.definitions if d.name.startswith(f"{of.name}.")}


@dataclass(frozen=True, slots=True)
class Piece:
    """A definition of a reply that the file has too, with the new ones beside it."""

    name: str
    code: tuple[str, ...]


def whole_places(whole: Whole, lines: Sequence[str], is_sound: IsSound) -> list[Place]:
    """What the code replaces. Raises EditRejected when it is neither the file nor definitions that the file has."""
    flush = _flush(whole.code)
    if not is_readable(whole.path, "\n".join(flush)):
        flush = [untyped(line) for line in flush]
    ours, theirs = _source(whole.path, flush), _source(whole.path, lines)
    if _is_the_file(ours, theirs):
        return [fill(Span(0, len(lines)), whole.code, lines, is_sound)]
    if not ours.definitions:
        raise EditRejected((f"the code is neither the whole file nor a whole definition; {SAY_LINES}",))
    pieces = _pieces(Source(whole.code, ours.definitions), theirs)
    places = [fill(_target(piece, whole, theirs), piece.code, lines, is_sound, is_headed=True) for piece in pieces]
    return [*_imports(ours, theirs), *places]


def _source(path: str, lines: Sequence[str]) -> Source:
    language = language_of(path)
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    return Source(lines, definitions_of(content, language) if language else ())


def _flush(code: Sequence[str]) -> list[str]:
    """The code at the left margin."""
    margin = min((len(indent_of(line)) for line in code if line.strip()), default=0)
    return [line[margin:] if line.strip() else "" for line in code]


def _is_the_file(ours: Source, theirs: Source) -> bool:
    """Whether the reply repeats most of the file, also of what stands outside definitions.

    Raises EditRejected when it does but several definitions are missing: they may have been left out for brevity.
    """
    if _share(theirs.lines, ours.lines) < MOST:
        return False
    if _share(theirs.outside(), ours.lines) < MOST and _share_alike(theirs.outside(), ours.outside()) < MOST:
        return False
    names = {d.name for d in ours.definitions}
    missing = [d for d in theirs.definitions if d.name not in names]
    rest = theirs.without(missing)
    if _share(rest, ours.lines) >= ALL_BUT and len(rest) >= ALL_BUT * len(theirs.lines):
        return True
    if missing:
        told = ", ".join(d.name for d in missing[:CANDIDATES_TOLD])
        raise EditRejected((f"the whole file was sent without {told}; send the definitions that change alone",))
    return True


def _share(wanted: Sequence[str], code: Sequence[str]) -> float:
    """The part of the telling `wanted` lines that the code repeats; 1.0 of none."""
    telling = Counter(words(line) for line in wanted if is_telling(line))
    return (telling & Counter(map(words, code))).total() / telling.total() if telling else 1.0


def _share_alike(wanted: Sequence[str], code: Sequence[str]) -> float:
    """The part of the `wanted` lines that the code repeats, if only nearly; 1.0 of none."""
    alike = [line for line in wanted if get_close_matches(line, code, n=1, cutoff=MOST)]
    return len(alike) / len(wanted) if wanted else 1.0


def _pieces(ours: Source, theirs: Source) -> list[Piece]:
    """The reply's definitions that the file has; a new one goes with the one before it, or with the first."""
    leaves = _leaves(ours, theirs)
    known = [n for n, leaf in enumerate(leaves) if theirs.meant_by(leaf.name)]
    if not known:
        raise EditRejected((f"the file does not define {', '.join(d.name for d in leaves)}; {SAY_LINES}",))
    lost = [line.strip() for line in _new_outside(ours, theirs) if not _is_import(line)]
    if lost:
        raise EditRejected((f"`{lost[0]}` stands outside the definitions that were sent; {SAY_LINES}",))
    bounds = pairwise([0, *known[1:], len(leaves)])
    return [_piece(leaves[n].name, leaves[slice(*bound)], ours) for n, bound in zip(known, bounds, strict=True)]


def _piece(name: str, group: Sequence[Definition], ours: Source) -> Piece:
    return Piece(name, tuple(ours.lines[min(d.start for d in group) - 1 : max(d.end for d in group)]))


def _new_outside(ours: Source, theirs: Source) -> list[str]:
    """The reply's lines outside definitions that the file does not have."""
    known = {words(line) for line in theirs.lines}
    return [line for line in ours.outside() if words(line) not in known]


def _leaves(ours: Source, theirs: Source) -> list[Definition]:
    """The reply's definitions to be replaced as a whole.

    A class that lacks members of the file's own, or most of its other lines, stands for the members that it holds.
    """
    whole = [d for d in ours.definitions if not d.is_container or _is_complete(d, ours, theirs)]
    return [d for d in whole if not any(o is not d and o.start <= d.start and d.end <= o.end for o in whole)]


def _is_complete(container: Definition, ours: Source, theirs: Source) -> bool:
    found = theirs.meant_by(container.name)
    if not found or not ours.members(container):
        return True
    real = found[0]
    short = len(real.name) - len(container.name)
    if not {name[short:] for name in theirs.members(real)} <= ours.members(container):
        return False
    inside = [d for d in theirs.definitions if d.name.startswith(f"{real.name}.")]
    own = Source(theirs.lines[real.start - 1 : real.end], [_up(d, real.start - 1) for d in inside])
    return _share(own.outside(), ours.lines) >= MOST


def _up(definition: Definition, by: int) -> Definition:
    return Definition(definition.name, definition.is_container, definition.start - by, definition.end - by)


def _target(piece: Piece, whole: Whole, theirs: Source) -> Span:
    """The definition that the piece replaces. Raises EditRejected when several are meant equally."""
    found = _meant(piece, whole, theirs)
    if len(found) > 1:
        told = "; ".join(f"{d.name} at line {d.start}" for d in found[:CANDIDATES_TOLD])
        raise EditRejected((f"{piece.name} is defined {len(found)} times ({told}); {SAY_LINES}",))
    old = theirs.lines[found[0].start - 1 : found[0].end]
    is_short = len(piece.code) < SHORTEST * len(old) or whole.near is not None
    if is_short and _share(old, piece.code) < MOST:
        raise EditRejected((f"{piece.name} has {len(old)} lines, {len(piece.code)} were sent; {SAY_LINES}",))
    own = 0 if _decorators(piece.code, 1) else len(_decorators(theirs.lines, found[0].start))
    return Span(found[0].start - 1 + own, found[0].end, 1.0)


def _meant(piece: Piece, whole: Whole, theirs: Source) -> Sequence[Definition]:
    """The definitions that the piece may mean, told apart by sign after sign."""
    named = re.findall(r"[\w.]+", whole.hint)
    decorators = _decorators(piece.code, 1)
    signs: tuple[Callable[[Definition], bool], ...] = (
        lambda d: d.name in named,
        lambda d: d.name == piece.name and "." in d.name,
        lambda d: _decorators(theirs.lines, d.start) == decorators,
        lambda d: whole.near is not None and d.start <= whole.near <= d.end,
    )
    found = theirs.meant_by(piece.name)
    for is_shown in signs:
        found = [*filter(is_shown, found)] or found
    return _most_alike(found, piece, theirs) or found


def _most_alike(found: Sequence[Definition], piece: Piece, theirs: Source) -> list[Definition]:
    """The definition that the piece repeats most of, and far more of than of any other."""
    if not found[1:]:
        return list(found)
    code = set(map(words, filter(is_telling, piece.code)))
    shared = [code & set(map(words, theirs.lines[d.start - 1 : d.end])) for d in found]
    own = [len(lines - shared[0].intersection(*shared)) for lines in shared]
    shares = [_share(theirs.lines[d.start - 1 : d.end], piece.code) for d in found]
    at = own.index(max(own))
    second, other = max(own[:at] + own[at + 1 :]), max(shares[:at] + shares[at + 1 :])
    is_far_ahead = own[at] >= LEAST_OWN and own[at] > FAR * second
    is_clear = is_far_ahead or (own[at] > second and shares[at] > CLEARLY + other)
    return [found[at]] if is_clear and shares[at] >= MOST else []


def _decorators(lines: Sequence[str], start: int) -> list[str]:
    return [words(line) for line in takewhile(_DECORATOR.match, lines[start - 1 :])]


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


def _imports(ours: Source, theirs: Source) -> Iterator[Place]:
    """The reply's new Python imports, after the last one at the head of the file."""
    new = [line for line in _new_outside(ours, theirs) if _is_import(line)]
    if not new:
        return
    try:
        top = [
            node for node in syntax_tree("\n".join(theirs.lines)).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
    except UNREADABLE:
        top = []
    if not top:
        raise EditRejected(
            (f"there is no import that `{new[0]}` could follow; send it as an edit of its own with LINES:",)
        )
    last = top[-1]
    end = last.end_lineno or last.lineno
    yield Place(last.lineno - 1, end, (*theirs.lines[last.lineno - 1 : end], *new))
