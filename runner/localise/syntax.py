"""Where a file's definitions stand, by its language's grammar. Pure.

Grammars: https://tree-sitter.github.io/tree-sitter/. The node types are those of the grammars' own node-types.json.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

import tree_sitter_c
import tree_sitter_cpp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_php
import tree_sitter_python
import tree_sitter_ruby
import tree_sitter_rust
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from runner.localise.kinds import language_of


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition: its qualified name, whether it holds other definitions, its 1-based inclusive lines."""

    name: str
    is_container: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language: how to load it, which of its nodes are definitions that hold others, and which do not."""

    load: Callable[[], object]
    containers: tuple[str, ...]
    leaves: tuple[str, ...]


FUNCTION: Final = "[(arrow_function) (function_expression) (generator_function)]"
SCRIPT_LEAVES: Final = (
    "function_declaration", "generator_function_declaration", "method_definition",
    f"variable_declarator value: {FUNCTION}", f"assignment_expression right: {FUNCTION}", f"pair value: {FUNCTION}",
)  # fmt: skip
"""Before there were classes and modules a method was assigned (`res.send = function () {}`), and it often still is."""
TYPED_CONTAINERS: Final = (
    "class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration",
)  # fmt: skip
TYPED_LEAVES: Final = (*SCRIPT_LEAVES, f"public_field_definition value: {FUNCTION}")
GRAMMARS: Final[Mapping[str, Grammar]] = {
    "python": Grammar(tree_sitter_python.language, ("class_definition",), ("function_definition",)),
    "javascript": Grammar(
        tree_sitter_javascript.language, ("class_declaration",), (*SCRIPT_LEAVES, f"field_definition value: {FUNCTION}")
    ),
    "typescript": Grammar(tree_sitter_typescript.language_typescript, TYPED_CONTAINERS, TYPED_LEAVES),
    "tsx": Grammar(tree_sitter_typescript.language_tsx, TYPED_CONTAINERS, TYPED_LEAVES),
    "go": Grammar(tree_sitter_go.language, (), ("function_declaration", "method_declaration", "type_spec")),
    "java": Grammar(
        tree_sitter_java.language,
        ("class_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
        ("method_declaration", "constructor_declaration"),
    ),
    "rust": Grammar(
        tree_sitter_rust.language,
        ("impl_item", "trait_item", "mod_item"),
        ("function_item", "struct_item", "enum_item", "macro_definition"),
    ),
    "c": Grammar(tree_sitter_c.language, (), ("function_definition", "struct_specifier body: (_)")),
    "cpp": Grammar(
        tree_sitter_cpp.language,
        ("class_specifier body: (_)", "struct_specifier body: (_)", "namespace_definition"),
        ("function_definition",),
    ),
    "ruby": Grammar(tree_sitter_ruby.language, ("class", "module"), ("method", "singleton_method")),
    "php": Grammar(
        tree_sitter_php.language_php,
        ("class_declaration", "interface_declaration", "trait_declaration"),
        ("function_definition", "method_declaration"),
    ),
}
WRAPPERS: Final = frozenset({"decorated_definition", "export_statement", "lexical_declaration", "template_declaration"})
"""Nodes that begin before the definition they hold and belong to it."""
MOST_DECORATORS: Final = 6
FILES_KEPT: Final = 64
"""So many files' definitions are remembered: one is asked for those around each line that a prompt may show."""


@lru_cache(maxsize=FILES_KEPT)
def definitions_at(path: str, text: str, *, inner: bool = False) -> tuple[Definition, ...]:
    """The definitions of a file's text, by its name's language; none where that is not known."""
    language = language_of(path)
    return definitions_of(text.encode("utf-8", "surrogateescape"), language, inner=inner) if language else ()


