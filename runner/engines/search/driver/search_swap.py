"""How a candidate gets into the running program: its function is compiled alone and the live code objects swapped."""
# mypy: ignore-errors

import __future__

import functools
import gc
import os
import types

FUTURES = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)


class Unit:
    """An outermost function of a file, with the live functions whose code came from it."""

    def __init__(self, description, functions):
        self.path = description["path"]
        self.name = description["name"]
        self.text = description["text"]
        self.prefix = description["prefix"]
        self.flags = 0
        self.live = []
        original = [
            function.__code__
            for function in functions
            if function.__code__.co_name == self.name and function.__code__.co_firstlineno == description["first_line"]
        ]
        if original:
            self.flags = original[0].co_flags & FUTURES
            places = {id(code): place for code in original for place, code in flatten(code).items()}
            self.live = [(f, places[id(f.__code__)]) for f in functions if id(f.__code__) in places]
        code = self.compile(self.text) if self.live else None
        self.original_key = None if code is None else code_key(code)

    def compile(self, text):
        """The function's code with its nested ones by place, or None if the text does not compile."""
        try:
            module = compile(self.prefix + text, self.path, "exec", flags=self.flags, dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
            return None
        code = module
        while code is not None and code.co_name != self.name:
            inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
            code = inner[-1] if inner else None
        return code

    def swap(self, code):
        """Put new code into every live function that can take it; what to put back, or [] when none could."""
        new = flatten(code)
        undo = []
        for function, place in self.live:
            replacement = new.get(place)
            if replacement is not None and replacement.co_freevars == function.__code__.co_freevars:
                undo.append((function, function.__code__))
                function.__code__ = replacement
        return undo


def restore(undo):
    """Put the original code back."""
    for function, code in undo:
        function.__code__ = code


def flatten(code, place=()):
    """Every code object below `code` by its place: the names on the way with their ordinal."""
    found = {place: code}
    counts = {}
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            ordinal = counts[const.co_name] = counts.get(const.co_name, 0) + 1
            found.update(flatten(const, (*place, (const.co_name, ordinal))))
    return found


def code_key(code):
    """A hash that is equal for equal bytecode, wherever it stands in the file."""
    constants = tuple(
        code_key(const) if isinstance(const, types.CodeType) else (type(const).__name__, repr(const))
        for const in code.co_consts
    )
    table = getattr(code, "co_exceptiontable", b"")
    return hash((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, constants, table))


def live_functions(root):
    """Functions whose code lies below `root`, by path relative to it."""
    prefix = os.path.join(root, "")
    found = {}
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType):
            full = os.path.abspath(thing.__code__.co_filename)
            if full.startswith(prefix):
                found.setdefault(full[len(prefix) :], []).append(thing)
    return found


def live_caches(root):
    """Caches of functools.lru_cache around functions below `root`."""
    wrapper = type(functools.lru_cache(maxsize=None)(len))
    caches = [thing for thing in gc.get_objects() if type(thing) is wrapper]
    return [cache for cache in caches if place_of(getattr(cache, "__wrapped__", None))[0].startswith(root)]


def place_of(function):
    """The file and first line of a function's code; nowhere for what has none."""
    code = getattr(function, "__code__", None)
    return ("", 0) if code is None else (code.co_filename, code.co_firstlineno)


def apply_changes(text, changes):
    """The text after replacing the spans, which are in order and do not overlap."""
    parts, position = [], 0
    for start, end, new in changes:
        parts += [text[position:start], new]
        position = end
    return "".join(parts) + text[position:]
