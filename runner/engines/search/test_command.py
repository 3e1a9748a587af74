"""Which harness brings a run's tests to life for the search, read from the command that ran them. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

TAKES_VALUE: Final = frozenset(
    {"-c", "-o", "-p", "-W", "--confcutdir", "--import-mode", "--override-ini", "--ds", "--settings"}
)
LEFT_OUT_WITH_VALUE: Final = frozenset(
    {
        "-n",
        "-k",
        "-m",
        "--maxfail",
        "--tb",
        "--timeout",
        "--cov",
        "--junitxml",
        "--rootdir",
        "--verbosity",
        "--parallel",
        "-v",
    }
)
LEFT_OUT: Final = re.compile(
    r"-[xqsrlh]$|-vv+$|-v$|-r\w+|--(cov|junit|parallel|verbosity|durations|maxfail|timeout|tb|color|capture|rootdir|numprocesses)\b"
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
    skip = take = False
    for word in words:
        if take:
            yield word
            take = False
        elif skip and not word.startswith("-"):
            skip = False
        elif word in TAKES_VALUE:
            yield word
            take = True
        elif word in LEFT_OUT_WITH_VALUE:
            skip = True
        elif word.startswith("-") and not LEFT_OUT.match(word):
            skip = False
            yield word
