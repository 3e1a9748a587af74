"""What a package builds before its tests is found in its scripts, and built anew for every tree that is tested."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.suites_builds import builds_before
from runner.proof import RunOutcome
from tests.runner.adapters.test_suites import project, suite


def builds(scripts: Mapping[str, str], command: str = "npm test") -> tuple[str, ...]:
    """What comes before the runner `mocha`."""
    package = json.dumps({"scripts": scripts})
    return builds_before(
        tuple(command.split()),
        lambda name: package if name == "package.json" else "",
        lambda words: words[0] == "mocha",
    )


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"test": "mocha"}, ()),
        ({"test": "mocha", "pretest": "npm run lint"}, ()),
        ({"test": "mocha", "pretest": "npm run build && npm run lint"}, ("npm run build",)),
        (
            {"test": "npm run build && npm run test:unit && tsc --noEmit", "test:unit": "NODE_ENV=test nyc mocha"},
            ("npm run build",),
        ),
        (
            {
                "test": "yarn test:unit",
                "pretest:unit": "cross-env NODE_ENV=test rollup -c",
                "test:unit": "tsc && mocha",
            },
            ("cross-env NODE_ENV=test rollup -c", "tsc"),
        ),
        ({"test": "eslint . && rimraf dist && tsc -p a.json && mocha"}, ("rimraf dist", "tsc -p a.json")),
        ({"test": "tsc --noEmit && npm run build:docs && mocha && npm run build"}, ()),
        ({"test": "npm test"}, ()),
        ({}, ()),
    ],
)
def test_builds_are_found_and_checks_are_not(scripts: Mapping[str, str], expected: tuple[str, ...]) -> None:
    """In front of the runner, or in the script that npm runs before, through scripts that run others."""
    assert builds(scripts) == expected


def test_a_command_that_is_no_script_builds_nothing() -> None:
    """Somebody who names the runner means it."""
    assert builds({"test": "tsc && mocha", "pretest": "npm run build"}, "mocha test") == ()


SCRIPTS = {"build": "node build.js", "pretest": "npm run build", "test": "node --test test/"}
PROJECT = {
    "package.json": json.dumps({"name": "shop", "scripts": SCRIPTS}),
    "build.js": "const fs = require('fs');\nfs.mkdirSync('dist');\n"
    "fs.writeFileSync('dist/cart.js', fs.readFileSync('src/cart.js', 'utf8').replace('WORD', '1'));\n",
    "src/cart.js": "module.exports = WORD;\n",
    "test/a.test.js": "const {test} = require('node:test');\n"
    "test('one', () => require('assert').strictEqual(require('../dist/cart.js'), 1));\n",
}


@pytest.mark.needs("node")
def test_a_build_comes_before_the_tests(tmp_path: Path) -> None:
    """What it made is there for them, and a person is told to build as well."""
    run = suite("", environment=None).run(project(tmp_path, PROJECT), ("test/a.test.js",), timeout_s=60)
    assert run.outcome is RunOutcome.GREEN, run.output
    assert run.command == "npm run build && node --test test/a.test.js"


@pytest.mark.needs("node")
def test_a_build_that_no_longer_holds_is_a_crash(tmp_path: Path) -> None:
    """Whatever the tests would have said; and its words are kept."""
    tests = suite("", environment=None)
    assert tests.run(project(tmp_path, PROJECT), None, timeout_s=60).outcome is RunOutcome.GREEN
    shutil.rmtree(tmp_path / "dist")
    project(tmp_path, {"build.js": PROJECT["build.js"] + "throw new Error('no such word');\n"})
    run = tests.run(tmp_path, None, timeout_s=60)
    assert run.outcome is RunOutcome.CRASHED
    assert "no such word" in run.output


@pytest.mark.needs("node")
def test_a_build_that_never_held_is_no_reason(tmp_path: Path) -> None:
    """A compiler that complains and writes all the same: the tests tell whether that will do."""
    files = {**PROJECT, "build.js": PROJECT["build.js"] + "throw new Error('an old type');\n"}
    tests = suite("", environment=None)
    for _ in range(2):
        run = tests.run(project(tmp_path, files), None, timeout_s=60)
        assert run.outcome is RunOutcome.GREEN, run.output
        shutil.rmtree(tmp_path / "dist")
    project(tmp_path, {"build.js": "throw new Error('nothing');\n"})
    assert tests.run(tmp_path, None, timeout_s=60).outcome is not RunOutcome.GREEN
