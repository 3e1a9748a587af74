"""What the failing tests say about the repair: texts that differ, exceptions, and the words of the tests. Pure."""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from runner.syntax_tree import UNREADABLE, syntax_tree

RAISES: Final = re.compile(r"DID NOT RAISE <class '(?:[\w.]+\.)?(\w+)'>|\b(\w+) not raised")
NAME: Final = re.compile(r"[A-Za-z_]\w{2,}")
LONGEST_LITERAL: Final = 200


@dataclass(frozen=True, slots=True)
class Clash:
    """How one test failed: the exception's type and text, and what its assertion compared.

    `texts` are (left, right) strings that differ, `values` the reprs of other values that do; the type stands in
    `module`.
    """

    type: str = ""
    message: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    module: str = ""


@dataclass(frozen=True)
class Clues:
    """All failing tests together: how they failed, their source, and the members of the types that were seen.

    `task` is the text that says what is wrong.
    """

    clashes: tuple[Clash, ...] = ()
    tests: tuple[str, ...] = ()
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    task: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        """The task's words that can be names."""
        return frozenset(words_of(self.task))

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Differing strings in both directions: which side is expected is not known."""
        pairs = dict.fromkeys(pair for clash in self.clashes for pair in clash.texts)
        return (*pairs, *((right, left) for left, right in pairs))

    @cached_property
    def raised(self) -> tuple[str, ...]:
        """The exception types that came out of the tests."""
        return _unique(clash.type for clash in self.clashes if clash.type not in {"", "AssertionError", "Failed"})

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Where those types stand, as far as it was seen."""
        return {clash.type: clash.module for clash in self.clashes if clash.module}

    @cached_property
    def expected(self) -> tuple[str, ...]:
        """The exception types that the tests wait for: named by the failure, or given to `raises` in their source."""
        named = [match[1] or match[2] for clash in self.clashes for match in RAISES.finditer(clash.message)]
        return _unique(
            [*named, *(name for node in self._calls("raises", "assertRaises") for name in _type_names(node))]
        )

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """Texts that the tests wait for in an exception."""
        calls = self._calls("raises", "assertRaises")
        return _unique(
            node.value
            for call in calls
            for node in ast.walk(call)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """The string literals of the tests."""
        return _unique(
            value for value in self._constants if isinstance(value, str) and 0 < len(value) < LONGEST_LITERAL
        )

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The integers of the tests."""
        return tuple(dict.fromkeys(value for value in self._constants if type(value) is int))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The identifiers of the tests: names, attributes and keywords."""
        found: list[str] = []
        for node in self._nodes:
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                    found.append(name)
        return _unique(found)

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        return tuple(node for text in self.tests for node in _walk(text))

    @cached_property
    def _constants(self) -> tuple[object, ...]:
        return tuple(node.value for node in self._nodes if isinstance(node, ast.Constant))

    def _calls(self, *prefixes: str) -> list[ast.Call]:
        calls = [node for node in self._nodes if isinstance(node, ast.Call)]
        return [call for call in calls if ast.unparse(call.func).rpartition(".")[2].startswith(prefixes)]


def words_of(text: str) -> list[str]:
    """What could be a name and is no keyword."""
    return [word for word in NAME.findall(text) if not keyword.iskeyword(word)]


def _walk(text: str) -> Iterable[ast.AST]:
    try:
        return ast.walk(syntax_tree(textwrap.dedent(text)))
    except UNREADABLE:
        return ()


def _type_names(call: ast.Call) -> list[str]:
    first = call.args[0] if call.args else None
    nodes = first.elts if isinstance(first, ast.Tuple) else [first]
    return [ast.unparse(node).rpartition(".")[2] for node in nodes if isinstance(node, ast.Name | ast.Attribute)]


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
