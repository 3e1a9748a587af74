"""The conversation that the search engine holds with the target's own Python: one JSON line asked, lines answered.

This folder is data to the rest of Greenloop. It is run by the interpreter of the repository under repair, in the
sandbox, so it keeps to the standard library, pytest and the syntax of Python 3.6: no annotations from `__future__`,
no dataclasses, and broad handlers where the code under test may raise anything.
"""
# mypy: ignore-errors

import json
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))


class Wire:
    """The protocol's two ends, kept apart from the descriptors that tests print to."""

    def __init__(self):
        self.source = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self.sink = os.fdopen(os.dup(1), "w", encoding="utf-8")
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)

    def ask(self):
        """The next request, or None at the end of input."""
        line = self.source.readline()
        return json.loads(line) if line else None

    def tell(self, **message):
        """Send one message."""
        self.sink.write(json.dumps(message, separators=(",", ":")) + "\n")
        self.sink.flush()


def main():
    """Serve one session: `open`, then whatever is asked until the input ends."""
    wire = Wire()
    request = wire.ask()
    if request is None:
        return
    root = os.path.realpath(request["root"])
    # As the suite runs it: `python -m pytest` puts the root first, PYTHONPATH the folder `src`. Before anything is
    # imported, because the repository may be that of a test runner.
    sources = [root] + [os.path.join(root, "src")] * os.path.isdir(os.path.join(root, "src"))
    sys.path[:0] = sources
    try:
        sys.path.insert(0, HERE)
        from search_session import serve  # noqa: PLC0415 -- a missing pytest is an answer, not a crash

        sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != HERE]
        serve(wire, request)
    except BaseException:  # noqa: BLE001 -- told to the engine, which raises
        wire.tell(op="broken", why=traceback.format_exc()[-2000:])
    # Threads and exit handlers of the code under test must not hold the driver up.
    os._exit(0)


main()
