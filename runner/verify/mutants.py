"""Which small changes of the edited lines a good test suite has to notice. Pure."""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections.abc import Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import CodeType
from typing import Final

from runner.syntax_tree import UNREADABLE
from runner.verify.python_tests import parse

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed file. `where` says what was changed, as "line 3: `a < b` became `a <= b`"."""

    where: str
    source: bytes


def changed_lines(before: bytes, after: bytes) -> frozenset[int]:
    """The lines of `after`, 1-based, that are not in `before` at their place; for a deletion the lines around it."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    spans = [
        (start, end) if end > start else (start - 1, start + 1) for tag, _, _, start, end in blocks if tag != "equal"
    ]
    return frozenset(line + 1 for start, end in spans for line in range(max(start, 0), min(end, len(new))))


def mutants(source: bytes, lines: Set[int], *, seed: int) -> tuple[Mutant, ...]:
    """Every mutant of the given lines, in an order that depends on the seed alone."""
    tree = parse(source)
    if tree is None:
        return ()
    inert = set(_inert(tree))
    nodes = (node for node in ast.walk(tree) if node not in inert)
    found = {mutant.source: mutant for node in nodes for mutant in _of_node(source, node, lines)}
    return tuple(sorted(found.values(), key=lambda mutant: _rank(mutant, seed)))


def is_equivalent(source: bytes, mutant: bytes) -> bool:
    """Whether both are compiled to the same code, so that no test can tell them apart: `(None)`, `2 * 3` for 6."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            codes = [compile(text, "", "exec", dont_inherit=True) for text in (source, mutant)]
        except UNREADABLE:
            return False
    return _essence(codes[0]) == _essence(codes[1])


def _essence(code: CodeType) -> tuple[object, ...]:
    """All of a code object but where its parts stand in the file; 1, 1.0 and True are not the same."""
    constants = tuple(_essence(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts)
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants, code.co_exceptiontable)


def _rank(mutant: Mutant, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}".encode() + mutant.source).digest()


def _inert(tree: ast.Module) -> Iterator[ast.AST]:
    """Parts that no test can tell apart: docstrings and annotations."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                yield from (node, node.value)
            case ast.arg(annotation=ast.expr() as hint) | ast.AnnAssign(annotation=hint):
                yield from ast.walk(hint)
            case ast.FunctionDef(returns=ast.expr() as hint) | ast.AsyncFunctionDef(returns=ast.expr() as hint):
                yield from ast.walk(hint)


def _of_node(source: bytes, node: ast.AST, lines: Set[int]) -> Iterator[Mutant]:
    if not isinstance(node, ast.expr | ast.stmt) or node.lineno not in lines:
        return
    for changed in _changes(node):
        mutated = _splice(source, node, changed)
        if parse(mutated) is not None:
            where = f"line {node.lineno}: `{_brief(node)}` became `{_brief(changed)}`"
            yield Mutant(where, mutated)


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """The other forms of one node."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            yield ast.Compare(node.left, [COMPARISONS[type(operator)]()], node.comparators)
        case ast.BinOp(op=operator) if type(operator) in ARITHMETIC:
            yield ast.BinOp(node.left, ARITHMETIC[type(operator)](), node.right)
        case ast.BoolOp(op=ast.Or()):
            yield from (ast.BoolOp(ast.And(), node.values), *node.values)
        case ast.BoolOp(op=ast.And()):
            yield from (ast.BoolOp(ast.Or(), node.values), *node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant():
            yield from _other_constants(node)
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.stmt():
            yield from _other_statements(node)


def _other_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.If() | ast.While():
            yield _with_test(node, value=False)
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.Assign() | ast.AugAssign() | ast.Raise() | ast.Break() | ast.Continue():
            yield ast.Pass()


def _other_constants(node: ast.Constant) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value:
        yield ast.Constant("")


def _with_test(node: ast.If | ast.While, *, value: bool) -> ast.stmt:
    changed = copy.copy(node)
    changed.test = ast.Constant(value)
    return changed


def _splice(source: bytes, node: ast.expr | ast.stmt, changed: ast.expr | ast.stmt) -> bytes:
    """The file with one node written anew and everything else as it stands.

    ast counts columns in bytes: https://docs.python.org/3/library/ast.html#ast.AST.col_offset
    """
    if isinstance(node, ast.If | ast.While):
        assert isinstance(changed, ast.If | ast.While)
        return _splice(source, node.test, changed.test)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    begin = starts[node.lineno - 1] + node.col_offset
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(changed)))
    written = f"({text})" if isinstance(node, ast.expr) else text
    return source[:begin] + written.encode() + source[end:]


def _brief(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0][:80]
