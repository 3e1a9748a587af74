"""Which code a prompt shows, line-numbered and within its token budget. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.budget import estimate_tokens
from runner.models import Slice


def render_excerpts(slices: Sequence[Slice], files: Mapping[str, str], *, token_cap: int) -> str:
    """Whole files where they fit, else whole slices, best first, as numbered lines under their path."""
    blocks: list[str] = []
    left = token_cap
    shown: set[str] = set()
    for slice_ in slices:
        text = files.get(slice_.path)
        if text is None or slice_.path in shown:
            continue
        lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        whole = numbered(slice_.path, lines, 1, len(lines))
        block = whole if estimate_tokens(whole) <= left // 2 else numbered(slice_.path, lines, slice_.start, slice_.end)
        cost = estimate_tokens(block)
        if cost > left:
            continue
        if block is whole:
            shown.add(slice_.path)
        left -= cost
        blocks.append(block)
    return "\n".join(blocks)


def numbered(path: str, lines: Sequence[str], start: int, end: int) -> str:
    """Lines start..end (1-based, inclusive) of a file, each after its number."""
    body = "\n".join(f"{n:>5} | {lines[n - 1]}" for n in range(start, min(end, len(lines)) + 1))
    return f"FILE: {path} (lines {start}-{min(end, len(lines))} of {len(lines)})\n{body}\n"
