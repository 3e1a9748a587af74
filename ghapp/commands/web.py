"""`web`: the web application on a production server, as `up` and the Procfile start it."""

from __future__ import annotations

import argparse
import logging
from typing import Final

import waitress  # type: ignore[import-untyped]  # it ships no types

from ghapp.app import create_app
from ghapp.commands.command import WORKED, Command, World, end_on_sigterm
from ghapp.compose import open_dependencies

THREADS: Final = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on (default: all)")  # noqa: S104
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default: 8080)")


def execute(args: argparse.Namespace, world: World) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    end_on_sigterm()
    settings = world.settings()
    app = create_app(settings, open_dependencies(settings))
    waitress.serve(app, host=args.host, port=args.port, threads=THREADS, ident="greenloop")
    return WORKED


COMMAND = Command("web", "the web application alone, for a process manager", add_arguments, execute)
