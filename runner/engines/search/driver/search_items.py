"""How one collected test runs again and again in one process, cheaply and with a limit."""
# mypy: ignore-errors

import copy
import inspect
import unittest

import pytest
from _pytest.reports import TestReport
from _pytest.runner import runtestprotocol
from search_forks import Expired, cpu_s

PLAIN = (int, float, str, bytes, bool, type(None))


class CheapReports:
    """Reports without tracebacks: building those costs more than most tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        """Take the place of pytest's own report; plugins around it (xfail, skip) still see it."""
        outcome, longrepr = "passed", None
        if getattr(item, "_excinfo", None):  # where pytest keeps what a unittest.TestCase reported
            call.excinfo = item._excinfo.pop(0)
        if call.excinfo is not None:
            skipped = call.excinfo.errisinstance((pytest.skip.Exception, unittest.SkipTest))
            outcome = "skipped" if skipped else "failed"
            longrepr = (str(item.fspath), 0, "Skipped") if skipped else "failed"
        return TestReport(item.nodeid, item.location, {}, outcome, longrepr, call.when)


class Runnable:
    """One test with a pristine copy of its parameters."""

    def __init__(self, item):
        self.item = item
        self.id = item.nodeid
        self.params = dict(getattr(getattr(item, "callspec", None), "params", {}))
        self.fixed = all(isinstance(value, PLAIN) for value in self.params.values())
        self.direct = _is_direct(item, self.params)
        self.pristine = self._copy(self.params)

    def _copy(self, params):
        if self.fixed:
            return params
        try:
            return copy.deepcopy(params)
        except Exception:  # noqa: BLE001 -- whatever a parameter's own __deepcopy__ raises: then it is shared.
            self.fixed = True
            return params

    def run(self, watch, limit_s):
        """(outcome, processor seconds): passed, failed, skipped or timeout."""
        start = cpu_s()
        watch.start(limit_s)
        try:
            outcome = self._call() if self.direct else self._protocol()
        except Expired:
            outcome = "timeout"
        finally:
            watch.stop()
        return ("timeout" if watch.expired else outcome), cpu_s() - start

    def _call(self):
        try:
            self.item.obj(**self._copy(self.pristine))
        except Expired:
            raise
        except pytest.skip.Exception:
            return "skipped"
        except BaseException:  # noqa: BLE001 -- a candidate may raise anything, SystemExit too.
            return "failed"
        return "passed"

    def _protocol(self):
        if self.params and not self.fixed:
            self.item.callspec.params.update(self._copy(self.pristine))
        outcomes = [report.outcome for report in runtestprotocol(self.item, log=False, nextitem=None)]
        if "failed" in outcomes:
            return "failed"
        return "skipped" if "skipped" in outcomes else "passed"


def _is_direct(item, params):
    """Whether calling the function with its parameters is all that running the test means."""
    if type(item).__name__ != "Function" or getattr(item, "cls", None) is not None:
        return False
    if inspect.iscoroutinefunction(item.obj) or inspect.isgeneratorfunction(item.obj):
        return False
    marks = list(item.iter_markers())
    plain = all(mark.name == "parametrize" and not mark.kwargs.get("indirect") for mark in marks)
    return plain and set(item.fixturenames) <= set(params)
