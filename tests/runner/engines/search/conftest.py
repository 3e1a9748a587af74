"""A small project on disk and the engine over the real sandbox, for the tests that run the driver."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.engines.search import SearchEngine, SearchEnvironment
from runner.models import EngineContext, Parameters, Plan, Proposal, Task
from runner.ports import Sandbox
from runner.pressure import kill_tree, tree_rss_bytes
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

Repair = Callable[..., Proposal]


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """A real one."""
    return open_sandbox(tree_rss_bytes, kill_tree, 3 * 1024**3)


@pytest.fixture
def engine(sandbox: Sandbox) -> SearchEngine:
    """The engine with the interpreter that runs these tests as the project's environment."""
    prefix = Path(sys.prefix)
    environment = SearchEnvironment(
        env={"PATH": f"{prefix / 'bin'}:{SYSTEM_PATH}", "PYTHONDONTWRITEBYTECODE": "1"},
        readable=environment_paths(prefix),
    )
    return SearchEngine(sandbox, environment, clock=time.monotonic)


@pytest.fixture
def repair(engine: SearchEngine, tmp_path: Path) -> Repair:
    """Ask the engine: files, the file to repair, failing and passing test ids."""

    def ask(
        files: Mapping[str, str],
        path: str,
        failing: tuple[str, ...],
        passing: tuple[str, ...] = (),
        *,
        seconds: float = 40.0,
        tried: frozenset[str] = frozenset(),
        near_miss: Mapping[str, str] | None = None,
        command: str = "",
    ) -> Proposal:
        for name, text in files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text))
        context = context_of(tmp_path, path, failing, passing, command)
        return engine.propose(replace(context, seconds_left=seconds, tried=tried, near_miss=near_miss or {}))

    return ask


def context_of(
    root: Path, path: str, failing: tuple[str, ...], passing: tuple[str, ...], command: str
) -> EngineContext:
    """What the loop hands to an engine."""
    red = {name: TestResult(TestOutcome.FAILED) for name in failing}
    return EngineContext(
        task=Task("project", "", "it is wrong", "test"),
        plan=Plan("", (path,), failing, "", (), "rules"),
        checkout=str(root),
        files={path: (root / path).read_text()},
        slices=(),
        reproducing=TestRun(command, 1, "all", RunOutcome.RED, red, 0.0),
        passing=passing,
        feedback=(),
        tried=frozenset(),
        parameters=Parameters("search"),
        seconds_left=40.0,
    )
