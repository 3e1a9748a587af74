"""What a task's text says about where the code is: its words by section, and its evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from runner.localise.frames import SUFFIXES, Frame, read_frames
from runner.localise.sections import split_sections
from runner.localise.words import IDENTIFIER, STOP, parts, terms

SECTION_WEIGHT: Final[Mapping[str, float]] = {
    "title": 2.0, "prose": 1.0, "inline": 1.5, "code": 0.6, "traceback": 0.5, "template": 0.2,
}  # fmt: skip
SURENESS: Final[Mapping[str, float]] = {"title": 1.0, "inline": 1.0, "prose": 0.8, "code": 0.5, "traceback": 0.5}
"""How sure a name in a section means a definition."""
MOST_WEIGHT: Final = 3.0
COMPOUND_WEIGHT: Final = 1.2
MOST_TEXT_CHARS: Final = 100_000
"""Longer texts are logs; what is wrong stands near their start."""
MOST_JOINED: Final = 60

INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_FILE: Final = rf"((?:[\w.@~\-]{{1,100}}/){{0,20}}[\w.\-]{{0,100}}\w\.(?:{SUFFIXES}))\b"
PATH: Final = re.compile(rf"(?<![\w/]){_FILE}(?:[:#]L?(\d{{1,9}}))?")
LINE_OF: Final = re.compile(rf"\b[Ll]ines? (\d{{1,9}})(?: ?- ?\d+)? (?:of|in) [`*\"'(]{{0,2}}{_FILE}")
"""A place as people say it."""
DOTTED: Final = re.compile(r"(?<![\w./])([A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*){1,11})")
PROMPT: Final = r"^\W{0,12}(?:In \[\d+\]:\s*)?"
FROM: Final = re.compile(PROMPT + r"from\s+([\w.]+)\s+import\s+(\([^()]{1,2000}\)|[*\w., \t]+)", re.MULTILINE)
PLAIN: Final = re.compile(PROMPT + r"import\s+([\w., \t]+)", re.MULTILINE)
OWN: Final = re.compile(PROMPT + r"(?:async\s+)?(?:def|class|func|fn|function)\s+([A-Za-z_]\w*)", re.MULTILINE)
LITERAL: Final = re.compile(r"\"([^\"\n]{8,200})\"|'([^'\n]{8,200})'")
MESSAGE: Final = re.compile(r"^[ \t]*[\w.]*(?:Error|Exception|Warning):\s*(.{8,200})$", re.MULTILINE)
OPTION: Final = re.compile(r"(?<![\w-])--([a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){1,6})")
"""A long option of several words, which the code that reads it writes as `one_name`."""
LOGGED: Final = re.compile(r"^.{0,40}?\b(?:TRACE|DEBUG|INFO)\b[^\n]*$", re.MULTILINE)
"""What a program logs of its usual course names whoever logs, not what is wrong."""
CALL: Final = re.compile(r"\b([A-Za-z_]\w*)\(")


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name as alias`; `name` is "" for a plain import and "*" for everything."""

    module: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Query:
    """A task's text, read. Frames are innermost last; `identifiers` maps each to how sure it is meant (0.0-1.0).

    `section_terms` has the terms of each section; `own` are the names that the reporter's own code defines.
    """

    terms: Mapping[str, float]
    title_terms: frozenset[str]
    frames: tuple[Frame, ...] = ()
    paths: tuple[Frame, ...] = ()
    dotted: tuple[str, ...] = ()
    identifiers: Mapping[str, float] = field(default_factory=dict)
    literals: tuple[str, ...] = ()
    section_terms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    imports: tuple[Import, ...] = ()
    own: frozenset[str] = frozenset()
    text: str = ""


