"""`demo`: everything on this machine, from a labelled issue to a verified pull request on the local hub."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ghapp.commands.command import ANSWER_IS_NO, WORKED, Command, World, end_on_sigterm
from ghapp.compose import open_store, runner_settings
from ghapp.demo.stage import Play, local_play, own_play, set_stage
from ghapp.demo.tour import Outcome, Tour, trace_is_there
from ghapp.demo.visitor import Visitor
from ghapp.errors import DemoFailed
from ghapp.services import (
    HOST,
    Site,
    find_phoenix,
    find_redis,
    free_port,
    hub_service,
    phoenix_service,
    redis_service,
    web_service,
    worker_service,
)
from ghapp.settings import read_settings
from ghapp.supervise import Supervisor
from runner.compose import machine_sandbox

LOOK_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Running:
    """The demo's services, up and ready."""

    tour: Tour
    phoenix_url: str
    is_kept: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to play with instead of the demo's own repository."""
    parser.add_argument("--repo", type=Path, metavar="DIR", help="a local repository (default: the demo's own)")
    parser.add_argument("--task", type=Path, metavar="FILE", help="the issue's text; needs --repo")
    parser.add_argument("--test-patch", type=Path, metavar="FILE", help="a patch that adds the failing test")
    parser.add_argument("--keep", action="store_true", help="keep the demo's folder, with its logs and the bundle")


def execute(args: argparse.Namespace, world: World) -> int:
    """Play it; 0 only on PROVEN. On a terminal everything stays up afterwards, until Ctrl-C."""
    if (args.repo is None) != (args.task is None):
        raise DemoFailed("--repo and --task go together; give both or neither")
    end_on_sigterm()
    find_redis()
    find_phoenix()
    folder = Path(tempfile.mkdtemp(prefix="greenloop-demo-"))
    try:
        play = local_play(folder, args.repo, args.task, args.test_patch) if args.repo else own_play()
        with _running(folder, play, world, keep=args.keep) as running:
            outcome = running.tour.fix()
            is_whole = _report(outcome, running, world)
            if world.console.is_terminal:
                _stay(running, world)
    finally:
        if args.keep:
            world.console.line(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return WORKED if outcome.is_proven and is_whole else ANSWER_IS_NO


@contextmanager
def _running(folder: Path, play: Play, world: World, *, keep: bool) -> Iterator[Running]:
    """All services below this process, in the order in which they need each other."""
    say, site = world.console.line, Site(folder, world.environ)
    say(f"starting Redis, Phoenix, the local hub, the web application and a worker; all of it in {folder}")
    web_port, hub_port = free_port(), free_port()
    stage = set_stage(folder, play, webhook_url=f"http://{HOST}:{web_port}/webhook")
    with Supervisor(folder / "logs") as supervisor:
        phoenix, phoenix_url = phoenix_service(site)
        supervisor.launch(phoenix)
        redis, redis_url = redis_service(site)
        supervisor.start(redis)
        hub, hub_url = hub_service(site, stage.seed, hub_port)
        variables = {**stage.variables, **_addresses(folder, redis_url, hub_url, phoenix_url)}
        settings = read_settings({**world.environ, **variables})
        _tell_sandbox(machine_sandbox(runner_settings(settings)).description, world)
        supervisor.start(web_service(site, HOST, web_port, variables))
        supervisor.start(hub)
        # The worker asks the hub for missed deliveries when it starts, so the hub comes first.
        supervisor.start(worker_service(site, 0, variables))
        say(f"  hub       {hub_url}\n  web       http://{HOST}:{web_port}\n  phoenix   {phoenix_url}")
        visitor = Visitor(f"{hub_url}/api/v3", stage.token)

        def tend() -> None:
            for name in supervisor.look_after():
                say(f"  {name} died and was started again")

        tour = Tour(visitor, open_store(settings), settings.state_dir, play, say, tend)
        tour.await_preparation()
        supervisor.await_ready("phoenix")
        yield Running(tour, phoenix_url, is_kept=keep)


def _addresses(folder: Path, redis_url: str, hub_url: str, phoenix_url: str) -> Mapping[str, str]:
    return {
        "GREENLOOP_REDIS_URL": redis_url,
        "GREENLOOP_STATE_DIR": str(folder / "state"),
        "GREENLOOP_API_URL": f"{hub_url}/api/v3",
        "GREENLOOP_WEB_URL": hub_url,
        "GREENLOOP_PHOENIX_URL": phoenix_url,
        "GREENLOOP_OTLP_ENDPOINT": phoenix_url,
    }


def _tell_sandbox(description: str, world: World) -> None:
    if description.startswith("degraded"):
        world.console.line(f"WARNING: the sandbox is DEGRADED: {description}")
        world.console.line("         to mend it: apt-get install bubblewrap, and allow user namespaces")
    else:
        world.console.line(f"  sandbox   {description}")


def _report(outcome: Outcome, running: Running, world: World) -> bool:
    """Print how it ended. Without a terminal every link is opened too; False when one does not open."""
    say = world.console.line
    trace_url = f"{running.phoenix_url}/redirects/traces/{outcome.trace_id}"
    links = {"issue": outcome.issue_url, "pull request": outcome.pull_url, "check run": outcome.check_url}
    say()
    say(f"verdict       {outcome.verdict}")
    for name, url in links.items():
        say(f"{name:<14}{url or 'none'}")
    say(f"trace         {trace_url}")
    stays = world.console.is_terminal or running.is_kept
    say(
        f"receipt       {outcome.bundle / 'receipt.json'}"
        + ("" if stays else " (until the demo ends; --keep keeps it)")
    )
    receipt = outcome.receipt
    say(f"memory        peak {receipt['peak_rss_bytes'] / 2**20:.0f} MB, mem_ratio {receipt['mem_ratio']:.3f}")
    say(f"time          {outcome.worker_s:.1f} s on the worker's clock; {outcome.total_s:.1f} s from label to the end")
    if world.console.is_terminal:
        return True
    for url in filter(None, links.values()):
        running.tour.visitor.page(url)
        say(f"opened        {url}")
    if not trace_is_there(running.tour.visitor, running.phoenix_url, outcome.trace_id):
        say(f"MISSING       Phoenix does not know the trace {outcome.trace_id}")
        return False
    say(f"opened        {trace_url}")
    return True


def _stay(running: Running, world: World) -> None:
    """Keep everything up to click through, until Ctrl-C."""
    world.console.line("\nEverything stays up for you to click through; Ctrl-C takes it down.")
    try:
        while True:
            running.tour.tend()
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        world.console.line()


COMMAND = Command("demo", "the whole way on this machine, from label to pull request", add_arguments, execute)
