"""The command line of the GitHub side: which word starts what, and how errors are told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from ghapp.commands import demo, doctor, up, web, worker
from ghapp.commands.command import BLOCKED, Command, World, make_console
from ghapp.errors import GhappError
from runner.errors import RunnerError

COMMANDS: Final[tuple[Command, ...]] = (
    demo.COMMAND,
    up.COMMAND,
    doctor.COMMAND,
    web.COMMAND,
    worker.COMMAND,
)


def build_parser(of_the_runner: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser of everything that needs the GitHub side; the runner's own words are shown beside."""
    parser = argparse.ArgumentParser(
        prog="greenloop",
        description="Verified pull requests from labelled issues.",
        epilog="exit status: 0 it worked, 1 it ran and the answer is no, 2 something has to be mended first",
    )
    words = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_arguments(words.add_parser(command.name, help=command.help, description=command.help))
    for name, help_ in of_the_runner.items():
        words.add_parser(name, help=help_, add_help=False)
    return parser


def run_command(words: Sequence[str], environ: Mapping[str, str], of_the_runner: Mapping[str, str]) -> int:
    """Run one command; its exit status. What a person has to mend is one line on standard error, and 2."""
    args = build_parser(of_the_runner).parse_args(words)
    command = next(c for c in COMMANDS if c.name == args.command)
    try:
        return command.execute(args, World(environ, make_console()))
    except (GhappError, RunnerError) as error:
        sys.stderr.write(f"greenloop {command.name}: {error}\n")
        return BLOCKED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
