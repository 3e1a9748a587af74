"""Candidates that give a call one more argument, from what its function takes and what others are given. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from runner.engines.search.package import Signature
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change
from runner.engines.search.syntax import callee_name

PLAIN: Final = ("True", "False", "None")
LIBRARY: Final = {
    **dict.fromkeys(("max", "min"), ("default=None", "default=0", "key=len", "key=str")),
    **dict.fromkeys(("sorted", "sort"), ("reverse=True", "key=str", "key=len", "key=lambda pair: pair[0]")),
    **dict.fromkeys(("get", "pop", "next"), ("None", "''", "0", "[]", "{}", "False")),
    **dict.fromkeys(("split", "rsplit"), ("1", "maxsplit=1")),
    **dict.fromkeys(("exec", "eval"), ("globals()", "{}", "locals()")),
    **dict.fromkeys(("open", "read_text", "write_text"), ("encoding='utf-8'", "newline=''")),
    **dict.fromkeys(("encode", "decode"), ("errors='replace'", "'utf-8'")),
    "getattr": ("None", "False"),
    "dumps": ("sort_keys=True", "ensure_ascii=False", "default=str"),
    "warn": ("stacklevel=2",),
    "round": ("1", "2"),
    "enumerate": ("1", "start=1"),
    "array": ("dtype=object", "copy=False"),
}
"""What functions of Python's own library are often given."""


def pass_argument(site: Site) -> Iterator[Draft]:
    """A parameter that the function has and the call leaves out: from a variable of that name, or a usual value.

    Calls of the same function with the same number of arguments may get it all at once.
    """
    node = site.node
    if not isinstance(node, ast.Call) or any(word.arg is None for word in node.keywords):
        return
    name = callee_name(node)
    for prior, text in _additions(site, node, name):
        change = appended(site, node, text)
        yield Draft(prior, (change,))
        twins = [twin for twin in site.view.calls[name] if len(twin.args) == len(node.args)]
        if len(twins) > 1 and twins[0] is node:
            yield Draft(prior + 0.6, tuple(appended(site, twin, text) for twin in twins))


def appended(site: Site, node: ast.Call, text: str) -> Change:
    """The argument behind the others."""
    given = [*node.args, *(word.value for word in node.keywords)]
    if not given:
        end = site.view.source.span(node)[1]
        return Change(end - 1, end - 1, text)
    at = max(site.view.source.span(one)[1] for one in given)
    alone = len(given) == 1 and isinstance(given[0], ast.GeneratorExp)
    if alone:
        start, end = site.view.source.span(given[0])
        inner = site.view.source.text[start:end]
        return Change(start, end, f"{inner}, {text}")
    return Change(at, at, f", {text}")


def _additions(site: Site, node: ast.Call, name: str) -> Iterator[tuple[float, str]]:
    given = {word.arg for word in node.keywords}
    package = site.view.file.package
    signatures = package.signatures.get(name, ())
    yield from ((2.2, text) for text in LIBRARY.get(name, ()) if text.partition("=")[0] not in given)
    for signature in signatures:
        for parameter in _left_out(signature, node, given):
            yield from _values(site, parameter)
    if not signatures or any(one.is_open for one in signatures):
        for keyword in sorted((_asked(site) & package.keyword_values.keys()) - given):
            yield from ((3.2, f"{keyword}={value}") for value in (*package.keyword_values[keyword], *PLAIN[:2]))


def _values(site: Site, parameter: str) -> Iterator[tuple[float, str]]:
    """What the parameter could be given: a variable or attribute of its name first."""
    if parameter in site.names:
        yield 1.6, f"{parameter}={parameter}"
    for attribute in (f"self.{parameter}", f"self._{parameter}"):
        if attribute in site.environment:
            yield 2.2, f"{parameter}={attribute}"
    for value in dict.fromkeys((*site.view.file.package.keyword_values.get(parameter, ()), *PLAIN)):
        yield 2.8, f"{parameter}={value}"


def _asked(site: Site) -> frozenset[str]:
    """Keywords that are worth trying where any is taken: of the function's own calls, and of the tests."""
    words = (word.arg for calls in site.view.calls.values() for call in calls for word in call.keywords if word.arg)
    return frozenset(words) | frozenset(site.view.file.clues.names) | site.view.file.package.switches


def _left_out(signature: Signature, node: ast.Call, given: set[str | None]) -> list[str]:
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return sorted(signature.names - given)
    return sorted(signature.names - set(signature.positional[: len(node.args)]) - given)
