"""Settings to working parts: the one place that knows both the job's protocols and what implements them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

from ghapp.app import Dependencies
from ghapp.auth import app_jwt
from ghapp.errors import SettingsInvalid
from ghapp.git_remote import Git
from ghapp.github_api import GitHubAppApi, Link, RepositoryApi
from ghapp.handlers import ROUTER
from ghapp.ports import Bot, Token
from ghapp.queue import JobQueue
from ghapp.render import Renderer
from ghapp.settings import Settings
from ghapp.steps.desk import Desk, Prepared
from ghapp.store import Store
from runner import compose as runner
from runner.models import Limits, Result, RunRequest
from runner.orchestrator import run
from runner.ports import Observer
from runner.settings import Settings as RunnerSettings
from runner.settings import settings_from

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
LOCK_WAIT_S: Final = 30.0
LOCK_HOLD_S: Final = 120.0
"""Longer than publishing takes unless git hangs; a lock of a worker that was killed ends by itself."""

TELL_S: Final = 60
"""What a job gets on top of its run and its preparation, to say how it ended."""


def open_store(settings: Settings) -> Store:
    """The App's file in the state folder."""
    return Store(settings.state_dir / "app.sqlite", time.time)


def open_queue(settings: Settings) -> JobQueue:
    """The queue on the configured Redis. Nothing is sent yet."""
    return JobQueue(settings.redis_url, job_timeout_s=int(settings.run_seconds + settings.prepare_seconds) + TELL_S)


def open_dependencies(settings: Settings) -> Dependencies:
    """What the web side stands on."""
    return Dependencies(open_store(settings), open_queue(settings), ROUTER)


def open_app_api(settings: Settings) -> GitHubAppApi:
    """The App as itself. Raises SettingsInvalid when its private key cannot be read."""
    try:
        private_key_pem = settings.private_key_path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        fault = f"GREENLOOP_PRIVATE_KEY_PATH: {settings.private_key_path} cannot be read: {type(error).__name__}"
        raise SettingsInvalid((fault,)) from None
    return GitHubAppApi(_link(settings), lambda: app_jwt(settings.app_id, private_key_pem, time.time()))


def open_desk(settings: Settings, environ: Mapping[str, str]) -> Desk:
    """Everything that a job works with; `environ` tells where pip finds packages. Raises SettingsInvalid."""
    # The sandbox sees folders under their full names.
    settings = replace(settings, state_dir=settings.state_dir.absolute())
    link = _link(settings)
    queue = open_queue(settings)

    def connect(token: Token, full_name: str, bot: Bot) -> RepositoryApi:
        return RepositoryApi(link, token, full_name, bot)

    def lock(subject: str) -> AbstractContextManager[None]:
        return queue.lock(subject, hold_s=LOCK_HOLD_S, wait_s=LOCK_WAIT_S)

    return Desk(
        settings=settings,
        store=open_store(settings),
        app=open_app_api(settings),
        connect=connect,
        git=Git,
        lock=lock,
        renderer=Renderer({path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.md.j2")}),
        prepare=Preparer(replace(runner_settings(settings), pip=settings_from(environ).pip), settings.test_command),
        solve=Solver(settings),
        clock=time.monotonic,
        now=time.time,
    )


def _link(settings: Settings) -> Link:
    return Link(settings.api_url, settings.request_gap_s, settings.write_gap_s, now=time.time, sleep=time.sleep)


def runner_settings(settings: Settings, secrets: tuple[str, ...] = ()) -> RunnerSettings:
    """What the runner needs to know of the installation."""
    return RunnerSettings(
        state_dir=settings.state_dir,
        engine=settings.engine,
        ollama_url=settings.ollama_url,
        ollama_model=settings.ollama_model,
        collector_url=settings.otlp_endpoint or settings.phoenix_url or None,
        captures_content=settings.capture_content,
        workers=settings.workers,
        secrets=secrets,
        history_url=settings.history_url,
        prepare_timeout_s=settings.prepare_seconds,
    )


class Solver:
    """Runs the loop in this process, with ports that are opened after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(
        self, request: RunRequest, clone: Path, prepared: Prepared, observer: Observer, *, secrets: tuple[str, ...]
    ) -> Result:
        """The run's result."""
        settings = runner_settings(self._settings, secrets)
        limits: Limits = replace(request.limits, memory_bytes=int(runner.memory_share_bytes(settings)))
        job = runner.Job(
            repository=clone,
            out=Path(request.out),
            environment=prepared.environment,
            test_command=prepared.test_command,
            hooks=prepared.hooks,
            limits=limits,
            seed=request.seed,
            name=request.task.repository,
        )
        with runner.open_ports(settings, job, observer) as ports:
            return run(replace(request, limits=limits, engine=ports.engine.name, notes=prepared.notes), ports)


class Preparer:
    """Finds or builds, in the sandbox and without any token, what a commit's tests need."""

    def __init__(self, settings: RunnerSettings, test_command: str) -> None:
        self._settings = settings
        self._test_command = test_command

    def __call__(self, clone: Path, commit: str) -> Prepared:
        """The commit's environment. Raises EnvironmentMissing with what to configure."""
        made = runner.prepare(self._settings, clone, commit)
        return Prepared(
            environment=made.folder,
            seconds=made.seconds,
            was_cached=made.was_cached,
            test_command=self._test_command or made.config.test,
            hooks=made.config.hooks,
            notes=made.notes,
        )