def class_heads(path: str, text: str, name: str) -> Iterator[Definition]:
    """The first lines of the classes that a definition stands in, with a few decorators: they decide on it as well."""
    lines = text.split("\n")
    for one in definitions_at(path, text):
        if one.is_container and name.startswith(f"{one.name}."):
            above = range(one.start, min(one.end, one.start + MOST_DECORATORS) + 1)
            head = next((number for number in above if "class " in lines[number - 1]), one.start)
            yield replace(one, end=head)


def definitions_of(content: bytes, language: str, *, inner: bool = False) -> tuple[Definition, ...]:
    """The definitions in order of their start. What stands inside a function belongs to that function.

    With `inner` the functions that stand right inside functions are there too.
    """
    return definitions_in(tree_of(content, language), language, inner=inner)


def definitions_in(root: Node, language: str, *, inner: bool = False) -> tuple[Definition, ...]:
    """The definitions of a syntax tree, likewise."""
    captures = QueryCursor(_tools(language)[1]).captures(root)
    nodes = [(node, True) for node in captures.get("container", [])]
    nodes += [(node, False) for node in captures.get("leaf", [])]
    nodes.sort(key=lambda pair: (pair[0].start_byte, -pair[0].end_byte))
    return tuple(_nested(nodes, inner=inner))


def tree_of(content: bytes, language: str) -> Node:
    """The root of the syntax tree."""
    return _tools(language)[0].parse(content).root_node


@cache
def _tools(language: str) -> tuple[Parser, Query]:
    grammar = GRAMMARS[language]
    loaded = Language(grammar.load())
    patterns = [f"({kind}) @container" for kind in grammar.containers]
    patterns += [f"({kind}) @leaf" for kind in grammar.leaves]
    return Parser(loaded), Query(loaded, "\n".join(patterns))


def _nested(nodes: list[tuple[Node, bool]], *, inner: bool) -> Iterator[Definition]:
    open_: list[tuple[int, str, bool]] = []
    for node, is_container in nodes:
        while open_ and open_[-1][0] <= node.start_byte:
            open_.pop()
        around = [holds for _, _, holds in open_]
        name = f"{open_[-1][1]}.{_name(node)}" if open_ else _name(node)
        open_.append((node.end_byte, name, is_container))
        if all(around) or (inner and _is_inner(around, is_container=is_container)):
            yield Definition(name, is_container, *_lines(node))


def _is_inner(around: list[bool], *, is_container: bool) -> bool:
    """Whether it is a function right inside a function, by which of the definitions around it are containers."""
    return not (is_container or around[-1])


def _lines(node: Node) -> tuple[int, int]:
    whole = node.parent if node.parent is not None and node.parent.type in WRAPPERS else node
    return whole.start_point.row + 1, _last_line(whole)


def _last_line(node: Node) -> int:
    end = node.end_point
    return end.row + (1 if end.column or end.row == node.start_point.row else 0)


def _name(node: Node) -> str:
    """The definition's own name; C hides it in nested declarators, Rust names an impl by its type."""
    for field in ("left", "key", "property"):
        if assigned := node.child_by_field_name(field):
            return _assigned(assigned)
    inner: Node | None = node
    while inner is not None:
        found = inner.child_by_field_name("name") or inner.child_by_field_name(
            "type" if inner.type == "impl_item" else "name"
        )
        if found is not None:
            return _receiver(node) + _text(found)
        inner = inner.child_by_field_name("declarator")
        if inner is not None and inner.child_by_field_name("declarator") is None:
            return _text(inner)
    return "anonymous"


def _assigned(left: Node) -> str:
    """What a script assigns a function to, without what only says that it is exported or inherited."""
    name = re.sub(r"\.prototype\b|^(?:module\.)?exports\.", "", _text(left).strip("'\""))
    return name if re.fullmatch(r"[\w$.]+", name) else "anonymous"


def _receiver(node: Node) -> str:
    """The type that a Go method belongs to, with a dot."""
    receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    words = _text(receiver).strip("()").replace("*", " ").split() if receiver is not None else []
    return f"{words[-1]}." if words else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").replace("::", ".")
