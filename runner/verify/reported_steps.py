"""The Python in a task's text, step by step, with what is shown below each: fenced code and sessions. Pure."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from runner.syntax_tree import UNREADABLE, is_too_deep, syntax_tree

FENCE: Final = re.compile(r"^ {0,3}(?:```+|~~~+)")
PROMPT: Final = re.compile(r"^\s*(?:>>>|In ?\[\d*\]:) ?(.*)$")
CONTINUED: Final = re.compile(r"^\s*\.{3,}:? ?(.*)$")
BARE_ERROR: Final = r"[A-Z]\w*(?:Error|Exception)"
ERROR: Final = rf"(?:\w+\.)*{BARE_ERROR}"
OUTPUT: Final = re.compile(rf"^(?:Traceback \(most recent|Out ?\[|-{{20,}}|{ERROR}: )", re.MULTILINE)
"""Where code that was pasted together with its output ends."""
RAISED: Final = re.compile(rf"^[^\S\n]*(?:Traceback \(most recent|{ERROR}(?::|[^\S\n]*$))", re.MULTILINE)
END: Final = ">>> "


@dataclass(frozen=True, slots=True)
class Step:
    """Code of the text, and what is shown below it; `is_typed` where it stands at a prompt, which displays values."""

    body: tuple[ast.stmt, ...]
    shown: str = ""
    is_typed: bool = False

    @property
    def fails(self) -> bool:
        """Whether the text shows it to raise."""
        return RAISED.search(self.shown) is not None

    @property
    def is_import(self) -> bool:
        """Whether it does nothing but import."""
        return all(isinstance(node, ast.Import | ast.ImportFrom) for node in self.body)

    @property
    def source(self) -> bytes:
        """The code, laid out anew."""
        return ast.unparse(ast.Module([*self.body], [])).encode() + b"\n"


def read_steps(text: str) -> Iterator[Step]:
    """The steps in the text's order: sessions wherever they stand, other code between fences; Python of today only."""
    for block, is_fenced in _blocks(text):
        if any(PROMPT.match(line) for line in block):
            yield from _session(block)
        elif is_fenced:
            code = textwrap.dedent("\n".join(block))
            end = OUTPUT.search(code)
            if body := parsed(code[: end.start()] if end else code):
                yield Step(body, code[end.start() :] if end else "")


def parsed(code: str) -> tuple[ast.stmt, ...]:
    """The statements; none where it is no Python of today."""
    try:
        tree = syntax_tree(textwrap.dedent(code))
    except UNREADABLE:
        return ()
    return () if is_too_deep(tree) else tuple(tree.body)


def _blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """Runs of lines, and whether they stand between fences."""
    block: list[str] = []
    is_fenced = False
    for line in text.splitlines():
        if FENCE.match(line):
            yield block, is_fenced
            block, is_fenced = [], not is_fenced
        else:
            block.append(line)
    if not is_fenced:
        yield block, is_fenced


def _session(lines: Sequence[str]) -> Iterator[Step]:
    code: list[str] = []
    shown: list[str] = []
    for line in [*lines, END]:
        if prompt := PROMPT.match(line):
            if body := parsed("\n".join(code)):
                yield Step(body, "\n".join(shown), is_typed=True)
            code, shown = [prompt[1]], []
        elif code and not shown and (more := CONTINUED.match(line)):
            code.append(more[1])
        else:
            shown.append(line)
