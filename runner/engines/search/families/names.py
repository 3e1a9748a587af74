"""Candidates that put another name, attribute, method or expression of the same function in a place. Pure."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from itertools import combinations

from runner.engines.search.file_view import BUILTINS
from runner.engines.search.kinds import CALLABLE, Kinds, compatible
from runner.engines.search.pieces import Piece, attribute
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change
from runner.engines.search.view import Ingredient

MODULE = frozenset({"module"})
BUILTIN_PAIRS = (
    *(("any", "all"), ("min", "max"), ("int", "float"), ("list", "tuple"), ("set", "list"), ("sorted", "list")),
    *(("range", "enumerate"), ("str", "repr"), ("int", "round"), ("isinstance", "issubclass"), ("sum", "max")),
    *(("dict", "OrderedDict"), ("reversed", "sorted"), ("list", "iter"), ("floor", "ceil")),
)
METHOD_PAIRS = (
    *(("append", "extend"), ("append", "add"), ("add", "update"), ("extend", "update"), ("find", "rfind")),
    *(("index", "rindex"), ("strip", "rstrip")),
    *(("strip", "lstrip"), ("split", "rsplit"), ("startswith", "endswith"), ("lower", "upper")),
    *(("keys", "values"), ("items", "values"), ("items", "keys"), ("pop", "popleft"), ("append", "appendleft")),
    *(("ceil", "floor"), ("partition", "rpartition"), ("issubset", "issuperset"), ("union", "intersection")),
    *(("match", "search"), ("match", "fullmatch"), ("ljust", "rjust"), ("remove", "discard"), ("get", "setdefault")),
)


def partners(pairs: tuple[tuple[str, str], ...], name: str) -> Iterator[str]:
    """What stands beside the name in the pairs."""
    for one, other in pairs:
        if name in {one, other}:
            yield other if name == one else one


def replace_name(site: Site) -> Iterator[Draft]:
    """Another variable; those of a fitting type first."""
    if not isinstance(site.node, ast.Name) or site.stored or site.is_callee:
        return
    for name in site.names:
        yield site.replace(_unlikeliness(site.kinds, site.kinds_of(name)), Piece(name))


def _unlikeliness(old: Kinds | None, new: Kinds) -> float:
    """The prior of a variable by how its types fit."""
    if not old or not new:
        return 3.2
    if compatible(old, new):
        return 2.0
    return 3.0 if "NoneType" in old | new else 4.6


def replace_undefined(site: Site) -> Iterator[Draft]:
    """The most similar known name in place of one that nothing defines."""
    if not isinstance(site.node, ast.Name) or site.stored:
        return
    view, wrong = site.view, site.node.id
    if wrong in view.local or wrong in view.file.defined or wrong in BUILTINS:
        return
    for name in sorted({*site.names, *view.file.defined, *view.bound}):
        yield site.replace(0.8 + 2 * (1 - _likeness(name, wrong)), Piece(name))


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def replace_callee(site: Site) -> Iterator[Draft]:
    """Another builtin of the same use, or another function of the file."""
    if isinstance(site.node, ast.Name) and not site.stored and site.node.id not in site.view.local:
        for name in partners(BUILTIN_PAIRS, site.node.id):
            yield site.replace(1.8, Piece(name))
        if site.is_callee:
            yield from _functions(site, fitting=3.0, other=4.5)
            for name in difflib.get_close_matches(site.node.id, sorted(site.view.file.imported), n=5):
                yield site.replace(2.8, Piece(name))
    elif isinstance(site.node, ast.Attribute) and site.is_callee:
        yield from _functions(site, fitting=3.6, other=None)


def _functions(site: Site, *, fitting: float, other: float | None) -> Iterator[Draft]:
    """The file's functions in a callee's place, by whether they take as many arguments as are given."""
    given = len(site.parent.args) if isinstance(site.parent, ast.Call) else 0
    for name, arity in site.view.file.arity.items():
        prior = fitting if arity == given else other
        if prior is not None:
            yield site.replace(prior, Piece(name))


def replace_attribute(site: Site) -> Iterator[Draft]:
    """Another attribute or method that the file uses, or none."""
    if not isinstance(site.node, ast.Attribute):
        return
    _, end = site.view.source.span(site.node)
    name_span = (end - len(site.node.attr), end)
    for name in partners(METHOD_PAIRS, site.node.attr):
        yield Draft(2.2, (Change(*name_span, name),))
    known = site.view.file.methods if site.is_callee else site.view.file.attributes
    owner = site.part(site.node.value).text
    few = not site.is_callee and len(known) < 8
    for name in sorted(known):
        likely = few or f"{owner}.{name}" in site.environment
        yield Draft(2.4 if likely else 3.4, (Change(*name_span, name),))
    if site.is_value and not site.is_owner:
        yield site.replace(3.4, site.part(site.node.value))


def expression_to_name(site: Site) -> Iterator[Draft]:
    """A variable instead of a whole expression."""
    if isinstance(site.node, ast.Name) or not site.is_value:
        return
    literal = isinstance(site.node, ast.Constant)
    for name in site.names:
        if not compatible(site.kinds, site.kinds_of(name)):
            yield site.replace(4.8, Piece(name))
        else:
            yield site.replace(3.0 if literal else 2.8 if site.kinds else 3.4, Piece(name))


def reuse_expression(site: Site) -> Iterator[Draft]:
    """Another expression of the function."""
    if not site.is_value:
        return
    for ingredient in site.view.ingredients:
        if not site.view.readable(ingredient.names, site.environment, site.comprehension):
            continue
        if (ingredient.names & site.view.local) - site.view.bound - site.comprehension:
            continue
        kinds = site.view.kinds(ingredient.node, site.environment)
        if not compatible(site.kinds, kinds) or ingredient.piece.text == site.piece.text:
            continue
        related = isinstance(site.node, ast.Name) and site.node.id in ingredient.names
        known = bool(site.kinds and kinds)
        prior = (3.2 if known else 3.9) - 0.6 * related + 0.6 * site.is_owner + 0.05 * len(ingredient.names)
        yield site.replace(prior, ingredient.piece)


def replace_target(site: Site) -> Iterator[Draft]:
    """Another variable, element or attribute that is assigned to; or the targets in another order."""
    if not site.stored or not isinstance(site.parent, ast.Assign | ast.AugAssign):
        return
    if isinstance(site.node, ast.Tuple):
        yield from _other_orders(site, [site.part(element).text for element in site.node.elts])
        return
    for name in sorted(site.view.bound & site.environment.keys()):
        if not site.kinds_of(name) <= CALLABLE:
            yield site.replace(3.0, Piece(name))
    for ingredient in site.view.ingredients:
        if _can_be_stored(site, ingredient):
            yield site.replace(3.2, ingredient.piece)


def _can_be_stored(site: Site, ingredient: Ingredient) -> bool:
    """Whether it is an element or attribute that can be assigned to here; those of a module are the module's own."""
    readable = site.view.readable(ingredient.names, site.environment, site.comprehension)
    of_module = any(site.kinds_of(name) == MODULE for name in ingredient.names)
    return readable and not of_module and isinstance(ingredient.node, ast.Subscript | ast.Attribute)


def _other_orders(site: Site, parts: list[str]) -> Iterator[Draft]:
    for one, other in combinations(range(len(parts)), 2):
        swapped = list(parts)
        swapped[one], swapped[other] = parts[other], parts[one]
        yield site.replace(2.4, Piece(", ".join(swapped)))


def default_attribute(site: Site) -> Iterator[Draft]:
    """An attribute that may be missing, or one taken of a variable's own part."""
    if isinstance(site.node, ast.Attribute) and site.is_value and not site.is_owner:
        owner = site.part(site.node.value)
        yield site.replace(3.6, Piece(f"getattr({owner.text}, {site.node.attr!r}, None)"))
    elif isinstance(site.node, ast.Name) and site.is_value:
        prefix = site.node.id + "."
        for name in site.environment:
            if name.startswith(prefix):
                yield site.replace(2.6, attribute(site.piece, name.removeprefix(prefix)))
