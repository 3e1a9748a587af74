"""Django's runtests.py and SymPy's bin/test: the real scripts' shape in miniature, run for real."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.proof import RunOutcome, TestOutcome
from tests.runner.adapters.test_suites import project, suite, tree

PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED

RUNTESTS = """
import argparse, importlib, os, sys, unittest
parser = argparse.ArgumentParser()
parser.add_argument("modules", nargs="*")
parser.add_argument("--settings", default="test_sqlite")
parser.add_argument("--verbosity", "-v", type=int, default=1)
parser.add_argument("--parallel", type=int, default=0)
options = parser.parse_args()
assert options.parallel == 1, "no test could be ended alone"
importlib.import_module(options.settings)
if any(label.startswith("gis_tests") for label in options.modules):
    print("Aborting: A GIS database backend is required to run gis_tests.")
    sys.exit(1)
here = os.path.dirname(os.path.abspath(__file__))
for label in options.modules:
    importlib.import_module(label.split(".")[0] + ".models")
tests = unittest.TestSuite()
loader = unittest.defaultTestLoader
for label in options.modules or ["forms", "views"]:
    if os.path.isdir(os.path.join(here, label)):
        tests.addTests(loader.discover(os.path.join(here, label), "test*.py", here))
    else:
        tests.addTests(loader.loadTestsFromName(label))
result = unittest.TextTestRunner(verbosity=options.verbosity).run(tests)
sys.exit(1 if result.failures or result.errors else 0)
"""
DJANGO = {
    "django/test/__init__.py": "",
    "tests/runtests.py": RUNTESTS,
    "tests/test_sqlite.py": "",
    "tests/forms/__init__.py": "",
    "tests/forms/models.py": "",
    "tests/forms/base.py": "class Shared:\n    def test_inherited(self): ...\n",
    "tests/forms/tests.py": """
import unittest
from .base import Shared
class FormTests(Shared, unittest.TestCase):
    def test_pass(self):
        "A docstring that unittest prints in place of the name."
    def test_fail(self): self.assertEqual([1], [2])
    def test_error(self): raise KeyError("x")
    def test_skip(self): self.skipTest("later")
    @unittest.expectedFailure
    def test_expected(self): self.fail()
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("down")
    def test_never(self): ...
""",
    "tests/views/__init__.py": "",
    "tests/views/models.py": "",
    "tests/views/tests.py": "import no_such_module\n",
    "tests/views/test_good.py": "import unittest\nclass Good(unittest.TestCase):\n    def test_it(self): ...\n",
    "tests/late/__init__.py": "",
    "tests/late/models.py": "from forms.base import Missing\n",
    "tests/late/tests.py": "import unittest\nclass Late(unittest.TestCase):\n    def test_it(self): ...\n",
    "tests/gis_tests/__init__.py": "",
    "tests/gis_tests/tests.py": "",
}
COMMAND = "PYTHONPATH=. ./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1"
FORM = "tests/forms/tests.py::FormTests"


def outcomes(command: str, files: Mapping[str, str], folder: Path, *selection: str) -> Mapping[str, TestOutcome]:
    """What each test came to."""
    run = suite(command).run(project(folder, files), selection or None, timeout_s=30)
    return {id_: test.outcome for id_, test in run.tests.items()}


def test_django_every_outcome_has_its_id(tmp_path: Path) -> None:
    """Ids are those of pytest: the file, the class, the test, also where it is inherited; broken files are named."""
    assert outcomes(COMMAND, DJANGO, tmp_path) == {
        f"{FORM}::test_pass": PASSED,
        f"{FORM}::test_fail": FAILED,
        f"{FORM}::test_error": ERROR,
        f"{FORM}::test_skip": SKIPPED,
        f"{FORM}::test_expected": SKIPPED,
        f"{FORM}::test_inherited": PASSED,
        "setUpClass (forms.tests::Broken)": ERROR,
        "tests/views/tests.py": ERROR,
        "tests/views/test_good.py::Good::test_it": PASSED,
    }


def test_django_is_found_in_its_repository_and_leaves_nothing(tmp_path: Path) -> None:
    """No command is needed; the labels in the command that is told can be typed by a person."""
    project(tmp_path, DJANGO)
    before = tree(tmp_path)
    run = suite("").run(tmp_path, (f"{FORM}::test_pass", "tests/views/test_good.py"), timeout_s=30)
    assert run.command == "python tests/runtests.py forms.tests.FormTests.test_pass views.test_good"
    assert list(run.tests) == [f"{FORM}::test_pass", "tests/views/test_good.py::Good::test_it"]
    assert (run.outcome, run.scope) == (RunOutcome.GREEN, "selected 2")
    assert tree(tmp_path) == before


def test_django_a_selected_test_in_a_broken_file_fails(tmp_path: Path) -> None:
    """Whether its file does not import, or its application's models do not; one that is not there is missing."""
    wanted = ("tests/views/tests.py::Any::test_x", f"{FORM}::test_gone", f"{FORM}::test_pass")
    assert outcomes(COMMAND, DJANGO, tmp_path, *wanted) == {wanted[0]: ERROR, wanted[2]: PASSED}
    late = "tests/late/tests.py::Late::test_it"
    assert outcomes(COMMAND, DJANGO, tmp_path, late) == {late: ERROR}


