"""The simple conditions that can be asked of what is in scope, likeliest first by a cost. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain, permutations, product

from runner.engines.search.file_view import BUILTINS, PREDICATE
from runner.engines.search.kinds import CONTAINERS, NUMBERS, Environment, Kinds
from runner.engines.search.pieces import Piece, call, comparison, constant, negation, piece
from runner.engines.search.syntax import names_in, size
from runner.engines.search.view import FunctionView, Ingredient

Atom = tuple[float, Piece]
Band = tuple[float, float]
LIKELY: Band = (-1.0, 1.2)
RARER: Band = (1.2, 1.6)
"""Costs above the first and up to the second: the rarer atoms are many, and their turn comes when it has come."""
NOTHING = Piece("None")
AGAINST_NUMBERS: tuple[tuple[float, type[ast.cmpop], int], ...] = (
    *((0.7, ast.Eq, 0), (0.8, ast.Gt, 0), (0.8, ast.Lt, 0), (0.8, ast.NotEq, 0), (1.1, ast.Eq, 1)),
    *((1.2, ast.LtE, 1), (1.3, ast.Gt, 1), (1.2, ast.LtE, 0), (1.2, ast.GtE, 0)),
)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
BUILTIN_TYPES = frozenset(name for name, kind in vars(builtins).items() if isinstance(kind, type) and name.islower())
PARTS_COMPARED = 12
SHORT_TEXT = 12
LEAST_ALIKE = 0.3
"""How alike two parts' names must be for the parts to be compared."""
TEXT_QUESTIONS = ("isascii", "isdigit", "isalpha", "isspace", "isidentifier")
TYPE_TESTS = {"isinstance", "hasattr", "callable"}


def opposite(view: FunctionView, node: ast.expr) -> Piece:
    """The negated condition; a negation loses its `not`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return piece(view.source, node.operand)
    return negation(piece(view.source, node))


def atoms(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[Atom]:
    """Every simple condition over the function's own conditions, names and parts."""
    return iter(_atoms(view, tuple(seen.items()), comprehension))


@lru_cache(maxsize=64)
def _atoms(view: FunctionView, items: tuple[tuple[str, Kinds], ...], comprehension: frozenset[str]) -> tuple[Atom, ...]:
    """Made once for all the places that see the same."""
    return tuple(_made(view, dict(items), comprehension))


