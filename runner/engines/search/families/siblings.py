"""Candidates that do as the neighbours do: another method's statement, an `else` like its `if`, super. Pure."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from runner.engines.search.families.insertions import insert
from runner.engines.search.families.spelling import indentation, whole_lines
from runner.engines.search.sites import Draft, Gap, StatementSite, is_docstring
from runner.engines.search.source import Change, Function
from runner.engines.search.syntax import names_in, size
from runner.engines.search.view import FunctionView

LONGEST_COPIED: Final = 30
MOST_COPIED: Final = 200
PLAIN: Final = (None, True, False, 0, "")
COPIED = (ast.Assign, ast.AugAssign, ast.Expr, ast.If)


def copy_from_sibling(gap: Gap) -> Iterator[Draft]:
    """A statement that other methods of the class have; where it names its own method, with this one's name."""
    if gap.side == "after":
        return
    for text, count, read in _statements_of_siblings(gap.view):
        if gap.view.readable(read, gap.environment, frozenset()):
            yield from insert(gap, 2.4 if count > 1 else 3.8, text)


@lru_cache(maxsize=64)
def _statements_of_siblings(view: FunctionView) -> tuple[tuple[str, int, frozenset[str]], ...]:
    """What this method lacks: a statement, how many others have it and the names that it reads; usual ones first."""
    counts: Counter[str] = Counter()
    read: dict[str, frozenset[str]] = {}
    for sibling, statement in _of_siblings(view):
        text = _renamed(statement, sibling.name, view.unit.node.name)
        counts[text] += 1
        read[text] = names_in(statement)
    own = {ast.unparse(statement) for statement in view.unit.node.body}
    return tuple((text, count, read[text]) for text, count in counts.most_common(MOST_COPIED) if text not in own)


def _of_siblings(view: FunctionView) -> Iterator[tuple[ast.FunctionDef, ast.stmt]]:
    """The small statements of the other methods, their docstrings left out."""
    for sibling in view.class_body:
        if isinstance(sibling, ast.FunctionDef) and sibling is not view.unit.node:
            for statement in sibling.body:
                if isinstance(statement, COPIED) and size(statement) <= LONGEST_COPIED and not is_docstring(statement):
                    yield sibling, statement


def _renamed(statement: ast.stmt, old: str, new: str) -> str:
    def names_it(node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and node.value == old

    if not any(map(names_it, ast.walk(statement))):
        return ast.unparse(statement)
    made = copy.deepcopy(statement)
    for node in filter(names_it, ast.walk(made)):
        node.value = new  # type: ignore[attr-defined]
    return ast.unparse(made)


def add_else(site: StatementSite) -> Iterator[Draft]:
    """An `else` that does to another variable what the `if` does, or sets, returns or raises the like."""
    source, statement = site.view.source, site.statement
    if not isinstance(statement, ast.If) or statement.orelse or len(statement.body) > 2:
        return
    lines, margin = whole_lines(source, statement, statement), indentation(source, statement)
    if lines is None or margin is None or not source.text[lines[0] :].lstrip().startswith("if"):
        return
    last = statement.body[-1]
    for text in dict.fromkeys(_variants(site, last)):
        yield Draft(3.0, (Change(lines[1], lines[1], f"{margin}else:\n{margin}    {text}\n"),))


def _variants(site: StatementSite, statement: ast.stmt) -> Iterator[str]:
    """The statement with one name or constant replaced by a variable or a plain value."""
    made = copy.deepcopy(statement)
    value = getattr(made, "value", None)
    if not isinstance(value, ast.expr) or size(statement) > LONGEST_COPIED:
        return
    names = site.view.names(site.environment, frozenset())
    for node in _outside_fstrings(value):
        if isinstance(node, ast.Name) and node.id in site.view.bound:
            yield from _with_each(made, node, "id", names)
        elif isinstance(node, ast.Constant):
            yield from _with_each(made, node, "value", PLAIN)
    if isinstance(value, ast.Call) and len(value.args) == 1:
        yield from _with_each(made, value, "args", [[ast.Name(name, ast.Load())] for name in names])


def _outside_fstrings(value: ast.expr) -> Iterator[ast.AST]:
    """All nodes but the constants between the holes of f-strings, where nothing else may stand."""
    between = {id(part) for node in ast.walk(value) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(value):
        if not (isinstance(node, ast.Constant) and id(node) in between):
            yield node


def _with_each(made: ast.stmt, node: ast.AST, field: str, choices: Sequence[object]) -> Iterator[str]:
    old = getattr(node, field)
    for choice in choices:
        setattr(node, field, choice)
        yield ast.unparse(made)
    setattr(node, field, old)


def call_super(gap: Gap) -> Iterator[Draft]:
    """The inherited method called with the same arguments."""
    view, function = gap.view, gap.view.unit.node
    has_super = any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(function))
    if not view.class_body or has_super or not function.args.args:
        return
    given = _passed_on(function)
    called = f"super().{function.name}({given})"
    yield from insert(gap, 3.4, called)
    if gap.side == "before":
        yield from insert(gap, 4.0, f"return {called}")


def _passed_on(function: Function) -> str:
    given = function.args
    words = [argument.arg for argument in (*given.posonlyargs, *given.args)][1:]
    words += [f"*{given.vararg.arg}"] if given.vararg else []
    words += [f"{argument.arg}={argument.arg}" for argument in given.kwonlyargs]
    words += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return ", ".join(words)
