"""What the driver can be asked: open, warm, survey, units, evaluate, probe, compare, confirm. Collects once."""
# mypy: ignore-errors

import functools
import gc
import inspect
import os
import sys
import time
import traceback

import search_probe
from search_clash import clash_of
from search_forks import STALL_S, Stopwatch, answer_of, answers_of, longest_s, processors, run_limited
from search_fresh import FreshRuns, lay_over
from search_harnesses import HARNESSES
from search_inputs import variants
from search_jury import Jury
from search_parts import code_of, failing_line, part_of
from search_probe import Probe
from search_swap import Unit, apply_changes, live_caches, live_functions, place_of
from search_trace import Recorder

PART_WORTH_S = 0.05
PART_SUFFIX = " (its failing part)"
TRACED_S = 0.5
TRACED_SLOWER = 6
TRACED_STUCK_S = 0.12
MOST_AT_ONCE = 4
TRACED = ("lines", "types", "returns", "raised", "members", "under", "around")
"""What a recorder reports."""


def always(_line):
    """Whatever the line."""
    return True


def never(_line):
    """For no line."""
    return False


def serve(wire, request):
    """Collect, then answer until the input ends."""
    root = os.path.realpath(request["root"])
    os.chdir(root)
    sys.dont_write_bytecode = True
    # As the suite runs it: `python -m pytest` puts the root first, PYTHONPATH the folder `src`.
    sys.path[:0] = [root] + [os.path.join(root, "src")] * os.path.isdir(os.path.join(root, "src"))
    harness = HARNESSES[request["harness"]]()
    start = {os.path.join(root, path): text for path, text in request["overlay"].items()}
    why = ""
    for arguments in harness.choices(root, request["files"], request["words"]):
        fresh = FreshRuns(root, harness, arguments)
        lay_over(start)
        session = Session(wire, root, fresh, request["sources"])
        try:
            harness.collect(arguments, session.serve)
        except BaseException:  # noqa: BLE001 -- told below, unless another choice serves
            why = traceback.format_exc()[-1500:]
        fresh.close()
        if session.served:
            return
    wire.tell(op="broken", why="no tests could be collected in " + " ".join(request["files"]) + "\n" + why)


