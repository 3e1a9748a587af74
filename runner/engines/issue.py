"""An issue's text as a prompt holds it: without what says nothing of the defect, cut if it is still too long. Pure."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

from runner.edits.feedback import cut
from runner.localise.query import INVISIBLE

COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
VERSION: Final = re.compile(r"^\s*[\w.\-\[\]]+\s*(?:==|[:=]|\s)\s*v?\d+(?:\.\d+)+\S*\s*$")
"""A line that names a package and its version, and nothing else."""
FEWEST_VERSIONS: Final = 4
BLANK: Final = re.compile(r"\n(?:[ \t]*\n)+")
LEAST_TWICE_CHARS: Final = 80
"""Shorter blocks that come twice are no copies."""


def condensed(text: str, cap_bytes: int) -> str:
    """The text without what cannot be seen, templates' comments, lists of versions, and blocks that come twice."""
    plain = INVISIBLE.sub("", text.replace("\r\n", "\n"))
    shorter = _without_versions(COMMENT.sub("", plain))
    return cut(_each_once(shorter).strip(), cap_bytes)


def _without_versions(text: str) -> str:
    """The text without lines that belong to a list of versions."""
    kept: list[str] = []
    for is_version, group in groupby(text.split("\n"), key=lambda line: bool(VERSION.match(line))):
        lines = list(group)
        kept += [] if is_version and len(lines) >= FEWEST_VERSIONS else lines
    return "\n".join(kept)


def _each_once(text: str) -> str:
    blocks = BLANK.split(text)
    first = {block: number for number, block in reversed(list(enumerate(blocks)))}
    return "\n\n".join(
        block for number, block in enumerate(blocks) if first[block] == number or len(block) < LEAST_TWICE_CHARS
    )
