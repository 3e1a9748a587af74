"""What a failing test compared: the values on both sides, and the exception's own words."""
# mypy: ignore-errors

import ast
import functools
import linecache
import os

TEXT_CAP_CHARS = 4000
PAIRS_CAP = 6
DEPTH = 4


def clash_of(error):
    """The exception's type and text, and pairs of differing values that the failing assertion compared."""
    if error is None:
        return {"type": "", "module": "", "message": "", "pairs": []}
    pairs = []
    try:
        for left, right in compared(error.__traceback__):
            collect(left, right, pairs, DEPTH)
    except Exception:  # noqa: BLE001, S110 -- values under test may raise from anything, even from being compared.
        pass
    kind = type(error)
    return {"type": kind.__name__, "module": kind.__module__, "message": text_of(error), "pairs": pairs[:PAIRS_CAP]}


def text_of(error):
    """The exception as text, if it can be had."""
    try:
        return str(error)[:TEXT_CAP_CHARS]
    except Exception:  # noqa: BLE001 -- an exception's own __str__ may raise.
        return ""


def compared(traceback):
    """The two values of each frame that compares: of an `assert` statement, or given to an assert method."""
    while traceback is not None:
        frame = traceback.tb_frame
        name = frame.f_code.co_name
        inside_unittest = os.sep + "unittest" + os.sep in frame.f_code.co_filename
        if name.startswith("assert") or (inside_unittest and name.startswith("_base")):
            given = [one for one in frame.f_code.co_varnames[: frame.f_code.co_argcount] if one != "self"][:2]
            if len(given) == 2 and all(one in frame.f_locals for one in given):
                yield frame.f_locals[given[0]], frame.f_locals[given[1]]
        else:
            yield from asserted(frame, traceback.tb_lineno)
        traceback = traceback.tb_next


def asserted(frame, line):
    """The two sides of the `assert` at a line, evaluated once more."""
    tree = assert_at(frame.f_code.co_filename, line)
    if tree is not None and isinstance(tree.test, ast.Compare) and len(tree.test.ops) == 1:
        yield tuple(value_of(side, frame) for side in (tree.test.left, tree.test.comparators[0]))


def value_of(node, frame):
    """What an expression of the test is worth in its frame."""
    return eval(compile(ast.Expression(node), "<side>", "eval"), frame.f_globals, frame.f_locals)  # noqa: S307 -- the test's own code


def assert_at(filename, line):
    """The `assert` that covers a line of a file, the last to begin; None if there is none."""
    covering = [node for first, last, node in asserts_of(filename) if first <= line <= last]
    return max(covering, key=lambda node: node.lineno, default=None)


@functools.lru_cache(maxsize=None)  # noqa: UP033 -- Python 3.6 has no functools.cache
def asserts_of(filename):
    """Every `assert` of a file with its first and last line. Read once: an endless recursion asks in each frame."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return [(node.lineno, max(getattr(inner, "lineno", 0) for inner in ast.walk(node)), node) for node in found]


def collect(left, right, pairs, depth):
    """The differing parts of two values: strings whole, containers by their elements."""
    if len(pairs) >= PAIRS_CAP or depth == 0:
        return
    if isinstance(left, str) and isinstance(right, str):
        if left != right:
            pairs.append(["text", left[:TEXT_CAP_CHARS], right[:TEXT_CAP_CHARS]])
        return
    inner = list(parts_of(left, right))
    for one, other in inner:
        collect(one, other, pairs, depth - 1)
    if not inner and repr(left) != repr(right):
        pairs.append(["value", repr(left)[:TEXT_CAP_CHARS], repr(right)[:TEXT_CAP_CHARS]])


def parts_of(left, right):
    """The parts of two values that stand for each other: elements by place, entries and attributes by name."""
    if isinstance(left, dict) and isinstance(right, dict):
        return [(left[key], right[key]) for key in left if key in right]
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return zip(left, right)  # noqa: B905 -- Python 3.6; the shorter one ends it
    if type(left) is type(right) and getattr(left, "__dict__", None) and not isinstance(left, type):
        return parts_of(vars(left), vars(right))
    return ()
