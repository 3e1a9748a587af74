"""What a command is: a name, its arguments, and something to do with them."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from ghapp.settings import Settings, read_settings

WORKED: Final = 0
ANSWER_IS_NO: Final = 1
BLOCKED: Final = 2


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command talks to people. `is_terminal` says whether somebody may be watching."""

    write: Callable[[str], object]
    is_terminal: bool

    def line(self, text: str = "") -> None:
        """One line."""
        self.write(text + "\n")


@dataclass(frozen=True, slots=True)
class World:
    """What a command is given: the environment it was started in, and a console."""

    environ: Mapping[str, str]
    console: Console

    def settings(self) -> Settings:
        """The App's settings. Raises SettingsInvalid with all faults."""
        return read_settings(self.environ)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `execute` gives the exit status."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace, World], int]


def make_console() -> Console:
    """A console on standard output, every line at once."""

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return Console(write, sys.stdout.isatty())


def private_folder(path: Path) -> Path:
    """The folder, made if need be, and closed to others."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.resolve()


def end_on_sigterm() -> None:
    """Let SIGTERM, and a terminal that goes away, end the process as Ctrl-C does: by way of every `finally`."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
