"""Candidates that insert a statement: a mutator call, an assignment, a copy of another one, a guard. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import permutations

from runner.engines.search.families.atoms import LIKELY, Atom, Band, asked, within
from runner.engines.search.families.spelling import indentation, whole_lines
from runner.engines.search.kinds import Kinds
from runner.engines.search.pieces import Piece
from runner.engines.search.sites import Draft, Gap
from runner.engines.search.source import Change
from runner.engines.search.syntax import names_in, size

MUTATORS = {"set": ("add", "discard"), "list": ("append", "remove"), "deque": ("append", "appendleft")}
PLAIN = ("None", "True", "False", "0", "[]", "''")
COPIED = (ast.Assign, ast.AugAssign, ast.Expr)


def insert(gap: Gap, prior: float, text: str) -> Iterator[Draft]:
    """The draft that puts one line (or a guard's two) into the gap."""
    source, neighbour = gap.view.source, gap.neighbour
    lines, margin = whole_lines(source, neighbour, neighbour), indentation(source, neighbour)
    if lines is not None and margin is not None:
        at = lines[0] if gap.side == "before" else lines[1]
        missing = "" if at == 0 or source.text[at - 1] == "\n" else "\n"
        inserted = "".join(f"{margin}{line}\n" for line in text.split("\n"))
        yield Draft(prior, (Change(at, at, missing + inserted),))


def call_mutator(gap: Gap) -> Iterator[Draft]:
    """Something in scope put into a container in scope."""
    names = gap.view.names(gap.environment, frozenset())
    for container, value in permutations(names, 2):
        for kind in gap.environment[container] & MUTATORS.keys():
            for method in MUTATORS[kind]:
                prior = 3.4 if method in {"add", "append"} else 4.4
                yield from insert(gap, prior, f"{container}.{method}({value})")


def assign(gap: Gap) -> Iterator[Draft]:
    """A variable set to another, to a copy of itself, to zero, or moved by one."""
    names = gap.view.names(gap.environment, frozenset())
    targets = [name for name in names if name in gap.view.bound and name not in {"self", "cls"}]
    for target in targets:
        for value in names:
            if value != target:
                either = gap.environment[target] | gap.environment[value]
                shared = gap.environment[target] & gap.environment[value] or "NoneType" in either
                yield from insert(gap, 3.6 if shared else 4.8, f"{target} = {value}")
        yield from _reset(gap, target, gap.environment[target])


def _reset(gap: Gap, target: str, kinds: Kinds) -> Iterator[Draft]:
    """A number moved or set to zero; a container copied."""
    if kinds <= {"int"}:
        for prior, text in ((4.0, "+= 1"), (4.0, "-= 1"), (4.2, "= 0")):
            yield from insert(gap, prior, f"{target} {text}")
    for kind in sorted(kinds & {"list", "set", "dict"}):
        yield from insert(gap, 4.6, f"{target} = {kind}({target})")


def copy_statement(gap: Gap) -> Iterator[Draft]:
    """A simple statement of the function once more, as it is or with one name replaced."""
    view, seen = gap.view, gap.environment
    done: set[str] = set()
    for node in ast.walk(view.unit.node):
        if not isinstance(node, COPIED) or size(node) > 30:
            continue
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Yield):
            continue
        text = ast.unparse(node)
        read = names_in(node.value)
        if text in done:
            continue
        done.add(text)
        if view.readable(read, seen, frozenset()):
            yield from insert(gap, 3.8, text)
        if size(node) <= 14:
            for substituted in _with_one_name_replaced(gap, node, read):
                yield from insert(gap, 4.4, substituted)


def _with_one_name_replaced(gap: Gap, node: ast.stmt, read: frozenset[str]) -> Iterator[str]:
    view, seen = gap.view, gap.environment
    for old in sorted(read & view.local):
        if not view.readable(read - {old}, seen, frozenset()):
            continue
        for new in view.names(seen, frozenset()):
            fits = not seen.get(old) or bool(seen[old] & seen[new])
            if new != old and fits:
                yield _renamed(node, old, new)


def _renamed(node: ast.stmt, old: str, new: str) -> str:
    places = [
        name
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and name.id == old and isinstance(name.ctx, ast.Load)
    ]
    for name in places:
        name.id = new
    text = ast.unparse(node)
    for name in places:
        name.id = old
    return text


def guard(gap: Gap, band: Band = LIKELY) -> Iterator[Draft]:
    """An early return, or in a loop a `continue` or `break`, under a simple condition."""
    if gap.side == "after":
        return
    results = list(_results(gap))
    for cost, condition in within(band, asked(gap.view, gap.environment)):
        if gap.block.in_loop:
            yield from insert(gap, 3.4 + cost, f"if {condition.text}:\n    continue")
            yield from insert(gap, 4.0 + cost, f"if {condition.text}:\n    break")
        for extra, result in results:
            yield from insert(gap, 3.4 + cost + extra, f"if {condition.text}:\n    return {result}".rstrip())


def leave(gap: Gap) -> Iterator[Draft]:
    """An early exit under no condition at all: by itself hardly a repair, but it shows where one is missing."""
    if gap.side == "after":
        return
    for extra, result in _results(gap):
        yield from insert(gap, 3.4 + extra, f"return {result}".rstrip())
    if gap.block.in_loop:
        yield from insert(gap, 3.4, "continue")
        yield from insert(gap, 4.0, "break")


def leave_if(gap: Gap, left: Draft, conditions: Iterable[Atom]) -> Iterator[Draft]:
    """The same exit under a condition."""
    way_out = left.changes[0].text.strip()
    for cost, condition in conditions:
        yield from insert(gap, left.prior + cost, f"if {condition.text}:\n    {way_out}")


def _results(gap: Gap) -> Iterator[tuple[float, str]]:
    """What could be returned early and how unlikely: what the function returns, nothing, or a plain value."""
    view = gap.view
    own = [result.text for result in view.returned if view.readable(_names(result), gap.environment, frozenset())]
    if view.returns_nothing:
        yield 0.4 if own else 0.0, ""
        if not own:
            return
    yield from ((0.5, text) for text in own)
    yield from ((0.8, name) for name in view.names(gap.environment, frozenset()) if name in view.parameters)
    taken = {*own, "None"} if view.returns_nothing else set(own)
    yield from ((1.3, text) for text in PLAIN if text not in taken)


def _names(result: Piece) -> frozenset[str]:
    return names_in(ast.parse(result.text, mode="eval"))
