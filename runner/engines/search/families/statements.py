"""Candidates that delete, move, indent or change the kind of a statement. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from runner.engines.search.families.atoms import LIKELY, Atom, Band, atoms, within
from runner.engines.search.families.spelling import ended, indentation, reindented, whole_lines
from runner.engines.search.sites import Draft, StatementSite
from runner.engines.search.source import Change, Source, blocks_of

Span = tuple[int, int]
COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def delete(site: StatementSite) -> Iterator[Draft]:
    """The statement gone, or it and the next one."""
    margin = indentation(site.view.source, site.statement)
    for prior, last in ((3.0, site.statement), (3.8, site.following)):
        lines = whole_lines(site.view.source, site.statement, last) if last is not None else None
        if margin is not None and lines is not None:
            is_all = site.block.statements[0] is site.statement and site.block.statements[-1] is last
            yield Draft(prior, (Change(*lines, f"{margin}pass\n" if is_all else ""),))


def move_down(site: StatementSite) -> Iterator[Draft]:
    """The statement after the one that follows it."""
    source, statement, following = site.view.source, site.statement, site.following
    if following is None or isinstance(following, ast.FunctionDef | ast.ClassDef):
        return
    one, other = whole_lines(source, statement, statement), whole_lines(source, following, following)
    if one and other:
        swapped = Change(*other, source.text[slice(*one)])
        yield Draft(3.2, (Change(*one, ended(source.text[slice(*other)])), swapped))


def dedent(site: StatementSite) -> Iterator[Draft]:
    """The last statement of an inner block after that block, or its first one before it."""
    source, statement = site.view.source, site.statement
    outer = whole_lines(source, statement, statement)
    margin = indentation(source, statement)
    if not isinstance(statement, COMPOUND) or outer is None or margin is None:
        return
    for block in blocks_of(statement):
        if len(block) < 2 and block is getattr(statement, "body", None):
            continue
        yield from _moved_out(source, block[-1], margin, outer[1], 3.4)
        if len(block) > 1:
            yield from _moved_out(source, block[0], margin, outer[0], 3.6)


def _moved_out(source: Source, statement: ast.stmt, margin: str, place: int, prior: float) -> Iterator[Draft]:
    lines, old = whole_lines(source, statement, statement), indentation(source, statement)
    text = reindented(source, lines, old, margin) if lines and old is not None else None
    if lines is None or text is None:
        return
    if place == lines[1]:
        yield Draft(prior, (Change(*lines, text),))
    else:
        yield Draft(prior, tuple(sorted((Change(*lines, ""), Change(place, place, text)), key=lambda c: c.start)))


def indent(site: StatementSite) -> Iterator[Draft]:
    """The statement that follows a block, into the block."""
    source, statement, following = site.view.source, site.statement, site.following
    if following is None or not isinstance(statement, ast.If | ast.For | ast.While):
        return
    lines, old = whole_lines(source, following, following), indentation(source, following)
    inner = indentation(source, statement.body[-1])
    if lines is None or old is None or inner is None:
        return
    text = reindented(source, lines, old, inner)
    if text is None:
        return
    if not statement.orelse:
        yield Draft(3.4, (Change(*lines, text),))
        if isinstance(statement, ast.If):
            yield Draft(3.6, (Change(*lines, f"{old}else:\n{text}"),))
        return
    yield Draft(3.6, (Change(*lines, text),))
    end = source.line_start((statement.body[-1].end_lineno or 0) + 1)
    yield Draft(3.6, (Change(end, end, text), Change(*lines, "")))


def change_kind(site: StatementSite) -> Iterator[Draft]:
    """`while` for `if`, `break` for `continue`, `return` for a bare call, `yield from` for `yield`, and back."""
    source, statement = site.view.source, site.statement
    start, end = source.span(statement)
    keyword = source.text[start : start + 5]
    match statement:
        case ast.If(orelse=[]) if keyword.startswith("if"):
            yield Draft(3.4, (Change(start, start + 2, "while"),))
        case ast.While(orelse=[]):
            yield Draft(3.4, (Change(start, start + 5, "if"),))
        case ast.Break():
            yield Draft(2.6, (Change(start, end, "continue"),))
        case ast.Continue():
            yield Draft(2.6, (Change(start, end, "break"),))
        case ast.Expr(value=ast.Call()):
            yield Draft(2.8, (Change(start, start, "return "),))
        case ast.Expr(value=ast.Yield(value=ast.expr() as value)):
            at = source.span(value)[0]
            yield Draft(3.2, (Change(at, at, "from "),))
        case ast.Return(value=ast.expr()):
            yield Draft(4.4, (Change(start, start + len("return"), "yield"),))


def keep_result(site: StatementSite) -> Iterator[Draft]:
    """The value of a bare call assigned to what it was called on or with."""
    statement = site.statement
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return
    start, end = site.view.source.span(statement)
    call = statement.value
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute | ast.Subscript):
        owner = site.view.source.segment(call.func.value)
        yield Draft(3.6, (Change(start, start, f"{owner} = "),))
        if len(call.args) == 1:
            yield Draft(4.2, (Change(start, end, f"{owner} = {site.view.source.segment(call.args[0])}"),))
    if call.args and isinstance(call.args[0], ast.Name):
        yield Draft(3.6, (Change(start, start, f"{call.args[0].id} = "),))


def unwrap(site: StatementSite) -> Iterator[Draft]:
    """The body of an `if` without its condition, or an `if` without its `else`."""
    source, statement = site.view.source, site.statement
    margin, lines = indentation(source, statement), whole_lines(source, statement, statement)
    if not isinstance(statement, ast.If) or margin is None or lines is None:
        return
    if not source.text[source.span(statement)[0] :].startswith("if"):
        return
    for block in (statement.body, statement.orelse):
        text = _dedented(source, block, margin)
        if text is not None:
            yield Draft(3.4, (Change(*lines, text),))
    if statement.orelse:
        cut = source.line_start((statement.body[-1].end_lineno or 0) + 1)
        yield Draft(3.6, (Change(cut, lines[1], ""),))
        flat = _dedented(source, statement.orelse, margin)
        if flat is not None:
            yield Draft(3.6, (Change(cut, lines[1], flat),))


def _dedented(source: Source, block: list[ast.stmt], margin: str) -> str | None:
    span = whole_lines(source, block[0], block[-1]) if block else None
    old = indentation(source, block[0]) if block else None
    return reindented(source, span, old, margin) if span and old is not None else None


def wrap_in_if(site: StatementSite, band: Band = LIKELY) -> Iterator[Draft]:
    """The statement, or it and the next one, only under a condition."""
    conditions = list(within(band, atoms(site.view, site.environment, frozenset())))
    yield from _wrapped(site, site.statement, 3.6, conditions)
    if site.following is not None:
        yield from _wrapped(site, site.following, 4.1, conditions)


def delete_unless(site: StatementSite, deleted: Draft, conditions: Iterable[Atom]) -> Iterator[Draft]:
    """What was deleted only under a condition."""
    alone = whole_lines(site.view.source, site.statement, site.statement)
    is_pair = site.following is not None and alone is not None and deleted.changes[0].end > alone[1]
    last, prior = (site.following, 4.1) if is_pair else (site.statement, 3.6)
    yield from _wrapped(site, last or site.statement, prior, conditions)


def _wrapped(site: StatementSite, last: ast.stmt, prior: float, conditions: Iterable[Atom]) -> Iterator[Draft]:
    """The statements up to `last` under each of the conditions."""
    source, margin = site.view.source, indentation(site.view.source, site.statement)
    lines = whole_lines(source, site.statement, last)
    if margin is None or lines is None or isinstance(site.statement, ast.Try | ast.With):
        return
    text = reindented(source, lines, margin, margin + "    ")
    if text is not None:
        for cost, atom in conditions:
            yield Draft(prior + cost, (Change(*lines, f"{margin}if {atom.text}:\n{text}"),))
