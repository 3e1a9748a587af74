"""Jest, Vitest, Mocha and `node --test`, each run for real on a small project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.suites_invocation import Ask
from runner.adapters.suites_jest import JestRunner
from runner.proof import RunOutcome, TestOutcome
from tests.runner.adapters.test_suites import project, suite, tree

PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED
ENVIRONMENT = Path(__file__).parents[3] / ".greenloop" / "node"
CART = "exports.total = (prices) => { if (prices === null) throw new TypeError('no prices'); return 1; };\n"
IMPORTS = {
    "jest": "const {total} = require('../cart.js');\nconst equal = (a, b) => expect(a).toBe(b);\n",
    "vitest": "import {test, describe, expect} from 'vitest';\nimport cart from '../cart.js';\nconst {total} = cart;\n"
    "const equal = (a, b) => expect(a).toBe(b);\n",
    "mocha": "const {total} = require('../cart.js');\nconst equal = require('assert').strictEqual;\nconst test = it;\n",
    "node": "const {test, describe} = require('node:test');\nconst {total} = require('../cart.js');\n"
    "const equal = require('assert').strictEqual;\n",
}
TESTS = """
test('adds', () => equal(total([1]), 1));
describe('cart', () => {
  test('sums', () => equal(total([2]), 2));
  describe('deep', () => { test('throws', () => { total(null); }); });
  test.skip('later', () => {});
});
"""
SCRIPTS = {
    "jest": "jest --verbose test",
    "vitest": "vitest run test",
    "mocha": "mocha test",
    "node": "NODE_ENV=test node --test test/",
}
NAMES = {name: "test/cart.test.mjs" if name == "vitest" else "test/cart.test.js" for name in SCRIPTS}
RUNNERS = [
    pytest.param(name, marks=pytest.mark.needs("node" if name == "node" else "node-runners")) for name in SCRIPTS
]
SEPARATOR = {"mocha": " "}


def package(name: str, script: str = "", tests: str = TESTS) -> Mapping[str, str]:
    """A package whose test script starts this runner."""
    described = {"name": "shop", "scripts": {"test": script or f"echo lint && {SCRIPTS[name]}"}}
    return {"package.json": json.dumps(described), "cart.js": CART, NAMES[name]: IMPORTS[name] + tests}


@pytest.mark.parametrize("name", RUNNERS)
def test_every_outcome_has_its_id(tmp_path: Path, name: str) -> None:
    """The file, the suites around it and the test; frames lead into the repository, innermost last."""
    files = package(name)
    project(tmp_path, files)
    before = tree(tmp_path)
    run = suite("npm test", environment=ENVIRONMENT).run(tmp_path, None, timeout_s=60)
    between, path = SEPARATOR.get(name, "::"), NAMES[name]
    throws = f"{path}::{between.join(['cart', 'deep', 'throws'])}"
    assert {id_: test.outcome for id_, test in run.tests.items()} == {
        f"{path}::adds": PASSED,
        f"{path}::{between.join(['cart', 'sums'])}": FAILED,
        throws: FAILED,
        f"{path}::{between.join(['cart', 'later'])}": SKIPPED,
    }, run.output
    assert (run.outcome, run.scope, run.left_out) == (RunOutcome.RED, "all", 0)
    assert [frame for frame in run.tests[throws].frames if frame[0] == "cart.js"] == [("cart.js", 1)]
    assert "no prices" in run.tests[throws].message
    assert str(tmp_path) not in run.tests[throws].message
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", RUNNERS)
def test_a_selection_runs_its_files_alone(tmp_path: Path, name: str) -> None:
    """And of them only the tests that were asked for are told."""
    between, path = SEPARATOR.get(name, "::"), NAMES[name]
    broken = path.replace("cart.test", "broken.test")
    other = {broken: "import './missing.mjs';\n" if path.endswith("mjs") else "require('./missing.js');\n"}
    wanted = f"{path}::{between.join(['cart', 'sums'])}"
    project(tmp_path, {**package(name), **other})
    tests = suite(SCRIPTS[name].removeprefix("NODE_ENV=test "), environment=ENVIRONMENT)
    run = tests.run(tmp_path, (wanted,), timeout_s=60)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {wanted: FAILED}, run.output
    assert run.scope == "selected 1"
    assert run.command.endswith(path)


@pytest.mark.parametrize("name", RUNNERS)
def test_failures_are_alike_from_run_to_run(tmp_path: Path, name: str) -> None:
    """Their fingerprints hold nothing that changes by chance."""
    project(tmp_path, package(name))
    tests = suite("npm test", environment=ENVIRONMENT)
    first, second = (tests.run(tmp_path, (NAMES[name],), timeout_s=60) for _ in range(2))
    assert len(first.failing) == 2
    assert all(first.tests[id_].fingerprint == second.tests[id_].fingerprint for id_ in first.failing)


NOTHING = "describe('nothing', () => {});\n"
ENDINGS: Mapping[str, tuple[str, tuple[RunOutcome, ...]]] = {
    "skipped": ("test.skip('one', () => {});\n", (RunOutcome.ALL_SKIPPED,)),
    "exits": ("process.exit(0);\n", (RunOutcome.CRASHED, RunOutcome.RED, RunOutcome.NONE_COLLECTED)),
    "unloadable": ("throw new Error('at load');\n", (RunOutcome.RED, RunOutcome.CRASHED)),
    "hangs": ("test('loop', () => { while (true) {} });\n", (RunOutcome.TIMED_OUT,)),
}


@pytest.mark.parametrize("name", RUNNERS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_ends_with_a_named_outcome(tmp_path: Path, name: str, ending: str) -> None:
    """Never green, whatever the exit code says."""
    body, outcomes = ENDINGS[ending]
    project(tmp_path, package(name, tests=body))
    timeout_s = 4 if ending == "hangs" else 30
    run = suite("npm test", environment=ENVIRONMENT).run(tmp_path, None, timeout_s=timeout_s)
    assert run.outcome in outcomes, (run.outcome, run.tests, run.output)


@pytest.mark.parametrize("name", RUNNERS)
def test_no_tests_are_none_collected(tmp_path: Path, name: str) -> None:
    """An empty folder is no success."""
    files = {path: text for path, text in package(name).items() if not path.startswith("test/")}
    run = suite(SCRIPTS[name].split(" test")[0].removeprefix("NODE_ENV=test "), environment=ENVIRONMENT).run(
        project(tmp_path, files), None, timeout_s=30
    )
    assert run.outcome in {RunOutcome.NONE_COLLECTED, RunOutcome.CRASHED}, (run.outcome, run.tests, run.output)
    assert not run.tests


@pytest.mark.parametrize("name", ["jest", "vitest", "mocha"])
def test_a_runner_that_is_not_installed_is_missing(tmp_path: Path, name: str) -> None:
    """It is named as such, and the run is not green."""
    run = suite("npm test", environment=None).run(project(tmp_path, package(name)), None, timeout_s=30)
    assert run.outcome is RunOutcome.MISSING_RUNNER


@pytest.mark.needs("node")
def test_a_package_without_a_command_is_tested_with_what_it_asks_for(tmp_path: Path) -> None:
    """Its test script first; without one, the runner among its packages, else the one that Node brings."""
    project(tmp_path, package("node"))
    run = suite("", environment=None).run(tmp_path, None, timeout_s=30)
    assert run.command == "node --test test/"
    assert run.outcome is RunOutcome.RED


@pytest.mark.needs("node")
@pytest.mark.parametrize(("name", "outcome"), [("node", RunOutcome.RED), ("jest", RunOutcome.MISSING_RUNNER)])
def test_node_runs_only_tests_that_are_made_for_it(tmp_path: Path, name: str, outcome: RunOutcome) -> None:
    """Another runner's would all fail under it, and nobody would see why."""
    files = {**package(name, script="some-runner"), "package.json": '{"scripts": {"test": "some-runner"}}'}
    project(tmp_path, files)
    assert suite("", environment=None).run(tmp_path, None, timeout_s=30).outcome is outcome


@pytest.mark.parametrize(
    "said",
    ['Unrecognized CLI Parameter:\n\n  Unrecognized option "randomize".', '["randomize", "seed"]'],
)
def test_an_old_jest_runs_its_tests_in_its_own_order(tmp_path: Path, said: str) -> None:
    """Before 29 it refuses to shuffle, in these words; it is asked again, and only once, without."""
    output = f"● Unrecognized CLI Parameters:\n\n  Following options were not recognized:\n  {said}\n"
    ask = Ask(tmp_path, ("jest",), "python", None, tmp_path / "report", shuffle_seed=3)
    assert "--randomize" in JestRunner().invoke(ask).argv
    again = JestRunner().amend(ask, 1, output)
    assert again is not None
    assert "--randomize" not in JestRunner().invoke(again).argv
    assert JestRunner().amend(again, 1, output) is None
    assert JestRunner().amend(ask, 1, "1 failed") is None
