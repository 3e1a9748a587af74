"""Tests that exchange their own runner are told on, even where nobody can read it in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.adapters.suites_outcome import UNWATCHED, believed
from runner.adapters.suites_report import Witness
from runner.proof import RunOutcome, TestOutcome, TestResult
from tests.runner.adapters.test_suites import LEAN, project, suite

UNITTEST = "python -m unittest"
CHECK = """
import unittest
import shop
class A(unittest.TestCase):
    def test_a(self): self.assertEqual(shop.price(), 2)
"""
HIDDEN = "def price(): return 1\nname = ''.join(map(chr, [117, 110, 105, 116, 116, 101, 115, 116]))\n"
TRICKS = {
    "run": "__import__(name).TestCase.run = lambda self, result=None: result.addSuccess(self) if result else None\n",
    "assertion": "__import__(name).TestCase.assertEqual = lambda *a: None\n",
    "class": "__import__(name).case.TestCase._callTestMethod = lambda *a: None\n",
    "builtin": "__import__('builtins').AssertionError = KeyboardInterrupt\n",
    "pytest": "import sys\nsys.modules.get('_' + 'pytest.python', sys).Function = print\n",
}


@pytest.mark.parametrize("command", [LEAN, UNITTEST])
@pytest.mark.parametrize("trick", TRICKS)
def test_an_exchanged_part_is_named(tmp_path: Path, command: str, trick: str) -> None:
    """By its place; what the head does and the base does not is a fault for the verdict."""
    run = suite(command).run(
        project(tmp_path, {"shop.py": HIDDEN + TRICKS[trick], "test_shop.py": CHECK}), None, timeout_s=20
    )
    assert run.exchanged or (command, trick) == (UNITTEST, "pytest"), run


@pytest.mark.parametrize("command", [LEAN, UNITTEST])
def test_honest_tests_exchange_nothing(tmp_path: Path, command: str) -> None:
    """Mocks that are taken back at a test's end are the tests' own business."""
    test = CHECK + (
        "    def test_mocked(self):\n        from unittest import mock\n"
        "        with mock.patch('builtins.open'), mock.patch.object(unittest.TestCase, 'assertEqual'): pass\n"
    )
    run = suite(command).run(
        project(tmp_path, {"shop.py": "def price(): return 2\n", "test_shop.py": test}), None, timeout_s=20
    )
    assert (run.outcome, run.exchanged) == (RunOutcome.GREEN, ())


@pytest.mark.parametrize("command", [LEAN, UNITTEST])
def test_a_report_that_the_runner_did_not_end_is_not_believed(tmp_path: Path, command: str) -> None:
    """The code under test writes a report of its own and leaves; no witness speaks for it."""
    forged = "<testsuite><testcase classname='test_shop.A' name='test_a' file='test_shop.py'/></testsuite>"
    code = f"import os, sys\n[open(w, 'w').write({forged!r}) for w in sys.argv if w.endswith('.xml')]\nos._exit(0)\n"
    run = suite(command).run(
        project(tmp_path, {"shop.py": code, "test_shop.py": CHECK}), ("test_shop.py::A::test_a",), timeout_s=20
    )
    assert run.outcome is RunOutcome.CRASHED
    assert [test.outcome for test in run.tests.values()] == [TestOutcome.ERROR]


def test_a_report_must_not_be_silent_about_failures() -> None:
    """The witness counted one, and the report has none."""
    passed = {"a": TestResult(TestOutcome.PASSED)}
    failed = {"a": TestResult(TestOutcome.FAILED, "x")}
    assert believed(passed, Witness((), 1)) is None
    assert believed(failed, Witness((), 1)) == failed
    assert believed(passed, Witness((), 0)) == believed(passed, UNWATCHED) == passed
    assert believed(passed, None) is None


HELPERS = {
    "wrapped": "import functools\ndef checked(test):\n    @functools.wraps(test)\n    def inner(*args):\n"
    "        return test(*args)\n    return inner\n",
    "closure": "def checked(test):\n    def inner(*args):\n        return test(*args)\n    return inner\n",
}
IDLE = "import functools\ndef checked(test): return functools.wraps(test)(lambda *args: None)\n"
HELPED = """
import unittest
from shop.checks import checked
class A(unittest.TestCase):
    @checked
    def test_a(self): self.assertEqual(1, 2)
class B(A): pass
@checked
def test_b(): pass
"""


@pytest.mark.parametrize("command", [LEAN, UNITTEST])
@pytest.mark.parametrize("helper", HELPERS)
def test_it_is_seen_which_tests_began_and_what_ran_them(tmp_path: Path, command: str, helper: str) -> None:
    """Also below a decorator of the repository that hides its function, and for an inherited method."""
    files = {"shop/__init__.py": "", "shop/checks.py": HELPERS[helper], "test_shop.py": HELPED}
    seen = suite(command).run(project(tmp_path, files), None, timeout_s=20)
    line = 1 + HELPERS[helper].splitlines().index("        return test(*args)")
    functions = ["test_shop.py::test_b"] if command == LEAN else []
    assert seen.callers == (("shop/checks.py", line),)
    assert [*seen.began] == ["test_shop.py::A::test_a", "test_shop.py::B::test_a", *functions]

    (tmp_path / "shop/checks.py").write_text(IDLE)
    idle = suite(command).run(tmp_path, None, timeout_s=20)
    assert idle.outcome is RunOutcome.GREEN
    assert (idle.began, idle.callers) == ((), ())
