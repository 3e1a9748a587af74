"""What conditions come to, and which plain values are about, each time that a test reaches one place."""
# mypy: ignore-errors

import sys

HITS = 12
MOST_VALUES = 6
LONGEST_TEXT = 24
OWN_ATTRIBUTES = 25
PROPERTIES = 12
PLAIN = (bool, int, type(None))


class Probe:
    """What one place shows; a statement that calls `hit` stands there while the test runs.

    `failing` is the code of a failing test with the line on which it fails: what is reached from there, or last of
    all, is what the failure is about. What else it reaches went well.
    """

    def __init__(self, conditions, failing=(None, 0)):
        self.conditions = [_compiled(text) for text in conditions]
        self.test, self.failing_line = failing
        self.hits = {False: [], True: []}

    def hit(self, frame):
        """Ask the conditions here and note the values."""
        hits = self.hits[self._is_about_failure(frame)]
        if len(hits) < HITS:
            hits.append(("".join(_answer(code, frame) for code in self.conditions), values_of(frame.f_locals)))

    def _is_about_failure(self, frame):
        while frame is not None and frame.f_code is not self.test:
            frame = frame.f_back
        return frame is not None and frame.f_lineno == self.failing_line

    def report(self):
        """What went well and what the failure is about: a letter for each condition in each hit, and values by name.

        The letters are T, F, and E where the condition cannot be asked.
        """
        well, about = self.hits[False], self.hits[True]
        if self.test is not None and not about:
            well, about = well[:-1], well[-1:]
        return [{"hits": [letters for letters, _ in hits], "values": _merged(hits)} for hits in (well, about)]


LIVE = Probe(())


def hit():
    """Called by the statement at the place."""
    LIVE.hit(sys._getframe(1))


def _merged(hits):
    """Name -> its values in all hits that have it; "..." among them where there are too many."""
    merged = {}
    for _, values in hits:
        for name, value in values.items():
            seen = merged.setdefault(name, set())
            if value not in seen:
                seen.add(value if len(seen) < MOST_VALUES else "...")
    return {name: sorted(seen) for name, seen in merged.items()}


def _compiled(text):
    try:
        return compile(text, "<condition>", "eval")
    except (SyntaxError, ValueError):
        return None


def _answer(code, frame):
    try:
        return "E" if code is None else "T" if eval(code, frame.f_globals, frame.f_locals) else "F"  # noqa: S307 -- the repository's own words, in its sandbox
    except Exception:  # noqa: BLE001 -- whatever asking raises: then it cannot be asked here
        return "E"


def values_of(names):
    """The plain values of names, and of objects' attributes and properties, as they are written; of others the type."""
    values = {}
    for name, value in list(names.items()):
        if not name.startswith((".", "@")):
            values[name] = _written(value)
            for attribute, held in _parts(value):
                values[name + "." + attribute] = _written(held)
    return values


def _parts(value):
    if type(value) in PLAIN or isinstance(value, (str, bytes, float, list, tuple, dict, set, frozenset, type)):
        return
    own = getattr(value, "__dict__", None)
    for attribute in list(own)[:OWN_ATTRIBUTES] if isinstance(own, dict) else ():
        if isinstance(attribute, str):
            yield attribute, own[attribute]
    for attribute in _properties(type(value)):
        try:
            yield attribute, getattr(value, attribute)
        except Exception:  # noqa: BLE001, S112 -- a property that cannot be read here says nothing
            continue


def _properties(kind):
    found = [name for name in dir(kind) if not name.startswith("_") and isinstance(getattr(kind, name, None), property)]
    return found[:PROPERTIES]


def _written(value):
    plain = type(value) in PLAIN or (type(value) is str and len(value) <= LONGEST_TEXT)
    return repr(value) if plain else "<" + type(value).__name__ + ">"
