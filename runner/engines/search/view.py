"""What a function's candidates may be made of: names in scope with their types, conditions and expressions. Pure."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from runner.engines.search.clues import Clues
from runner.engines.search.kinds import CALLABLE, Environment, Kinds, kinds_of
from runner.engines.search.package import Package
from runner.engines.search.pieces import Piece, piece
from runner.engines.search.source import Function, Source, Unit

BUILTINS: Final = frozenset(dir(builtins))
LONGEST_CALLEE: Final = 10
INGREDIENT_NODES: Final = 16
CONDITION_NODES: Final = 20
PREDICATE: Final = re.compile(r"(is|has|can|should|allows?|supports?|uses?|needs?|requires?)_")
_REUSED = (ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.Compare, ast.UnaryOp, ast.List, ast.Tuple)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def size(node: ast.AST) -> int:
    """How many syntax nodes it has."""
    return sum(1 for _ in ast.walk(node))


def names_in(node: ast.AST) -> frozenset[str]:
    """Every name that it mentions."""
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def mentioned_in(node: ast.AST) -> frozenset[str]:
    """Every name and every attribute's name that it mentions."""
    attributes = frozenset(inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute))
    return names_in(node) | attributes


def callee_name(call: ast.Call) -> str:
    """The last part of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def arguments_of(function: Function | ast.Lambda) -> Iterator[str]:
    """The names of all parameters."""
    given = function.args
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if argument is not None:
            yield argument.arg


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An expression of the function as it could be used elsewhere in it."""

    node: ast.expr
    piece: Piece
    names: frozenset[str]


class FileView:
    """What one file offers to all its functions; `package` is what it may borrow from, `clues` what the tests say."""

    def __init__(self, source: Source, clues: Clues | None = None, package: Package | None = None) -> None:
        self.source = source
        self.clues = clues or Clues()
        self.package = package or Package([source])

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.source.tree))

    @cached_property
    def _calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self._nodes if isinstance(node, ast.Call))

    @cached_property
    def methods(self) -> frozenset[str]:
        """The names of what is called on an object."""
        return frozenset(callee.attr for callee in (c.func for c in self._calls) if isinstance(callee, ast.Attribute))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of attributes that are never called."""
        return frozenset(node.attr for node in self._nodes if isinstance(node, ast.Attribute)) - self.methods

    @cached_property
    def arity(self) -> Mapping[str, int]:
        """Function of the file -> how many parameters it has by position."""
        return {node.name: len(node.args.args) for node in self.source.tree.body if isinstance(node, ast.FunctionDef)}

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that imports bind, wherever they stand."""
        return frozenset(_imported(self._nodes))

    @cached_property
    def defined(self) -> frozenset[str]:
        """What can be read anywhere in the file: imports, functions, classes, assignments at the top."""
        return self.imported | frozenset(_bound_at_top(self.source.tree))

    @cached_property
    def imported_functions(self) -> frozenset[str]:
        """What is imported by name and looks like a function."""
        return frozenset(_imported_functions(self._nodes, self._calls))

    @cached_property
    def unary_callees(self) -> frozenset[str]:
        """What is called with one argument and can be called anywhere."""
        return frozenset(_callees(self._calls, 1, self.defined))

    @cached_property
    def binary_callees(self) -> frozenset[str]:
        """What is called with two arguments and can be called anywhere."""
        return frozenset(_callees(self._calls, 2, self.defined))

    @cached_property
    def keywords(self) -> Mapping[str, frozenset[str]]:
        """Callee -> the keywords that it is given."""
        return _keywords(self._calls)

    @cached_property
    def tested_types(self) -> frozenset[str]:
        """The types that an `isinstance` or `issubclass` asks for."""
        return frozenset(name for call in self._calls for name in _type_names(call))

    @cached_property
    def exceptions(self) -> frozenset[str]:
        """The names that are raised or handled."""
        return frozenset(_exceptions(self._nodes))

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The attributes and methods whose names ask a question."""
        return frozenset(filter(PREDICATE.match, self.attributes | self.methods))

    @cached_property
    def bare_methods(self) -> frozenset[str]:
        """The methods that are called without arguments."""
        return frozenset(_bare_methods(self._calls))


def _bare_methods(calls: Sequence[ast.Call]) -> Iterator[str]:
    for call in calls:
        if isinstance(call.func, ast.Attribute) and not (call.args or call.keywords):
            yield call.func.attr


def _exceptions(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            yield from names_in(node.type)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield node.exc.func.id


def _imported(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)


def _imported_functions(nodes: Sequence[ast.AST], calls: Sequence[ast.Call]) -> Iterator[str]:
    """Lower case, or called with one argument somewhere."""
    called = {call.func.id for call in calls if isinstance(call.func, ast.Name) and len(call.args) == 1}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names = [alias.asname or alias.name for alias in node.names]
            yield from (name for name in names if name in called or (name.islower() and "_" in name))


def _callees(calls: Sequence[ast.Call], count: int, defined: frozenset[str]) -> Iterator[str]:
    """What is called with so many arguments and can be called anywhere: of the file's names, Python's or `self`."""
    for call in calls:
        if len(call.args) == count and not call.keywords and isinstance(call.func, ast.Name | ast.Attribute):
            roots = names_in(call.func)
            if size(call.func) <= LONGEST_CALLEE and roots and roots <= defined | {"self"} | BUILTINS:
                yield ast.unparse(call.func)


def _bound_at_top(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from names_in(target)


def _keywords(calls: Sequence[ast.Call]) -> dict[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    for call in calls:
        given = frozenset(word.arg for word in call.keywords if word.arg)
        if given:
            name = ast.unparse(call.func)
            known[name] = known.get(name, frozenset()) | given
    return known


def _type_names(call: ast.Call) -> frozenset[str]:
    tests_type = isinstance(call.func, ast.Name) and call.func.id in {"isinstance", "issubclass"}
    return names_in(call.args[1]) if tests_type and len(call.args) == 2 else frozenset()


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
            for test in _tests_of(node):
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


def _tests_of(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        return [node.test]
    if isinstance(node, ast.BoolOp):
        return node.values
    return node.ifs if isinstance(node, ast.comprehension) else []


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
