"""What the driver can be asked: open, survey, units, evaluate, confirm. Tests are collected once, inside pytest."""
# mypy: ignore-errors

import functools
import gc
import json
import os
import sys
import time
import traceback

import pytest
from search_forks import Stopwatch, answer_of, read_lines, reap, spawn
from search_fresh import FreshRuns
from search_items import CheapReports, Runnable
from search_swap import Unit, apply_changes, code_key, live_caches, live_functions, restore
from search_trace import Recorder

QUIET = ["-p", "no:cacheprovider", "-s", "-q", "--assert=plain"]
UNHELPFUL = ["xdist", "timeout", "cov", "randomly", "rerunfailures", "faulthandler", "benchmark"]
STALL_S = 6.0
TRACED_S = 0.5
TRACED_STUCK_S = 0.12


def argument_choices(extra, files):
    """Argument lists from the most to the least opinionated; a project's own options may refuse the first ones."""
    without = [word for name in UNHELPFUL for word in ("-p", "no:" + name)]
    yield QUIET + without + extra + files
    yield QUIET + without + ["-o", "addopts="] + extra + files
    yield QUIET + extra + files


def serve(wire, request):
    """Collect, then answer until the input ends."""
    root = os.path.realpath(request["root"])
    os.chdir(root)
    sys.dont_write_bytecode = True
    # As the suite runs it: `python -m pytest` puts the root first, PYTHONPATH the folder `src`.
    sys.path[:0] = [root] + [os.path.join(root, "src")] * os.path.isdir(os.path.join(root, "src"))
    for arguments in argument_choices(["--rootdir=" + root] + request["arguments"], request["files"]):
        fresh = FreshRuns(root, arguments)
        session = Session(wire, root, fresh)
        pytest.main(arguments, plugins=[session, CheapReports()])
        fresh.close()
        if session.served:
            return
    wire.tell(op="broken", why="pytest could not collect " + " ".join(request["files"]))


class Session:
    """A pytest plugin that takes the place of the test loop."""

    def __init__(self, wire, root, fresh):
        self.wire = wire
        self.root = root
        self.fresh = fresh
        self.served = False
        self.tests = {}
        self.units = {}
        self.seen = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Answer requests instead of running the tests."""
        self.served = True
        self.tests = {item.nodeid: Runnable(item) for item in session.items}
        self.functions = live_functions(self.root)
        self.caches = live_caches(self.root)
        self.watch = Stopwatch()
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()
        self.wire.tell(op="opened", ids=list(self.tests))
        for request in iter(self.wire.ask, None):
            try:
                getattr(self, "on_" + request.pop("op"))(**request)
            except Exception:  # noqa: BLE001 -- told to the engine; pytest would only print it
                self.wire.tell(op="broken", why=traceback.format_exc()[-2000:])
        return True

    def on_survey(self, ids, limit_s, traced, types):
        """Run each test on the code as it is, each in its own child; one answer a test."""
        for name in ids:
            found = answer_of(functools.partial(self._survey, name, limit_s, traced, types), 20 * limit_s + 5) or {}
            base = {"outcome": "timeout", "cpu_s": limit_s, "lines": {}, "types": {}, "returns": {}, "raised": []}
            self.wire.tell(op="surveyed", id=name, **dict(base, **found))

    def _survey(self, name, limit_s, traced, types):
        outcome, cpu_s = self.tests[name].run(self.watch, limit_s)
        self._clear_caches()
        if not traced:
            return {"outcome": outcome, "cpu_s": cpu_s}
        recorder = Recorder(self.root, types)
        with recorder:
            self.tests[name].run(self.watch, TRACED_STUCK_S if outcome == "timeout" else TRACED_S)
        return dict(recorder.report(), outcome=outcome, cpu_s=cpu_s)

    def on_units(self, units):
        """Learn the functions that candidates change; answers with those that can be swapped live."""
        for unit in units:
            self.units[unit["id"]] = Unit(unit, self.functions.get(unit["path"], []))
        self.wire.tell(op="ready", swappable=[key for key, unit in self.units.items() if unit.live])

    def on_evaluate(self, candidates, trial, seconds, again):
        """Judge candidates; a child that dies or hangs costs only the candidate it was at."""
        deadline = time.time() + seconds
        self.again = again
        stall_s = STALL_S + 4 * max(trial["limits"].values())
        verdicts = []
        while len(verdicts) < len(candidates) and time.time() < deadline:
            rest = candidates[len(verdicts) :]
            pid, receiver = spawn(functools.partial(self._evaluate, rest, trial, deadline))
            done = False
            try:
                for line in read_lines(receiver, stall_s):
                    done = line == "end"
                    if not done:
                        verdicts.append(json.loads(line))
                        self.seen.add(verdicts[-1][2])
            finally:
                reap(pid, receiver)
            if done:
                break
            if len(verdicts) < len(candidates):
                verdicts.append(["crashed", "", 0])
        self.wire.tell(op="evaluated", verdicts=[verdict[:2] for verdict in verdicts])

    def _evaluate(self, candidates, trial, deadline, write):
        for number, changes in candidates:
            if time.time() > deadline:
                break
            write(json.dumps(self._judge(number, changes, trial)) + "\n")
        write("end\n")

    def _judge(self, number, changes, trial):
        """(verdict, deciding test, key): invalid, duplicate, failed, timeout, near, regressed or plausible."""
        unit = self.units[number]
        code = unit.compile(apply_changes(unit.text, changes))
        if code is None:
            return "invalid", "", 0
        bytecode = code_key(code)
        key = hash((number, bytecode))
        if (key in self.seen and not self.again) or bytecode == unit.original_key:
            return "duplicate", "", key
        self.seen.add(key)
        undo = unit.swap(code)
        try:
            if not undo:
                return "invalid", "", key
            return (*self._run(trial["failing"], trial["passing"].get(str(number), []), trial["limits"]), key)
        finally:
            restore(undo)

    def _run(self, failing, passing, limits):
        self._clear_caches()
        for count, name in enumerate(failing):
            outcome = self.tests[name].run(self.watch, limits[name])[0]
            if outcome == "timeout":
                return ("near" if count else "timeout"), name
            if outcome != "passed":
                return "failed", name
        for name in passing:
            outcome = self.tests[name].run(self.watch, limits[name])[0]
            if outcome != "passed":
                return ("near" if outcome == "timeout" else "regressed"), name
        return "plausible", ""

    def _clear_caches(self):
        for cache in self.caches:
            cache.cache_clear()

    def on_confirm(self, overlay, ids, limit_s, wall_s):
        """Run tests in a process that imports everything anew, with changed files laid over the tree."""
        full = {os.path.join(self.root, path): text for path, text in overlay.items()}
        self.wire.tell(op="confirmed", outcomes=self.fresh.run(full, ids, limit_s, wall_s))
