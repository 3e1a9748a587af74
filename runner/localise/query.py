"""What a task's text says about where the code is: its words by section, and its evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.localise.words import IDENTIFIER, STOP, parts, terms

SECTION_WEIGHT: Final[Mapping[str, float]] = {
    "title": 2.0, "prose": 1.0, "inline": 1.0, "code": 1.0, "traceback": 1.0, "template": 0.3,
}  # fmt: skip
MOST_WEIGHT: Final = 3.0
COMPOUND_WEIGHT: Final = 1.5
MOST_TEXT_CHARS: Final = 100_000
"""Longer texts are logs; what is wrong stands near their start."""
MOST_LINE_CHARS: Final = 300
"""What is looked at to tell what a line is: the text is anybody's, and no pattern may take its time over it."""

SUFFIXES: Final = (
    "py|pyx|pyi|js|jsx|mjs|cjs|ts|tsx|go|java|rs|c|h|cc|cpp|hpp|rb|php|cs|kt|scala|swift|md|rst|txt|toml|cfg|ini|ya?ml|json|"
    "html|css|sql|sh"
)
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
FRAME: Final = re.compile(r'File "([^"\n]+)", line (\d+)(?:, in (\S+))?')
FRAME_OTHER: Final = re.compile(
    rf"^[ \t]*(?:at\s+(?:([\w.$<>]+)\s+\()?)?([\w./\\:@~\-]+\.(?:{SUFFIXES})):(\d+)(?::\d+)?\)?(?::\s+in\s+(\S+))?",
    re.MULTILINE,
)
PATH: Final = re.compile(
    rf"(?<![\w/])((?:[\w.@~\-]{{1,100}}/){{0,20}}[\w.\-]{{0,100}}\w\.(?:{SUFFIXES}))\b(?:[:#]L?(\d+))?"
)
DOTTED: Final = re.compile(r"(?<![\w./])([A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)+)")
IMPORT: Final = re.compile(
    r"^\W{0,12}(?:from\s+([\w.]+)\s+import\s+\(?([\w., \t]+)|import\s+([\w., \t]+))", re.MULTILINE
)
EXCEPTION_LINE: Final = re.compile(r"[\w.]+: ")
INLINE: Final = re.compile(r"`{1,3}([^`\n]+)`{1,3}")
LITERAL: Final = re.compile(r"\"([^\"\n]{8,200})\"|'([^'\n]{8,200})'")
MESSAGE: Final = re.compile(r"^[ \t]*[\w.]*(?:Error|Exception|Warning):\s*(.{8,200})$", re.MULTILINE)
CALL: Final = re.compile(r"\b([A-Za-z_]\w*)\(")
TEMPLATE_HEAD: Final = re.compile(
    r"^\W*(environment|your environment|system (info|details)|(python |package |installed )?versions?|"
    r"operating system|os|platform|checklist|installation|pip (list|freeze)|output of .*versions?.*)\W*$",
    re.IGNORECASE,
)
TEMPLATE_LINE: Final = re.compile(
    r"^\W*(\[[ xX]\]|[\w.\- /]{2,40}\W{0,3}v?\d+(\.\d+)+\S*\W*$|(Linux|Darwin|Windows|macOS)\b)"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One traceback frame or named place: path as written, line (0: none) and function ("": none)."""

    path: str
    line: int = 0
    function: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A task's text, read. Frames are innermost last; `identifiers` maps each to how sure it is meant (0.0-1.0)."""

    terms: Mapping[str, float]
    title_terms: frozenset[str]
    frames: tuple[Frame, ...] = ()
    paths: tuple[Frame, ...] = ()
    dotted: tuple[str, ...] = ()
    identifiers: Mapping[str, float] = field(default_factory=dict)
    literals: tuple[str, ...] = ()


def read_query(text: str) -> Query:
    """Read a task's text. HTML comments and invisible characters are dropped, template parts hardly count."""
    clean = INVISIBLE.sub("", _without_comments(text[:MOST_TEXT_CHARS].replace("\r\n", "\n")))
    sections = _sections(clean)
    weights: dict[str, float] = {}
    for section, body in sections.items():
        for term in _terms_of(body):
            weights[term] = weights.get(term, 0.0) + SECTION_WEIGHT[section]
    frames = _frames(clean)
    return Query(
        terms={t: min(w, MOST_WEIGHT) * (COMPOUND_WEIGHT if t[0] == "=" else 1.0) for t, w in weights.items()},
        title_terms=_terms_of(sections["title"]),
        frames=frames,
        paths=tuple(dict.fromkeys(Frame(m[1], int(m[2] or 0)) for m in PATH.finditer(clean))),
        dotted=tuple(dict.fromkeys([*_imported(clean), *(m[1].replace("::", ".") for m in DOTTED.finditer(clean))])),
        identifiers=_identifiers(sections),
        literals=_literals(clean),
    )


def _without_comments(text: str) -> str:
    """The text without <!-- HTML comments -->; one that never ends hides the rest."""
    first, *others = text.split("<!--")
    return " ".join([first, *(other.partition("-->")[2] for other in others)])


def _sections(text: str) -> dict[str, str]:
    """The text's lines by what they are."""
    found: dict[str, list[str]] = {name: [] for name in SECTION_WEIGHT}
    reader = _LineReader()
    for line in text.split("\n"):
        section = reader.section_of(line)
        found[section].append(INLINE.sub(" ", line) if section == "prose" else line)
        if section == "prose":
            found["inline"] += INLINE.findall(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


class _LineReader:
    """Where in a Markdown text a line stands."""

    def __init__(self) -> None:
        self._has_title = self._in_fence = self._in_traceback = self._in_template = False

    def section_of(self, line: str) -> str:
        """The section of the next line."""
        bare = line.strip()[:MOST_LINE_CHARS]
        if not self._has_title:
            self._has_title = bool(bare)
            return "title"
        if bare.startswith(("```", "~~~")):
            self._in_fence, self._in_traceback = not self._in_fence, False
            return "template"
        self._note_heading(bare)
        self._note_traceback(line, bare)
        if self._in_traceback:
            return "traceback"
        if self._in_template or TEMPLATE_LINE.match(bare):
            return "template"
        is_code = self._in_fence or line.startswith(("    ", "\t")) or bare.startswith((">>>", "$ "))
        return "code" if is_code else "prose"

    def _note_heading(self, bare: str) -> None:
        if self._in_fence:
            return
        if TEMPLATE_HEAD.match(bare):
            self._in_template = True
        elif bare.startswith(("#", "**")):
            self._in_template = False

    def _note_traceback(self, line: str, bare: str) -> None:
        if "Traceback (most recent call" in line:
            self._in_traceback = True
        elif (
            self._in_traceback
            and bare
            and not line[0].isspace()
            and not bare.startswith(("File", "During", "The above"))
        ):
            self._in_traceback = bool(EXCEPTION_LINE.match(bare))


def _terms_of(text: str) -> frozenset[str]:
    return frozenset(term for word in IDENTIFIER.findall(text) for term in terms(word))


def _frames(text: str) -> tuple[Frame, ...]:
    python = [Frame(m[1], int(m[2]), m[3] or "") for m in FRAME.finditer(text)]
    other = [Frame(m[2], int(m[3]), m[4] or (m[1] or "").rpartition(".")[2]) for m in FRAME_OTHER.finditer(text)]
    return tuple(dict.fromkeys(python + other))


def _imported(text: str) -> Iterable[str]:
    for match in IMPORT.finditer(text):
        if match[1]:
            yield from (f"{match[1]}.{name.split()[0]}" for name in match[2].split(",") if name.strip())
        else:
            yield from (name.split()[0] for name in match[3].split(",") if name.strip() and "." in name)


def _identifiers(sections: Mapping[str, str]) -> dict[str, float]:
    """Names that may be definitions: sure in the title and in backticks, less so the longer the code around them."""
    found: dict[str, float] = {}
    sure = {"title": 1.0, "inline": 1.0, "prose": 0.8, "code": 0.5, "traceback": 0.5}
    for section, confidence in sure.items():
        calls = set(CALL.findall(sections[section]))
        for name in dict.fromkeys(IDENTIFIER.findall(sections[section])):
            is_code = len(parts(name)) > 1 or name in calls or section == "inline"
            if is_code and len(name) > 2 and name.lower() not in STOP:
                found[name] = max(found.get(name, 0.0), confidence)
    return found


def _literals(text: str) -> tuple[str, ...]:
    """Quoted phrases and error messages that may stand in the code as they are."""
    phrases = [m[1] or m[2] for m in LITERAL.finditer(text)] + [m[1].strip() for m in MESSAGE.finditer(text)]
    return tuple(dict.fromkeys(phrase for phrase in phrases if " " in phrase))
