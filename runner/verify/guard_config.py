"""When an edit of a configuration file changes how tests, linters or builds judge. Pure."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

JUDGING_FILES: Final = re.compile(
    r"""
      conftest\.py | pytest\.ini | \.pytest\.ini | tox\.ini | \.coveragerc | noxfile\.py | \.?ruff\.toml | \.flake8
    | \.?mypy\.ini | \.?pylintrc | \.bandit | \.pre-commit-config\.yaml | [Mm]akefile | GNUmakefile | justfile
    | (?:jest|vitest|karma|playwright|cypress|babel)\.config\.[cm]?[jt]s | \.eslintrc.* | eslint\.config\.[cm]?js
    | \.mocharc.* | \.golangci\.ya?ml | phpunit\.xml(?:\.dist)? | \.rspec | \.rubocop\.yml | \.?codecov\.ya?ml
    | sitecustomize\.py | usercustomize\.py | .*\.pth | nose\.cfg | \.noserc | unittest\.cfg | \.nycrc.* | \.c8rc.*
    | \.eslintignore | biome\.jsonc? | \.swcrc | \.env | \.envrc | \.pytest\.toml | pytest\.toml | taskfile\.ya?ml
    | \.babelrc.* | vite\.config\.[cm]?[jt]s | vitest\.workspace\.\w+ | ava\.config\.\w+ | \.taprc | \.npmrc
    | \.yarnrc.* | tsconfig.*\.json | rust-toolchain(?:\.toml)? | \.?clippy\.toml | go\.work
    | junit-platform\.properties | \.env\.test | testng\.xml | gradle\.properties
    | gradle-wrapper\.properties | mvnw(?:\.cmd)? | gradlew(?:\.bat)?
    | (?:run_?tests?|runtests|test_?runner|tests_?runner)(?:\.\w+)?
    """,
    re.VERBOSE,
)
LOCK_FILES: Final = frozenset(
    """poetry.lock uv.lock pdm.lock Pipfile.lock package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml
    Cargo.lock go.sum composer.lock Gemfile.lock requirements.lock bun.lock bun.lockb deno.lock
    gradle.lockfile""".split()  # noqa: SIM905  # a list takes 17 lines
)
PYPROJECT_TOOLS: Final = frozenset(
    {"pytest", "coverage", "ruff", "mypy", "pylint", "flake8", "tox", "nox", "hatch", "bandit", "pyright"}
)
SETUP_CFG_SECTIONS: Final = re.compile(
    r"tool:pytest|pytest|flake8|mypy.*|coverage:.*|pycodestyle|pylint.*|tox.*|aliases|options\.entry_points"
)
JUDGING_FOLDERS: Final = re.compile(
    r"(?:^|/)(?:[^/]+\.(?:egg-info|dist-info)|node_modules|\.cargo|\.mvn|\.config/nextest)/"
)
"""Pytest loads the plug-ins that metadata names, Node what lies in its folder; the others hold build tools' options."""
JUDGING_LINE: Final = re.compile(r".*(?:test|surefire|failsafe|exclude|skip|harness|replace|pytest11).*", re.IGNORECASE)
PACKAGE_JSON_KEYS: Final = ("scripts", "jest", "eslintConfig", "mocha", "nyc", "c8", "ava", "overrides", "resolutions")


def is_lock_file(path: str) -> bool:
    """Whether the file pins exact versions."""
    return PurePosixPath(path).name in LOCK_FILES


def relaxed_config(path: str, old: bytes | None, new: bytes | None) -> str:
    """What about a configuration file changed how code is judged; nothing when that part is as it was."""
    name = PurePosixPath(path).name
    if JUDGING_FILES.fullmatch(name) or JUDGING_FOLDERS.search(path) or path in {"bin/test", "bin/tests"}:
        return "decides how tests or linters judge"
    reader = READERS.get(name)
    if reader is None:
        return ""
    before, after = reader(_text(old)), reader(_text(new))
    changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return f"changes {', '.join(changed)}, which decides how tests or linters judge" if changed else ""


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")


def _pyproject(text: str) -> Mapping[str, object]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {"the whole file, which is not TOML": text}
    tools, points = _table(document, "tool"), _table(_table(document, "project"), "entry-points")
    plugins = points.get("pytest11", {})
    found = {f"tool.{name}": value for name, value in tools.items() if name in PYPROJECT_TOOLS}
    return {**found, **({"project.entry-points.pytest11": plugins} if plugins else {})}


def _table(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The table of this name; an empty one where something else stands there."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _setup_cfg(text: str) -> Mapping[str, object]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {"the whole file, which cannot be read": text}
    return {name: dict(parser[name]) for name in parser.sections() if SETUP_CFG_SECTIONS.fullmatch(name)}


def _package_json(text: str) -> Mapping[str, object]:
    try:
        package = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {"the whole file, which is not JSON": text}
    if not isinstance(package, dict):
        return {"the whole file": text}
    return {key: package[key] for key in PACKAGE_JSON_KEYS if key in package}


def _build_lines(text: str) -> Mapping[str, object]:
    """A build file's lines that speak of tests."""
    return {line.strip()[:60]: line for line in text.splitlines() if JUDGING_LINE.fullmatch(line)}


READERS: Final[Mapping[str, Callable[[str], Mapping[str, object]]]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "package.json": _package_json,
    "pom.xml": _build_lines,
    "build.gradle": _build_lines,
    "build.gradle.kts": _build_lines,
    "Cargo.toml": _build_lines,
    "go.mod": _build_lines,
    "settings.gradle": _build_lines,
    "settings.gradle.kts": _build_lines,
}
