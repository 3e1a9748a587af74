"""One change as a reply asks for it, before anybody looked for its place. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SPAN: Final = re.compile(
    r"^\W*(?:lines?\s*)?L?(?P<start>\d{1,9})"
    r"(?:\s*(?:-+|\u2013|\u2014|to|through|until|\.\.\.?|:|,)\s*L?(?P<end>\d{1,9}))?\W*$",
    re.IGNORECASE,
)
"""What a header says of lines: `12-15` in any of its usual forms."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change of `path`: `old` lines become `new`.

    Without `old` the place follows from `lines` and from `new` itself; `lines` is what a header said: "12-15", "new",
    "delete", "rename to b.py", a definition's name. `near` is a stated first line, 1-based.
    """

    path: str
    lines: str = ""
    reasoning: str = ""
    old: tuple[str, ...] | None = None
    new: tuple[str, ...] | None = None
    near: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether a header names lines and no code came for them."""
        return self.old is None and self.new is None and bool(SPAN.match(self.lines))
