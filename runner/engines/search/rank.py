"""Which of several plausible candidates is the likeliest repair: the simplest that leaves nothing odd behind.

What takes a check away or passes over an exception makes tests green most easily and is right most seldom: it comes
after everything else.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from runner.engines.search.generate import Candidate
from runner.engines.search.source import Function, Source, apply_changes, blocks_of
from runner.syntax_tree import UNREADABLE, syntax_tree

ODDITY_COST: Final = 1.5
LITERAL_COST: Final = 2.0
WEAKER_COST: Final = 4.0
PAIRS = ((ast.Eq, ast.NotEq), (ast.Lt, ast.GtE), (ast.Gt, ast.LtE), (ast.Is, ast.IsNot), (ast.In, ast.NotIn))
OPPOSITES: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = dict([*PAIRS, *((b, a) for a, b in PAIRS)])
FILLING = {"add", "append", "appendleft", "extend", "update", "insert", "setdefault"}
LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
EMPTY_MAKERS = {"set", "dict", "list", "deque", "defaultdict"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A plausible candidate and its rank; smaller is better."""

    candidate: Candidate
    rank: float

    @property
    def is_odd(self) -> bool:
        """Whether something speaks against it besides its cost."""
        return self.rank > self.candidate.cost


def rank(source: Source, candidate: Candidate) -> Ranked:
    """The candidate's cost, raised for each oddity it brings into its function."""
    after = _function_after(source, candidate)
    if after is None:
        return Ranked(candidate, candidate.cost + ODDITY_COST)
    more = oddities(after) - oddities(candidate.unit.node) + _is_settled(candidate.unit.node, after)
    invented = _literals(after) - _literals(candidate.unit.node)
    weaker = WEAKER_COST * is_weaker(candidate.unit.node, after)
    return Ranked(candidate, candidate.cost + ODDITY_COST * more + LITERAL_COST * len(invented) + weaker)


def is_weaker(before: Function, after: Function) -> bool:
    """Whether a check or a raised error is gone, a condition became a constant, or an exception is passed over.

    Also where statements can no longer be reached, or where what raised an error no longer does and all else does.
    """
    if _unreachable(after) > _unreachable(before) or _is_turned(before, after):
        return True
    old, new = Counter(map(_kind_of_check, ast.walk(before))), Counter(map(_kind_of_check, ast.walk(after)))
    return any(new[kind] < old[kind] for kind in ("check", "error")) or any(
        new[kind] > old[kind] for kind in ("constant", "silence")
    )


def _unreachable(function: Function) -> int:
    """How many blocks go on behind a statement that leaves them."""
    blocks = [block for node in ast.walk(function) if isinstance(node, ast.stmt) for block in blocks_of(node)]
    return sum(any(isinstance(one, LEAVING) for one in block[:-1]) for block in blocks)


def _is_settled(before: Function, after: Function) -> bool:
    """Whether what was worked out is a constant now: the answer to one question is none to the others."""
    old, new = Counter(map(_kind_of_value, ast.walk(before))), Counter(map(_kind_of_value, ast.walk(after)))
    return new["constant"] > old["constant"] and new["worked out"] < old["worked out"]


def _kind_of_value(node: ast.AST) -> str:
    match node:
        case ast.Assign(value=ast.Constant()) | ast.Return(value=ast.Constant()):
            return "constant"
        case ast.Assign() | ast.Return(value=ast.expr()):
            return "worked out"
    return ""


def _is_turned(before: Function, after: Function) -> bool:
    """Whether a condition that guards an error became its opposite."""
    old, new = _guards(before), _guards(after)
    return any(not new.isdisjoint(_opposites(guard)) for guard in old - new)


def _guards(function: Function) -> frozenset[str]:
    """The conditions under which nothing but an error is raised."""
    nodes = (node for node in ast.walk(function) if isinstance(node, ast.If))
    return frozenset(ast.unparse(node.test) for node in nodes if isinstance(node.body[0], ast.Raise))


def _opposites(condition: str) -> Iterator[str]:
    """How the opposite is written."""
    test = ast.parse(condition, mode="eval").body
    yield ast.unparse(ast.UnaryOp(ast.Not(), test))
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in OPPOSITES:
            yield ast.unparse(ast.Compare(left, [OPPOSITES[type(operator)]()], [right]))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield ast.unparse(operand)


def _kind_of_check(node: ast.AST) -> str:
    match node:
        case ast.If(test=ast.Constant()) | ast.IfExp(test=ast.Constant()):
            return "constant"
        case ast.If() | ast.While() | ast.Assert():
            return "check"
        case ast.Raise():
            return "error"
        case ast.ExceptHandler(body=[ast.Pass() | ast.Continue() | ast.Break() | ast.Return()]):
            return "silence"
    return ""


def oddities(function: Function) -> int:
    """How many locals are never read, containers read but never filled, and operations that change nothing."""
    nodes = list(ast.walk(function))
    read, stored = _names(nodes, ast.Load), _names(nodes, ast.Store)
    filled, empty = _filled(nodes), set(chain.from_iterable(map(_made_empty, nodes)))
    unused = sum(name not in read and not name.startswith("_") for name in stored)
    idle = sum(map(_is_idle, nodes))
    return unused + idle + sum(stored[name] == 1 and name not in filled and name in read for name in empty)


def _names(nodes: list[ast.AST], context: type[ast.expr_context]) -> Counter[str]:
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context))


def _filled(nodes: list[ast.AST]) -> set[str]:
    filled: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call):
            filled |= {argument.id for argument in node.args if isinstance(argument, ast.Name)}
            if isinstance(node.func, ast.Attribute) and node.func.attr in FILLING:
                filled |= {inner.id for inner in ast.walk(node.func.value) if isinstance(inner, ast.Name)}
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            filled |= {inner.id for inner in ast.walk(node.value) if isinstance(inner, ast.Name)}
    return filled


def _made_empty(node: ast.AST) -> list[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[]) | ast.Dict(keys=[])):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=maker), args=[])):
            return [name] if maker in EMPTY_MAKERS else []
    return []


def _is_idle(node: ast.AST) -> bool:
    """Whether nobody would write the operation: it changes nothing, as `x + 0`, or has the same on both sides."""
    match node:
        case ast.BinOp(left=left, right=right) if ast.dump(left) == ast.dump(right):
            return not isinstance(left, ast.Constant)
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=0)) | ast.BinOp(op=ast.Mult(), left=ast.Constant(value=1)):
            return True
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Constant(value=0)):
            return True
        case ast.BinOp(op=ast.Mult() | ast.FloorDiv() | ast.Pow(), right=ast.Constant(value=1)):
            return True
    return False


def _literals(function: Function) -> set[str]:
    """Literals that say something: not a truth value, nor an empty string, nor a number near zero."""
    values = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
    return {repr(value) for value in values if value and not (isinstance(value, int) and abs(value) <= 2)}


def _function_after(source: Source, candidate: Candidate) -> Function | None:
    shift = sum(len(change.text) - (change.end - change.start) for change in candidate.changes)
    text = apply_changes(source.text, candidate.changes)[candidate.unit.start : candidate.unit.end + shift]
    try:
        module = syntax_tree(candidate.unit.prefix + text)
    except UNREADABLE:
        return None
    wanted = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next((node for node in ast.walk(module) if isinstance(node, wanted)), None)
