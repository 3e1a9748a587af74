"""Settings to ports: the one place that knows both the protocols and what implements them."""

from __future__ import annotations

import os
import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final

from runner.adapters.bundle import RunBundle
from runner.adapters.bytecode import Bytecode
from runner.adapters.environment import Environment, EnvironmentStore, repository_config
from runner.adapters.git_work_tree import GitWorkspace, open_repository
from runner.adapters.grid import DuckDbGrid
from runner.adapters.history import RunHistory
from runner.adapters.hooks import HookCommands
from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths, python_version
from runner.adapters.scan_pool import ScanPool
from runner.adapters.signing import PublicKey, SigningKey
from runner.adapters.suites import RepositorySuite
from runner.adapters.traced import TracedCoverage, TracedSuite
from runner.adapters.tracing import RunTracer
from runner.engines.prompted import PromptedEngine
from runner.engines.relay import RelayEngine
from runner.engines.search import SearchEngine, SearchEnvironment
from runner.engines.search.coverage import DriverCoverage
from runner.errors import BadInput, EngineUnreachable
from runner.models import Limits
from runner.ports import Engine, Observer, Ports, Sandbox
from runner.pressure import (
    PressureGauge,
    job_share_bytes,
    kill_tree,
    process_rss_bytes,
    total_memory_bytes,
    tree_rss_bytes,
)
from runner.reading import SLICES, open_scratch
from runner.repository_config import RepositoryConfig
from runner.settings import Settings
from runner.slice_cache import SqliteSliceCache

KEY: Final = "evidence-key.pem"
PROMPTS: Final = Path(__file__).parent.parent / "templates" / "prompts"
KILL_AT: Final = 65 / 70
"""The part of the job's memory share at which the sandboxed tree is killed; a watchdog overshoots."""
SMALLEST_TREE_BYTES: Final = 100e6
"""With less no test runner starts, however much the job itself holds."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one run works on: a repository (work tree or bare), its prepared environment, its test command.

    `name` is what earlier runs of the repository are kept under; its path, where it has no other. `notes` say what is
    unusual about the environment.
    """

    repository: Path
    out: Path
    environment: Path | None = None
    test_command: str = ""
    hooks: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    name: str = ""
    notes: tuple[str, ...] = ()


def memory_share_bytes(settings: Settings) -> int:
    """What one job may use: 0.70 of the machine's (or container's) memory, shared by the workers."""
    return job_share_bytes(total_memory_bytes(), settings.workers)


def machine_sandbox(settings: Settings) -> Sandbox:
    """The strongest sandbox of this machine, killing what grows the job to 65/70 of its share."""
    cap_bytes = memory_share_bytes(settings) * KILL_AT
    return open_sandbox(
        tree_rss_bytes, kill_tree, lambda: max(SMALLEST_TREE_BYTES, cap_bytes - process_rss_bytes(os.getpid()))
    )