def test_django_what_the_database_cannot_do_is_left_out(tmp_path: Path) -> None:
    """The script ends at the sight of geographic tests; the others are run all the same."""
    found = outcomes(COMMAND, DJANGO, tmp_path, "tests/gis_tests/tests.py", f"{FORM}::test_pass")
    assert found == {f"{FORM}::test_pass": PASSED}


def test_django_a_hanging_test_fails_alone(tmp_path: Path) -> None:
    """Also where it catches every exception."""
    hanging = (
        "import unittest\nclass H(unittest.TestCase):\n    def test_h(self):\n        while 1:\n            try: pass\n"
    )
    files = {**DJANGO, "tests/views/tests.py": hanging + "            except Exception: pass\n"}
    run = suite(COMMAND, test_timeout_s=0.2).run(project(tmp_path, files), ("tests/views",), timeout_s=30)
    assert run.failing == ("tests/views/tests.py::H::test_h",)
    assert "did not end within" in run.tests[run.failing[0]].message


SYMPY_RUNNER = """
import os
sympy_dir = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
def clear_cache(): ...
class PyTestReporter:
    failed = 0
    def __getattr__(self, name): return lambda *args: None
    def test_exception(self, told): self.failed += 1
    def import_error(self, *args): self.failed += 1
class SymPyTests:
    def __init__(self, reporter, kw, seed):
        self._reporter, self._kw, self._seed, self._testfiles = reporter, kw, seed, []
    def matches(self, x): return not self._kw or any(k in x.__name__ for k in self._kw)
    def test_file(self, filename, sort=True): raise AssertionError("ours takes its place")
    def test(self, sort=False, timeout=False):
        if sort: self._testfiles.sort()
        for path in self._testfiles: self.test_file(path, sort, timeout)
        return not self._reporter.failed
def test(*paths, kw=(), seed=None):
    tests = SymPyTests(PyTestReporter(), kw, seed)
    folder = os.path.join(sympy_dir, "sympy", "core", "tests")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith("test_") and (not paths or any(p in path for p in paths)):
            tests._testfiles.append(path)
    return tests.test(sort=True, timeout=False)
"""
BIN_TEST = """
import argparse, os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
parser = argparse.ArgumentParser()
parser.add_argument("-C", action="store_true")
parser.add_argument("-v", "--verbose", action="store_true")
parser.add_argument("--seed", type=int)
parser.add_argument("-k", nargs="*")
parser.add_argument("paths", nargs="*")
options = parser.parse_args()
assert "sympy" not in sys.modules, "options are set before SymPy is imported"
import sympy
sys.exit(0 if sympy.test(*options.paths, kw=options.k, seed=options.seed) else 1)
"""
SYMPY = {
    "bin/test": BIN_TEST,
    "sympy/__init__.py": "from sympy.testing.runtests import test\n",
    "sympy/testing/__init__.py": "",
    "sympy/testing/runtests.py": SYMPY_RUNNER,
    "sympy/core/__init__.py": "",
    "sympy/core/tests/test_basic.py": """
import functools, random
class Skipped(Exception): ...
class XFail(Exception): ...
def slow(function):
    function._slow = True
    return function
def XFAIL(function):
    @functools.wraps(function)
    def wrapper():
        try: function()
        except Exception as error: raise XFail(str(error))
    return wrapper
def test_pass(): assert random.random() == random.Random(0).random()
def test_fail(): assert [1] == [2]
def test_error(): {}['x']
def test_skip(): raise Skipped("no numpy")
@XFAIL
def test_known(): assert False
@slow
def test_slow(): ...
def test_many():
    for number in (1, 2):
        yield check, number
def check(number): assert number == 1
""",
    "sympy/core/tests/test_broken.py": "import no_such_module\n",
}
BASIC = "sympy/core/tests/test_basic.py"


