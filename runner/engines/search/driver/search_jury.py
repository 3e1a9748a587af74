"""Verdicts on candidates: many in one forked child, and as many children at once as there are processors."""
# mypy: ignore-errors

import functools
import json
import time

from search_forks import IMPORTING_BYTES, STALL_S, processors, read_lines, reap, run_limited, spawn
from search_swap import apply_changes, code_key, restore

CONTROLLED = 20
MOST_LANES = 4
LEAST_IN_LANE = 8


class Jury:
    """Swaps candidates' code into the running program; one that kills, hangs or spoils it costs the others nothing."""

    def __init__(self, tests, units, watch, clear_caches):
        self.tests = tests
        self.units = units
        self.watch = watch
        self.clear_caches = clear_caches
        self.seen = set()
        self.again = False

    def judge(self, candidates, trial, deadline, again):
        """[outcome, deciding test] of each, in order; fewer when the time is up.

        `again` judges those that were seen before, too.
        """
        self.again = again
        lanes = max(1, min(MOST_LANES, processors(), len(candidates) // LEAST_IN_LANE))
        if lanes == 1:
            found = self._in_turn(candidates, trial, deadline)
        else:
            found = self._side_by_side(candidates, trial, deadline, lanes)
        self.seen.update(key for _, _, key in found)
        return [verdict[:2] for verdict in found]

    def _side_by_side(self, candidates, trial, deadline, lanes):
        """The candidates dealt out to lanes; what one judged beyond the slowest is lost, and asked for again."""
        children = [
            spawn(functools.partial(self._lane, candidates[lane::lanes], trial, deadline), IMPORTING_BYTES)
            for lane in range(lanes)
        ]
        stall_s = max(0.0, deadline - time.time()) + self._silence_s(trial) + STALL_S
        found = []
        for pid, receiver in children:
            try:
                said = next(read_lines(receiver, stall_s), None)
            finally:
                reap(pid, receiver)
            found.append([["crashed", "", 0]] if said is None else json.loads(said))
        merged = []
        while len(found[len(merged) % lanes]) > len(merged) // lanes:
            merged.append(found[len(merged) % lanes][len(merged) // lanes])
        return merged

    def _lane(self, candidates, trial, deadline, write):
        write(json.dumps(self._in_turn(candidates, trial, deadline)) + "\n")

    def _in_turn(self, candidates, trial, deadline):
        """Verdicts from one child after the other, each of which judges as many as it can."""
        verdicts = []
        while len(verdicts) < len(candidates) and time.time() < deadline:
            rest = candidates[len(verdicts) :]
            sound, doubtful, ending = self._batch(rest, trial, deadline)
            verdicts += sound
            if ending == "spoilt":
                verdicts += self._each_alone(rest[len(sound) :][: len(doubtful)], trial, deadline)
            else:
                verdicts += doubtful
            if ending == "end":
                break
            if ending == "lost" and len(verdicts) < len(candidates):
                verdicts.append(["crashed", "", 0])
        return verdicts

    def _each_alone(self, candidates, trial, deadline):
        """Verdicts from a process each, as far as there is time."""
        verdicts = []
        for candidate in candidates:
            if time.time() > deadline:
                break
            sound, doubtful, _ = self._batch([candidate], trial, deadline)
            verdicts += sound or doubtful or [["crashed", "", 0]]
        return verdicts

    def _batch(self, candidates, trial, deadline):
        """Verdicts of one child up to its last control and after it, and how it ended: end, spoilt or lost."""
        pid, receiver = spawn(functools.partial(self._evaluate, candidates, trial, deadline))
        sound, doubtful, ending = [], [], "lost"
        try:
            for line in read_lines(receiver, self._silence_s(trial)):
                if line == "spoilt":
                    ending = line
                elif line in ("sound", "end"):
                    sound, doubtful, ending = sound + doubtful, [], "end" if line == "end" else "lost"
                else:
                    doubtful.append(json.loads(line))
        finally:
            reap(pid, receiver)
        return sound, doubtful, ending

    def _silence_s(self, trial):
        """How long a child that judges may be silent."""
        return STALL_S + 4 * max(trial["limits"].values())

    def _evaluate(self, candidates, trial, deadline, write):
        names = {name for passing in trial["passing"].values() for name in passing}
        control = min(names, key=lambda name: (trial["limits"][name], name)) if names else None
        for count, (number, changes) in enumerate(candidates, 1):
            if time.time() > deadline:
                break
            write(json.dumps(self._judge(number, changes, trial)) + "\n")
            if count % CONTROLLED == 0:
                if self._is_spoilt(control, trial):
                    write("spoilt\n")
                    return
                write("sound\n")
        write("spoilt\n" if self._is_spoilt(control, trial) else "end\n")

    def _is_spoilt(self, control, trial):
        """Whether a candidate left something behind that fails a test which passes on the code as it is."""
        self.clear_caches()
        limit_s = trial["limits"].get(control, 0.0)
        return control is not None and run_limited(self.tests[control], self.watch, limit_s)[0] == "failed"

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
        self.clear_caches()
        for count, name in enumerate(failing):
            outcome = run_limited(self.tests[name], self.watch, limits[name])[0]
            if outcome == "timeout":
                return ("near" if count else "timeout"), name
            if outcome != "passed":
                return "failed", name
        for name in passing:
            outcome = run_limited(self.tests[name], self.watch, limits[name])[0]
            if outcome != "passed":
                return ("near" if outcome == "timeout" else "regressed"), name
        return "plausible", ""
