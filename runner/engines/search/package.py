"""What the plan's files offer to each other: signatures, keyword values and lists of words. Pure."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from runner.engines.search.source import Function, Source

MOST_READ_CHARS: Final = 400_000
"""Of so much text, best files first, the keywords' values and the lists of words are read."""
VALUES_KEPT: Final = 4
LEAST_SHARED: Final = 2


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function can be given: its parameters by position, all names, and whether it takes any keyword."""

    positional: tuple[str, ...]
    names: frozenset[str]
    is_open: bool


class Package:
    """Several files seen as one place to borrow from."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = tuple(sources)

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        """Those of the first files, as many as are soon read."""
        sizes = itertools.accumulate(len(source.text) for source in self._sources)
        near = [source for source, size in zip(self._sources, sizes, strict=True) if size <= MOST_READ_CHARS]
        return tuple(node for source in near or self._sources[:1] for node in ast.walk(source.tree))

    @cached_property
    def signatures(self) -> Mapping[str, tuple[Signature, ...]]:
        """Name of a function, method or class -> what it can be called with, `self` left out."""
        found: dict[str, list[Signature]] = {}
        for source in self._sources:
            for name, function, bound in _callables(source.tree):
                found.setdefault(name, []).append(_signature(function, bound=bound))
        return {name: tuple(dict.fromkeys(signatures)) for name, signatures in found.items()}

    @cached_property
    def keyword_values(self) -> Mapping[str, tuple[str, ...]]:
        """Keyword -> the plain values that it is given anywhere, most frequent first."""
        counts: dict[str, Counter[str]] = {}
        for node in self._nodes:
            if isinstance(node, ast.keyword) and node.arg and isinstance(node.value, ast.Constant):
                counts.setdefault(node.arg, Counter())[ast.unparse(node.value)] += 1
        return {name: tuple(value for value, _ in count.most_common(VALUES_KEPT)) for name, count in counts.items()}

    @cached_property
    def switches(self) -> frozenset[str]:
        """The keywords that are given a truth value anywhere."""
        return frozenset(name for name, values in self.keyword_values.items() if {"True", "False"} & set(values))

    @cached_property
    def word_lists(self) -> tuple[frozenset[str], ...]:
        """The strings that stand together in a list, tuple, set or as a dictionary's keys."""
        return tuple(words for node in self._nodes if len(words := strings_of(node)) >= LEAST_SHARED)

    def siblings(self, words: frozenset[str]) -> tuple[str, ...]:
        """Words that lists like this one hold and it does not, those of the most similar list first."""
        ranked = sorted(self.word_lists, key=lambda other: -len(other & words) / len(other | words))
        alike = [
            other for other in ranked if 2 * len(other & words) >= len(words) and len(other & words) >= LEAST_SHARED
        ]
        return tuple(dict.fromkeys(word for other in alike for word in sorted(other - words)))


def strings_of(node: ast.AST) -> frozenset[str]:
    """The strings that a display holds, or a dictionary's keys."""
    elements: Iterable[ast.expr | None] = ()
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        elements = node.elts
    elif isinstance(node, ast.Dict):
        elements = node.keys
    values = (element.value for element in elements if isinstance(element, ast.Constant))
    return frozenset(value for value in values if isinstance(value, str))


def _callables(holder: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Function, bool]]:
    """Functions and methods, each with the name that it is called by, and whether it is bound to an object."""
    for node in holder.body:
        if isinstance(node, ast.ClassDef):
            yield from _callables(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            makes = isinstance(holder, ast.ClassDef) and node.name in {"__init__", "__new__"}
            static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in node.decorator_list)
            name = getattr(holder, "name", "") if makes else node.name
            yield name, node, isinstance(holder, ast.ClassDef) and not static


def _signature(function: Function, *, bound: bool) -> Signature:
    given = function.args
    positional = tuple(argument.arg for argument in (*given.posonlyargs, *given.args))[bound:]
    names = frozenset((*positional, *(argument.arg for argument in given.kwonlyargs)))
    return Signature(positional, names, given.kwarg is not None)