def test_sympy_every_outcome_has_its_id(tmp_path: Path) -> None:
    """By the names of SymPy's own exceptions; slow tests are left to those who ask for them."""
    assert outcomes("bin/test -C --verbose", SYMPY, tmp_path) == {
        f"{BASIC}::test_pass": PASSED,
        f"{BASIC}::test_fail": FAILED,
        f"{BASIC}::test_error": ERROR,
        f"{BASIC}::test_skip": SKIPPED,
        f"{BASIC}::test_known": SKIPPED,
        f"{BASIC}::test_slow": SKIPPED,
        f"{BASIC}::test_many[0]": PASSED,
        f"{BASIC}::test_many[1]": FAILED,
        "sympy/core/tests/test_broken.py": ERROR,
    }


def test_a_failure_tells_in_which_turn_of_a_loop_it_came(tmp_path: Path) -> None:
    """What the failing line's names stood for, and both sides of a bare assertion; neither is a part of the cause."""
    loop = "def test_loop():\n    for name in ('a', 'b'):\n        assert SIDE == {'a': 'A', 'b': 'C'}[name]\n"
    told = []
    for side in ("name.upper()", "name.title()"):
        project(tmp_path, {**SYMPY, BASIC: loop.replace("SIDE", side)})
        told.append(suite("bin/test").run(tmp_path, (BASIC,), timeout_s=30).tests[f"{BASIC}::test_loop"])
    first, second = told
    project(
        tmp_path, {**SYMPY, BASIC: "def test_loop():\n    name, n = ['long'], 0\n    assert name == ['0' * 9][n]\n"}
    )
    same = suite("bin/test").run(tmp_path, (BASIC,), timeout_s=30).tests[f"{BASIC}::test_loop"]
    assert same.message.endswith(
        "AssertionError\nwith n = 0\nleft side: ['long']\nright side: '000000000'"
    )  # and not once more
    assert first.message.endswith("AssertionError\nwith name = 'b'\nleft side: 'B'\nright side: 'C'")
    assert first.fingerprint == second.fingerprint
    project(tmp_path, {**SYMPY, BASIC: "def test_loop():\n    assert {}['x'] == 5\n"})
    raising = suite("bin/test").run(tmp_path, (BASIC,), timeout_s=30).tests[f"{BASIC}::test_loop"]
    assert raising.message.endswith("KeyError: 'x'\nright side: 5")


def test_a_value_is_never_taken_for_a_frame(tmp_path: Path) -> None:
    """Where a failure came from is a part of its cause, and what a variable held is not."""
    body = "def test_place():\n    said = 'core/x.py:3:  no'\n    assert said.upper() == 'NO'\n"
    project(tmp_path, {**SYMPY, BASIC: body})
    failed = suite("bin/test").run(tmp_path, (BASIC,), timeout_s=30).tests[f"{BASIC}::test_place"]
    assert failed.frames == ((BASIC, 3),)
    assert "left side: 'CORE/X.PY:3:  NO'\nright side: 'NO'" in failed.message


def told_of_the_late_test(tmp_path: Path, body: str) -> str:
    """What is told of the failing `L.test_l` of a Django test file."""
    project(tmp_path, {**DJANGO, "tests/late/tests.py": body, "tests/late/__init__.py": "", "tests/late/models.py": ""})
    run = suite("python tests/runtests.py").run(tmp_path, ("tests/late/tests.py::L::test_l",), timeout_s=30)
    return run.tests["tests/late/tests.py::L::test_l"].message


def test_django_a_failure_tells_in_which_turn_of_a_loop_it_came(tmp_path: Path) -> None:
    """As SymPy's does; objects that show no more than their address are left out."""
    body = "import unittest\nclass L(unittest.TestCase):\n    def test_l(self):\n        thing = object()\n"
    body += "        for one in (2, 3):\n            self.assertEqual(one, 2, thing)\n"
    assert told_of_the_late_test(tmp_path, body).endswith("\nwith one = 3")


def test_django_a_subtest_is_told_by_what_it_was_given(tmp_path: Path) -> None:
    """The loop around it goes on, so what its names stand for at the end says nothing of the turn that failed."""
    body = "import unittest\nclass L(unittest.TestCase):\n    def test_l(self):\n        for one in (2, 3, 4):\n"
    body += "            with self.subTest(one=one):\n                self.assertNotEqual(one, 3)\n"
    assert told_of_the_late_test(tmp_path, body).endswith("3 == 3\nin the subtest (one=3)")


def test_sympy_is_found_in_its_repository_and_leaves_nothing(tmp_path: Path) -> None:
    """A selection runs exactly the tests named, also a slow one; the command is one that a person can type."""
    project(tmp_path, SYMPY)
    before = tree(tmp_path)
    run = suite("").run(tmp_path, (f"{BASIC}::test_pass", f"{BASIC}::test_slow"), timeout_s=30)
    assert run.command == f"python bin/test --seed=0 {BASIC} -k test_pass test_slow"
    assert {id_: test.outcome for id_, test in run.tests.items()} == {
        f"{BASIC}::test_pass": PASSED,
        f"{BASIC}::test_slow": PASSED,
    }
    assert tree(tmp_path) == before


