"""Which lines of a file its language's grammar cannot read. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from runner.localise.syntax import tree_of


def faulty_lines(text: str, language: str) -> tuple[int, ...]:
    """The 1-based lines where the grammar gives up or misses something; none for an unknown language."""
    if not language:
        return ()
    root = tree_of(text.encode("utf-8", "surrogateescape"), language)
    return tuple(sorted({node.start_point.row + 1 for node in _broken(root)}))


def _broken(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _broken(child)
