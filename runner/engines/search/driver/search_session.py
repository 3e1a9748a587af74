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
from search_inputs import abridged, variants
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
BEHAVIOUR_CHARS = 100000
UNSEEN = {
    "lines": {},
    "types": {},
    "returns": {},
    "raised": [],
    "members": {},
    "under": [],
    "around": [],
    "near": [],
    "is_cut": True,
}
"""Of a test that was not watched."""


def serve(wire, request):
    """Collect, then answer until the input ends."""
    root = os.path.realpath(request["root"])
    os.chdir(root)
    sys.dont_write_bytecode = True
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
            ends = self._ends(some, limit_s)
            if traced:
                self.failing_lines.update((name, end["line"]) for name, end in ends.items())
            traces = self._traces([name for name in some if traced and self._part_of(name) is None], ends, types)
            for name in some:
                survey = dict(UNSEEN, **ends[name])
                survey.update(traces.get(name, {}))
                part = self._part(name, survey, limit_s, types) if traced and name not in traces else None
                self._tell_survey(name, survey, part)

    def _tell_survey(self, name, survey, part):
        self.under.update(map(tuple, survey.pop("under")))
        del survey["line"]
        self.wire.tell(op="surveyed", id=name, source=self._source(name), part=part, **survey)

    def _part_of(self, name):
        line = self.failing_lines[name]
        return part_of(self.tests[name], line) if line else None

    def _part(self, name, survey, limit_s, types):
        """The id of the failing part of a test and what it takes, if it fails as the whole does and is much quicker.

        However long it takes, what it executes stands in the test's survey: the checks before it went well.
        """
        key = name + PART_SUFFIX
        self.tests[key] = self._part_of(name)
        found = self._ends([key], limit_s)[key]
        if found["outcome"] == "failed" and found["clash"]["type"] == survey["clash"]["type"]:
            survey.update(self._traces([key], {key: found}, types)[key])
            if survey["cpu_s"] >= max(PART_WORTH_S, 2 * found["cpu_s"]):
                return [key, found["cpu_s"]]
        else:
            survey.update(self._traces([name], {name: survey}, types)[name])
        del self.tests[key]
        return None

    def _ends(self, names, limit_s):
        """How each of the tests ends, what it takes and at which of its lines it failed."""
        works = [functools.partial(self._ended, name, limit_s) for name in names]
        lost = {"outcome": "timeout", "cpu_s": limit_s, "clash": clash_of(None), "line": None}
        found = answers_of(works, longest_s(limit_s))
        return {name: found[place] or dict(lost) for place, name in enumerate(names)}

    def _ended(self, name, limit_s):
        outcome, cpu_s = run_limited(self.tests[name], self.watch, limit_s)
        error = self.tests[name].error if outcome == "failed" else None
        line = failing_line(self.tests[name]) if outcome == "failed" else None
        return {"outcome": outcome, "cpu_s": cpu_s, "clash": clash_of(error), "line": line}

    def _traces(self, names, ends, types):
        """What each of the tests executes, in a child that has not run it before: many leave something behind."""
        limits = {
            name: TRACED_STUCK_S
            if ends[name]["outcome"] == "timeout"
            else max(TRACED_S, TRACED_SLOWER * ends[name]["cpu_s"])
            for name in names
        }
        works = [functools.partial(self._traced, name, ends[name]["outcome"], limits[name], types) for name in names]
        found = answers_of(works, longest_s(max(limits.values(), default=0.0)))
        return {name: found[place] or {} for place, name in enumerate(names)}

    def _traced(self, name, outcome, limit_s, types):
        with Recorder(self.root, self.sources, types, code_of(self.tests[name])) as recorder:
            traced = run_limited(self.tests[name], self.watch, limit_s)[0]
        return dict(recorder.report(), is_cut=traced == "timeout" or traced != outcome)

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
        found, room = [], BEHAVIOUR_CHARS
        for name in ids:
            for given, function, params in variants(self.tests[name]):
                if time.time() > deadline or room < 0:
                    return found
                self._clear_caches()
                with self.tests[name].replaced(function, params):
                    outcome = run_limited(self.tests[name], self.watch, limit_s)[0]
                error = self.tests[name].error
                ending = outcome if error is None else type(error).__name__
                found.append([name + ": " + given, abridged(function.notes), ending])
                room -= sum(len(one) for note in found[-1][1] for one in note)
                del function.notes[:]
        return found

    def on_confirm(self, overlay, failing, passing, limit_s, wall_s):
        """Run tests in a process that imports everything anew, with changed files laid over the tree."""
        full = {os.path.join(self.root, path): text for path, text in overlay.items()}
        self.wire.tell(op="confirmed", outcomes=self.fresh.run(full, failing, passing, limit_s, wall_s))
