"""What each line of a task's text is: title, prose, code, traceback, or what a template asked for. Pure."""

from __future__ import annotations

import re
from typing import Final

SECTIONS: Final = ("title", "prose", "inline", "code", "traceback", "template")
MOST_LINE_CHARS: Final = 300
"""What is looked at to tell what a line is: the text is anybody's, and no pattern may take its time over it."""
MOST_HEADING_CHARS: Final = 60

INLINE: Final = re.compile(r"`{1,3}([^`\n]+)`{1,3}")
TEMPLATE_HEAD: Final = re.compile(
    r"""^\W*(?:
        (?:your\ )?environment | (?:your\ )?system(?:\ (?:info\w*|details))? | checklist | installation | platform
      | (?:[\w.\-]{1,20}\ ){0,3}versions?(?:\ info\w*)? | operating\ system | os(?:\ /\ environment)?
      | (?:[\w.\-]{1,20}\ ){0,2}backend | (?:installed|loaded|package)\ packages | conda\b.* | pip\ (?:list|freeze)
      | (?:the\ )?(?:result|output)\ of\ .*versions?.* | .*-{1,2}version\ output
      | (?:extra|additional)\ (?:dependencies|tools)
      | (?:what|which|how)\ .*\b(?:version|operating\ system|platform|install(?:ed)?)\b.*
    )\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
ASKED_WORDS: Final = """
a actual additional and any are as at behavior behaviour bug can code command comment comments configuration context
current describe description detail details did do does example expect expected feature for got happen happened happens
have how i info information instead is issue it log logs minimal more note notes observed of or other outcome output
please possible problem proposed related repro reproduce reproduced reproducer reproducible reproducing reproduction
report request result results sample screenshot screenshots see should solution step steps suggested summary the there
this to use used was what when which why workaround would you your
"""
ASKED: Final = frozenset(ASKED_WORDS.split())
"""A heading of such words alone is a template's; what follows it is the reporter's."""
WORD: Final = re.compile(r"[^\W_]+")
TEMPLATE_LINE: Final = re.compile(
    r"^\W*(?:\[[ xX]\]|[\w.\- /]{2,40}\W{0,3}v?\d+(?:\.\d+)+\S*(?:\s*\(.*\))?\W*$|(?:Linux|Darwin|Windows|macOS)\b"
    r"|_?No response_?$)"
)
PROMPT: Final = re.compile(r"^(?:>>>|In \[\d+\]:|\$ )")
TRACEBACK_HEAD: Final = re.compile(r"Traceback \(most recent call|^goroutine \d+|^stack backtrace:|panicked at ")
FRAME_LINE: Final = re.compile(
    r'^File "|^at \S+.*[:(]|^-+> ?\d+ |^\d+ |^[\w./*()\-]+\(.*\)$|^During handling|^The above exception'
)
EXCEPTION_LINE: Final = re.compile(r"[\w.]+(?:Error|Exception|Warning|Interrupt|Exit)\b|[\w.]+: ")


def split_sections(text: str) -> dict[str, str]:
    """The text's lines by what they are; what prose has in backticks is "inline"."""
    found: dict[str, list[str]] = {name: [] for name in SECTIONS}
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
        if self._is_template(bare):
            return "template"
        is_code = self._in_fence or line.startswith(("    ", "\t")) or PROMPT.match(bare)
        return "code" if is_code else "prose"

    def _is_template(self, bare: str) -> bool:
        is_asked = not self._in_fence and _is_asked(bare)
        return self._in_template or is_asked or TEMPLATE_LINE.match(bare) is not None

    def _note_heading(self, bare: str) -> None:
        if self._in_fence:
            return
        is_heading = bare.startswith(("#", "**"))
        if (is_heading or len(bare) < MOST_HEADING_CHARS) and TEMPLATE_HEAD.match(bare):
            self._in_template = True
        elif is_heading:
            self._in_template = False

    def _note_traceback(self, line: str, bare: str) -> None:
        if TRACEBACK_HEAD.search(line[:MOST_LINE_CHARS]):
            self._in_traceback = True
        elif self._in_traceback and bare and not self._in_fence and not line[0].isspace():
            self._in_traceback = bool(FRAME_LINE.match(bare) or EXCEPTION_LINE.match(bare))
        elif self._in_traceback and PROMPT.match(bare):
            self._in_traceback = False


def _is_asked(bare: str) -> bool:
    """Whether a line is a heading that a template has put there."""
    is_heading = bare.startswith(("#", "**")) and len(bare) < MOST_HEADING_CHARS
    return is_heading and ASKED.issuperset(WORD.findall(bare.lower()))
