"""What a function's candidates may be made of: names in scope with their types, conditions and expressions. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from runner.engines.search.file_view import FileView
from runner.engines.search.kinds import CALLABLE, Environment, Kinds, kinds_of
from runner.engines.search.pieces import Piece, piece
from runner.engines.search.source import Function, Unit
from runner.engines.search.syntax import arguments_of, callee_name, names_in, size, tests_of

INGREDIENT_NODES: Final = 16
CONDITION_NODES: Final = 20
_REUSED = (ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.Compare, ast.UnaryOp, ast.List, ast.Tuple)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An expression of the function as it could be used elsewhere in it."""

    node: ast.expr
    piece: Piece
    names: frozenset[str]


class FunctionView:
    """What one outermost function offers. `types` maps its lines to the environments seen there."""

    def __init__(self, file: FileView, unit: Unit, types: Mapping[int, Environment], returns: Environment) -> None:
        self.file = file
        self.source = file.source
        self.unit = unit
        self.returns = returns
        inner = [node for node in ast.walk(unit.node) if isinstance(node, _SCOPES)]
        self.parameters = frozenset(arguments_of(unit.node))
        self.bound = self.parameters | _bound_by_statements(unit.node)
        self.local = self.bound | _bound_by_comprehensions(inner)
        lines = range(unit.node.lineno, (unit.node.end_lineno or unit.node.lineno) + 1)
        self.types = {line: types[line] for line in lines if line in types}
        self.all_types = merge(self.types.values())

    def environment(self, statement: ast.stmt) -> Environment:
        """The types of the names that live where the statement's own expressions run."""
        body = getattr(statement, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) and body else (statement.end_lineno or 0)
        lines = range(statement.lineno, max(statement.lineno, last) + 1)
        here = merge([self.types[line] for line in lines if line in self.types])
        return here or {name: kinds for name, kinds in self.all_types.items() if name in self.bound}

    def kinds(self, node: ast.expr, seen: Environment) -> Kinds | None:
        """The types that the expression can have there."""
        return kinds_of(node, seen, self.returns)

    def names(self, seen: Environment, comprehension: frozenset[str]) -> list[str]:
        """The names that can be read there, functions and modules left out."""
        return [
            name
            for name, kinds in seen.items()
            if name.isidentifier()
            and (name in self.bound or name in comprehension or name not in self.local)
            and not kinds <= CALLABLE
        ]

    def readable(self, names: frozenset[str], seen: Environment, comprehension: frozenset[str]) -> bool:
        """Whether all these names have a value there."""
        return all(name in seen or name in comprehension or name not in self.local for name in names)

    @cached_property
    def ingredients(self) -> tuple[Ingredient, ...]:
        """The function's expressions that can be used again, each once."""
        found: dict[str, Ingredient] = {}
        for node in ast.walk(self.unit.node):
            if not isinstance(node, _REUSED) or size(node) > INGREDIENT_NODES or not _can_be_read(node):
                continue
            part = piece(self.source, node)
            found.setdefault(part.text, Ingredient(node, part, names_in(node)))
        return tuple(found.values())

    @cached_property
    def conditions(self) -> tuple[Ingredient, ...]:
        """The function's conditions and their parts, each once."""
        found: dict[str, Ingredient] = {}
        for node in ast.walk(self.unit.node):
            for test in tests_of(node):
                if size(test) <= CONDITION_NODES and not isinstance(test, ast.Constant):
                    part = piece(self.source, test)
                    found.setdefault(part.text, Ingredient(test, part, names_in(test)))
        return tuple(found.values())

    @cached_property
    def calls(self) -> Mapping[str, Sequence[ast.Call]]:
        """The function's calls by the last part of what is called, in the order of the text."""
        calls = [node for node in ast.walk(self.unit.node) if isinstance(node, ast.Call)]
        found: dict[str, list[ast.Call]] = {}
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            found.setdefault(callee_name(call), []).append(call)
        return found

    @cached_property
    def returns_nothing(self) -> bool:
        """Whether the function returns without a value somewhere, or has no `return` at all."""
        returns = [node for node in ast.walk(self.unit.node) if isinstance(node, ast.Return)]
        return not returns or any(node.value is None for node in returns)

    @cached_property
    def class_body(self) -> Sequence[ast.stmt]:
        """The statements of the class that the function is a method of; none for other functions."""
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.ClassDef) and self.unit.node in node.body:
                return node.body
        return ()

    def members(self, name: str, seen: Environment) -> Iterator[str]:
        """What the objects that a name was seen with offer, as far as the trace saw their types."""
        for kind in sorted(seen.get(name, ())):
            yield from self.file.clues.members.get(kind, ())

    @cached_property
    def integers(self) -> tuple[int, ...]:
        """The integer literals of the function."""
        values = (node.value for node in ast.walk(self.unit.node) if isinstance(node, ast.Constant))
        return tuple(sorted({value for value in values if type(value) is int}))

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """The short string literals of the function."""
        values = (node.value for node in ast.walk(self.unit.node) if isinstance(node, ast.Constant))
        return tuple(sorted({value for value in values if isinstance(value, str) and len(value) < 30}))

    @cached_property
    def returned(self) -> tuple[Piece, ...]:
        """Small expressions that the function returns."""
        values = (node.value for node in ast.walk(self.unit.node) if isinstance(node, ast.Return))
        small = [piece(self.source, value) for value in values if value is not None and size(value) <= 6]
        return tuple(dict.fromkeys(small))


def merge(environments: Iterable[Environment]) -> dict[str, Kinds]:
    """One environment that holds all types of several."""
    merged: dict[str, Kinds] = {}
    for environment in environments:
        for name, kinds in environment.items():
            merged[name] = merged.get(name, frozenset()) | kinds
    return merged


def _can_be_read(node: ast.expr) -> bool:
    stored = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
    if stored and isinstance(node, ast.Tuple | ast.List):
        return False
    return not any(isinstance(inner, ast.Starred | ast.Yield | ast.YieldFrom | ast.Await) for inner in ast.walk(node))


def _bound_by_statements(function: Function) -> frozenset[str]:
    """Names bound by statements of the function or of functions in it, but not by comprehensions."""
    nodes = list(ast.walk(function))
    targets = [node.target for node in nodes if isinstance(node, ast.comprehension)]
    inside = {id(name) for target in targets for name in ast.walk(target)}
    return frozenset(name for node in nodes if id(node) not in inside for name in _bound_by(node, function))


def _bound_by(node: ast.AST, function: Function) -> tuple[str, ...]:
    match node:
        case ast.Name(ctx=ast.Store()):
            return (node.id,)
        case ast.ExceptHandler(name=str(name)):
            return (name,)
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node is not function:
            return (node.name, *arguments_of(node))
    return ()


def _bound_by_comprehensions(scopes: Sequence[ast.AST]) -> frozenset[str]:
    bound: set[str] = set()
    for node in scopes:
        if isinstance(node, ast.Lambda):
            bound |= set(arguments_of(node))
        for generator in getattr(node, "generators", ()):
            bound |= names_in(generator.target)
    return frozenset(bound)
