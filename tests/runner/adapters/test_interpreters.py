"""Which of the machine's Pythons builds an environment: real programs, asked who they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runner.adapters.interpreters import Interpreter, Interpreters, machine_interpreters
from runner.errors import EnvironmentMissing

OWN = sys.version_info.minor
OLD = {"tox.ini": "[tox]\nenvlist = py38\n"}


def program(folder: Path, says: str, *, exit_code: int = 0) -> Path:
    """A program that answers as a Python of this prefix would."""
    (folder / "bin").mkdir(parents=True)
    made = folder / "bin" / "python3.8"
    made.write_text(f"#!/bin/sh\nprintf '%s\\n' '{folder}' '{says}'\nexit {exit_code}\n")
    made.chmod(0o755)
    return made


def machine(*programs: Path) -> Interpreters:
    """Our own Python 3.11, and these that are called python3.8."""
    return Interpreters(Interpreter(Path(sys.executable), Path(sys.prefix), "3.11.7"), {8: programs})


def test_a_repository_gets_the_python_that_it_names(tmp_path: Path) -> None:
    """And a person is told, since it is not the one that everything else runs in."""
    old = program(tmp_path, "3.8.18 (default)")
    chosen, note = machine(old).choose(OLD, "")
    assert (chosen.program, chosen.prefix, chosen.minor) == (old, tmp_path, 8)
    assert "Python 3.8" in note


def test_one_that_cannot_make_environments_is_passed_over(tmp_path: Path) -> None:
    """A shim for a version that is not active fails, and another version under the name is no answer."""
    shim = program(tmp_path / "shim", "", exit_code=127)
    other = program(tmp_path / "other", "3.12.1")
    good = program(tmp_path / "good", "3.8.18")
    assert machine(shim, other, good).choose(OLD, "")[0].program == good
    chosen, note = machine(shim, other).choose(OLD, "")
    assert chosen.minor == 11
    assert "does not say" in note


def test_a_configured_version_is_an_order(tmp_path: Path) -> None:
    """It is taken whatever the manifests say, and never exchanged for another one in silence."""
    assert machine(program(tmp_path, "3.8.18")).choose({}, "3.8")[0].minor == 8
    with pytest.raises(EnvironmentMissing, match=r"Python 3\.9.*install it"):
        machine().choose({}, "3.9")


def test_this_machines_own_python_is_found_and_works() -> None:
    """What is looked up here is what the product uses."""
    chosen, note = machine_interpreters().choose({}, "")
    assert chosen.minor == OWN
    assert os.access(chosen.program, os.X_OK)
    assert note == ""
