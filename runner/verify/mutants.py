"""Which small changes of the edited lines a good test suite has to notice. Pure."""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from types import CodeType
from typing import Final, TypeGuard

from runner.syntax_tree import UNREADABLE
from runner.verify.python_tests import parse

Node = ast.expr | ast.stmt

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


@dataclass(frozen=True, slots=True)
class _Change:
    """Bytes begin..end of a file, which hold `node`, written anew as `changed`."""

    node: Node
    changed: Node
    begin: int
    end: int
    text: bytes

    def applied(self, source: bytes) -> bytes:
        """The file with everything else as it stands."""
        return source[: self.begin] + self.text + source[self.end :]


def changed_lines(before: bytes, after: bytes) -> frozenset[int]:
    """The lines of `after`, 1-based, that are not in `before` at their place; for a deletion the lines around it."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    spans = [
        (start, end) if end > start else (start - 1, start + 1) for tag, _, _, start, end in blocks if tag != "equal"
    ]
    return frozenset(line + 1 for start, end in spans for line in range(max(start, 0), min(end, len(new))))


def mutants(source: bytes, lines: Set[int], *, seed: int) -> Iterator[Mutant]:
    """Every mutant of the given lines, in an order that depends on the seed alone; each is made when asked for."""
    tree = parse(source)
    if tree is None:
        return
    inert = set(_inert(tree))
    nodes = [node for node in ast.walk(tree) if _is_in(node, lines) and node not in inert]
    ranked = {_rank(change.applied(source), seed): change for change in _changes_of(source, nodes)}
    for _, change in sorted(ranked.items(), key=lambda pair: pair[0]):
        mutated = change.applied(source)
        if parse(mutated) is not None:
            where = f"line {change.node.lineno}: `{_brief(change.node)}` became `{_brief(change.changed)}`"
            yield Mutant(where, mutated)


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


def _rank(mutated: bytes, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}".encode() + mutated).digest()


def _is_in(node: ast.AST, lines: Set[int]) -> TypeGuard[Node]:
    """Whether it is an expression or a statement that begins in one of the lines."""
    return isinstance(node, ast.expr | ast.stmt) and node.lineno in lines


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


def _changes_of(source: bytes, nodes: Iterable[Node]) -> Iterator[_Change]:
    """The nodes' changes, but for what is nested too deep to be written.

    ast counts columns in bytes: https://docs.python.org/3/library/ast.html#ast.AST.col_offset
    """
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node in nodes:
        for changed in _changes(node):
            old, new = _written_anew(node, changed)
            if text := _text(new):
                begin = starts[old.lineno - 1] + old.col_offset
                end = starts[(old.end_lineno or old.lineno) - 1] + (old.end_col_offset or 0)
                written = f"({text})" if isinstance(old, ast.expr) else text
                yield _Change(node, changed, begin, end, written.encode())


def _written_anew(node: Node, changed: Node) -> tuple[Node, Node]:
    """The part that differs, before and after: of a branch its test alone."""
    if isinstance(node, ast.If | ast.While):
        assert isinstance(changed, ast.If | ast.While)
        return node.test, changed.test
    return node, changed


def _changes(node: Node) -> Iterator[Node]:
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


def _text(node: ast.AST) -> str:
    """The node as Python writes it; "" where it is nested too deep for that."""
    try:
        return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    except RecursionError:
        return ""


def _brief(node: ast.AST) -> str:
    return _text(node).partition("\n")[0][:80]
