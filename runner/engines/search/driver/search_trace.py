"""What one test executes: lines, types of names and attributes, and where exceptions passed, of the project's files."""
# mypy: ignore-errors

import os
import sys

HITS_WITH_TYPES = 12
ATTRIBUTES_SEEN = 25
SCALARS = frozenset(["int", "str", "float", "bool", "NoneType", "set", "function", "module", "type", "frozenset"])
SEQUENCES = frozenset(["list", "tuple", "deque"])
MAPPINGS = frozenset(["dict", "defaultdict", "Counter", "OrderedDict"])
OUTSIDE = (os.sep + "site-packages" + os.sep, os.sep + ".venv" + os.sep)


class Recorder:
    """A trace function restricted to files below `root`."""

    def __init__(self, root, with_types):
        self.root = os.path.join(root, "")
        self.with_types = with_types
        self.lines = {}
        self.types = {}
        self.returns = {}
        self.raised = []
        self._paths = {}

    def __enter__(self):
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *_exception):
        sys.settrace(None)

    def _path(self, filename):
        path = self._paths.get(filename)
        if path is None:
            full = os.path.abspath(filename)
            inside = full.startswith(self.root) and not any(part in full for part in OUTSIDE)
            path = self._paths[filename] = full[len(self.root) :] if inside else ""
        return path

    def _enter_frame(self, frame, _event, _argument):
        path = self._path(frame.f_code.co_filename)
        if not path:
            return None
        hits = self.lines.setdefault(path, {})
        types = self.types.setdefault(path, {})

        def observe(inner, event, argument):
            line = inner.f_lineno
            if event == "line":
                seen = hits[line] = hits.get(line, 0) + 1
                if self.with_types and seen <= HITS_WITH_TYPES:
                    note_types(types.setdefault(line, {}), inner.f_locals)
            elif event == "exception":
                self.raised = [(path, line), *self.raised[:5]]
            elif event == "return" and self.with_types:
                kind = "generator" if inner.f_code.co_flags & 0x20 else type(argument).__name__
                self.returns.setdefault(inner.f_code.co_name, set()).add(kind)
            return observe

        return observe

    def report(self):
        """Everything seen, as JSON can say it."""
        kinds = {
            path: {line: {name: sorted(seen) for name, seen in names.items()} for line, names in lines.items()}
            for path, lines in self.types.items()
        }
        return {
            "lines": {path: sorted(hits) for path, hits in self.lines.items()},
            "types": kinds,
            "returns": {name: sorted(kinds) for name, kinds in self.returns.items()},
            "raised": self.raised,
        }


def note_types(entry, names):
    """Add the types of live names, of their first element as `name[]` and of their attributes as `name.attr`."""
    for name, value in list(names.items()):
        if name.startswith((".", "@")):
            continue
        kind = type(value).__name__
        entry.setdefault(name, set()).add(kind)
        if kind in SEQUENCES:
            if len(value):
                entry.setdefault(name + "[]", set()).add(type(value[0]).__name__)
        elif kind in MAPPINGS:
            for first in value.values():
                entry.setdefault(name + "[]", set()).add(type(first).__name__)
                break
        elif kind not in SCALARS:
            note_attributes(entry, name, value)


def note_attributes(entry, name, value):
    """Add the types of an object's own attributes."""
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict):
        for attribute, held in list(own.items())[:ATTRIBUTES_SEEN]:
            if isinstance(attribute, str):
                entry.setdefault(name + "." + attribute, set()).add(type(held).__name__)
