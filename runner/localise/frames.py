"""Where a task's tracebacks lead: frames of Python, Node, Java, Go, Rust, Ruby, PHP, C and C++. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SUFFIXES: Final = (
    "py|pyx|pyi|js|jsx|mjs|cjs|ts|tsx|vue|go|java|rs|c|h|cc|cpp|hpp|rb|php|cs|kt|scala|swift|md|rst|txt|toml|cfg|ini|"
    "ya?ml|json|html|css|sql|sh"
)
# No line's number has ten digits, and `int` refuses those of thousands.
PYTHON: Final = re.compile(r'File "([^"\n]+)", line (\d{1,9})(?:, in (\S+))?')
_SOURCE: Final = r"(?:/|\\{1,2})?(?:[~\w.\-:<>]{1,100}[/\\]{1,2}){0,20}[\w\-]{1,100}\.pyx?"
NOTEBOOK: Final = re.compile(
    rf"^[ \t>]{{0,8}}(?:File )?\[?({_SOURCE})c?(?::(\d{{1,9}}))?(?:\]\([^)\s]{{0,600}}\))?"
    r"(?:,? in |: in )(?:[\w<>]{1,100}\.){0,6}([\w<>]+)"
    rf"|^File \[?({_SOURCE}):(\d{{1,9}})",
    re.MULTILINE,
)
"""Newer ones link the file and, for a module's own lines, name no function."""
AT: Final = re.compile(
    rf"^[ \t]*(?:at\s+(?:(?:async |new )?([\w.$<>]+)\s*\()?)?([\w./\\:@~\-]+\.(?:{SUFFIXES})):(\d{{1,9}})(?::\d+)?\)?",
    re.MULTILINE,
)
GO: Final = re.compile(
    r"^([\w./*()\-]{1,200})\([^()\n]{0,200}\)\n[ \t]+([\w./\\:@~\-]{1,300}\.go):(\d{1,9})", re.MULTILINE
)
RUST: Final = re.compile(r"^[ \t]*\d+: ([\w:<>{}# ]{1,200})\n[ \t]+at ([\w./\\~\-]{1,300}\.rs):(\d{1,9})", re.MULTILINE)
PANIC: Final = re.compile(r"panicked at (?:'[^'\n]{0,300}', )?([\w./\\~\-]{1,300}\.rs):(\d{1,9})")
RUBY: Final = re.compile(
    r"^[ \t]*(?:from )?([\w./\\~\-]{1,300}\.rb):(\d{1,9}):in [`'](?:[\w:]{1,100}[#.])?(?:[\w ]{1,20} in )?"
    r"([\w?!<>]{1,100})",
    re.MULTILINE,
)
PHP: Final = re.compile(
    r"^#\d+ ([^\s()]{1,300}\.php)\((\d{1,9})\)|\bin ([^\s()]{1,300}\.php)(?::| on line )(\d{1,9})$", re.MULTILINE
)
"""PHP names what is called at a line, and not what the line is in."""
NATIVE: Final = re.compile(
    r"^[ \t]*#\d+[ \t]+(?:0x[0-9a-f]+ )?(?:in )?([\w:~]{1,200})(?:[ \t]?\([^\n]{0,300}\))?(?: at)? "
    r"([\w./\\~\-]{1,300}\.(?:c|cc|cpp|cxx|h|hh|hpp)):(\d{1,9})",
    re.MULTILINE,
)
"""As debuggers and sanitizers print them."""
BY_PACKAGE: Final = (".java", ".kt", ".scala")
"""Frames of these give the file's name alone; its folders are in the class's name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One traceback frame or named place: path as written, line (0: none) and function ("": none)."""

    path: str
    line: int = 0
    function: str = ""


def read_frames(text: str) -> tuple[Frame, ...]:
    """Every frame, innermost last: Python prints them so, all others the other way round."""
    python = [Frame(m[1], int(m[2]), m[3] or "") for m in PYTHON.finditer(text)]
    python += map(_of_notebook, NOTEBOOK.finditer(text))
    others = dict.fromkeys(_innermost_first(text))
    named = {(frame.path.removeprefix("./"), frame.line) for frame in others if frame.function}
    kept = [frame for frame in others if frame.function or (frame.path, frame.line) not in named]
    known = {(frame.path, frame.line) for frame in python}
    return tuple(
        dict.fromkeys([*python, *(frame for frame in reversed(kept) if (frame.path, frame.line) not in known)])
    )


def _innermost_first(text: str) -> list[Frame]:
    """All frames but Python's, in the order of the text."""
    found = [(match.start(), read(match)) for pattern, read in READERS for match in pattern.finditer(text)]
    return [frame for _, frame in sorted(found, key=lambda pair: pair[0])]


def _named_first(match: re.Match[str]) -> Frame:
    """The function, the path and the line, in this order."""
    return Frame(match[2], int(match[3]), _last(match[1].replace("::", ".")))


def _of_notebook(match: re.Match[str]) -> Frame:
    return Frame(match[1] or match[4], int(match[2] or match[5] or 0), match[3] or "")


def _of_php(match: re.Match[str]) -> Frame:
    return Frame(match[1] or match[3], int(match[2] or match[4]))


def _at(match: re.Match[str]) -> Frame:
    return Frame(_with_package(match[2], match[1] or ""), int(match[3]), _last(match[1] or ""))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _with_package(path: str, name: str) -> str:
    """The file's path as its class's full name has it: `com.shop.Cart.add` in Cart.java is com/shop/Cart.java."""
    packages = name.split(".")[:-2]
    return "/".join([*packages, path]) if packages and path.endswith(BY_PACKAGE) and "/" not in path else path


READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Frame]], ...]] = (
    (GO, _named_first),
    (RUST, _named_first),
    (NATIVE, _named_first),
    (PANIC, lambda match: Frame(match[1], int(match[2]))),
    (RUBY, lambda match: Frame(match[1], int(match[2]), match[3])),
    (PHP, _of_php),
    (AT, _at),
)
