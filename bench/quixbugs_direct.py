"""The search engine alone on one program, in the real sandbox: what it proposes before anything is proved."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.engines.search import SearchEngine, SearchEnvironment
from runner.models import EngineContext, Parameters, Plan, Proposal, Task
from runner.pressure import kill_tree, tree_rss_bytes
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

MEMORY_BYTES = 4 * 1024**3


def propose(name: str, repository: Path, failing: list[str], env: Path, seconds: float) -> Proposal:
    """Ask the engine with the program's file as the whole plan."""
    with tempfile.TemporaryDirectory(prefix="quixbugs-tree-") as folder:
        checkout = Path(folder, "tree")
        shutil.copytree(repository, checkout, ignore=shutil.ignore_patterns(".git"))
        path = f"python_programs/{name}.py"
        sandbox = open_sandbox(tree_rss_bytes, kill_tree, MEMORY_BYTES)
        path_variable = f"{env.absolute() / 'bin'}:{SYSTEM_PATH}"
        engine = SearchEngine(
            sandbox,
            SearchEnvironment(env={"PATH": path_variable}, readable=environment_paths(env.absolute())),
            clock=time.monotonic,
        )
        red = {test: TestResult(TestOutcome.FAILED) for test in failing}
        context = EngineContext(
            task=Task("quixbugs", "", f"{name} gives a wrong result", "bench"),
            plan=Plan("", (path,), tuple(failing), "", (), "rules"),
            checkout=str(checkout),
            files={path: (checkout / path).read_text()},
            slices=(),
            reproducing=TestRun("", 1, "all", RunOutcome.RED, red, 0.0),
            passing=tuple(passing_of(checkout, name, env, failing)),
            feedback=(),
            tried=frozenset(),
            parameters=Parameters("search"),
            seconds_left=seconds,
        )
        return engine.propose(context)


def passing_of(checkout: Path, name: str, env: Path, failing: list[str]) -> list[str]:
    """The program's other tests."""
    command = (str(env.absolute() / "bin" / "python"), "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
    done = subprocess.run(
        (*command, f"python_testcases/test_{name}.py"), cwd=checkout, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if "::" in line and line not in failing]
