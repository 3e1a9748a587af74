"""What a failing test says of the place: its lines are read like code that the reporter wrote. Pure."""

from __future__ import annotations

from typing import Final

MOST_CHARS: Final = 3000
"""Longer tests name more than what they are about."""


def with_test(text: str, patch: str) -> str:
    """The task's text with the lines that a unified diff of its test adds or leaves as one more block of code."""
    lines = patch.split("\n")
    code = "\n".join(line[1:] for line in lines if line.startswith(("+", " ")) and not line.startswith("+++ "))
    return f"{text}\n\n```\n{code[:MOST_CHARS]}\n```\n" if code.strip() else text
