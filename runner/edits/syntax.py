"""Whether changed files can be read by their language, and name nothing that does not exist. Pure."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from runner.localise.faults import faulty_lines
from runner.localise.kinds import language_of
from runner.syntax_tree import UNREADABLE, syntax_tree

ALWAYS_THERE: Final = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__path__", "__package__", "__spec__", "__loader__", "__builtins__",
    "__class__", "__module__", "__qualname__", "__annotations__", "__debug__", "WindowsError", "reveal_type",
    "unicode", "xrange", "basestring", "long", "unichr", "raw_input", "reduce", "cmp", "execfile", "file",
}  # fmt: skip
"""Builtins, what every module has, and what only an older Python knows."""

KNOWN_TEXTS: Final = 8
"""Texts whose faults are kept: every attempt asks for those of the same base."""


def syntax_faults(changed: Mapping[str, str | None], before: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each thing that the changes broke: a file that no longer parses, a name that nobody defines.

    What was broken in `before` already (a file for another Python, say) is not held against them.
    """
    faults: list[str] = []
    for path, text in changed.items():
        if text is not None:
            faults += _python_faults(path, text, before) if _is_python(path) else _other_faults(path, text, before)
    return tuple(faults)


def is_readable(path: str, text: str) -> bool:
    """Whether the file's language can read the text; True where the language is not known."""
    if _is_python(path):
        return _parse_fault(path, text) is None
    return not faulty_lines(text, language_of(path))


def _is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def _python_faults(path: str, text: str, before: Mapping[str, str]) -> list[str]:
    was = before.get(path, "")
    fault = _parse_fault(path, text)
    if fault is not None:
        return [] if _parse_fault(path, was) is not None else [fault]
    new = _undefined(path, text) - (_undefined(path, was) if _parse_fault(path, was) is None else frozenset())
    return [
        f"{path}:{_line_of(name, text)}: the name `{name}` is not defined; import or define it" for name in sorted(new)
    ]


def _other_faults(path: str, text: str, before: Mapping[str, str]) -> list[str]:
    language = language_of(path)
    if path in before and faulty_lines(before[path], language):
        return []
    quoted = text.split("\n")
    return [f"{path}:{n}: this does not parse: `{quoted[n - 1].strip()}`" for n in faulty_lines(text, language)[:1]]


@lru_cache(maxsize=KNOWN_TEXTS)
def _parse_fault(path: str, text: str) -> str | None:
    try:
        syntax_tree(text)
    except UNREADABLE as error:
        line = getattr(error, "lineno", None) or 0
        quoted = text.split("\n")[line - 1].strip() if 0 < line <= text.count("\n") + 1 else ""
        return f"{path}:{line}: {getattr(error, 'msg', error) or 'nested too deep'}: `{quoted}`"
    return None


@lru_cache(maxsize=KNOWN_TEXTS)
def _undefined(path: str, text: str) -> frozenset[str]:
    """The names that some scope reads and none gives; none at all where a star import may give anything."""
    module = _symbols(path, text)
    if module is None or "import *" in text:
        return frozenset()
    names = [(scope, symbol) for scope in _scopes(module) for symbol in scope.get_symbols()]
    read = {symbol.get_name() for scope, symbol in names if symbol.is_referenced() and _is_global(scope, symbol)}
    given = {symbol.get_name() for scope, symbol in names if _is_given(scope, symbol)}
    defined = {child.get_name() for child in module.get_children()}
    return frozenset(read - given - defined - ALWAYS_THERE)


def _symbols(path: str, text: str) -> symtable.SymbolTable | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return symtable.symtable(text, path, "exec")
    except UNREADABLE:
        return None


def _is_global(scope: symtable.SymbolTable, symbol: symtable.Symbol) -> bool:
    return symbol.is_global() or (scope.get_type() == "module" and not symbol.is_assigned())


def _is_given(scope: symtable.SymbolTable, symbol: symtable.Symbol) -> bool:
    """Whether this scope makes the symbol a name of the module."""
    is_of_module = scope.get_type() == "module" or symbol.is_declared_global()
    return is_of_module and (symbol.is_assigned() or symbol.is_imported())


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _line_of(name: str, text: str) -> int:
    nodes = (node for node in ast.walk(syntax_tree(text)) if isinstance(node, ast.Name) and node.id == name)
    return next((node.lineno for node in nodes), 0)
