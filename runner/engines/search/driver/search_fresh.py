"""Runs that import the project anew: a server forked before anything of the project was imported."""
# mypy: ignore-errors

import contextlib
import functools
import importlib.machinery
import json
import os
import sys

from search_forks import IMPORTING_BYTES, Stopwatch, answer_of, read_lines, reap, run_limited, spawn

GREEN = frozenset(["passed", "skipped"])


class FreshRuns:
    """Forks at construction; each run is a child of that pristine process."""

    def __init__(self, root, harness, arguments):
        self.root = root
        self.harness = harness
        self.arguments = arguments
        requests, self.requests = os.pipe()
        self.pid, self.answers = spawn(lambda write: self._serve(requests, write), 2 * IMPORTING_BYTES)
        os.close(requests)

    def run(self, overlay, failing, passing, limit_s, wall_s):
        """Outcome by test id, the passing ones' only if the failing ones are green; empty when the run died.

        It dies too when it takes longer than `wall_s`.
        """
        ask = {"overlay": overlay, "failing": failing, "passing": passing, "limit_s": limit_s, "wall_s": wall_s}
        os.write(self.requests, (json.dumps(ask) + "\n").encode())
        for line in read_lines(self.answers, wall_s + 5.0):
            return json.loads(line)
        return {}

    def _serve(self, requests, write):
        os.close(self.requests)
        self.harness.warm_up()
        forget(self.root)
        with os.fdopen(requests, "r", encoding="utf-8") as stream:
            for line in stream:
                request = json.loads(line)
                work = functools.partial(run_anew, self.harness, self.arguments, request)
                write(json.dumps(answer_of(work, request["wall_s"], IMPORTING_BYTES) or {}) + "\n")

    def close(self):
        """End the server."""
        os.close(self.requests)
        reap(self.pid, self.answers)


def forget(root):
    """Drop the modules that are the project's own."""
    own = os.path.join(root, "")
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(own):
            del sys.modules[name]


def run_anew(harness, arguments, request):
    """Collect as usual with the overlay in place of the files, and run the chosen tests."""
    lay_over(request["overlay"])
    watch = Stopwatch()
    outcomes = {}

    def serve(tests):
        for names in (request["failing"], request["passing"]):
            for name in filter(tests.__contains__, names):
                outcomes[name] = run_limited(tests[name], watch, request["limit_s"])[0]
            if not GREEN.issuperset(outcomes.values()):
                return

    with contextlib.suppress(SystemExit):  # a script's own end
        harness.collect(arguments, serve)
    return outcomes


def lay_over(overlay):
    """Make the import system read these files' text from memory, past any cached bytecode."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader, fullname):
        path = os.path.realpath(loader.get_filename(fullname))
        if path in overlay:
            return loader.source_to_code(overlay[path].encode("utf-8"), path)
        return original(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code
