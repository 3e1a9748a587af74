"""tape and AVA, each run for real on a small project, and Mocha's session that ends before its tests do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.proof import RunOutcome, TestOutcome
from tests.runner.adapters.test_suites import project, suite, tree
from tests.runner.adapters.test_suites_javascript import CART, ENVIRONMENT

PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED
TESTS = {
    "tape": """const test = require('tape');
const {total} = require('../cart.js');
test('adds', (t) => { t.equal(total([1]), 1); t.end(); });
test('sums', (t) => { t.equal(total([1]), 1); t.equal(total([2]), 2, 'is two'); t.end(); });
test('later', {todo: true}, (t) => { t.equal(1, 2); t.end(); });
test('throws', (t) => { total(null); t.end(); });
""",
    "ava": """const test = require('ava');
const {total} = require('../cart.js');
test('adds', (t) => { t.is(total([1]), 1); });
test('sums', (t) => { t.is(total([1]), 1); t.is(total([2]), 2, 'is two'); });
test.skip('later', (t) => { t.is(1, 2); });
test('throws', (t) => { total(null); });
""",
}
OUTCOMES = {"adds": PASSED, "sums": FAILED, "later": SKIPPED}
PATH = "test/cart.js"
pytestmark = pytest.mark.needs("node-runners")


def package(name: str, tests: str = "", script: str = "") -> dict[str, str]:
    """A package whose test script starts this runner."""
    described = {"name": "shop", "scripts": {"test": script or name}, "devDependencies": {name: "*"}}
    return {"package.json": json.dumps(described), "cart.js": CART, PATH: tests or TESTS[name]}


@pytest.mark.parametrize("name", TESTS)
def test_every_outcome_has_its_id(tmp_path: Path, name: str) -> None:
    """The file and the test; frames lead into the repository, and nothing is left behind."""
    project(tmp_path, package(name))
    before = tree(tmp_path)
    run = suite("", environment=ENVIRONMENT).run(tmp_path, None, timeout_s=60)
    throws = ERROR if name == "tape" else FAILED  # tape's process dies of it
    expected = {f"{PATH}::{test}": outcome for test, outcome in {**OUTCOMES, "throws": throws}.items()}
    assert {id_: test.outcome for id_, test in run.tests.items()} == expected, run.output
    assert (run.outcome, run.scope, run.left_out) == (RunOutcome.RED, "all", 0)
    assert ("cart.js", 1) in run.tests[f"{PATH}::throws"].frames
    assert "no prices" in run.tests[f"{PATH}::throws"].message
    assert str(tmp_path) not in "".join(test.message for test in run.tests.values())
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", TESTS)
def test_a_selection_runs_its_files_alone(tmp_path: Path, name: str) -> None:
    """Of them only the tests that were asked for are told, and a person sees how to run them."""
    project(tmp_path, {**package(name), "test/broken.js": "require('./missing.js');\n"})
    run = suite("npm test", environment=ENVIRONMENT).run(tmp_path, (f"{PATH}::sums",), timeout_s=60, shuffle_seed=3)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {f"{PATH}::sums": FAILED}, run.output
    assert run.command == ("node" if name == "tape" else "ava --tap") + f" {PATH}"
    assert not run.is_shuffled


@pytest.mark.parametrize(
    ("script", "files"),
    [
        ("tape 'test/*.js'", {PATH, "test/broken.js"}),
        ("nyc tape test/cart.js", {PATH}),
        ("tape -r ./cart.js test", {PATH, "test/broken.js", "test/deep/b.test.js"}),
        ("tape", {PATH, "test/broken.js", "test/deep/b.test.js"}),
        ("tape .", {PATH, "test/broken.js", "test/deep/b.test.js"}),
        ("tape ./test/deep /elsewhere", {"test/deep/b.test.js"}),
    ],
)
def test_the_whole_suite_is_what_the_command_names(tmp_path: Path, script: str, files: set[str]) -> None:
    """Patterns, files and folders; without any, what looks like tests."""
    green = "require('tape')('one', (t) => { t.ok(1); t.end(); });\n"
    others = {"test/broken.js": green, "test/deep/b.test.js": green, "test/fixtures/x.test.js": green, "a.js": green}
    project(tmp_path, {**package("tape", script=script), **others})
    run = suite("npm test", environment=ENVIRONMENT).run(tmp_path, None, timeout_s=60)
    assert {id_.partition("::")[0] for id_ in run.tests} == files, run.output


SLOW = "require('tape')('one', (t) => setTimeout(() => { t.ok(1); t.end(); }, 900));\n"
TURNS = "for (let turn = 0; turn < 40; turn++) it(`turn ${turn}`, (done) => setTimeout(done, 300));\n"


@pytest.mark.parametrize(
    ("name", "files"),
    [("tape", {f"test/{number}.test.js": SLOW for number in range(20)}), ("mocha", {"test/slow.js": TURNS})],
)
def test_a_run_whose_time_is_over_tells_what_it_came_to(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    """It starts no further test, and says how many it left."""
    project(tmp_path, {**package(name, tests=" ", script=f"{name} test"), **files})
    run = suite("npm test", environment=ENVIRONMENT).run(tmp_path, None, timeout_s=5)
    assert run.outcome is RunOutcome.GREEN, run.output
    assert run.left_out > 0
    assert len(run.tests) + run.left_out == (21 if name == "tape" else 40)


@pytest.mark.parametrize("name", TESTS)
def test_no_tests_are_none_collected(tmp_path: Path, name: str) -> None:
    """An empty folder is no success."""
    files = {path: text for path, text in package(name).items() if not path.startswith("test/")}
    run = suite("npm test", environment=ENVIRONMENT).run(project(tmp_path, files), None, timeout_s=30)
    assert run.outcome is RunOutcome.NONE_COLLECTED, (run.tests, run.output)


@pytest.mark.parametrize("name", TESTS)
def test_a_runner_that_is_not_installed_is_missing(tmp_path: Path, name: str) -> None:
    """It is named as such, and the run is not green."""
    run = suite("npm test", environment=None).run(project(tmp_path, package(name)), None, timeout_s=30)
    assert run.outcome is RunOutcome.MISSING_RUNNER, (run.tests, run.output)