def _made(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[Atom]:
    for condition in view.conditions:
        if view.readable(condition.names, seen, comprehension):
            yield 0.5, condition.piece
            yield 0.8, opposite(view, condition.node)
    names = [name for name in view.names(seen, comprehension) if seen.get(name)]
    for name in names:
        yield from _of_one(Piece(name), seen[name])
        yield from _predicates(view, name, seen)
    yield from _elsewhere(view, seen, comprehension)
    for one, other in permutations(names, 2):
        yield from _of_two(one, seen[one], other, seen[other])
    yield from _of_parts(view, seen, comprehension)
    for ingredient in view.ingredients:
        if view.readable(ingredient.names, seen, comprehension):
            yield from _of_part(view, ingredient, seen)


def _elsewhere(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[Atom]:
    """What other functions of the file ask of values with the same names."""
    here = comprehension.union(name for name in seen if name.isidentifier())
    own = {condition.piece.text for condition in view.conditions}
    for question in view.file.questions:
        names = names_in(question)
        if here & names and names <= here | view.file.defined | BUILTINS:
            asked = piece(view.source, question)
            if asked.text not in own:
                yield from ((1.3, asked), (1.5, negation(asked)))


def asked(view: FunctionView, seen: Environment, comprehension: frozenset[str] = frozenset()) -> Iterator[Atom]:
    """Every condition that can be thought of: the simple ones, and comparisons with texts."""
    return chain(atoms(view, seen, comprehension), text_atoms(view, seen))


def within(band: Band, found: Iterator[Atom]) -> Iterator[Atom]:
    """The atoms whose cost lies in the band."""
    return ((cost, atom) for cost, atom in found if band[0] < cost <= band[1])


def _predicates(view: FunctionView, name: str, seen: Environment) -> Iterator[Atom]:
    """Questions that a value answers itself, those that the file asks first; and what type it has."""
    offered = frozenset(view.members(name, seen))
    known = view.file.predicates & (offered or view.file.predicates)
    for predicate in sorted(known | {one for one in offered if PREDICATE.match(one)}):
        asked = Piece(f"{name}.{predicate}" + "()" * (predicate in view.file.methods))
        yield from _asked(0.9 if predicate in view.file.predicates else 1.1, asked)
    for method in sorted(view.file.bare_methods & offered if name in {"self", "cls"} else ()):
        yield from _asked(1.4, Piece(f"{name}.{method}()"))
    for part in (key for key in seen if key.startswith(f"{name}.")):
        for member in filter(PREDICATE.match, view.members(part, seen)):
            yield from _asked(1.5, Piece(f"{part}.{member}"))
    yield from _type_questions(view, name, seen[name])


def _asked(cost: float, question: Piece) -> Iterator[Atom]:
    yield cost, question
    yield cost, negation(question)


def _type_questions(view: FunctionView, name: str, kinds: Kinds) -> Iterator[Atom]:
    """What kind of value it is: of a type that the file or the tests name, a text of some form, or callable."""
    for method in TEXT_QUESTIONS if "str" in kinds else ():
        yield 1.2, Piece(f"{name}.{method}()")
    for kind in sorted(view.file.tested_types | (frozenset(view.file.clues.names) & BUILTIN_TYPES)):
        tested = call("isinstance", Piece(name), Piece(kind))
        cost = 0.9 if kind.rpartition(".")[2] in kinds else 1.1 if kind.isidentifier() else 1.3
        yield from ((cost, tested), (cost + 0.2, negation(tested)))
    if kinds & {"function", "method", "type"}:
        yield 0.6, call("callable", Piece(name))


def text_atoms(view: FunctionView, seen: Environment) -> Iterator[Atom]:
    """A name or an attribute that the file knows, compared with a short string of the tests or the function."""
    strings = [text for text in (*view.strings, *view.file.clues.strings) if 0 < len(text) <= SHORT_TEXT]
    for name in view.names(seen, frozenset()):
        offered = frozenset(view.members(name, seen))
        owners = [name] * ("str" in seen[name])
        owners += [f"{name}.{attribute}" for attribute in sorted(view.file.attributes & offered)]
        for owner in owners:
            for text in dict.fromkeys(strings):
                yield 1.0, comparison(Piece(owner), ast.Eq, constant(text))
                yield 1.3, comparison(Piece(owner), ast.NotEq, constant(text))


def _of_parts(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[Atom]:
    """Two attributes compared, or one with a name or with what a name offers: the more alike the likelier."""
    parts = [
        part
        for part in view.ingredients
        if isinstance(part.node, ast.Attribute)
        and size(part.node) <= 6
        and view.readable(part.names, seen, comprehension)
    ][:PARTS_COMPARED]
    others = [(part.piece, _last(part.node)) for part in parts]
    others += _named(view, seen, comprehension)
    for part, (other, name) in product(parts, others):
        alike = _likeness(_last(part.node), name)
        if other.text != part.piece.text and alike >= LEAST_ALIKE:
            yield 1.4 - 0.8 * alike, comparison(part.piece, ast.Eq, other)
            yield 1.5 - 0.8 * alike, comparison(part.piece, ast.NotEq, other)


def _named(view: FunctionView, seen: Environment, comprehension: frozenset[str]) -> Iterator[tuple[Piece, str]]:
    """Names and those of their attributes that the file uses, each with the word that it is known by."""
    for name in view.names(seen, comprehension):
        yield Piece(name), name
        for member in sorted(view.file.attributes.intersection(view.members(name, seen))):
            yield Piece(f"{name}.{member}"), member


@lru_cache(maxsize=4096)
def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).quick_ratio()


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _of_one(name: Piece, kinds: Kinds) -> Iterator[Atom]:
    if kinds <= NUMBERS:
        if "bool" in kinds:
            yield from ((0.0, name), (0.2, negation(name)))
            return
        for cost, operator, number in AGAINST_NUMBERS:
            yield cost, comparison(name, operator, constant(number))
        return
    yield from ((0.0, name), (0.2, negation(name)))
    cost = 0.4 if "NoneType" in kinds else 0.9
    yield cost, comparison(name, ast.Is, NOTHING)
    yield cost, comparison(name, ast.IsNot, NOTHING)
    if kinds & CONTAINERS:
        length = call("len", name)
        yield 1.2, comparison(length, ast.Eq, constant(1))
        yield 1.2, comparison(length, ast.LtE, constant(1))
        yield 1.3, comparison(length, ast.Gt, constant(1))


def _of_two(one: str, one_kinds: Kinds, other: str, other_kinds: Kinds) -> Iterator[Atom]:
    left, right = Piece(one), Piece(other)
    if one < other and one_kinds & other_kinds:
        yield 1.0, comparison(left, ast.Eq, right)
        yield 1.0, comparison(left, ast.NotEq, right)
        if one_kinds <= NUMBERS and other_kinds <= NUMBERS:
            yield from ((1.0, comparison(left, operator, right)) for operator in ORDER)
        elif not one_kinds & CONTAINERS:
            yield 1.3, comparison(left, ast.Is, right)
            yield 1.3, comparison(left, ast.IsNot, right)
    if other_kinds & CONTAINERS and not one_kinds & {"list", "dict", "set"}:
        yield 1.2, comparison(left, ast.In, right)
        yield 1.2, comparison(left, ast.NotIn, right)


def _of_part(view: FunctionView, ingredient: Ingredient, seen: Environment) -> Iterator[Atom]:
    node, part = ingredient.node, ingredient.piece
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name) and size(node) < 8:
        kinds = view.kinds(node, seen)
        if kinds and kinds <= NUMBERS - {"bool"}:
            yield 1.2, comparison(part, ast.Eq, constant(0))
            return
        yield from ((0.6, part), (0.8, negation(part)))
        yield 0.9, comparison(part, ast.Is, NOTHING)
        yield 0.9, comparison(part, ast.IsNot, NOTHING)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TYPE_TESTS:
        yield from ((0.6, part), (0.8, negation(part)))