class Session:
    """Answers requests while the tests' own session is open."""

    def __init__(self, wire, root, fresh, sources):
        self.wire = wire
        self.root = root
        self.sources = sources
        self.fresh = fresh
        self.served = False
        self.tests = {}
        self.units = {}
        self.under = set()
        self.failing_lines = {}

    def serve(self, tests):
        """Take the place of the test loop."""
        self.served = True
        self.tests = tests
        self.watch = Stopwatch()
        self.jury = Jury(self.tests, self.units, self.watch, self._clear_caches)
        self._settle()
        self.wire.tell(op="opened", ids=list(self.tests))
        for request in iter(self.wire.ask, None):
            try:
                getattr(self, "on_" + request.pop("op"))(**request)
            except Exception:  # noqa: BLE001 -- told to the engine; the runner would only print it
                self.wire.tell(op="broken", why=traceback.format_exc()[-2000:])

    def _settle(self):
        """Find what can be swapped and cleared, then let children share the memory of all that is here."""
        self.functions = live_functions(self.root)
        self.caches = live_caches(self.root)
        self._clear_caches()
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()

    def on_survey(self, ids, limit_s, traced, types):
        """Run each test on the code as it is, in a child of its own, a few at once; one answer a test, in order."""
        at_once = min(MOST_AT_ONCE, processors())
        for some in (ids[start : start + at_once] for start in range(0, len(ids), at_once)):
            is_traced = [functools.partial(self._has_no_part, name) if traced else never for name in some]
            works = [
                functools.partial(self._survey, name, limit_s, types, is_traced[place])
                for place, name in enumerate(some)
            ]
            found = answers_of(works, longest_s(limit_s))
            for place, name in enumerate(some):
                self._tell_survey(name, found[place] or {}, limit_s, traced, types)

    def _tell_survey(self, name, found, limit_s, traced, types):
        base = {"outcome": "timeout", "cpu_s": limit_s, "lines": {}, "types": {}, "returns": {}, "raised": []}
        base.update(clash=clash_of(None), members={}, around=[])
        line = found.pop("line", None)
        part = self._part(name, line, found, limit_s, types) if traced else None
        self.under.update(map(tuple, found.pop("under", ())))
        self.wire.tell(op="surveyed", id=name, **dict(base, source=self._source(name), part=part, **found))

    def _seen(self, name, limit_s, types):
        """A test's survey with all that it executes, made in a child."""
        return answer_of(functools.partial(self._survey, name, limit_s, types, always), longest_s(limit_s)) or {}

    def _has_no_part(self, name, line):
        return line is None or part_of(self.tests[name], line) is None

    def _part(self, name, line, survey, limit_s, types):
        """The id of the failing part of a test and what it takes, if it fails as the whole does and is much quicker.

        However long it takes, what it executes stands in the test's survey: the checks before it went well.
        """
        self.failing_lines[name] = line
        part = part_of(self.tests[name], line) if line else None
        if part is None:
            return None
        key = name + PART_SUFFIX
        self.tests[key] = part
        found = self._seen(key, limit_s, types)
        if found.get("outcome") == "failed" and found["clash"]["type"] == survey["clash"]["type"]:
            survey.update({field: found[field] for field in TRACED})
            if survey["cpu_s"] >= max(PART_WORTH_S, 2 * found["cpu_s"]):
                return [key, found["cpu_s"]]
        else:
            survey.update(self._seen(name, limit_s, types))
            survey.pop("line", None)
        del self.tests[key]
        return None

    def on_warm(self, ids, limit_s):
        """Run tests here, so that every child finds imported, compiled and set up what they need."""
        if hasattr(gc, "unfreeze"):
            gc.unfreeze()
        for name in ids:
            run_limited(self.tests[name], self.watch, limit_s)
        self._settle()
        self.wire.tell(op="warm")

    def _source(self, name):
        try:
            return inspect.getsource(self.tests[name].function())
        except (OSError, TypeError):
            return ""

    def _survey(self, name, limit_s, types, is_traced):
        """How the test ends, what it takes and at which line it failed; what it executes if that `is_traced`."""
        outcome, cpu_s = run_limited(self.tests[name], self.watch, limit_s)
        clash = clash_of(self.tests[name].error if outcome == "failed" else None)
        line = failing_line(self.tests[name]) if outcome == "failed" else None
        self._clear_caches()
        seen = self._traced(name, outcome, cpu_s, types) if is_traced(line) else {}
        return dict(seen, outcome=outcome, cpu_s=cpu_s, clash=clash, line=line)

    def _traced(self, name, outcome, cpu_s, types):
        with Recorder(self.root, self.sources, types, code_of(self.tests[name])) as recorder:
            traced_s = TRACED_STUCK_S if outcome == "timeout" else max(TRACED_S, TRACED_SLOWER * cpu_s)
            run_limited(self.tests[name], self.watch, traced_s)
        return recorder.report()

    def on_units(self, units):
        """Learn the functions that candidates change; answers with those that can be swapped live."""
        for unit in units:
            self.units[unit["id"]] = Unit(unit, self.functions.get(unit["path"], []))
        # The others hold nothing that a candidate changes, and some take longer to fill than the tests do.
        self.caches = [cache for cache in self.caches if place_of(cache.__wrapped__) in self.under]
        self.wire.tell(op="ready", swappable=[key for key, unit in self.units.items() if unit.live])

    def on_evaluate(self, candidates, trial, seconds, again):
        """Judge candidates; fewer than asked for when the seconds are over."""
        verdicts = self.jury.judge(candidates, trial, time.time() + seconds, again)
        self.wire.tell(op="evaluated", verdicts=verdicts)

    def _clear_caches(self):
        for cache in self.caches:
            cache.cache_clear()

    def on_probe(self, candidate, conditions, ids, limit_s, seconds):
        """What the conditions come to where the candidate calls the probe, test by test, as far as there is time."""
        until = time.time() + seconds
        found = []
        for name in ids:
            if time.time() > until:
                break
            work = functools.partial(self._probed, candidate, conditions, name, limit_s)
            found.append(answer_of(work, longest_s(limit_s)) or [{"hits": [], "values": {}}] * 2)
        self.wire.tell(op="probed", tests=found)

    def _probed(self, candidate, conditions, name, limit_s):
        unit = self.units[candidate[0]]
        code, line = code_of(self.tests[name]), self.failing_lines.get(name)
        failing = (code, code.co_firstlineno + line - 1) if code and line else (None, 0)
        search_probe.LIVE = Probe(conditions, failing)
        unit.swap(unit.compile(apply_changes(unit.text, candidate[1])))
        self._clear_caches()
        run_limited(self.tests[name], self.watch, limit_s)
        return search_probe.LIVE.report()

    def on_compare(self, candidates, ids, limit_s, seconds):
        """What each candidate does on fresh inputs: per candidate [input, notes, ending], in the same order."""
        until = time.time() + seconds
        found = []
        for number, changes in candidates:
            share = max(0.5, (until - time.time()) / (len(candidates) - len(found)))
            work = functools.partial(self._behaviour, number, changes, ids, limit_s, time.time() + share)
            found.append(answer_of(work, share + STALL_S) or [])
        self.wire.tell(op="compared", behaviours=found)

    def _behaviour(self, number, changes, ids, limit_s, deadline):
        unit = self.units[number]
        unit.swap(unit.compile(apply_changes(unit.text, changes)))
        found = []
        for name in ids:
            for given, function, params in variants(self.tests[name]):
                if time.time() > deadline:
                    return found
                self._clear_caches()
                with self.tests[name].replaced(function, params):
                    outcome = run_limited(self.tests[name], self.watch, limit_s)[0]
                error = self.tests[name].error
                ending = outcome if error is None else type(error).__name__
                found.append([name + ": " + given, list(function.notes), ending])
                del function.notes[:]
        return found

    def on_confirm(self, overlay, failing, passing, limit_s, wall_s):
        """Run tests in a process that imports everything anew, with changed files laid over the tree."""
        full = {os.path.join(self.root, path): text for path, text in overlay.items()}
        self.wire.tell(op="confirmed", outcomes=self.fresh.run(full, failing, passing, limit_s, wall_s))
