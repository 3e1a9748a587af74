"""How a configured test command is taken apart: settings in front, the script, its options, its own tests. Pure."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from runner.errors import BadInput

ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
SHELL_WORDS: Final = frozenset({"&&", "||", ";", "|", "&", ">", "<", "2>&1"})
BUILD_FAILED: Final = 97
"""The exit code of a command whose build before it failed."""
PYTHON: Final = re.compile(r"(python|pypy)[\d.]*")


@dataclass(frozen=True, slots=True)
class TestCommand:
    """A command as it was configured: NAME=VALUE words in front of it, and the rest.

    `builds` are shell commands that have to come before it.
    """

    __test__ = False

    settings: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    builds: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What stands before the words as a person types it, with a space after it where there is anything."""
        settings = "".join(f"{name}={shlex.quote(value)} " for name, value in self.settings)
        return "".join(f"{build} && " for build in self.builds) + settings

    def after_builds(self, argv: tuple[str, ...], *, have_to_hold: bool) -> tuple[str, ...]:
        """The arguments of a process that builds first, and then becomes the command.

        If they `have_to_hold`, it ends with BUILD_FAILED where one of them fails.
        """
        if not self.builds:
            return argv
        end = f" || exit {BUILD_FAILED}" if have_to_hold else " || true"
        return ("sh", "-c", "\n".join([*(f"{{ {build}; }}{end}" for build in self.builds), 'exec "$@"']), "sh", *argv)


def read_command(text: str) -> TestCommand:
    """The command in a text. Raises BadInput for shell syntax, which no runner is found in."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"the test command `{text}` is not closed ({error}); mend its quotes") from error
    if shell := sorted(SHELL_WORDS.intersection(words)):
        raise BadInput(
            f"the test command `{text}` holds {shell[0]!r}, and no shell runs it; put the steps into a script that "
            "writes JUnit XML to {junit}, or name the runner's own command"
        )
    if words[:1] == ["env"]:
        words = words[1:]
    count = next((index for index, word in enumerate(words) if not ASSIGNMENT.fullmatch(word)), len(words))
    pairs = (word.partition("=") for word in words[:count])
    return TestCommand(tuple((name, value) for name, _, value in pairs), tuple(words[count:]))


def joined_path(*values: str | None) -> str:
    """Several values of a PATH-like variable as one."""
    return os.pathsep.join(value for value in values if value)


def script_at(words: tuple[str, ...], name: str) -> int | None:
    """Where in the command the script of this file name stands."""
    return next((index for index, word in enumerate(words) if PurePosixPath(word).name == name), None)


def interpreter(words: tuple[str, ...], default: str) -> tuple[str, ...]:
    """The Python, with its options, that stands in front of a script; the default where the script starts itself."""
    return words if words and PYTHON.fullmatch(PurePosixPath(words[0]).name) else (default,)


def options_of(words: tuple[str, ...], takes_value: Collection[str]) -> Iterator[str]:
    """The options among the words, with their values; what is left out are the tests that the command names."""
    previous = ""
    for word in words:
        if word.startswith("-") or previous in takes_value:
            yield word
        previous = word
