"""`doctor`: what this machine and its settings lack, and how each is mended."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ghapp.commands.command import ANSWER_IS_NO, WORKED, Command, World
from ghapp.compose import open_app_api, open_queue, runner_settings
from ghapp.errors import GhappError, SettingsInvalid, ToolMissing
from ghapp.services import find_phoenix, find_redis
from ghapp.settings import Settings, read_settings
from runner.compose import ask_ollama, evidence_public_key, machine_sandbox, memory_share_bytes
from runner.errors import EngineUnreachable

TOOL_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. A need that is not met makes the exit status 1; a wish only costs something."""

    name: str
    is_met: bool
    said: str
    is_need: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing: it looks at everything."""
    del parser


def execute(_args: argparse.Namespace, world: World) -> int:
    """Print the table; 0 when every need is met."""
    findings = [*machine(), *installation(world)]
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = "ok     " if finding.is_met else ("MISSING" if finding.is_need else "without")
        world.console.line(f"{mark} {finding.name:<{width}}  {finding.said}")
    return WORKED if all(finding.is_met or not finding.is_need for finding in findings) else ANSWER_IS_NO


def machine() -> Iterator[Finding]:
    """What the machine has."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version)
    yield Finding("git", *_said(["git", "--version"], "apt-get install git"))
    exec_path = _said(["git", "--exec-path"], "")[1]
    backend = Path(exec_path) / "git-http-backend"
    yield Finding("git http-backend", backend.exists(), str(backend), is_need=False)
    yield _found("redis server", find_redis)
    yield _found("phoenix", find_phoenix)


def installation(world: World) -> Iterator[Finding]:
    """What the App is configured with, and what that reaches."""
    try:
        settings = world.settings()
    except SettingsInvalid as error:
        yield from (Finding("settings", is_met=False, said=fault) for fault in error.faults)
        settings = _stand_in(world.environ)
    else:
        yield Finding("settings", is_met=True, said=f"App {settings.app_id} on {settings.api_url}")
        yield _reached("app credentials", lambda: f"GitHub knows it as {open_app_api(settings).bot().login}")
        yield redis_for(settings, world.environ)
    yield from loop(settings)


def redis_for(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """A Redis that is configured has to answer; without one `up` needs a server to start."""
    if environ.get("GREENLOOP_REDIS_URL"):
        return _reached("redis", lambda: _ping(settings))
    return _reached("redis", lambda: f"`greenloop up` starts one of its own: {find_redis()}")


def _ping(settings: Settings) -> str:
    queue = open_queue(settings)
    queue.ping()
    return queue.address


def loop(settings: Settings) -> Iterator[Finding]:
    """What the runner works with."""
    with tempfile.TemporaryDirectory(prefix="greenloop-doctor-") as scratch:
        ours = runner_settings(settings)
        sandbox = machine_sandbox(ours).description
        yield Finding("sandbox", not sandbox.startswith("degraded"), sandbox, is_need=False)
        share = memory_share_bytes(ours) / 2**30
        yield Finding("memory", share > 0.5, f"{share:.1f} GiB for each of {settings.workers} worker(s)")
        try:
            yield Finding("ollama", is_met=True, said=ask_ollama(ours))
        except EngineUnreachable as error:
            yield Finding("ollama", is_met=False, said=f"the built-in search repairs instead ({error})", is_need=False)
        kept = settings.state_dir.is_dir()
        key = evidence_public_key(ours if kept else replace(ours, state_dir=Path(scratch)))
        said = key.strip().replace("\n", " ") if kept else f"made at the first start, in {settings.state_dir}"
        yield Finding("evidence key", kept, said, is_need=False)


def _stand_in(environ: Mapping[str, str]) -> Settings:
    """Settings enough to look at the machine when the App's own are not complete."""
    known = {name: environ[name] for name in ("GREENLOOP_STATE_DIR", "GREENLOOP_OLLAMA_URL") if name in environ}
    required = {
        "GREENLOOP_APP_ID": "1",
        "GREENLOOP_PRIVATE_KEY_PATH": "none",
        "GREENLOOP_WEBHOOK_SECRET": "not in use: 0123456789",
    }
    return read_settings({**known, **required})


def _said(argv: list[str], mend: str) -> tuple[bool, str]:
    """Whether a program runs, and the first line it says; else how to have it."""
    if shutil.which(argv[0]) is None:
        return False, mend
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TOOL_TIMEOUT_S, check=False)
    return done.returncode == 0, done.stdout.strip() or mend


def _found(name: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding(name, is_met=True, said=find())
    except ToolMissing as error:
        return Finding(name, is_met=False, said=str(error), is_need=False)


def _reached(name: str, reach: Callable[[], str]) -> Finding:
    try:
        return Finding(name, is_met=True, said=reach())
    except GhappError as error:
        return Finding(name, is_met=False, said=str(error))


COMMAND = Command("doctor", "what is missing and how to mend it", add_arguments, execute)
