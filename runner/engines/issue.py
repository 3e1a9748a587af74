"""An issue's text as a prompt holds it: without what says nothing of the defect, cut if it is still too long. Pure."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

from runner.edits.feedback import cut
from runner.localise.query import INVISIBLE

VERSION: Final = re.compile(r"^(?=.{1,200}$)\s*[\w.\-\[\]]+(?:\s*(?:==|[:=])\s*|\s+)v?\d+(?:\.\d+)+\S*\s*$")
"""A line that names a package and its version, and nothing else. No pattern here may take its time over a long line."""
FEWEST_VERSIONS: Final = 4
BLANK: Final = re.compile(r"\n(?:[ \t]*\n)+")
INSTALLED: Final = re.compile(
    r"(?:(?<=File \")[^\"\n]*|(?<![^\s\"'`(<])[^\s\"'`(<]*)[/\\](?:site|dist)-packages[/\\]",
)
"""Where the reporter's machine keeps packages, before a file of one."""
STANDARD_FRAME: Final = (
    r"[ \t]*File \"[^\"\n]{0,300}[/\\](?i:python)[\d.]{1,9}[/\\][^\"\n]{0,300}\", line [^\n]*\n"
    r"(?:[ \t]+(?![ \t]|File \")[^\n]*\n)*"
)
"""A traceback's frame in Python's own library, with its code."""
PASSED_THROUGH: Final = re.compile(rf"^(?:{STANDARD_FRAME})+(?={STANDARD_FRAME})", re.MULTILINE)
NUMBERED: Final = re.compile(r"^(?:-+> *|\s*)\d+(?:\s.*)?$")
"""A line of code as IPython's tracebacks show it."""
LEAST_TWICE_CHARS: Final = 80
"""Shorter blocks that come twice are no copies."""


def condensed(text: str, cap_bytes: int) -> str:
    """The text without what cannot be seen, templates' comments, lists of versions, and blocks that come twice.

    Of a traceback's frames in Python's own library the last of each row stays, of IPython's frames the line that was
    run; files of packages begin at the package.
    """
    plain = INVISIBLE.sub("", text.replace("\r\n", "\n"))
    shorter = _short_frames(_without_versions(_without_comments(plain)))
    return cut(_each_once(shorter).strip(), cap_bytes)


def _without_comments(text: str) -> str:
    """The text without <!-- HTML comments -->; one that never ends stays."""
    *ended, rest = text.split("-->")
    return "".join(part.partition("<!--")[0] if "<!--" in part else f"{part}-->" for part in ended) + rest


def _without_versions(text: str) -> str:
    """The text without lines that belong to a list of versions."""
    kept: list[str] = []
    for is_version, group in groupby(text.split("\n"), key=lambda line: bool(VERSION.match(line))):
        lines = list(group)
        kept += [] if is_version and len(lines) >= FEWEST_VERSIONS else lines
    return "\n".join(kept)


def _short_frames(text: str) -> str:
    """The text with no more of its tracebacks than says where things went wrong."""
    kept: list[str] = []
    for is_code, group in groupby(text.split("\n"), key=lambda line: bool(NUMBERED.match(line))):
        lines = list(group)
        kept += [line for line in lines if line.startswith("--")] or lines if is_code else lines
    return PASSED_THROUGH.sub("", INSTALLED.sub("", "\n".join(kept)))


def _each_once(text: str) -> str:
    blocks = BLANK.split(text)
    first = {block: number for number, block in reversed(list(enumerate(blocks)))}
    return "\n\n".join(
        block for number, block in enumerate(blocks) if first[block] == number or len(block) < LEAST_TWICE_CHARS
    )
