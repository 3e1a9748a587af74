"""One command of the build of an environment, and the words that all its makers share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runner.repository_config import CONFIG_PATH

MEND: Final = f"list the commands that install them as `setup:` in {CONFIG_PATH}, or give a virtual environment (--env)"
PIP: Final = ("python", "-m", "pip", "install")


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One command of a build; "{env}" in it stands for the environment's folder. Not all must succeed.

    `otherwise` is run where it fails, and does a part of it; its last line says which part is missing.
    """

    argv: tuple[str, ...]
    is_required: bool = True
    otherwise: tuple[str, ...] = ()
