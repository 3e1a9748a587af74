"""The command line `greenloop`: which word starts what, and how errors are told."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

import runner.__main__
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
OF_THE_RUNNER: Final = {
    "fix": "repair a defect of a local repository and prove it",
    "localise": "where in a repository a task points",
    "verify": "what can be said about a change, with evidence",
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of everything that needs the GitHub side; the runner's own words are shown beside."""
    parser = argparse.ArgumentParser(
        prog="greenloop",
        description="Verified pull requests from labelled issues.",
        epilog="exit status: 0 it worked, 1 it ran and the answer is no, 2 something has to be mended first",
    )
    words = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_arguments(words.add_parser(command.name, help=command.help, description=command.help))
    for name, help_ in OF_THE_RUNNER.items():
        words.add_parser(name, help=help_, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. What a person has to mend is one line on standard error, and 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in OF_THE_RUNNER:
        return runner.__main__.main(words)
    args = build_parser().parse_args(words)
    command = next(c for c in COMMANDS if c.name == args.command)
    try:
        return command.execute(args, World(dict(os.environ), make_console()))
    except (GhappError, RunnerError) as error:
        sys.stderr.write(f"greenloop {command.name}: {error}\n")
        return BLOCKED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
