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
UNSEEN_COST: Final = 1.4
"""How much less likely a type is that did not come out of the tests."""
IMPORT_COST: Final = 0.3


def _known(view: FunctionView, name: str) -> bool:
    return name in BUILTIN_ERRORS or name in view.file.defined


def _imported(view: FunctionView, name: str) -> str:
    """The statement that makes a type of the project known which came out of the tests; nothing where there is none."""
    module = view.file.clues.modules.get(name, "")
    is_own = module.partition(".")[0] in view.source.path.removesuffix(".py").split("/")
    return f"from {module} import {name}" if is_own and not _known(view, name) else ""


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
    source, start = site.view.source, site.view.source.line_start(site.statement.lineno)
    margin = indentation(source, site.statement)
    for handler in site.statement.handlers if isinstance(site.statement, ast.Try) else ():
        if handler.type is not None:
            old = [source.segment(node) for node in getattr(handler.type, "elts", [handler.type])]
            span = source.span(handler.type)
            yield from (Draft(prior, (Change(*span, text),)) for prior, text in _other_types(site.view, old))
            for line, name in _importable(site.view) if margin is not None else ():
                known = Change(start, start, f"{margin}{line}\n")
                yield from (
                    Draft(prior + IMPORT_COST, (known, Change(*span, text))) for prior, text in _with(name, old)
                )


def _importable(view: FunctionView) -> Iterator[tuple[str, str]]:
    """The types that came out of the tests and need an import, each behind that."""
    lines = ((_imported(view, name), name) for name in view.file.clues.raised)
    return ((line, name) for line, name in lines if line)


def _other_types(view: FunctionView, old: list[str]) -> Iterator[tuple[float, str]]:
    """What else may be handled instead of the `old` types, and how unlikely it is."""
    for name in ("Exception", *wanted_types(view)):
        if name not in old:
            more = 0.0 if name in view.file.clues.raised else UNSEEN_COST
            yield from ((prior + more, text) for prior, text in _with(name, old))
    for dropped in range(len(old) if len(old) > 1 else 0):
        kept = ", ".join(old[:dropped] + old[dropped + 1 :])
        yield 2.4, kept if len(old) == 2 else f"({kept})"


def _with(name: str, old: list[str]) -> Iterator[tuple[float, str]]:
    """One type more, or instead of the old ones."""
    yield 2.0, f"({', '.join([*old, name])})"
    yield 2.4, name


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
    known = [("", 0.0, name) for name in site.view.file.clues.raised if _known(site.view, name)]
    needed = [(f"{margin}{line}\n", IMPORT_COST, name) for line, name in _importable(site.view)]
    for line, cost, name in (*known, *needed):
        for place, ending in enumerate(endings):
            text = f"{line}{margin}try:\n{body}{margin}except {name}:\n{margin}    {ending}\n"
            yield Draft(3.2 + cost + 0.1 * place, (Change(*lines, text),))


def _fallbacks(site: StatementSite) -> Iterator[str]:
    statement = site.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = site.view.source.segment(statement.targets[0])
        for value in dict.fromkeys((*_compared_with(site, statement.targets[0]), "None", "''", "[]", "False")):
            yield f"{target} = {value}"
    elif isinstance(statement, ast.Return):
        for value in ("False", "True", "NotImplemented", "''", "[]"):
            yield f"return {value}"


def _compared_with(site: StatementSite, target: ast.expr) -> Iterator[str]:
    """The constants that the function asks whether the target equals them."""
    asked = ast.unparse(target)
    for node in ast.walk(site.view.unit.node):
        match node:
            case ast.Compare(left=left, comparators=[ast.Constant() as value]) if ast.unparse(left) == asked:
                yield ast.unparse(value)


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
