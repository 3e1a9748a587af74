"""Candidates that negate, weaken, strengthen, replace or guard a condition. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher

from runner.engines.search.families.atoms import BUILTIN_TYPES, LIKELY, Atom, Band, atoms, opposite, within
from runner.engines.search.families.spelling import between
from runner.engines.search.kinds import TRUTH
from runner.engines.search.pieces import TERNARY, Piece, both, call, comparison, constant, either, negation
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change

NOTHING = Piece("None")
ALWAYS = constant(value=True)
NEVER = constant(value=False)
COMMON_TYPES = frozenset({"str", "int", "list", "tuple", "dict", "float", "bytes", "set"})
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


def extend_condition(site: Site, band: Band = LIKELY) -> Iterator[Draft]:
    """The condition or something else; the condition and something else."""
    if isinstance(site.node, ast.Constant) or not (_is_whole(site) or _is_returned_truth(site)):
        return
    for cost, atom in within(band, atoms(site.view, site.environment, site.comprehension)):
        if atom.text != site.piece.text:
            yield site.replace(3.0 + cost, either(site.piece, atom))
            yield site.replace(3.0 + cost, both(site.piece, atom))
            if cost < 1.0:
                yield site.replace(3.8 + cost, either(atom, site.piece))
                yield site.replace(3.8 + cost, both(atom, site.piece))


def replace_condition(site: Site, band: Band = LIKELY) -> Iterator[Draft]:
    """Another condition altogether."""
    whole = _is_whole(site)
    if not (whole or _is_truth_value(site) or _is_returned_truth(site)):
        return
    prior = 2.8
    if whole:
        prior = 2.4 if isinstance(site.node, ast.Constant) else 3.4
    for cost, atom in within(band, atoms(site.view, site.environment, site.comprehension)):
        yield site.replace(prior + cost, atom)


def set_aside(site: Site) -> Iterator[Draft]:
    """The condition always held, or never."""
    if _is_whole(site) and not isinstance(site.node, ast.Constant):
        yield site.replace(3.4, ALWAYS)
        yield site.replace(3.4, NEVER)


def is_always(aside: Draft) -> bool:
    """Whether the draft makes the condition hold always, and not never."""
    return aside.changes[0].text.strip("()") == ALWAYS.text


def narrow(site: Site, aside: Draft, conditions: Iterable[Atom]) -> Iterator[Draft]:
    """The condition set aside only where another one says so: weakened where it always held, else strengthened."""
    join = either if is_always(aside) else both
    for cost, atom in conditions:
        if atom.text != site.piece.text:
            yield site.replace(3.0 + cost, join(site.piece, atom))


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
    if not _is_type_asked_for(site):
        return
    old = [site.part(node).text for node in getattr(site.node, "elts", [site.node])]
    asked = frozenset(site.view.file.clues.names) & (BUILTIN_TYPES | site.view.file.defined)
    met = _types_met(site, old)
    for name in sorted((site.view.file.tested_types | COMMON_TYPES | asked | met) - set(old)):
        yield site.replace(2.0 if name in asked | met else 2.8, Piece(f"({', '.join([*old, name])})"))
    for dropped in range(len(old) if len(old) > 1 else 0):
        yield site.replace(3.0, Piece(f"({', '.join(old[:dropped] + old[dropped + 1 :])},)"))


def _types_met(site: Site, old: list[str]) -> frozenset[str]:
    """The types that the value was seen with: their own names where the file knows them, else beside the `old` ones."""
    tested = site.parent.args[0] if isinstance(site.parent, ast.Call) else site.node
    kinds = site.view.kinds(tested, site.environment) or frozenset()
    modules = {name.rpartition(".")[0] for name in old if "." in name}
    own = kinds & site.view.file.defined
    return own | {f"{module}.{kind}" for module in modules for kind in kinds - own if kind not in BUILTIN_TYPES}


def widen_equality(site: Site) -> Iterator[Draft]:
    """Equality with a text becomes membership among two: the other is a text of the tests, or of the function."""
    node = site.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return
    known = node.comparators[0]
    if not isinstance(known, ast.Constant) or not isinstance(known.value, str):
        return
    operator: type[ast.cmpop] = ast.In if isinstance(node.ops[0], ast.Eq) else ast.NotIn
    for text in dict.fromkeys((*site.view.file.clues.strings, *site.view.strings)):
        if text != known.value:
            unlike = 1 - SequenceMatcher(None, text, known.value).quick_ratio()
            both_texts = Piece(f"({site.part(known).text}, {constant(text).text})")
            yield site.replace(2.4 + unlike, comparison(site.part(node.left), operator, both_texts))


def _is_type_asked_for(site: Site) -> bool:
    parent = site.parent
    if not (isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and site.index == 1):
        return False
    return parent.func.id in {"isinstance", "issubclass"} and site.field == "args"


def ask_of_both(site: Site) -> Iterator[Draft]:
    """A function of two arguments that the file knows, asked of both sides of an equality."""
    node = site.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return
    sides = site.part(node.left), site.part(node.comparators[0])
    for name in sorted(site.view.file.binary_callees):
        asked = call(name, *sides)
        yield site.replace(3.2, asked if isinstance(node.ops[0], ast.Eq) else negation(asked))
        yield site.replace(4.0, negation(asked) if isinstance(node.ops[0], ast.Eq) else asked)


def value_or_default(site: Site) -> Iterator[Draft]:
    """The value only where it, or what it is made of, is something; else nothing, or a plain value."""
    if not site.is_value or site.is_owner or site.is_condition or isinstance(site.node, ast.Constant | ast.IfExp):
        return
    asked = _asked_about(site)
    for name in asked:
        own = name.text == site.piece.text
        for place, other in enumerate(("None", "''", "[]", "0", name.text)):
            if other != site.piece.text:
                text = f"{site.piece.within(2)} if {comparison(name, ast.IsNot, NOTHING).text} else {other}"
                yield site.replace(3.2 + 0.2 * place + 0.4 * own, Piece(text, TERNARY))


def _asked_about(site: Site) -> list[Piece]:
    """The names that the value is made of and that can be None; those of unknown type too."""
    inner = [node for node in ast.walk(site.node) if isinstance(node, ast.Name | ast.Attribute)]
    found = []
    for node in inner:
        kinds = site.view.kinds(node, site.environment)
        if isinstance(getattr(node, "ctx", None), ast.Load) and (kinds is None or "NoneType" in kinds):
            found.append(site.part(node))
    return list(dict.fromkeys(found))[:3]


def _is_truth_value(site: Site) -> bool:
    return isinstance(site.node, ast.Constant) and isinstance(site.node.value, bool)


def _is_returned_truth(site: Site) -> bool:
    return isinstance(site.parent, ast.Return) and site.kinds == TRUTH


def _is_whole(site: Site) -> bool:
    """Whether it is a whole condition, not an operand of one."""
    return site.is_condition and not isinstance(site.parent, ast.BoolOp | ast.UnaryOp)
