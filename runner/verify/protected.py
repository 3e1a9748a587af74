"""Which paths no edit may touch, because they decide what runs on other machines. Pure."""

from __future__ import annotations

import sys
from pathlib import PurePosixPath
from typing import Final

from runner.verify.test_paths import is_test_path

FOLDERS: Final = frozenset(
    {".github", ".git", ".circleci", ".gitlab", ".husky", ".githooks", ".buildkite", ".teamcity", ".woodpecker"}
)
NAMES: Final = frozenset(
    """.gitmodules .gitattributes .gitlab-ci.yml .travis.yml jenkinsfile azure-pipelines.yml codeowners appveyor.yml
    .appveyor.yml app.yml bitbucket-pipelines.yml .drone.yml .cirrus.yml .woodpecker.yml""".split()  # noqa: SIM905
)
COMPILED: Final = frozenset(
    {".so", ".pyd", ".dll", ".dylib", ".exe", ".pyc", ".pyo", ".class", ".jar", ".whl", ".egg", ".wasm"}
)
SYMLINK: Final = "120000"
EXECUTABLE: Final = "100755"
SUBMODULE: Final = "160000"
PATH_ROOTS: Final = frozenset({"", "src", "lib"})
"""Folders from which a repository's Python is imported."""
RUNNERS: Final = frozenset(
    """pytest _pytest pluggy unittest unittest2 doctest nose nose2 coverage hypothesis mock xdist tox nox""".split()  # noqa: SIM905
)
OWN_PLUGINS: Final = "greenloop_"
"""What the names of our modules in the tests' process begin with."""


def protection(path: str) -> str:
    """Why this path is protected, or nothing."""
    pure = PurePosixPath(path)
    parts = {part.lower() for part in pure.parts}
    if pure.is_absolute() or ".." in parts or "\\" in path or "\0" in path:
        return "lies outside the repository"
    if FOLDERS & parts or pure.name.lower() in NAMES:
        return "decides what runs on other machines; people change it"
    if pure.suffix.lower() in COMPILED or "__pycache__" in parts:
        return "is a program that nobody can read"
    return ""


def protection_by_mode(old: str, new: str, *, deleted: bool) -> str:
    """Why a file is protected that has the git mode `old` on the base and `new` on the head, or nothing.

    "" stands for a mode that is not known, or for a file that is not there.
    """
    modes = {old, new}
    if SYMLINK in modes:
        return "is a symbolic link"
    if SUBMODULE in modes:
        return "is a submodule"
    if deleted and old == EXECUTABLE:
        return "is a program that others may call"
    return "becomes a program that others may call" if new == EXECUTABLE and old != EXECUTABLE else ""


def shadowed_module(path: str) -> str:
    """The module of Python or of a test runner that a new file at this path would be imported in place of."""
    pure = PurePosixPath(path)
    module, folder = (pure.parent.name, pure.parent.parent) if pure.name == "__init__.py" else (pure.stem, pure.parent)
    if pure.suffix != ".py" or not module:
        return ""
    is_importable = str(folder).removeprefix(".") in PATH_ROOTS or is_test_path(str(folder / "x"))
    return module if is_importable and (module in sys.stdlib_module_names or is_runner(module)) else ""


def is_runner(module: str) -> bool:
    """Whether the module, by its dotted name, belongs to what runs tests."""
    package = module.partition(".")[0]
    return package in RUNNERS or package.startswith(OWN_PLUGINS)
