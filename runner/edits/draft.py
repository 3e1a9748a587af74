"""One change as a reply asks for it, before anybody looked for its place. Pure."""

from __future__ import annotations

from dataclasses import dataclass


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