def test_sympy_a_selection_in_a_broken_file_fails(tmp_path: Path) -> None:
    """The command's own words for which tests to run give way to it."""
    wanted = ("sympy/core/tests/test_broken.py::test_x", f"{BASIC}::test_gone", f"{BASIC}::test_pass")
    found = outcomes(f"python -W ignore bin/test -C -k test_fail {BASIC}", SYMPY, tmp_path, *wanted)
    assert found == {wanted[0]: ERROR, wanted[2]: PASSED}


def test_sympy_a_run_whose_time_is_over_tells_what_it_knows(tmp_path: Path) -> None:
    """The test that still runs is given up, those after it were never started."""
    endless = "def test_a(): ...\ndef test_b():\n    while 1: ...\ndef test_c(): ...\n"
    project(tmp_path, {**SYMPY, "sympy/core/tests/test_endless.py": endless})
    wanted = ("sympy/core/tests/test_endless.py",)
    run = suite("bin/test -C", test_timeout_s=60.0).run(tmp_path, wanted, timeout_s=7)
    assert (run.outcome, list(run.tests), run.left_out) == (RunOutcome.GREEN, [f"{wanted[0]}::test_a"], 2), run.output


def test_sympy_files_are_run_in_the_order_in_which_they_are_asked_for(tmp_path: Path) -> None:
    """Whatever their names are: the nearest come first, and the time may not do for all."""
    files = {f"sympy/core/tests/test_{name}.py": f"def test_{name}(): ...\n" for name in ("near", "far", "also")}
    run = suite("bin/test -C").run(project(tmp_path, {**SYMPY, **files}), tuple(files), timeout_s=20)
    assert [id_.rpartition("::")[2] for id_ in run.tests] == ["test_near", "test_far", "test_also"]


def test_sympy_a_shuffled_run_has_another_order(tmp_path: Path) -> None:
    """And another seed for the tests' random numbers, so that luck shows."""
    project(tmp_path, SYMPY)
    runs = [suite("bin/test").run(tmp_path, (BASIC,), timeout_s=30, shuffle_seed=seed) for seed in (1, 1, 2)]
    assert list(runs[0].tests) == list(runs[1].tests) != list(runs[2].tests)
    assert runs[0].tests[f"{BASIC}::test_pass"].outcome is FAILED


EMPTY = {"tests/forms/tests.py": "", "tests/views/tests.py": "", "tests/views/test_good.py": ""}
NO_BROKEN = {"sympy/core/tests/test_broken.py": ""}
LOOP = {"sympy/core/__init__.py": "while 1: ...\n", "sympy/__init__.py": "import sympy.core\n"}
NAMED: Mapping[str, tuple[str, Mapping[str, str], RunOutcome]] = {
    "django-nothing": (COMMAND, EMPTY, RunOutcome.NONE_COLLECTED),
    "django-skipped": (f"{COMMAND} forms.tests.FormTests.test_skip", {}, RunOutcome.ALL_SKIPPED),
    "django-crash": (COMMAND, {"tests/test_sqlite.py": "raise ValueError\n"}, RunOutcome.CRASHED),
    "django-exit": (COMMAND, {"tests/forms/tests.py": "import os\nos._exit(0)\n"}, RunOutcome.CRASHED),
    "django-missing": (COMMAND, {"tests/runtests.py": "raise RuntimeError('Django module not found, reference')\n"},
                       RunOutcome.MISSING_RUNNER),
    "django-hangs": (COMMAND, {"tests/test_sqlite.py": "while 1: ...\n"}, RunOutcome.TIMED_OUT),
    "sympy-nothing": ("bin/test -k no_such_test", NO_BROKEN, RunOutcome.NONE_COLLECTED),
    "sympy-skipped": ("bin/test -k test_skip", NO_BROKEN, RunOutcome.ALL_SKIPPED),
    "sympy-crash": ("bin/test", {"sympy/testing/__init__.py": "raise ValueError\n"}, RunOutcome.CRASHED),
    "sympy-missing": ("bin/test", {"sympy/__init__.py": "import mpmath\n"}, RunOutcome.MISSING_RUNNER),
    "sympy-hangs": ("bin/test", LOOP, RunOutcome.TIMED_OUT),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_a_run_ends_with_a_named_outcome(tmp_path: Path, case: str) -> None:
    """Whatever the repository does."""
    command, files, outcome = NAMED[case]
    base = DJANGO if case.startswith("django") else SYMPY
    run = suite(command).run(project(tmp_path, {**base, **files}), None, timeout_s=4)
    assert run.outcome is outcome, run.output
