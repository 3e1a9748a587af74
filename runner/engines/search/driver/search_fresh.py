"""Runs that import the project anew: a server forked before anything of the project was imported."""
# mypy: ignore-errors

import functools
import importlib.machinery
import json
import os
import sys

import pytest
from search_forks import IMPORTING_BYTES, Stopwatch, answer_of, read_lines, reap, spawn
from search_items import CheapReports

HERE = os.path.dirname(os.path.abspath(__file__))  # a folder without tests


class FreshRuns:
    """Forks at construction; each run is a child of that pristine process."""

    def __init__(self, root, arguments):
        self.root = root
        self.arguments = arguments
        requests, self.requests = os.pipe()
        self.pid, self.answers = spawn(lambda write: self._serve(requests, write), 2 * IMPORTING_BYTES)
        os.close(requests)

    def run(self, overlay, ids, limit_s, wall_s):
        """Outcome by test id; empty when the run died or took longer than `wall_s`."""
        ask = json.dumps({"overlay": overlay, "ids": ids, "limit_s": limit_s, "wall_s": wall_s}) + "\n"
        os.write(self.requests, ask.encode())
        for line in read_lines(self.answers, wall_s + 5.0):
            return json.loads(line)
        return {}

    def _serve(self, requests, write):
        os.close(self.requests)
        warm_up(self.root)
        with os.fdopen(requests, "r", encoding="utf-8") as stream:
            for line in stream:
                request = json.loads(line)
                found = answer_of(
                    functools.partial(run_anew, self.arguments, request), request["wall_s"], IMPORTING_BYTES
                )
                write(json.dumps(found or {}) + "\n")

    def close(self):
        """End the server."""
        os.close(self.requests)
        reap(self.pid, self.answers)


def warm_up(root):
    """Import pytest's installed plugins once, so that no run has to; what is the project's own is forgotten again."""
    empty = ["-c", os.devnull, "--rootdir=" + HERE, HERE]
    pytest.main(["--collect-only", "-s", "-p", "no:cacheprovider", "--assert=plain", *empty])
    own = os.path.join(root, "")
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(own):
            del sys.modules[name]


def run_anew(arguments, request):
    """Run pytest as usual on the chosen tests with the overlay in place of the files."""
    lay_over(request["overlay"])
    picked = Picked(set(request["ids"]), request["limit_s"])
    pytest.main(arguments, plugins=[picked, CheapReports()])
    return picked.outcomes


def lay_over(overlay):
    """Make the import system read these files' text from memory, past any cached bytecode."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader, fullname):
        path = os.path.realpath(loader.get_filename(fullname))
        if path in overlay:
            return loader.source_to_code(overlay[path].encode("utf-8"), path)
        return original(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code


class Picked:
    """A pytest plugin that keeps the chosen tests, limits each one's time and notes how it ended."""

    def __init__(self, ids, limit_s):
        self.ids = ids
        self.limit_s = limit_s
        self.outcomes = {}
        self.watch = Stopwatch()

    def pytest_collection_modifyitems(self, items):
        """Keep the chosen tests."""
        items[:] = [item for item in items if item.nodeid in self.ids]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        """Limit the test's time."""
        self.watch.start(self.limit_s)
        yield
        self.watch.stop()
        if self.watch.expired:
            self.outcomes[item.nodeid] = "timeout"

    def pytest_runtest_logreport(self, report):
        """Note how the test ended; a failure in any of its phases counts."""
        if report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome
        else:
            self.outcomes.setdefault(report.nodeid, "passed")
