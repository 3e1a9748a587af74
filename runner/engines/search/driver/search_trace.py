"""What one test executes: lines, types of names and attributes, and where exceptions passed, of the project's files."""
# mypy: ignore-errors

import inspect
import os
import sys

HITS_WITH_TYPES = 12
ATTRIBUTES_SEEN = 25
ENTRIES_WITH_CALLERS = 300
MEMBERS_SEEN = 300
KINDS_WITH_MEMBERS = 60
DEEPEST = 40
CALM_ENTRIES = 60
"""Where types are not wanted: after so many calls in a row that brought nothing new, a function is traced no more."""
SCALARS = frozenset(["int", "str", "float", "bool", "NoneType", "set", "function", "module", "type", "frozenset"])
SEQUENCES = frozenset(["list", "tuple", "deque"])
MAPPINGS = frozenset(["dict", "defaultdict", "Counter", "OrderedDict"])


class Recorder:
    """A trace function restricted to some files below `root`; `test` is the code of the test's own function."""

    def __init__(self, root, paths, with_types, test=None):
        self.root = os.path.join(root, "")
        self.wanted = frozenset(paths)
        self.with_types = with_types
        self.lines = {}
        self.types = {}
        self.returns = {}
        self.raised = []
        self.members = {}
        self.under = set()
        self.around = set()
        self.depths = {}
        self._test = test
        self._test_frame = None
        self._entries = 0
        self._paths = {}
        self._calm = {}
        self._done = {}

    def __enter__(self):
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *_exception):
        sys.settrace(None)

    def _path(self, filename):
        path = self._paths.get(filename)
        if path is None:
            full = os.path.abspath(filename)
            relative = full[len(self.root) :] if full.startswith(self.root) else ""
            path = self._paths[filename] = relative if relative in self.wanted else ""
        return path

    def _enter_frame(self, frame, _event, _argument):
        code = frame.f_code
        if id(code) in self._done:
            return None
        if code is self._test:
            self._test_frame = frame
            self._note_around(frame.f_back)
        path = self._path(code.co_filename)
        # Bodies of modules and classes run whenever they are imported, whoever comes first.
        if not (path and code.co_flags & inspect.CO_OPTIMIZED):
            self._done[id(code)] = code
            return None
        self._note_callers(frame)
        self._note_depth(path, frame)
        hits = self.lines.setdefault(path, {})
        if not self.with_types:
            self._watch_calm(code, len(hits))
        return self._observer(path, hits, self.types.setdefault(path, {}))

    def _observer(self, path, hits, types):
        """What notes the events of one frame of that file."""

        def observe(inner, event, argument):
            line = inner.f_lineno
            if event == "line":
                seen = hits[line] = hits.get(line, 0) + 1
                if self.with_types and seen <= HITS_WITH_TYPES:
                    note_types(types.setdefault(line, {}), inner.f_locals, self.members)
            elif event == "exception":
                self.raised = [(path, line), *self.raised[:5]]
            elif event == "return" and self.with_types:
                kind = "generator" if inner.f_code.co_flags & 0x20 else type(argument).__name__
                self.returns.setdefault(inner.f_code.co_name, set()).add(kind)
            return observe

        return observe

    def _watch_calm(self, code, known):
        """Be done with a function when its file's `known` lines have not become more in many of its calls."""
        before, calls = self._calm.get(id(code), (known, 0))
        calls = calls + 1 if before == known else 0
        self._calm[id(code)] = known, calls
        if calls > CALM_ENTRIES:
            self._done[id(code)] = code

    def _note_callers(self, frame):
        """Keep which functions wait while one of ours runs: what they remember may depend on it."""
        self._entries += 1
        while frame is not None and self._entries <= ENTRIES_WITH_CALLERS:
            self.under.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))
            frame = frame.f_back

    def _note_depth(self, path, frame):
        """Keep for each line of the test's own function which functions it entered, and how many calls below."""
        outer, depth = frame.f_back, 1
        while outer is not None and outer is not self._test_frame and depth < DEEPEST:
            depth += bool(self._path(outer.f_code.co_filename))
            outer = outer.f_back
        if outer is not None and outer is self._test_frame:
            entered = self.depths.setdefault(outer.f_lineno, {})
            place = path, frame.f_code.co_firstlineno
            entered[place] = min(depth, entered.get(place, depth))

    def _near(self):
        """The functions that the line entered at which the test's own function ended."""
        entered = self.depths.get(self._test_frame.f_lineno, {}) if self._test_frame is not None else {}
        return [[*place, depth] for place, depth in entered.items()]

    def _note_around(self, frame):
        """Keep which of the project's functions run the test: they decide whether anything is tested at all."""
        while frame is not None:
            if self._path(frame.f_code.co_filename):
                self.around.add((self._path(frame.f_code.co_filename), frame.f_lineno))
            frame = frame.f_back

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
            "members": self.members,
            "under": sorted(self.under),
            "around": sorted(self.around),
            "near": self._near(),
        }


def note_types(entry, names, members):
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
            note_members(members, type(value))
            note_attributes(entry, name, value, members)


def note_attributes(entry, name, value, members):
    """Add the types of an object's own attributes, and what these offer."""
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict):
        for attribute, held in list(own.items())[:ATTRIBUTES_SEEN]:
            if isinstance(attribute, str):
                kind = type(held).__name__
                entry.setdefault(name + "." + attribute, set()).add(kind)
                if kind not in SCALARS and kind not in SEQUENCES and kind not in MAPPINGS:
                    note_members(members, type(held))


def note_members(members, kind):
    """Add the public names that a class offers: its own methods and properties, and what it inherits."""
    if kind.__name__ not in members and len(members) < KINDS_WITH_MEMBERS:
        names = [name for name in dir(kind) if not name.startswith("_")]
        members[kind.__name__] = names[:MEMBERS_SEEN]
