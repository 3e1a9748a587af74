"""Candidates that change a regular expression, or the flags that it is compiled with. Pure."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from runner.engines.search.families.keywords import appended
from runner.engines.search.sites import Draft, Site
from runner.engines.search.source import Change

FUNCTIONS: Final = frozenset(
    {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split", "_lazy_re_compile"}
)
METACHARACTERS: Final = re.compile(r"\\[wdsbSWDZA]|\[[^\]]+\]|[*+?$^|]|\(\?")
FLAGS: Final = ("IGNORECASE", "MULTILINE", "DOTALL", "UNICODE", "VERBOSE")
SWAPS: Final[tuple[tuple[float, str, str], ...]] = (
    *(
        (1.4, r"\$$", r"\\Z"),
        (2.4, r"\\Z$", "$"),
        (1.6, r"(?<!\\)\.(?=[*+?)|]|$)", r"\\w"),
        (2.0, r"(?<!\\)\.", r"\\."),
    ),
    *((1.8, r"(?<!\\)\.(?=[*+])", r"\\S"), (2.0, r"(?<!\\)\.(?=[*+])", r"[^\\s]"), (2.2, r"(?<!\\)\.", r"[\\s\\S]")),
    *((1.6, r"(?<=[\])}\w.])\+(?!\?)", "*"), (1.6, r"(?<=[\])}\w.])\*(?!\?)", "+"), (1.8, r"(?<=[+*])\?", "")),
    *(
        (1.8, r"(?<=[\])}\w.])([+*])(?!\?)", r"\1?"),
        (2.0, r"(?<=[\])}])(?![+*?{])", "?"),
        (2.0, r"(?<=[\])}])(?![+*?{])", "*"),
    ),
    *((2.0, r"(?<=[\])}])(?![+*?{])", "+"), (2.0, r"(?<=[\])])\?", ""), (2.0, r"\\d(?![+*{])", r"\\d+")),
    *((2.2, r"\\w", r"[\\w.]"), (2.2, r"\\w", r"[\\w-]"), (2.2, r"\\w", r"\\S"), (2.2, r"\\S", r"[^\\s]")),
    *((2.2, r"\\s\*", r"\\s+"), (2.2, r"\\s\+", r"\\s*"), (2.2, r"(?<!\\) ", r"\\s+"), (2.4, r"\\d", r"\\w")),
    *((2.0, r"\[a-z", "[a-zA-Z"), (2.0, r"\[A-Z", "[a-zA-Z"), (2.2, r"\((?!\?)", "(?:"), (2.4, r"(?<=[\w])(?=\?)", "")),
    *(
        (2.0, r"^\^", ""),
        (2.2, r"\$$", ""),
        (2.0, r"^(?!\^)", "^"),
        (2.0, r"(?<!\$)$", "$"),
        (2.0, r"(?<!\\Z)$", r"\\Z"),
    ),
    *((2.4, r"\|[^|()]*(?=[|)]|$)", ""), (2.4, r"\[\^", "["), (2.6, r"\{\d+,?\d*\}", "+")),
)
"""Prior, what is replaced (one occurrence at a time), by what."""


def change_pattern(site: Site) -> Iterator[Draft]:
    """An anchor, a class, a repetition or a group changed; a character that the tests have admitted to a class."""
    if not _is_pattern(site):
        return
    start, end = site.view.source.span(site.node)
    opening, body, quote = _parts(site.view.source.text[start:end])
    is_raw = opening[:1] in {"r", "R"}
    if not quote or ("\\" in body and not is_raw):
        return
    for prior, new in filter(lambda one: _compiles(one[1]), _changed(body, site.view.file.clues.strings)):
        if new != body:
            prefix = "r" * ("\\" in new and not is_raw)
            yield Draft(prior, (Change(start, end, f"{prefix}{opening}{new}{quote}"),))


def _parts(segment: str) -> tuple[str, str, str]:
    """How a single literal opens, what it holds, and its quote; an empty quote for anything else."""
    opened = re.match(r"[rRuU]?('''|\"\"\"|'|\")", segment)
    if opened is None or not segment.endswith(opened[1]):
        return "", "", ""
    body = segment[opened.end() : -len(opened[1])]
    return opened[0], body, "" if opened[1] in body else opened[1]


def _is_pattern(site: Site) -> bool:
    parent = site.parent
    if not isinstance(site.node, ast.Constant) or not isinstance(site.node.value, str):
        return False
    if isinstance(parent, ast.Call) and site.field == "args":
        name = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
        return name in FUNCTIONS or "re" in name.lower().split("_")
    return len(METACHARACTERS.findall(site.node.value)) >= 2


def _changed(body: str, strings: tuple[str, ...]) -> Iterator[tuple[float, str]]:
    for prior, old, new in SWAPS:
        for count, match in enumerate(re.finditer(old, body)):
            yield prior + 0.1 * count, body[: match.start()] + match.expand(new) + body[match.end() :]
    odd = sorted(
        {character for text in strings for character in text if not (character.isalnum() or character.isspace())}
    )
    for match in re.finditer(r"(?<!\\)\]", body):
        for character in odd:
            yield 2.2, body[: match.start()] + re.escape(character) + body[match.start() :]


def _compiles(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd candidate is not worth a line on the terminal
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def add_flags(site: Site) -> Iterator[Draft]:
    """One or two flags for a pattern that has none."""
    if not isinstance(site.node, ast.Call) or not _takes_flags(site.node):
        return
    for count in (1, 2):
        for flags in combinations(FLAGS[: 5 - count], count):
            text = " | ".join(f"re.{flag}" for flag in flags)
            yield Draft(1.8 + 0.4 * count, (appended(site, site.node, f"flags={text}"),))


def _takes_flags(node: ast.Call) -> bool:
    """Whether it is a call of `re` that names no flags."""
    function = node.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name) or not node.args:
        return False
    named = any(word.arg == "flags" for word in node.keywords) or "re." in " ".join(map(ast.unparse, node.args))
    return function.value.id == "re" and function.attr in FUNCTIONS and not named
