"""How the packages of a JavaScript project are installed: by its own package manager, as its lock file says. Pure.

They are installed in a checkout, where workspaces and local packages are found, and then moved to the environment: the
tests find them by a link. The project's own scripts are not run (a hook for git, a build of documents); those of its
packages are, afterwards, where they can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from runner.environment_step import BuildStep
from runner.errors import BadInput

PACKAGE: Final = "package.json"
NPM_LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
YARN_LOCK: Final = "yarn.lock"
PNPM_LOCK: Final = "pnpm-lock.yaml"
MANIFESTS: Final = frozenset(
    {PACKAGE, *NPM_LOCKS, YARN_LOCK, PNPM_LOCK, ".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml"}
)
MANAGER: Final = re.compile(r"(npm|yarn|pnpm)@(\d+(?:\.\d+)*)")
BERRY: Final = "__metadata:"
"""Stands in the lock files of Yarn 2 and later."""
REBUILD: Final = ("npm", "rebuild")
KEEP: Final = ("sh", "-ec", 'if [ -d node_modules ]; then mv node_modules "{env}/node_modules"; fi')


def installs(texts: Mapping[str, str]) -> Iterator[BuildStep]:
    """The steps that install what `package.json` asks for, as locked. Raises BadInput for a broken manifest."""
    yield BuildStep(_install(texts))
    yield BuildStep(REBUILD, is_required=False)
    yield BuildStep(KEEP)


def _install(texts: Mapping[str, str]) -> tuple[str, ...]:
    manager, version = _manager(texts)
    if manager == "pnpm":
        return ("npx", "--yes", f"pnpm@{version or '10'}", "install", "--frozen-lockfile", "--ignore-scripts")
    if manager == "yarn":
        return tuple(_yarn(version, is_berry=BERRY in texts.get(YARN_LOCK, "")))
    locked = any(lock in texts for lock in NPM_LOCKS)
    install = "npm install --ignore-scripts" + ("" if locked else " --no-package-lock")
    first = "npm ci --ignore-scripts" if locked else install
    # Packages whose peers contradict each other were no error before npm 7, and many projects still have some. A lock
    # that lags behind its manifest keeps `npm ci` from beginning; `npm install` takes of it what still holds.
    return ("sh", "-ec", f"{first} || {install} --legacy-peer-deps")


def _yarn(version: str, *, is_berry: bool) -> Iterator[str]:
    """Yarn 1 and later Yarns are two programs; the later one can do without node_modules, which tests cannot."""
    if is_berry:
        program = f"@yarnpkg/cli-dist@{version or '4'}"
        yield from ("env", "YARN_NODE_LINKER=node-modules", "npx", "--yes", program)
        yield from ("install", "--immutable", "--mode=skip-build")
    else:
        yield from ("npx", "--yes", f"yarn@{version or '1'}", "install", "--frozen-lockfile", "--ignore-scripts")
        yield "--ignore-engines"  # some tool for releases wants a newer Node; the other two only warn


def _manager(texts: Mapping[str, str]) -> tuple[str, str]:
    """Who wrote the lock file, and in which version where the project says so.

    https://nodejs.org/api/packages.html#packagemanager
    """
    said = _package(texts[PACKAGE]).get("packageManager")
    found = MANAGER.match(said) if isinstance(said, str) else None
    by_lock = "pnpm" if PNPM_LOCK in texts else "yarn" if YARN_LOCK in texts else "npm"
    is_known = found is not None and found[1] == by_lock
    return by_lock, found[2] if found and is_known else ""


def _package(text: str) -> Mapping[str, Any]:
    try:
        package = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{PACKAGE} is not JSON ({error}); mend it") from error
    return package if isinstance(package, dict) else {}
