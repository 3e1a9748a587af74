"""Which Pythons this machine has: our own, and others on PATH or where pyenv and uv keep them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.errors import EnvironmentMissing
from runner.python_versions import OLDEST, minor_of, preferred
from runner.repository_config import CONFIG_PATH

NEWEST: Final = 20
FOLDERS: Final = ("~/.pyenv/versions/*/bin", "~/.local/share/uv/python/*/bin", "/opt/python*/bin")
ASK: Final = "import ensurepip, sys, venv; print(sys.base_prefix, sys.version, sep=chr(10))"
ASK_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One Python 3: its program, the folder that it lives in, and what it says its version is."""

    program: Path
    prefix: Path
    version: str

    @property
    def minor(self) -> int:
        """The second number of its version."""
        return minor_of(self.version.split()[0]) or 0


class Interpreters:
    """The Pythons of this machine by their minor version; each is asked only when it is wanted."""

    def __init__(self, own: Interpreter, programs: Mapping[int, tuple[Path, ...]]) -> None:
        self.own = own
        self._programs = programs

    def choose(self, texts: Mapping[str, str], configured: str) -> tuple[Interpreter, str]:
        """The one for a repository with these manifests, and what a person should know of the choice, or nothing.

        `configured` is the version that the repository's configuration names, or empty. Raises EnvironmentMissing
        when that one is not here.
        """
        own = self.own.minor
        wanted = minor_of(configured) if configured else None
        if wanted is not None:
            if found := self._find(wanted):
                return found, ""
            raise EnvironmentMissing(
                f"{CONFIG_PATH} asks for Python 3.{wanted}, which this machine lacks: install it, or name another"
            )
        order = preferred(texts, own, self._programs)
        found = next((one for minor in order if (one := self._find(minor))), self.own)
        if found.minor != own:
            return found, f"the tests run in Python 3.{found.minor}: the repository does not say that 3.{own} will do"
        if order[0] != own:
            return found, f"the tests run in Python 3.{own}, for which the repository does not say that it is made"
        return found, ""

    def _find(self, minor: int) -> Interpreter | None:
        if minor == self.own.minor:
            return self.own
        return next((one for program in self._programs.get(minor, ()) if (one := _asked(program, minor))), None)


def machine_interpreters() -> Interpreters:
    """What is found on this machine now."""
    found = {minor: tuple(_programs(minor)) for minor in range(OLDEST, NEWEST)}
    return Interpreters(_own(), {minor: programs for minor, programs in found.items() if programs})


def _own() -> Interpreter:
    """The interpreter that our own environment was made from: the sandbox can see it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Interpreter(Path(sys.base_prefix, "bin", name), Path(sys.base_prefix), sys.version)


def _programs(minor: int) -> Iterator[Path]:
    name = f"python3.{minor}"
    if on_path := shutil.which(name):
        yield Path(on_path)
    for pattern in FOLDERS:
        folder = Path(os.path.expanduser(pattern))
        yield from sorted(Path(folder.anchor).glob(str(folder.relative_to(folder.anchor) / name)))


def _asked(program: Path, minor: int) -> Interpreter | None:
    """The interpreter, if it starts and can make environments: a shim of pyenv or Debian's bare Python cannot."""
    try:
        said = subprocess.run(
            [str(program), "-I", "-c", ASK], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    prefix, _, version = said.strip().partition("\n")
    made = Interpreter(Path(prefix, "bin", f"python3.{minor}"), Path(prefix), version)
    return made if made.minor == minor and made.program.exists() else None
