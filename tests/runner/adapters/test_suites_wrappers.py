"""Commands that only start another: the one behind them is found in the repository's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.suites_runners import RUNNERS
from runner.adapters.suites_words import read_command
from runner.adapters.suites_wrappers import is_wrapper, unwrap
from runner.errors import BadInput
from runner.proof import RunOutcome
from tests.runner.adapters.test_suites import project, suite

TOX = """
[tox]
envlist = py39, lint
[base]
runner = pytest
[testenv]
commands =
    python -V
    {envpython} -X dev -m {[base]runner} --durations 25 {posargs:tests}
[testenv:lint]
commands = ruff check {toxinidir}/src
[testenv:slow]
commands =
    {envpython} -m pytest \\
        --slow {posargs}
"""
NOX = """
import nox
@nox.session
def lint(session):
    session.run("ruff", "check")
@nox.session(python=["3.11"])
def tests(session):
    session.install("pytest")
    session.run("pytest", "-q", *session.posargs)
"""
PACKAGE = {
    "scripts": {
        "test": "npm run lint && npm run test:unit -- --silent",
        "lint": "eslint .",
        "test:unit": "cross-env NODE_ENV=test jest src",
        "loop": "npm run loop",
        "covered": "nyc --reporter text jest --ci",
        "started": "node bin/start.js jest src",
    }
}
FILES = {"tox.ini": TOX, "noxfile.py": NOX, "package.json": json.dumps(PACKAGE)}


@pytest.mark.parametrize(
    ("command", "behind"),
    [
        ("tox --current-env -epy39 -v -- tests/test_a.py", "python -X dev -m pytest --durations 25 tests/test_a.py"),
        ("tox", "python -X dev -m pytest --durations 25 tests"),
        ("python -m tox -e slow", "python -m pytest --slow"),
        ("nox -s tests -- tests/test_a.py", "pytest -q tests/test_a.py"),
        ("npm test", "jest src --silent"),
        ("npm t", "jest src --silent"),
        ("yarn test:unit", "jest src"),
        ("pnpm run test:unit -- --bail", "jest src --bail"),
        ("npm run covered", "jest --ci"),
        ("npm run started", "jest src"),
    ],
)
def test_the_command_behind_is_found(command: str, behind: str) -> None:
    """With what was handed on to it."""
    words = read_command(command).words
    assert is_wrapper(words)
    found = unwrap(words, lambda name: FILES.get(name, ""), lambda one: any(kind.claims(one) for kind in RUNNERS))
    assert found == tuple(behind.split())


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("tox", {}),
        ("tox", {"tox.ini": "not an ini file"}),
        ("tox", {"tox.ini": "[testenv]\ncommands = make check\n"}),
        ("tox", {"tox.ini": "[testenv]\ncommands = {nothing:known}\n"}),
        ("nox", {"noxfile.py": "def broken(:\n"}),
        ("npm test", {"package.json": "{"}),
        ("npm test", {"package.json": "[]"}),
        ("npm run loop", FILES),
        ("npm run gone", FILES),
    ],
)
def test_nothing_behind_is_a_missing_runner(tmp_path: Path, command: str, files: Mapping[str, str]) -> None:
    """Whatever the files hold, it ends; and nothing is run that nobody can read."""
    assert suite(command).run(project(tmp_path, files), None, timeout_s=10).outcome is RunOutcome.MISSING_RUNNER


def test_tox_is_run_for_real_through_what_it_names(tmp_path: Path) -> None:
    """The environment that was prepared takes the place of the one that tox would make."""
    ini = "[testenv]\ncommands = pytest -p no:hypothesispytest {posargs}\n"
    project(tmp_path, {"tox.ini": ini, "tests/test_a.py": "def test_a(): ...\n"})
    run = suite("tox -e py -- tests").run(tmp_path, None, timeout_s=30)
    assert (run.outcome, run.command) == (RunOutcome.GREEN, "pytest -p no:hypothesispytest tests")


@pytest.mark.parametrize("command", ["pytest 'tests", "cd tests && pytest", "pytest | tee log"])
def test_shell_syntax_is_refused(command: str) -> None:
    """No shell runs the command; the message says what to do instead."""
    with pytest.raises(BadInput, match="test command"):
        suite(command)


def test_settings_in_front_of_the_command_are_kept(tmp_path: Path) -> None:
    """They reach the tests, PYTHONPATH beside our own, and are told with the command."""
    test = "import os, inner\ndef test_a(): assert os.environ['MODE'] == 'a b'\n"
    project(tmp_path, {"lib/inner.py": "", "test_a.py": test})
    run = suite("MODE='a b' PYTHONPATH=lib python -m pytest -p no:hypothesispytest").run(tmp_path, None, timeout_s=30)
    assert run.outcome is RunOutcome.GREEN, run.output
    assert run.command == "MODE='a b' PYTHONPATH=lib python -m pytest -p no:hypothesispytest"
