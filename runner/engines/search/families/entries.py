"""Candidates that add an entry to a list, tuple, set or dictionary, or move one. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, permutations
from typing import Final

from runner.engines.search.package import strings_of
from runner.engines.search.pieces import TERNARY, constant
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change

WORDS_TRIED: Final = 24
PAIRED: Final = 6
LEAST_ALIKE: Final = 0.5
LONGEST_MOVED: Final = 24
DISPLAYS = (ast.List, ast.Tuple, ast.Set)


def add_entry(site: Site) -> Iterator[Draft]:
    """A word that a list like this one has, or that the tests use: alone, or two at once."""
    node = site.node
    if not isinstance(node, (*DISPLAYS, ast.Dict)) or site.stored:
        return
    own = strings_of(node)
    if len(own) * 2 < len(_entries(node)) or not own:
        return
    words = _words(site, own)
    for place, (likeliness, word) in enumerate(words):
        yield from _inserted(site, node, 1.8 + likeliness + 0.05 * place, (word,))
    for (one_cost, one), (other_cost, other) in combinations(words[:PAIRED], 2):
        yield from _inserted(site, node, 2.2 + one_cost + other_cost, (one, other))


def _entries(node: ast.expr) -> Sequence[ast.expr]:
    if isinstance(node, ast.Dict):
        return node.values
    return node.elts if isinstance(node, DISPLAYS) else ()


def _words(site: Site, own: frozenset[str]) -> list[tuple[float, str]]:
    """What could be missing and how unlikely: from sibling lists, then from the tests by how much it looks alike."""
    file = site.view.file
    found = dict.fromkeys(file.package.siblings(own)[:WORDS_TRIED], 0.0)
    for word in (*file.clues.strings, *file.clues.names):
        alike = max((SequenceMatcher(None, word, other).ratio() for other in own), default=0.0)
        if word not in own and (alike >= LEAST_ALIKE or word in file.clues.strings):
            found.setdefault(word, 1.5 * (1 - alike))
    return sorted(((cost, word) for word, cost in found.items()), key=lambda pair: pair[0])[:WORDS_TRIED]


def _inserted(site: Site, node: ast.expr, prior: float, words: tuple[str, ...]) -> Iterator[Draft]:
    entries = _entries(node)
    at = site.view.source.span(entries[-1])[1]
    if not isinstance(node, ast.Dict):
        yield Draft(prior, (Change(at, at, "".join(f", {constant(word).text}" for word in words)),))
        return
    last = site.view.source.segment(entries[-1])
    key = node.keys[-1]
    values = {last} | (
        {last.replace(key.value, words[0])} if isinstance(key, ast.Constant) and isinstance(key.value, str) else set()
    )
    if len(words) == 1:
        for value in sorted(values | {constant(words[0]).text}):
            yield Draft(prior + 0.2 * (value == last), (Change(at, at, f", {constant(words[0]).text}: {value}"),))


def add_name(site: Site) -> Iterator[Draft]:
    """A name of the file or of the tests, into a display of names."""
    node = site.node
    if not isinstance(node, DISPLAYS) or site.stored or len(node.elts) < 2:
        return
    if not all(isinstance(element, ast.Name | ast.Attribute) for element in node.elts):
        return
    own = {site.part(element).text for element in node.elts}
    file = site.view.file
    asked = [name for name in file.clues.names if name in file.defined and name not in own]
    end = site.view.source.span(node.elts[-1])[1]
    for name in asked[:WORDS_TRIED]:
        yield Draft(2.2, (Change(end, end, f", {name}"),))


def move_entry(site: Site) -> Iterator[Draft]:
    """One element to another place; the order of the others stays."""
    if not isinstance(site.node, ast.List | ast.Tuple) or site.stored or not 2 < len(site.node.elts) <= LONGEST_MOVED:
        return
    spans = [site.view.source.span(element) for element in site.node.elts]
    texts = [site.part(element).within(TERNARY) for element in site.node.elts]
    for old, new in permutations(range(len(texts)), 2):
        if abs(new - old) > 1:
            order = texts[:old] + texts[old + 1 :]
            order.insert(new, texts[old])
            moved = range(min(old, new), max(old, new) + 1)
            yield Draft(2.8, tuple(Change(*spans[at], order[at]) for at in moved))
