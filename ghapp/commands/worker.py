"""`worker`: one worker of the queue, as `up` and the Procfile start it."""

from __future__ import annotations

import argparse
import logging

from ghapp.commands.command import WORKED, Command, World
from ghapp.jobs import work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long to stay."""
    parser.add_argument("--burst", action="store_true", help="end when the queue is empty")


def execute(args: argparse.Namespace, _world: World) -> int:
    """Take jobs, each in a forked process, until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    work(burst=args.burst)
    return WORKED


COMMAND = Command("worker", "one worker alone, for a process manager", add_arguments, execute)
