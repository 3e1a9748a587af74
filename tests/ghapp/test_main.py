"""The command line says what there is, and what to mend in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def greenloop(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `greenloop` with no settings but these."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GREENLOOP_")}
    argv = [sys.executable, "-m", "ghapp", *words]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={**env, **variables}
    )


def test_help_names_every_command() -> None:
    """Everything that can be asked for stands in --help."""
    done = greenloop("--help")
    assert done.returncode == 0
    for name in ("demo", "up", "doctor", "fix", "localise", "verify", "web", "worker"):
        assert f"\n    {name}" in done.stdout


@pytest.mark.parametrize("name", ["demo", "up", "doctor", "web", "worker", "fix", "localise", "verify"])
def test_every_command_explains_itself(name: str) -> None:
    """`greenloop NAME --help` works for each, those of the runner too."""
    done = greenloop(name, "--help")
    assert done.returncode == 0
    assert name in done.stdout


@pytest.mark.parametrize("name", ["up", "web", "worker"])
def test_missing_settings_are_all_named(name: str) -> None:
    """Without settings the status is 2, each missing variable is named, and there is no traceback."""
    done = greenloop(name)
    assert done.returncode == 2
    for variable in ("GREENLOOP_APP_ID", "GREENLOOP_PRIVATE_KEY_PATH", "GREENLOOP_WEBHOOK_SECRET"):
        assert variable in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("demo", "--repo", "."), ("demo", "--task", "x"), ("nonsense",), ()])
def test_nonsense_is_a_blocking_error(words: tuple[str, ...]) -> None:
    """What cannot be understood ends with status 2 and without a traceback."""
    done = greenloop(*words)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_says_what_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    """Without settings the doctor still looks at the machine, and its answer is no."""
    done = greenloop("doctor", GREENLOOP_STATE_DIR=str(tmp_path / "state"))
    assert done.returncode == 1
    for name in ("python", "git", "redis server", "sandbox", "phoenix", "ollama", "evidence key", "memory"):
        assert f" {name} " in done.stdout
    assert "MISSING settings" in done.stdout
    assert not (tmp_path / "state").exists()


def test_the_doctor_shows_the_evidence_key_of_an_installation(tmp_path: Path) -> None:
    """Where a state folder is, the public half of its key is shown, and the same one again."""
    first, second = (greenloop("doctor", GREENLOOP_STATE_DIR=str(tmp_path)) for _ in range(2))
    (line,) = [line for line in first.stdout.splitlines() if "evidence key" in line]
    assert "BEGIN PUBLIC KEY" in line
    assert line in second.stdout