@contextmanager
def open_ports(settings: Settings, job: Job, observer: Observer) -> Iterator[Ports]:
    """The ports of one run; opened inside the job, since threads and connections do not survive a fork.

    Raises BadInput (no repository, unknown engine, a bundle folder in use) and EngineUnreachable.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        scratch = stack.enter_context(open_scratch())
        repository = open_repository(job.repository, scratch)
        total_bytes = total_memory_bytes()
        gauge = stack.enter_context(PressureGauge(total_bytes=total_bytes))
        sandbox = machine_sandbox(settings)
        tracer = stack.enter_context(
            RunTracer(
                collector_url=settings.collector_url,
                captures_content=settings.captures_content,
                redact=lambda text: _without(text, settings.secrets),
            )
        )
        history = stack.enter_context(RunHistory(settings.history_url or settings.state_dir / "history.sqlite"))
        key = SigningKey(settings.state_dir / KEY)
        bytecode = Bytecode(sandbox, scratch / "bytecode")
        view = EnvironmentView(job.environment, bytecode)
        share_ratio = memory_share_bytes(settings) / total_bytes
        engine = choose_engine(settings, job, sandbox, view)
        yield Ports(
            repository=repository,
            workspace=stack.enter_context(GitWorkspace(repository, scratch)),
            sandbox=sandbox,
            suite=TracedSuite(
                RepositorySuite(sandbox, command=job.test_command, environment=job.environment, bytecode=bytecode),
                tracer,
                observer,
            ),
            coverage=TracedCoverage(DriverCoverage(sandbox, search_environment(view), time.monotonic), tracer),
            engine=engine,
            tracer=tracer,
            gauge=gauge,
            history=history,
            grid=stack.enter_context(DuckDbGrid(history.recall(job.name or str(job.repository)))),
            slice_cache=stack.enter_context(SqliteSliceCache(settings.state_dir / SLICES)),
            # Hooks are other programs: their modules are not among what the tests have compiled.
            hooks=HookCommands(sandbox, job.hooks, env=EnvironmentView(job.environment).env, readable=view.readable),
            scan=ScanPool(gauge, cores=os.cpu_count() or 1, share_ratio=share_ratio),
            bundle=RunBundle(job.out, key, PublicKey(key.public_pem)),
            observer=observer,
            clock=time.monotonic,
            writer=_writer(engine),
        )


def engine_alone(settings: Settings, limits: Limits) -> Engine:
    """The engine of the settings without a run around it. Raises BadInput for an unknown name."""
    job = Job(Path(), Path(), limits=limits)
    return choose_engine(settings, job, machine_sandbox(settings), EnvironmentView(None))


def prepare(settings: Settings, repository: Path, commit: str) -> Environment:
    """The environment of the commit's tests, built in the sandbox unless it is cached.

    Raises EnvironmentMissing with what to configure, and BadInput.
    """
    environments = settings.state_dir / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    with open_scratch() as scratch:
        source = open_repository(repository, scratch)
        store = EnvironmentStore(
            environments, machine_sandbox(settings), settings.pip, timeout_s=settings.prepare_timeout_s
        )
        with GitWorkspace(source, scratch) as workspace:
            return store.prepare(source, workspace, source.resolve(commit))


def configuration(repository: Path, commit: str) -> RepositoryConfig:
    """What `.github/greenloop.yml` says in a commit of the base branch. Raises BadInput."""
    with open_scratch() as scratch:
        source = open_repository(repository, scratch)
        return repository_config(source, source.resolve(commit))


def ask_ollama(settings: Settings) -> str:
    """Which model answers where. Raises EngineUnreachable with what to do."""
    return _ollama(settings, Limits(), 0).check()


def evidence_public_key(settings: Settings) -> str:
    """The public half, as PEM, of the key that signs this installation's evidence; made when missing."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    return SigningKey(settings.state_dir / KEY).public_pem


class EnvironmentView:
    """How a sandboxed command sees a prepared environment: its variables and the folders to bind."""

    def __init__(self, environment: Path | None, bytecode: Bytecode | None = None) -> None:
        """None means the system's own programs alone; `bytecode` is what the job's runs have compiled by then."""
        bin_path = f"{environment / 'bin'}{os.pathsep}" if environment else ""
        fixed = {"PATH": f"{bin_path}{SYSTEM_PATH}", "PYTHONDONTWRITEBYTECODE": "1"}
        self.env: Mapping[str, str] = ChainMap(fixed, bytecode.env if bytecode else {})
        self.readable = environment_paths(environment) if environment else ()
        self.readable += bytecode.readable if bytecode else ()


def search_environment(view: EnvironmentView) -> SearchEnvironment:
    """What the repository's tests run in when the search's driver runs them."""
    return SearchEnvironment(env=view.env, readable=view.readable)


def choose_engine(settings: Settings, job: Job, sandbox: Sandbox, view: EnvironmentView) -> Engine:
    """The engine by its name; "auto" takes Ollama and the search together, or the search alone where Ollama is not."""
    makers: Mapping[str, Callable[[], Engine]] = {
        "ollama": lambda: _ollama(settings, job.limits, job.seed, python_version(job.environment)),
        "search": lambda: SearchEngine(sandbox, search_environment(view), clock=time.monotonic),
    }
    if settings.engine in makers:
        return makers[settings.engine]()
    if settings.engine != "auto":
        raise BadInput(f"there is no engine {settings.engine!r}; choose one of auto, {', '.join(sorted(makers))}")
    model = makers["ollama"]()
    try:
        model.check()
    except EngineUnreachable:
        return makers["search"]()
    return RelayEngine(model, makers["search"]())


def _writer(engine: Engine) -> PromptedEngine | None:
    """Who can write a test: the text model, where there is one."""
    model = engine.model if isinstance(engine, RelayEngine) else engine
    return model if isinstance(model, PromptedEngine) else None


def _ollama(settings: Settings, limits: Limits, seed: int, python: str = "") -> Engine:
    # Loaded where it is asked for: Ollama's client takes a quarter of what loading all of the runner takes.
    model = import_module("runner.engines.ollama").OllamaModel(
        url=settings.ollama_url, model=settings.ollama_model, limits=limits, seed=seed, clock=time.monotonic
    )
    templates = {path.name: path.read_text(encoding="utf-8") for path in PROMPTS.glob("*.j2")}
    return PromptedEngine(model, templates, limits, python)


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
