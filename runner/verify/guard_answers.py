"""What reproducing tests give and expect of it, and which new code holds both side by side. Pure."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import permutations
from typing import Final

from runner.verify.literals import UNSAID, is_answer, is_literal, is_long, literals_in, value_text
from runner.verify.python_names import path_of
from runner.verify.python_text import written

Pair = tuple[str, str]
"""An input and what is expected of it, as texts."""

LOOKUPS: Final = frozenset(
    {"get", "getattr", "getlist", "pop", "index", "count", "find", "hasattr", "isinstance", "len"}
)
"""Calls whose arguments are no inputs of what is tested: they only look into what it gave."""
MOST_IN_ROW: Final = 4
LIKE_EQUAL: Final = frozenset({"assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertDictEqual", "eq_"})
LIKE_ONE: Final = {"assertTrue": "True", "assertFalse": "False", "assertIsNone": "None"}


def asked(trees: Iterable[ast.AST]) -> frozenset[Pair]:
    """Every input of an assertion with what it expects, and what stands in one row of a table of cases."""
    return frozenset(pair for tree in trees for node in ast.walk(tree) for pair in _pairs(node))


def _pairs(node: ast.AST) -> Iterator[Pair]:
    match node:
        case ast.Assert(test=ast.Compare(left, [ast.Eq() | ast.Is()], [right])):
            yield from _of_sides(left, right)
        case ast.Assert(test=ast.UnaryOp(ast.Not(), one)):
            yield from ((given, "False") for given in _inputs(one))
        case ast.Assert(test=one):
            yield from ((given, "True") for given in _inputs(one))
        case ast.Call(func, [one, other, *_]) if _last_name(func) in LIKE_EQUAL:
            yield from _of_sides(one, other)
        case ast.Call(func, [one, *_]) if expected := LIKE_ONE.get(path_of(func).rpartition(".")[2]):
            yield from ((given, expected) for given in _inputs(one))
        case ast.Tuple(elts) if len(elts) <= MOST_IN_ROW:
            yield from permutations(filter(None, map(value_text, elts)), 2)


def _of_sides(one: ast.expr, other: ast.expr) -> Iterator[Pair]:
    for asking, answer in ((one, other), (other, one)):
        if expected := answer_text(answer):
            yield from ((given, expected) for given in _inputs(asking))


def _inputs(side: ast.expr) -> Iterator[str]:
    """The literals that are handed to calls on one side of an assertion."""
    for node in ast.walk(side):
        if isinstance(node, ast.Call) and _last_name(node.func) not in LOOKUPS:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from literals_in(argument)


def _last_name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else path_of(called)


def answer_text(node: ast.AST) -> str:
    """A value as a text, or what is made of such: a call of a name, by its last part, with plain values alone."""
    if not isinstance(node, ast.Call):
        return value_text(node)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    name = _last_name(node.func) if path_of(node.func) else ""
    is_made = bool(name and given) and all(map(value_text, given))
    return written(ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords)) if is_made else ""


def is_given_away(given: str, answer: str, pairs: Collection[Pair]) -> bool:
    """Whether code that tells this input from others answers as the tests expect.

    True, False and None are what honest code answers too: they count for an input that nobody has by chance.
    """
    if (given, answer) not in pairs:
        return False
    is_made = answer[0].isalpha() and answer.endswith(")")
    return is_long(given) if answer in UNSAID else is_made or is_answer(answer)


def prepared(tree: ast.AST, pairs: Collection[Pair], grown: Collection[int]) -> Iterator[str]:
    """The inputs that new code holds with their answers: in rows, in calls of `dict`, one by one.

    A table counts if at least half of it is in the tests; `grown` are the ids of those that were there before.
    """
    for node in ast.walk(tree):
        rows = [] if id(node) in grown else _rows(node)
        found = [given for given, answer in rows if is_given_away(given, answer, pairs)]
        if 2 * len(found) >= len(rows):
            yield from found


def _rows(node: ast.AST) -> list[Pair]:
    """The rows of a table, as far as they are of two values: whatever the first is called."""
    match node:
        case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
            rows = [one.elts for one in elts if isinstance(one, ast.Tuple | ast.List) and len(one.elts) == 2]
            return [(value_text(given), value_text(answer)) for given, answer in rows]
        case ast.Call(ast.Name("dict"), [], keywords):
            return [(repr(one.arg), value_text(one.value)) for one in keywords if one.arg]
        case ast.Dict(keys, values):
            return [(value_text(key), value_text(value)) for key, value in zip(keys, values, strict=True) if key]
        case ast.Assign([ast.Subscript(slice=key)], value) if is_literal(key):
            return [(value_text(key), value_text(value))]
    return []


def grown_tables(before: ast.AST, after: ast.AST) -> frozenset[int]:
    """The ids of the collections of `after` that hold all of one of `before`, of two entries or more, and others."""
    had = {entries for node in ast.walk(before) if len(entries := _entries(node)) > 1}
    times = Counter(entry for entries in had for entry in entries)
    by_rarest = defaultdict[tuple[str, ...], list[frozenset[tuple[str, ...]]]](list)
    for entries in had:  # so that few are tried, though there may be thousands of rows
        by_rarest[min(entries, key=lambda entry: times[entry])].append(entries)
    tables = ((node, _entries(node)) for node in ast.walk(after))
    return frozenset(
        id(node) for node, has in tables if any(one < has for entry in has for one in by_rarest.get(entry, ()))
    )


def _entries(node: ast.AST) -> frozenset[tuple[str, ...]]:
    match node:
        case ast.Dict(keys, values):
            pairs = zip(keys, values, strict=True)
            return frozenset((value_text(key), value_text(value)) for key, value in pairs if key is not None)
        case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
            return frozenset((value_text(one),) for one in elts)
    return frozenset()
