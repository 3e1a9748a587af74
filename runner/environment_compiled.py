"""How the packages of Go and Rust projects are fetched, so that their tests can be built without a network. Pure.

https://go.dev/ref/mod#go-mod-download and https://doc.rust-lang.org/cargo/commands/cargo-fetch.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from runner.environment_step import BuildStep

GO_MODULE: Final = "go.mod"
GO_VENDORED: Final = "vendor/modules.txt"
"""With this file Go takes all from the folder that it lies in."""
CRATE: Final = "Cargo.toml"
MANIFESTS: Final = frozenset(
    {GO_MODULE, "go.sum", GO_VENDORED, CRATE, "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"}
)
GO_CACHE: Final = "go-build"
"""The folder of the environment with what Go has compiled: its library and the packages."""
HOMES: Final[Mapping[str, str]] = {"GOMODCACHE": "go", "CARGO_HOME": "cargo"}
"""The variables that tell the tools where their packages are, and the folders of the environment."""


def fetches(texts: Mapping[str, str]) -> Iterator[BuildStep]:
    """The commands for what the manifests ask for; where that lies in the repository, one that asks for the tool.

    Go's tests are compiled once, for all that they have in common with later ones.
    """
    if GO_VENDORED in texts:
        yield BuildStep(("go", "version"))
    elif GO_MODULE in texts:
        yield BuildStep(("env", _home("GOMODCACHE"), "GOFLAGS=-modcacherw", "go", "mod", "download"))
    if GO_MODULE in texts:
        compiling = ("go", "test", "-run=^$", "./...")
        yield BuildStep(("env", _home("GOMODCACHE"), f"GOCACHE={{env}}/{GO_CACHE}", *compiling), is_required=False)
    if CRATE in texts:
        yield BuildStep(("env", _home("CARGO_HOME"), "cargo", "fetch"))


def _home(variable: str) -> str:
    return f"{variable}={{env}}/{HOMES[variable]}"
