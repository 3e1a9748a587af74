"""The places of a function where a candidate can change something: expressions, statements and gaps. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from runner.engines.search.kinds import Environment, Kinds
from runner.engines.search.pieces import Piece, piece, required_strength
from runner.engines.search.source import Change, blocks_of
from runner.engines.search.syntax import names_in
from runner.engines.search.view import FunctionView

_NOT_HEADER = {"body", "orelse", "finalbody", "handlers", "decorator_list", "args", "cases", "annotation", "returns"}


class Draft(NamedTuple):
    """A change that a family thinks of, and how unlikely it is: a smaller prior is tried earlier."""

    prior: float
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Site:
    """One expression of a statement, with what can be read there."""

    view: FunctionView
    node: ast.expr
    parent: ast.AST
    field: str
    index: int
    statement: ast.stmt
    environment: Environment
    comprehension: frozenset[str]

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self.node.lineno

    @cached_property
    def kinds(self) -> Kinds | None:
        """The types that the expression can have."""
        return self.view.kinds(self.node, self.environment)

    @cached_property
    def names(self) -> list[str]:
        """The names that can be read here."""
        return self.view.names(self.environment, self.comprehension)

    @cached_property
    def piece(self) -> Piece:
        """The expression as it is written."""
        return piece(self.view.source, self.node)

    @property
    def stored(self) -> bool:
        """Whether it is assigned to rather than read."""
        return isinstance(getattr(self.node, "ctx", None), ast.Store | ast.Del)

    @property
    def is_callee(self) -> bool:
        """Whether it is what a call calls."""
        return isinstance(self.parent, ast.Call) and self.field == "func"

    @property
    def is_owner(self) -> bool:
        """Whether an attribute or an element of it is taken."""
        return isinstance(self.parent, ast.Attribute | ast.Subscript) and self.field == "value"

    @property
    def is_statement(self) -> bool:
        """Whether its value is thrown away."""
        return isinstance(self.parent, ast.Expr)

    @property
    def is_value(self) -> bool:
        """Whether it is a value that any other expression could take the place of."""
        return not (self.stored or self.is_callee or self.is_statement or isinstance(self.node, ast.Starred))

    @property
    def is_iterated(self) -> bool:
        """Whether a loop or comprehension goes through it."""
        return self.field == "iter"

    @property
    def is_condition(self) -> bool:
        """Whether only its truth counts."""
        negated = isinstance(self.parent, ast.UnaryOp) and isinstance(self.parent.op, ast.Not)
        return self.field in {"test", "ifs"} or isinstance(self.parent, ast.BoolOp) or negated

    def kinds_of(self, name: str) -> Kinds:
        """The types a name was seen with."""
        return self.environment.get(name, frozenset())

    def part(self, node: ast.expr) -> Piece:
        """Another expression of the file as it is written."""
        return piece(self.view.source, node)

    def replace(self, prior: float, new: Piece) -> Draft:
        """The draft that puts `new` in the place of the whole expression."""
        start, end = self.view.source.span(self.node)
        text = new.text if self._has_parentheses(start, end) else new.within(required_strength(self.parent, self.field))
        alone = isinstance(self.parent, ast.Call) and isinstance(self.node, ast.GeneratorExp)
        if alone and len(self.parent.args) == 1:  # type: ignore[attr-defined]
            text = f"({text})"  # its span holds the call's own parentheses
        return Draft(prior, (Change(start, end, text),))

    def _has_parentheses(self, start: int, end: int) -> bool:
        """Whether parentheses of its own stand right around it, which a call's never are."""
        text = self.view.source.text
        return self.field != "args" and text[start - 1 : start] == "(" and text[end : end + 1] == ")"


@dataclass(frozen=True)
class Block:
    """A list of statements and the statement that holds it."""

    owner: ast.stmt
    statements: list[ast.stmt]
    in_loop: bool


@dataclass(frozen=True)
class StatementSite:
    """One statement in its block."""

    view: FunctionView
    block: Block
    index: int
    environment: Environment

    @property
    def statement(self) -> ast.stmt:
        """The statement itself."""
        return self.block.statements[self.index]

    @property
    def following(self) -> ast.stmt | None:
        """The next statement of the block."""
        rest = self.block.statements[self.index + 1 :]
        return rest[0] if rest else None


