"""How the tests of some files are brought to life: by pytest, by Django's own script, or as plain modules.

A harness takes the driver's words and calls `serve` with every test by its id, while the test session is open. Ids
are `path::Class::name`, whatever the runner calls them.
"""
# mypy: ignore-errors
# ruff: noqa: N802, N815, ARG002, UP032 -- unittest names what it calls, and every harness takes the same arguments

import contextlib
import importlib
import os
import runpy
import sys
import types
import unittest

try:
    import pytest
    import search_items
except ImportError:  # the other harnesses do without pytest
    pytest = search_items = None

QUIET = ["-p", "no:cacheprovider", "-s", "-q", "--assert=plain"]
UNHELPFUL = ["xdist", "timeout", "cov", "randomly", "rerunfailures", "faulthandler", "benchmark"]
SCRIPT_DEFAULT = "tests/runtests.py"


class PytestHarness:
    """pytest with the session's test loop in place of its own."""

    def choices(self, root, files, words):
        """Argument lists from the most to the least opinionated; a project's own options may refuse the first ones."""
        without = [word for name in UNHELPFUL for word in ("-p", "no:" + name)]
        rooted = ["--rootdir=" + root]
        if words:
            yield QUIET + without + rooted + words + files
        yield QUIET + without + rooted + files
        yield QUIET + without + ["-o", "addopts="] + rooted + files
        yield QUIET + rooted + files

    def collect(self, arguments, serve):
        """Open a session over these arguments."""
        pytest.main(arguments, plugins=[search_items.Collected(serve), search_items.CheapReports()])

    def warm_up(self):
        """Import the installed plugins once, so that no run has to."""
        here = os.path.dirname(os.path.abspath(__file__))  # a folder without tests
        empty = ["-c", os.devnull, "--rootdir=" + here, here]
        pytest.main(["--collect-only", "-s", "-p", "no:cacheprovider", "--assert=plain", *empty])


class DjangoHarness:
    """Django's own script up to where it runs its tests: settings, applications and databases are as it makes them."""

    def choices(self, root, files, words):
        """The script, its options and the labels of the files."""
        script = next((word for word in words if word.endswith("runtests.py")), SCRIPT_DEFAULT)
        folder = os.path.dirname(script)
        labels = [os.path.relpath(path, folder)[: -len(".py")].replace(os.sep, ".") for path in files]
        yield [script] + [word for word in words if word != script] + ["--parallel=1"] + labels

    def collect(self, arguments, serve):
        """Run the script; its runner finds our loop."""

        def run(_runner, tests):
            serve({test_id(test): Case(test) for test in flatten(tests)})
            return unittest.TestResult()

        unittest.TextTestRunner.run = run
        sys.path.insert(0, os.path.abspath(os.path.dirname(arguments[0])))
        sys.argv[:] = arguments
        runpy.run_path(arguments[0], run_name="__main__")

    def warm_up(self):
        """Nothing is needed that is not the project's own."""


class ModuleHarness:
    """Each file as a module: its TestCases, and its bare functions as SymPy's runner calls them."""

    def choices(self, root, files, words):
        """The files as they are."""
        yield files

    def collect(self, files, serve):
        """Import the files and look for tests in them."""
        tests = {}
        for path in files:
            module = importlib.import_module(path[: -len(".py")].replace("/", "."))
            for test in flatten(unittest.TestLoader().loadTestsFromModule(module)):
                tests[test_id(test)] = Case(test)
            for name, function in vars(module).items():
                own = getattr(function, "__module__", None) == module.__name__
                if name.startswith("test") and callable(function) and own and not isinstance(function, type):
                    tests["{}::{}".format(path, name)] = Case(unittest.FunctionTestCase(function))
        serve(tests)

    def warm_up(self):
        """Nothing is needed that is not the project's own."""


HARNESSES = {"pytest": PytestHarness, "django": DjangoHarness, "module": ModuleHarness}


def flatten(tests):
    """The single tests of nested suites."""
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def test_id(test):
    """path::Class::name, with the path relative to the working directory."""
    name = getattr(test, "_testMethodName", "")
    module = sys.modules.get(type(test).__module__)
    path = os.path.relpath(getattr(module, "__file__", None) or "unknown.py")
    return "{}::{}::{}".format(path, type(test).__qualname__.replace(".", "::"), name)


class Case:
    """One unittest test that can be run again and again."""

    def __init__(self, test):
        self.test = test
        self.error = None
        self.params = {}

    @contextlib.contextmanager
    def replaced(self, function, params):
        """Another function in the test's place."""
        bare = hasattr(self.test, "_testFunc")
        name = "_testFunc" if bare else self.test._testMethodName
        old = vars(self.test).get(name)
        setattr(self.test, name, function if bare else types.MethodType(function, self.test))
        try:
            yield
        finally:
            if old is None:
                delattr(self.test, name)
            else:
                setattr(self.test, name, old)

    def function(self):
        """The test's own function."""
        bare = getattr(self.test, "_testFunc", None)
        return bare or getattr(self.test, self.test._testMethodName)

    def call(self):
        """passed, failed or skipped; `error` is then the exception that failed it.

        What the class or module sets up once is kept for the next test of it in the same process.
        """
        result = CheapResult.of_process
        result.forget()
        unittest.TestSuite([self.test]).run(result)
        self.error = result.error
        if result.error is not None or result.broken:
            return "failed"
        return "skipped" if result.skipped else "passed"


class CheapResult(unittest.TestResult):
    """A result that formats no tracebacks: that costs more than most tests."""

    _testRunEntered = True  # to unittest this is one suite that never ends, so that fixtures live on

    def forget(self):
        """Ready for the next test."""
        self.error = None
        self.broken = False
        self.skipped = []

    def addError(self, test, err):
        """Keep the first exception."""
        if not isinstance(err[1], unittest.SkipTest):
            self.error = self.error or err[1]

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        """A failing part fails the whole."""
        if err is not None:
            self.addError(test, err)

    def addUnexpectedSuccess(self, test):
        """What was expected to fail and did not."""
        self.broken = True


CheapResult.of_process = CheapResult()
