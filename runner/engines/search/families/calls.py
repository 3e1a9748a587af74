"""Candidates that change how something is called: its arguments, their order, or whether at all. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.engines.search.pieces import TERNARY, Piece
from runner.engines.search.sites import Draft, Site


def unwrap_call(site: Site) -> Iterator[Draft]:
    """An argument, the receiver or the function itself instead of the call."""
    if not isinstance(site.node, ast.Call) or site.is_statement:
        return
    for argument in site.node.args:
        if not isinstance(argument, ast.Starred):
            yield site.replace(2.4, site.part(argument))
    if isinstance(site.node.func, ast.Attribute):
        yield site.replace(2.8, site.part(site.node.func.value))
        yield site.replace(3.4, site.part(site.node.func))


def change_arguments(site: Site) -> Iterator[Draft]:
    """Two arguments swapped, one removed, one added."""
    if not isinstance(site.node, ast.Call):
        return
    arguments, keywords = _argument_texts(site, site.node)
    count = len(arguments)
    for one in range(count):
        yield _called(site, 3.4, arguments[:one] + arguments[one + 1 :] + keywords)
        for other in range(one + 1, count):
            swapped = list(arguments)
            swapped[one], swapped[other] = arguments[other], arguments[one]
            yield _called(site, 1.9, swapped + keywords)
    for one in range(len(keywords)):
        yield _called(site, 3.2, arguments + keywords[:one] + keywords[one + 1 :])
    for name in site.names:
        if not _takes_no_more(site, site.node):
            yield _called(site, 3.9, [*arguments, name, *keywords])
            yield _called(site, 3.9, [*arguments, *keywords, f"{name}={name}"])


def _argument_texts(site: Site, node: ast.Call) -> tuple[list[str], list[str]]:
    arguments = [site.part(argument).within(0) for argument in node.args]
    keywords = [f"{word.arg}={site.part(word.value).within(TERNARY)}" for word in node.keywords if word.arg]
    return arguments, keywords + [f"**{site.part(word.value).text}" for word in node.keywords if not word.arg]


def _called(site: Site, prior: float, arguments: list[str]) -> Draft:
    assert isinstance(site.node, ast.Call)
    return site.replace(prior, Piece(f"{site.part(site.node.func).within(15)}({', '.join(arguments)})"))


def _takes_no_more(site: Site, node: ast.Call) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return site.view.file.arity.get(name, len(node.args) + 1) <= len(node.args)


def add_keyword(site: Site) -> Iterator[Draft]:
    """A keyword argument that the same function is given elsewhere in the file."""
    if not isinstance(site.node, ast.Call):
        return
    known = site.view.file.keywords.get(ast.unparse(site.node.func), frozenset())
    arguments, keywords = _argument_texts(site, site.node)
    for word in sorted(known - {given.arg for given in site.node.keywords}):
        for value in ("True", "False", "None", "0", "1", *site.names):
            yield _called(site, 3.8, [*arguments, *keywords, f"{word}={value}"])


def start_range(site: Site) -> Iterator[Draft]:
    """A start for a `range` that has none."""
    node = site.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        arguments, _ = _argument_texts(site, node)
        if len(arguments) == 1:
            for start in ("1", *site.names):
                yield _called(site, 3.0, [start, *arguments])
        if len(arguments) == 2:
            yield _called(site, 3.2, [*arguments, "-1"])