@dataclass(frozen=True)
class Gap:
    """A place before or after a statement where a new one fits."""

    view: FunctionView
    block: Block
    index: int
    line: int
    environment: Environment
    side: Literal["before", "after"] = field(default="before")

    @property
    def neighbour(self) -> ast.stmt:
        """The statement beside the gap."""
        return self.block.statements[min(self.index, len(self.block.statements) - 1)]


def statement_sites(view: FunctionView) -> Iterator[StatementSite]:
    """Every statement of the function's body that is not a docstring or a definition."""
    for block in blocks(view.unit.node, in_loop=False):
        for index, statement in enumerate(block.statements):
            if not _is_definition(statement) and not is_docstring(statement):
                yield StatementSite(view, block, index, view.environment(statement))


def blocks(owner: ast.stmt, *, in_loop: bool) -> Iterator[Block]:
    """Every statement list below `owner`, definitions of functions included."""
    looping = isinstance(owner, ast.For | ast.While | ast.AsyncFor) or (in_loop and not _is_definition(owner))
    for statements in blocks_of(owner):
        yield Block(owner, statements, looping)
        for statement in statements:
            yield from blocks(statement, in_loop=looping)


def expression_sites(view: FunctionView, statement: ast.stmt, environment: Environment) -> Iterator[Site]:
    """Every expression in the statement's own header or line, outermost first."""
    yield from _below(view, statement, statement, environment, frozenset())


def _below(
    view: FunctionView, statement: ast.stmt, parent: ast.AST, environment: Environment, inner: frozenset[str]
) -> Iterator[Site]:
    for name, value in ast.iter_fields(parent):
        if parent is statement and name in _NOT_HEADER:
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.Slice):
                yield from _below(view, statement, child, environment, inner)
            elif isinstance(child, ast.JoinedStr):
                # Where its parts stand is not known before Python 3.12.
                yield Site(view, child, parent, name, index, statement, environment, inner)
            elif isinstance(child, ast.expr):
                yield Site(view, child, parent, name, index, statement, environment, inner)
                yield from _below(view, statement, child, environment, inner | _names_bound_by(child))
            elif isinstance(child, ast.comprehension | ast.keyword | ast.withitem):
                yield from _below(view, statement, child, environment, inner)


def _names_bound_by(node: ast.expr) -> frozenset[str]:
    if isinstance(node, ast.Lambda):
        return frozenset(argument.arg for argument in node.args.args)
    generators: list[ast.comprehension] = getattr(node, "generators", [])
    return frozenset(name for generator in generators for name in names_in(generator.target))


def gaps(view: FunctionView, suspicion: Mapping[int, float]) -> Iterator[Gap]:
    """Every gap between statements, on the more suspicious of the lines beside it."""
    for block in blocks(view.unit.node, in_loop=False):
        for index in range(len(block.statements) + 1):
            gap = _gap(view, block, index, suspicion)
            if gap is not None:
                yield gap


def _gap(view: FunctionView, block: Block, index: int, suspicion: Mapping[int, float]) -> Gap | None:
    at_end = index == len(block.statements)
    if at_end and isinstance(block.statements[-1], ast.Return | ast.Break | ast.Continue | ast.Raise):
        return None
    if index == 0 and is_docstring(block.statements[0]):
        return None
    neighbour = block.statements[index - at_end]
    lines = [neighbour.lineno] + [block.statements[index - 1].lineno] * (index > 0)
    environment = dict(view.environment(neighbour))
    if index:
        for name in names_in(block.statements[index - 1]) & view.bound:
            environment.setdefault(name, view.all_types.get(name, frozenset()))
    line = max(lines, key=lambda number: suspicion.get(number, 0.0))
    return Gap(view, block, index - at_end, line, environment, "after" if at_end else "before")


def is_docstring(statement: ast.stmt) -> bool:
    """Whether the statement is a bare literal."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_definition(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
