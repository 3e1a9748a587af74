"""Candidates that change an index, a slice, a display or a comprehension. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.engines.search.kinds import CALLABLE, CONTAINERS, INTEGER, SEQUENCES
from runner.engines.search.pieces import TERNARY, Piece, comparison, subscript
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change
from runner.engines.search.syntax import names_in

BRACKETS: dict[type[ast.expr], str] = {ast.Tuple: "()", ast.List: "[]", ast.Set: "{}"}


def change_index(site: Site) -> Iterator[Draft]:
    """No index, a slice or a `get` instead of it."""
    if not isinstance(site.node, ast.Subscript) or site.stored or isinstance(site.node.slice, ast.Slice):
        return
    owner, key = site.part(site.node.value), site.part(site.node.slice).text
    yield site.replace(3.0, owner)
    kinds = site.view.kinds(site.node.value, site.environment)
    if kinds is None or not kinds & SEQUENCES:
        for prior, default in ((3.4, ""), (4.0, ", 0"), (4.0, ", ''"), (4.0, ", []")):
            yield site.replace(prior, Piece(f"{owner.within(15)}.get({key}{default})"))
    if kinds is None or kinds & SEQUENCES:
        yield site.replace(3.6, subscript(owner, f"{key}:"))
        yield site.replace(3.6, subscript(owner, f":{key}"))


def change_slice(site: Site) -> Iterator[Draft]:
    """A bound less, a bound more, or the bounds on the other side."""
    if not isinstance(site.node, ast.Subscript) or not isinstance(site.node.slice, ast.Slice):
        return
    owner = site.part(site.node.value)
    given = (site.node.slice.lower, site.node.slice.upper, site.node.slice.step)
    lower, upper, step = (site.part(bound).text if bound else "" for bound in given)
    yield site.replace(3.0, owner)
    fewer = ("", upper), (lower, ""), ("", lower), (upper, ""), *_other_end(lower, upper)
    for low, high in dict.fromkeys([*fewer, *_new_bounds(site, lower, upper)]):
        yield site.replace(3.0, subscript(owner, f"{low}:{high}" + f":{step}" * bool(step)))


def _other_end(lower: str, upper: str) -> Iterator[tuple[str, str]]:
    """What leaves the first one out leaves the last one out, and the other way round."""
    ends = [("1", ""), ("", "-1")]
    if (lower, upper) in ends:
        yield ends[1 - ends.index((lower, upper))]


def _new_bounds(site: Site, lower: str, upper: str) -> Iterator[tuple[str, str]]:
    """A bound where there is none."""
    integers = [name for name in site.names if site.kinds_of(name) == INTEGER]
    if not lower:
        yield from ((name, upper) for name in ("1", *integers))
    if not upper:
        yield from ((lower, name) for name in ("-1", *integers))


def change_display(site: Site) -> Iterator[Draft]:
    """Elements of a list, tuple or set removed, swapped or added."""
    if not isinstance(site.node, ast.Tuple | ast.List | ast.Set) or site.stored:
        return
    texts = [site.part(element).within(TERNARY) for element in site.node.elts]
    for one in range(len(texts)):
        yield _display(site, 3.2, texts[:one] + texts[one + 1 :])
        for other in range(one + 1, len(texts)):
            swapped = list(texts)
            swapped[one], swapped[other] = texts[other], texts[one]
            yield _display(site, 2.2, swapped)
    for name in site.names:
        if not site.kinds_of(name) <= CALLABLE:
            yield _display(site, 3.6 if texts else 3.2, [*texts, name])
            if texts:
                yield _display(site, 3.6, [name, *texts])


def _display(site: Site, prior: float, texts: list[str]) -> Draft:
    brackets = BRACKETS[type(site.node)]
    if not texts and isinstance(site.node, ast.Set):
        return site.replace(prior, Piece("set()"))
    if isinstance(site.node, ast.Tuple):
        inside = ", ".join(texts) + "," * (len(texts) == 1)
        bare = not site.view.source.segment(site.node).startswith("(") and texts
        return site.replace(prior, Piece(inside, 0) if bare else Piece(f"({inside})"))
    return site.replace(prior, Piece(brackets[0] + ", ".join(texts) + brackets[1]))


def change_comprehension(site: Site) -> Iterator[Draft]:
    """A filter less, a filter more, or another kind of result."""
    if not isinstance(site.node, ast.ListComp | ast.GeneratorExp | ast.SetComp) or len(site.node.generators) != 1:
        return
    if isinstance(site.node, ast.GeneratorExp):
        yield site.replace(3.6, Piece(f"[{ast.unparse(site.node)[1:-1]}]"))
    elif isinstance(site.node, ast.ListComp):
        yield site.replace(4.0, Piece("{" + ast.unparse(site.node)[1:-1] + "}"))
    generator = site.node.generators[0]
    last = [generator.iter, *generator.ifs][-1]
    for dropped in range(len(generator.ifs)):
        before = [generator.iter, *generator.ifs][dropped]
        span = (site.view.source.span(before)[1], site.view.source.span(generator.ifs[dropped])[1])
        yield Draft(3.0, (Change(*span, ""),))
    end = site.view.source.span(last)[1]
    join = " and " if generator.ifs else " if "
    for prior, condition in _filters(site, sorted(names_in(generator.target))):
        yield Draft(prior, (Change(end, end, join + condition.within(4)),))


def _filters(site: Site, targets: list[str]) -> Iterator[tuple[float, Piece]]:
    for target in targets:
        yield 3.6, Piece(target)
        yield 3.8, comparison(Piece(target), ast.IsNot, Piece("None"))
        for name in site.names:
            if name not in targets:
                if site.kinds_of(name) & CONTAINERS:
                    yield 4.2, comparison(Piece(target), ast.NotIn, Piece(name))
                yield 4.2, comparison(Piece(target), ast.NotEq, Piece(name))
