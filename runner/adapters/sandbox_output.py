"""How much of a process's output is kept, and told: its head and its tail, and what went wrong. Pure."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

LINE_TOLD_CHARS: Final = 300
SAYS_ERROR: Final = re.compile(
    r"\s*(?:E +|npm )?(?:[\w.]*(?:Error|Exception): \S|(?:(?:err(?:or)?|ERROR)\b[!:]?|fatal:).*\w)"
)
"""How Python and Node name an exception, pytest quotes one, and npm, pip and git begin their complaints."""


class CappedOutput:
    """Keeps at most `cap_bytes` of what is added, half from the beginning and half from the end."""

    def __init__(self, cap_bytes: int) -> None:
        self._half_bytes = max(cap_bytes // 2, 1)
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._cut_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take the next piece of output."""
        room = self._half_bytes - len(self._head)
        self._head += chunk[:room] if room > 0 else b""
        rest = chunk[room:] if room > 0 else chunk
        if rest:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail and self._tail_bytes - len(self._tail[0]) >= self._half_bytes:
            dropped = self._tail.popleft()
            self._tail_bytes -= len(dropped)
            self._cut_bytes += len(dropped)

    def text(self) -> str:
        """The output as text, with one line in the middle that says how much was cut."""
        tail = b"".join(self._tail)
        excess = max(len(tail) - self._half_bytes, 0)
        cut = self._cut_bytes + excess
        mark = f"\n... {cut} bytes cut ...\n".encode() if cut else b""
        return (bytes(self._head) + mark + tail[excess:]).decode(errors="replace")


def telling_end(output: str, cap_chars: int, most_errors: int = 1) -> str:
    """The end of an output, below the first lines with an error in it where those come before the end.

    Some programs say what is wrong and then, at length, who asked or how they are used.
    """
    end = output[-cap_chars:]
    before = output[: len(output) - len(end)].splitlines()
    errors = dict.fromkeys(line.strip()[:LINE_TOLD_CHARS] for line in before if SAYS_ERROR.match(line))
    return "\n".join([*list(errors)[:most_errors], "...", end]) if errors else end


class LineSplitter:
    """Turns chunks into lines; the last one may come without its newline."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def add(self, chunk: bytes) -> list[str]:
        """The lines that this chunk completes, without their newlines."""
        *lines, rest = (bytes(self._rest) + chunk).split(b"\n")
        self._rest = bytearray(rest)
        return [line.decode(errors="replace") for line in lines]

    def rest(self) -> str | None:
        """What stands after the last newline, or None."""
        return self._rest.decode(errors="replace") if self._rest else None
