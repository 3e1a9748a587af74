"""Candidates that negate, weaken, strengthen, replace or guard a condition. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from runner.engines.search.families.atoms import atoms, opposite
from runner.engines.search.families.spelling import between
from runner.engines.search.kinds import TRUTH
from runner.engines.search.pieces import Piece, both, comparison, constant, either, negation
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change

NOTHING = Piece("None")
Join = Callable[[Piece, Piece], Piece]
JOINS: dict[type[ast.boolop], tuple[Join, Join, str, str]] = {
    ast.And: (both, either, "and", "or"),
    ast.Or: (either, both, "or", "and"),
}
"""Connective -> how it joins, how the other one joins, and both words."""


def negate(site: Site) -> Iterator[Draft]:
    """The opposite."""
    if site.is_condition:
        yield site.replace(1.9, opposite(site.view, site.node))
    elif _is_returned_truth(site):
        yield site.replace(2.2, opposite(site.view, site.node))


def change_connective(site: Site) -> Iterator[Draft]:
    """`and` for `or` and the other way round; or one operand less."""
    if not isinstance(site.node, ast.BoolOp):
        return
    values = [site.part(value) for value in site.node.values]
    join, other, word, new = JOINS[type(site.node.op)]
    token = between(site.view.source, site.node.values[0], site.node.values[1], word)
    if len(values) == 2 and token is not None:
        yield Draft(1.6, (Change(*token, new),))
    else:
        yield site.replace(1.6, _joined(values, other))
    for dropped in range(len(values)):
        yield site.replace(2.2, _joined(values[:dropped] + values[dropped + 1 :], join))


def _joined(values: list[Piece], join: Join) -> Piece:
    whole = values[0]
    for value in values[1:]:
        whole = join(whole, value)
    return whole


def extend_condition(site: Site) -> Iterator[Draft]:
    """The condition or something else; the condition and something else."""
    if isinstance(site.node, ast.Constant) or not (_is_whole(site) or _is_returned_truth(site)):
        return
    for cost, atom in atoms(site.view, site.environment, site.comprehension):
        if atom.text != site.piece.text:
            yield site.replace(3.0 + cost, either(site.piece, atom))
            yield site.replace(3.0 + cost, both(site.piece, atom))
            if cost < 1.0:
                yield site.replace(3.8 + cost, either(atom, site.piece))
                yield site.replace(3.8 + cost, both(atom, site.piece))


def replace_condition(site: Site) -> Iterator[Draft]:
    """Another condition altogether."""
    whole = _is_whole(site)
    if not (whole or _is_truth_value(site) or _is_returned_truth(site)):
        return
    prior = 2.8
    if whole:
        prior = 2.4 if isinstance(site.node, ast.Constant) else 3.4
    for cost, atom in atoms(site.view, site.environment, site.comprehension):
        yield site.replace(prior + cost, atom)
    if whole:
        yield site.replace(3.4, constant(value=True))
        yield site.replace(3.4, constant(value=False))


def guard_against_none(site: Site) -> Iterator[Draft]:
    """A check of the object that an attribute or element is taken of."""
    if not _is_whole(site):
        return
    owners = {
        site.part(node.value).text: site.part(node.value)
        for node in ast.walk(site.node)
        if isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript)
    }
    for owner in owners.values():
        yield site.replace(2.4, either(comparison(owner, ast.Is, NOTHING), site.piece))
        yield site.replace(2.4, both(comparison(owner, ast.IsNot, NOTHING), site.piece))
        yield site.replace(2.8, both(owner, site.piece))
        yield site.replace(2.8, either(negation(owner), site.piece))


def widen_type_test(site: Site) -> Iterator[Draft]:
    """One more type in an `isinstance`, or one less."""
    call = site.parent
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and site.index == 1):
        return
    if call.func.id not in {"isinstance", "issubclass"} or site.field != "args":
        return
    old = [site.part(node).text for node in getattr(site.node, "elts", [site.node])]
    for name in sorted((site.view.file.tested_types | {"str", "int", "list", "tuple", "dict", "float"}) - set(old)):
        yield site.replace(2.8, Piece(f"({', '.join([*old, name])})"))
    for dropped in range(len(old) if len(old) > 1 else 0):
        yield site.replace(3.0, Piece(f"({', '.join(old[:dropped] + old[dropped + 1 :])},)"))


def _is_truth_value(site: Site) -> bool:
    return isinstance(site.node, ast.Constant) and isinstance(site.node.value, bool)


def _is_returned_truth(site: Site) -> bool:
    return isinstance(site.parent, ast.Return) and site.kinds == TRUTH


def _is_whole(site: Site) -> bool:
    """Whether it is a whole condition, not an operand of one."""
    return site.is_condition and not isinstance(site.parent, ast.BoolOp | ast.UnaryOp)
