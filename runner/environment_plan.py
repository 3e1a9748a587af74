"""How the environment that a repository's tests run in is to be built, read from the repository's own files. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner import environment_compiled as compiled
from runner import environment_node as node
from runner import environment_python as python
from runner.environment_scripts import FALLBACK, FALLBACK_MODULE, TREE
from runner.environment_step import MEND, PIP, BuildStep
from runner.errors import BadInput, EnvironmentMissing
from runner.python_versions import VERSION_FILE
from runner.repository_config import CONFIG_PATH, RepositoryConfig
from runner.verify.test_paths import looks_python

MANIFESTS: Final = python.MANIFESTS | node.MANIFESTS | compiled.MANIFESTS | {VERSION_FILE, CONFIG_PATH}
CONSTRAINTS: Final = "{env}/constraints.txt"


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """The commands that fill a fresh virtual environment, and files that have to lie in it before."""

    steps: tuple[BuildStep, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


def is_relevant(path: str) -> bool:
    """Whether the file decides about the environment; its content is then part of the key."""
    return path in MANIFESTS or (path.endswith(".txt") and ("requirements" in path or "constraints" in path))


def plan_environment(
    paths: Collection[str], texts: Mapping[str, str], config: RepositoryConfig, *, interpreter: str
) -> EnvironmentPlan:
    """The plan for a repository with these files; `texts` are the contents of the relevant ones.

    `interpreter` says which Python builds it and is part of the key. Raises EnvironmentMissing when nothing is
    configured, not even a test command, and the repository holds no Python and no manifest of another known kind, and
    BadInput when a manifest cannot be read.
    """
    try:
        constraints = "" if config.setup else python.locked_versions(texts)
        steps = tuple(_steps(paths, texts, config, constrained=bool(constraints)))
    except (AttributeError, KeyError, TypeError) as error:
        raise BadInput(f"a manifest of the project is not shaped as its format says ({error}); {MEND}") from error
    tree = "".join(f"{path}\n" for path in sorted(paths) if path.endswith(".py"))
    files = {"constraints.txt": constraints, TREE: tree, f"{FALLBACK_MODULE}.py": FALLBACK}
    return EnvironmentPlan(steps, files, _key(steps, texts, interpreter))


def _key(steps: tuple[BuildStep, ...], texts: Mapping[str, str], interpreter: str) -> str:
    material = json.dumps([interpreter, [(step.argv, step.otherwise) for step in steps], sorted(texts.items())])
    return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()


def _steps(
    paths: Collection[str], texts: Mapping[str, str], config: RepositoryConfig, *, constrained: bool
) -> Iterator[BuildStep]:
    if config.setup:
        yield from _configured(config)
    elif others := _without_python(paths, texts):
        # Of a project with two of them nobody says which one is tested.
        yield from (replace(step, is_required=step.is_required and len(others) == 1) for one in others for step in one)
    elif any(path.endswith(".py") for path in paths):
        yield from python.installs(texts, CONSTRAINTS if constrained else "")
    elif not config.test:  # whoever names the command alone has tests that need nothing more than the system has
        raise EnvironmentMissing(
            f"only Python, JavaScript, Go and Rust projects are prepared without being told how: {MEND}; "
            "tests that need nothing more want their command alone, as `test:`"
        )


def _configured(config: RepositoryConfig) -> Iterator[BuildStep]:
    yield from (BuildStep(("sh", "-ec", command)) for command in config.setup)
    yield BuildStep((*PIP, "pytest"), is_required=False)


def _without_python(paths: Collection[str], texts: Mapping[str, str]) -> list[tuple[BuildStep, ...]]:
    """What the tests need where they are in other languages: many a Python project has a package.json for its docs."""
    if python.says_python(texts) or looks_python(paths):
        return []
    scripts = tuple(node.installs(texts)) if node.PACKAGE in texts else ()
    return [steps for steps in (scripts, tuple(compiled.fetches(texts))) if steps]
