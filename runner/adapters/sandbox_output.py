"""How much of a process's output is kept: its head and its tail, the middle cut. Pure."""

from __future__ import annotations

from collections import deque


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
