"""`up`: the App for real use, with everything it needs below one process."""

from __future__ import annotations

import argparse
import time
from typing import Final

from ghapp.commands.command import Command, World, end_on_sigterm, private_folder
from ghapp.errors import ToolMissing
from ghapp.services import Site, phoenix_service, redis_service, web_service, worker_service
from ghapp.settings import Settings
from ghapp.supervise import Supervisor

LOOK_EVERY_S: Final = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the webhooks come in."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default: 8080)")


def execute(args: argparse.Namespace, world: World) -> int:
    """Run web and workers, and Redis and Phoenix where none is configured; only Ctrl-C or SIGTERM end it."""
    settings, say = world.settings(), world.console.line
    end_on_sigterm()
    site = Site(private_folder(settings.state_dir), world.environ)
    variables = files_of(settings)
    with Supervisor(site.folder / "logs") as supervisor:
        if not world.environ.get("GREENLOOP_REDIS_URL"):
            redis, variables["GREENLOOP_REDIS_URL"] = redis_service(site)
            supervisor.start(redis)
            say(f"redis     {variables['GREENLOOP_REDIS_URL']} (keeps nothing on disk; the store does)")
        if not settings.phoenix_url and not settings.otlp_endpoint:
            variables |= _own_phoenix(supervisor, site, world)
        supervisor.start(web_service(site, args.host, args.port, variables))
        say(f"web       http://{args.host}:{args.port}/webhook")
        for number in range(settings.workers):
            supervisor.start(worker_service(site, number, variables))
        say(f"workers   {settings.workers}; logs in {site.folder / 'logs'}; Ctrl-C ends everything")
        while True:
            for name in supervisor.look_after():
                say(f"{name} died and was started again; see {supervisor.log_of(name)}")
            time.sleep(LOOK_EVERY_S)


def files_of(settings: Settings) -> dict[str, str]:
    """The settings that name files, in full: a service is started in the state folder, not where we were."""
    return {
        "GREENLOOP_STATE_DIR": str(settings.state_dir.resolve()),
        "GREENLOOP_PRIVATE_KEY_PATH": str(settings.private_key_path.resolve()),
    }


def _own_phoenix(supervisor: Supervisor, site: Site, world: World) -> dict[str, str]:
    """Start a Phoenix if there is one; without it the App works and says so."""
    try:
        phoenix, url = phoenix_service(site)
    except ToolMissing as missing:
        world.console.line(f"phoenix   none: traces stay in the bundles ({missing})")
        return {}
    supervisor.start(phoenix)
    world.console.line(f"phoenix   {url} (on this machine alone; links to it are not put on GitHub)")
    return {"GREENLOOP_OTLP_ENDPOINT": url}


COMMAND = Command("up", "web and worker, for real use", add_arguments, execute)
