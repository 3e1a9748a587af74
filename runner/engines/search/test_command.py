"""Which harness brings a run's tests to life for the search, read from the command that ran them. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from runner.verify.command_options import TAKES_VALUE

LEFT_OUT: Final = re.compile(
    r"-[xqslh]$|-v+$|-[rnkm]|--(cov|junit\w*|parallel|verbosity|durations|maxfail|timeout|tb|color|capture|rootdir"
    r"|numprocesses|dist|basetemp)\b"
)
VARIABLE: Final = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class Harness:
    """How the driver collects: `kind` is pytest, django or module; `words` the command's own options worth keeping.

    `note` says what of the command could not be honoured.
    """

    kind: str
    words: tuple[str, ...] = ()
    note: str = ""


def harness_of(command: str) -> Harness:
    """The harness for a test command as people type it; pytest with a note where nothing else fits."""
    words = [word for word in _split(command) if not VARIABLE.match(word)]
    names = [PurePosixPath(word).name for word in words]
    if "runtests.py" in names:
        at = names.index("runtests.py")
        return Harness("django", (words[at], *_kept(words[at + 1 :])))
    if any(f"/{word}".endswith("/bin/test") for word in words) or "unittest" in words:
        return Harness("module")
    for name in ("pytest", "py.test"):
        if name in names:
            return Harness("pytest", tuple(_kept(words[names.index(name) + 1 :])))
    if not words:
        return Harness("pytest")
    return Harness("pytest", note=f"the search ran the tests with pytest, not with `{command[:80]}`")


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _kept(words: list[str]) -> Iterator[str]:
    """Options that change how tests are collected; reporting, selection and parallel runs are the search's own."""
    previous = ""
    for word in words:
        is_value = previous in TAKES_VALUE
        option = previous if is_value else word
        if option.startswith("-") and not LEFT_OUT.match(option):
            yield word
        previous = "" if is_value else word