def read_query(text: str) -> Query:
    """Read a task's text. HTML comments and invisible characters are dropped, template parts hardly count."""
    clean = INVISIBLE.sub("", _without_comments(text[:MOST_TEXT_CHARS].replace("\r\n", "\n")))
    sections = split_sections(clean)
    by_section = {section: _terms_of(body) for section, body in sections.items()}
    for section in ("title", "prose"):
        by_section[section] |= _joined(sections[section])
    imports, dotted = tuple(_imports(clean)), _dotted(clean)
    own = frozenset(OWN.findall(sections["code"]))
    return Query(
        terms=_weighed(by_section),
        title_terms=by_section["title"],
        frames=read_frames(clean),
        paths=_paths(LOGGED.sub("", clean)),
        dotted=tuple(dict.fromkeys([*_imported(imports), *dotted])),
        identifiers={name: sure for name, sure in _identifiers(sections).items() if name not in own},
        literals=_literals(clean),
        section_terms=by_section,
        said=frozenset(_dotted("\n".join(sections[section] for section in ("title", "prose", "inline")))),
        imports=imports,
        own=own,
        text=clean,
    )


def _without_comments(text: str) -> str:
    """The text without <!-- HTML comments -->; one that never ends hides the rest."""
    first, *others = text.split("<!--")
    return " ".join([first, *(other.partition("-->")[2] for other in others)])


def _terms_of(text: str) -> frozenset[str]:
    options = frozenset("=" + option.replace("-", "_") for option in OPTION.findall(text))
    return options | frozenset(term for word in IDENTIFIER.findall(text) for term in terms(word))


def _joined(text: str) -> frozenset[str]:
    """Words that stand side by side, as the compound that code may write them as: "pretty printer", =pretty_printer."""
    found: dict[str, None] = {}
    for line in text.split("\n"):
        words = [word.lower() if len(parts(word)) == 1 and word.lower() not in STOP else "" for word in line.split()]
        found.update((f"={one}_{two}", None) for one, two in pairwise(words) if one.isalpha() and two.isalpha())
    return frozenset(list(found)[:MOST_JOINED])


def _weighed(by_section: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """A term counts once a section, and more when it is a compound."""
    weights: dict[str, float] = {}
    for section, found in by_section.items():
        for term in found:
            weights[term] = weights.get(term, 0.0) + SECTION_WEIGHT[section]
    return {t: min(w, MOST_WEIGHT) * (COMPOUND_WEIGHT if t[0] == "=" else 1.0) for t, w in weights.items()}


def _dotted(text: str) -> list[str]:
    return [match[1].replace("::", ".") for match in DOTTED.finditer(text)]


def _imports(text: str) -> Iterator[Import]:
    for match in FROM.finditer(text):
        yield from (Import(match[1], name, alias) for name, alias in _taken(match[2].strip("()")))
    for match in PLAIN.finditer(text):
        yield from (Import(module, "", alias) for module, alias in _taken(match[1]))


def _taken(names: str) -> Iterator[tuple[str, str]]:
    """Each imported name with its alias. What follows it in a sentence is no alias."""
    for words in (part.split() for part in names.split(",")):
        if words and (words[0] == "*" or words[0].replace(".", "_").isidentifier()):
            yield words[0], words[2] if len(words) == 3 and words[1] == "as" else words[0]


def _imported(imports: Iterable[Import]) -> Iterator[str]:
    for one in imports:
        if one.name not in ("", "*"):
            yield f"{one.module}.{one.name}"
        elif "." in one.module:
            yield one.module


def _paths(text: str) -> tuple[Frame, ...]:
    """The files that are named, with their lines where these are."""
    said = [Frame(match[2], int(match[1])) for match in LINE_OF.finditer(text)]
    return tuple(dict.fromkeys([*said, *(Frame(m[1], int(m[2] or 0)) for m in PATH.finditer(text))]))


def _identifiers(sections: Mapping[str, str]) -> dict[str, float]:
    """Names that may be definitions: sure in the title and in backticks, less so the longer the code around them."""
    found: dict[str, float] = {}
    for section, sureness in SURENESS.items():
        calls = set(CALL.findall(sections[section]))
        for name in dict.fromkeys(IDENTIFIER.findall(sections[section])):
            is_code = len(parts(name)) > 1 or name in calls or section == "inline"
            if is_code and len(name) > 2 and name.lower() not in STOP:
                found[name] = max(found.get(name, 0.0), sureness)
    return found


def _literals(text: str) -> tuple[str, ...]:
    """Quoted phrases and error messages that may stand in the code as they are."""
    phrases = [m[1] or m[2] for m in LITERAL.finditer(text)] + [m[1].strip() for m in MESSAGE.finditer(text)]
    return tuple(dict.fromkeys(phrase for phrase in phrases if " " in phrase))
