"""The runner from a shell: `python -m runner fix|localise|verify`. A composition root."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Final

from runner.commands import words
from runner.errors import Blocking
from runner.settings import settings_from

COMMANDS: Final = ("fix", "localise", "verify")
"""Modules of runner.commands. Only the one that is asked for is loaded: the others need what it does not."""
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 it worked, 1 the answer is no, 2 a blocking error with one line that says what to do."""
    args = _parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        settings = settings_from(os.environ)
        if getattr(args, "engine", None):
            settings = replace(settings, engine=args.engine)
        code: int = args.execute(args, settings)
        return code
    except Blocking as error:
        sys.stderr.write(f"greenloop: {error}\n")
        return words.BLOCKED
    except KeyboardInterrupt:
        sys.stderr.write("greenloop: interrupted; everything that was started has been ended\n")
        return INTERRUPTED


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="greenloop", description="Repairs that come with their proof.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in argv[:1] if argv and argv[0] in COMMANDS else COMMANDS:
        command = import_module(f"runner.commands.{name}")
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP.capitalize() + ".")
        command.add_arguments(sub)
        sub.set_defaults(execute=command.execute)
    return parser


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
