"""Candidates about exceptions: other types raised or handled, statements guarded, errors raised early. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from runner.engines.search.families.atoms import atoms
from runner.engines.search.families.insertions import insert
from runner.engines.search.families.spelling import indentation, reindented, whole_lines
from runner.engines.search.pieces import Piece
from runner.engines.search.sites import Draft, Gap, Site, StatementSite
from runner.engines.search.source import Change
from runner.engines.search.view import FunctionView

BUILTIN_ERRORS: Final = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)
)
COMMON: Final = ("ValueError", "TypeError", "KeyError", "AttributeError", "IndexError")
LIKELY_ATOM: Final = 1.2


def _known(view: FunctionView, name: str) -> bool:
    return name in BUILTIN_ERRORS or name in view.file.defined


def wanted_types(view: FunctionView) -> list[str]:
    """Exception types worth naming: what the tests wait for, what came out of them, what the file knows."""
    clues = view.file.clues
    names = (*clues.expected, *clues.raised, *sorted(view.file.exceptions), *COMMON)
    return [name for name in dict.fromkeys(names) if _known(view, name)]


def change_raised(site: Site) -> Iterator[Draft]:
    """Another exception type where one is raised."""
    called = isinstance(site.parent, ast.Call) and site.is_callee and isinstance(site.statement, ast.Raise)
    if isinstance(site.node, ast.Name) and (called or isinstance(site.parent, ast.Raise)):
        for place, name in enumerate(wanted_types(site.view)):
            if name != site.node.id:
                yield site.replace((1.6 if name in site.view.file.clues.expected else 2.8) + 0.05 * place, Piece(name))


def change_handler(site: StatementSite) -> Iterator[Draft]:
    """Another exception type handled, one more or one less: first those that came out of the tests."""
    for handler in site.statement.handlers if isinstance(site.statement, ast.Try) else ():
        if handler.type is not None:
            old = [site.view.source.segment(node) for node in getattr(handler.type, "elts", [handler.type])]
            span = site.view.source.span(handler.type)
            yield from (Draft(prior, (Change(*span, text),)) for prior, text in _other_types(site.view, old))


def _other_types(view: FunctionView, old: list[str]) -> Iterator[tuple[float, str]]:
    """What else may be handled instead of the `old` types, and how unlikely it is."""
    for name in ("Exception", *wanted_types(view)):
        if name not in old:
            prior = 2.0 if name in view.file.clues.raised else 3.4
            yield prior, f"({', '.join([*old, name])})"
            yield prior + 0.4, name
    for dropped in range(len(old) if len(old) > 1 else 0):
        kept = ", ".join(old[:dropped] + old[dropped + 1 :])
        yield 2.4, kept if len(old) == 2 else f"({kept})"


def guard_with_try(site: StatementSite) -> Iterator[Draft]:
    """The statement inside a `try` that passes over, goes on after or returns at what came out of the tests."""
    source, statement = site.view.source, site.statement
    lines, margin = whole_lines(source, statement, statement), indentation(source, statement)
    if (
        lines is None
        or margin is None
        or (isinstance(statement, ast.Return | ast.Try) and not site.view.file.clues.raised)
    ):
        return
    body = reindented(source, lines, margin, margin + "    ")
    if body is None:
        return
    endings = ["pass", "return None", *["continue"] * site.block.in_loop, *_fallbacks(site)]
    for name in site.view.file.clues.raised:
        for place, ending in enumerate(endings if _known(site.view, name) else ()):
            text = f"{margin}try:\n{body}{margin}except {name}:\n{margin}    {ending}\n"
            yield Draft(3.2 + 0.1 * place, (Change(*lines, text),))


def _fallbacks(site: StatementSite) -> Iterator[str]:
    statement = site.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = site.view.source.segment(statement.targets[0])
        for value in ("None", "''", "[]", "False"):
            yield f"{target} = {value}"
    elif isinstance(statement, ast.Return):
        for value in ("False", "True", "NotImplemented", "''", "[]"):
            yield f"return {value}"


def raise_early(gap: Gap) -> Iterator[Draft]:
    """The exception that the tests wait for, under a simple condition, with the text that they wait for."""
    clues = gap.view.file.clues
    names = [name for name in clues.expected if _known(gap.view, name)]
    if gap.side == "after" or not names:
        return
    messages = [repr(message) for message in clues.messages] or [""]
    conditions = [(cost, atom) for cost, atom in atoms(gap.view, gap.environment, frozenset()) if cost <= LIKELY_ATOM]
    for name in names:
        for cost, condition in conditions:
            for message in messages[:2]:
                yield from insert(gap, 3.0 + cost, f"if {condition.text}:\n    raise {name}({message})")
