"""How pytest's collected tests run again and again in one process, cheaply."""
# mypy: ignore-errors

import contextlib
import copy
import inspect
import types
import unittest

import pytest
from _pytest.reports import TestReport
from _pytest.runner import runtestprotocol
from search_forks import Expired

PLAIN = (int, float, str, bytes, bool, type(None))


class Collected:
    """A plugin that hands the collected tests over instead of running them."""

    def __init__(self, serve):
        self.serve = serve

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """The session is open as long as `serve` takes."""
        self.serve({item.nodeid: Item(item) for item in session.items})
        return True


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
            item.greenloop_error = None if skipped else call.excinfo.value
        return TestReport(item.nodeid, item.location, {}, outcome, longrepr, call.when)


class Item:
    """One test with a pristine copy of its parameters."""

    def __init__(self, item):
        self.item = item
        self.error = None
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

    @contextlib.contextmanager
    def replaced(self, function, params):
        """Another function and other parameters in the test's place."""
        obj, pristine = self.item.obj, self.pristine
        owner = getattr(obj, "__self__", None)
        self.item.obj = function if owner is None else types.MethodType(function, owner)
        self.pristine = params
        try:
            yield
        finally:
            self.item.obj, self.pristine = obj, pristine

    def function(self):
        """The test's own function."""
        return self.item.obj

    def call(self):
        """passed, failed or skipped; `error` is then the exception that failed it."""
        self.error = None
        return self._directly() if self.direct else self._by_protocol()

    def _directly(self):
        try:
            self.item.obj(**self._copy(self.pristine))
        except Expired:
            raise
        except pytest.skip.Exception:
            return "skipped"
        except BaseException as error:  # noqa: BLE001 -- a candidate may raise anything, SystemExit too.
            self.error = error
            return "failed"
        return "passed"

    def _by_protocol(self):
        if self.params and not self.fixed:
            self.item.callspec.params.update(self._copy(self.pristine))
        outcomes = [report.outcome for report in runtestprotocol(self.item, log=False, nextitem=None)]
        if "failed" in outcomes:
            self.error = getattr(self.item, "greenloop_error", None)
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
