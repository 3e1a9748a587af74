"""What one file offers to all its functions: names, calls, types, predicates. Pure."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from runner.engines.search.clues import Clues
from runner.engines.search.package import Package
from runner.engines.search.source import Source
from runner.engines.search.syntax import names_in, size, tests_of

BUILTINS: Final = frozenset(dir(builtins))
LONGEST_CALLEE: Final = 10
QUESTION_NODES: Final = 14
PREDICATE: Final = re.compile(r"(is|has|can|should|allows?|supports?|uses?|needs?|requires?)_")


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
    def questions(self) -> tuple[ast.expr, ...]:
        """The small conditions in which a function or method is asked, each once."""
        found: dict[str, ast.expr] = {}
        for test in (test for node in self._nodes for test in tests_of(node)):
            asked = test.operand if isinstance(test, ast.UnaryOp) else test
            if isinstance(asked, ast.Call) and asked.args and size(asked) <= QUESTION_NODES:
                found.setdefault(ast.unparse(asked), asked)
        return tuple(found.values())

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
        """The types that an `isinstance` or `issubclass` asks for, as they are written there."""
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
    if not tests_type or len(call.args) != 2:
        return frozenset()
    types = getattr(call.args[1], "elts", [call.args[1]])
    return frozenset(ast.unparse(one) for one in types if isinstance(one, ast.Name | ast.Attribute))
