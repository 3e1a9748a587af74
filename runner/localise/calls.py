"""What a file's code calls and what its classes build on, by its language's grammar. Pure.

The node types are those of the grammars' own node-types.json; what they mean here follows the roles of
https://tree-sitter.github.io/tree-sitter/4-code-navigation.html: a reference to a function, a reference to a class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tree_sitter import Language, Node, Query, QueryCursor

from runner.localise.syntax import GRAMMARS


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that is called at a 1-based line, or that a class there builds on."""

    name: str
    line: int
    is_base: bool


SCRIPT: Final = """
(call_expression function: [(identifier) @call (member_expression property: (property_identifier) @call)])
(new_expression constructor: (identifier) @call)
"""
ELEMENTS: Final = """
(jsx_opening_element name: (identifier) @call)
(jsx_self_closing_element name: (identifier) @call)
"""
TYPED: Final = """
(extends_clause value: (identifier) @base)
(implements_clause [(type_identifier) @base (generic_type name: (type_identifier) @base)])
(extends_type_clause [(type_identifier) @base (generic_type name: (type_identifier) @base)])
"""
C_CALLS: Final = "(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)])"
PATTERNS: Final[Mapping[str, str]] = {
    "python": """
        (call function: [(identifier) @call (attribute attribute: (identifier) @call)])
        (class_definition superclasses:
            (argument_list [(identifier) @base (attribute attribute: (identifier) @base)]))
    """,
    "javascript": f"{SCRIPT} {ELEMENTS} (class_heritage (identifier) @base)",
    "typescript": f"{SCRIPT} {TYPED}",
    "tsx": f"{SCRIPT} {ELEMENTS} {TYPED}",
    "go": """
        (call_expression function: [(identifier) @call (selector_expression field: (field_identifier) @call)])
        (field_declaration !name type: (type_identifier) @base)
    """,
    "java": """
        (method_invocation name: (identifier) @call)
        (object_creation_expression type: (type_identifier) @call)
        (superclass [(type_identifier) @base (generic_type (type_identifier) @base)])
        (type_list [(type_identifier) @base (generic_type (type_identifier) @base)])
    """,
    "rust": """
        (call_expression function: [
            (identifier) @call
            (field_expression field: (field_identifier) @call)
            (scoped_identifier name: (identifier) @call)
            (generic_function function: (identifier) @call)])
        (macro_invocation macro: (identifier) @call)
        (impl_item trait: [
            (type_identifier) @base
            (generic_type type: (type_identifier) @base)
            (scoped_type_identifier name: (type_identifier) @base)])
    """,
    "c": C_CALLS,
    "cpp": f"""{C_CALLS}
        (call_expression function: [
            (qualified_identifier name: (identifier) @call)
            (template_function name: (identifier) @call)])
        (base_class_clause [(type_identifier) @base (template_type name: (type_identifier) @base)])
    """,
    "ruby": """
        (call method: (identifier) @call)
        (call receiver: (constant) @call)
        (superclass (constant) @base)
    """,
    "php": """
        (function_call_expression function: (name) @call)
        (member_call_expression name: (name) @call)
        (scoped_call_expression name: (name) @call)
        (object_creation_expression (name) @call)
        (base_clause (name) @base)
        (class_interface_clause (name) @base)
    """,
}


def references_in(root: Node, language: str) -> tuple[Reference, ...]:
    """Every call and every base of a class in a syntax tree, in order of their lines; each name once a line."""
    captures = QueryCursor(_query(language)).captures(root)
    found = {
        Reference((node.text or b"").decode("utf-8", "replace"), node.start_point.row + 1, role == "base")
        for role, nodes in captures.items()
        for node in nodes
    }
    return tuple(sorted(found, key=lambda reference: (reference.line, reference.name, reference.is_base)))


@cache
def _query(language: str) -> Query:
    return Query(Language(GRAMMARS[language].load()), PATTERNS[language])
