"""What a package's scripts build before its tests, which would not start without it. Pure.

https://docs.npmjs.com/cli/using-npm/scripts#pre--post-scripts
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from runner.adapters.suites_wrappers import DEEPEST, Read, Words, parts_of, script_of, unwrap

BUILDS: Final = re.compile(
    r"\b(?:babel|build|bundle|coffee|compile|dist|esbuild|generate|prepare|rollup|swc|transpile|tsc|tsup|webpack)\b"
)
CHECKS: Final = re.compile(r"\b(?:lint|eslint|format|prettier|check|audit|types?|typecheck|docs?|watch)\b|--noEmit\b")
"""What a script of the same names does that makes nothing for the tests."""


def builds_before(
    words: Words, read: Read, is_runner: Callable[[Words], bool], depth: int = DEEPEST
) -> tuple[str, ...]:
    """The shell commands that build something before the runner behind this command starts, in their order."""
    return tuple(
        part for part in _before(words, read, is_runner, depth) if BUILDS.search(part) and not CHECKS.search(part)
    )


def _before(words: Words, read: Read, is_runner: Callable[[Words], bool], depth: int) -> Iterator[str]:
    """All that the scripts run before it: the one that is called like theirs with "pre", and what stands in front."""
    name = script_of(words)
    if not (name and depth):
        return
    yield from (text for text, _ in parts_of(f"pre{name}", read))
    for text, command in parts_of(name, read):
        if unwrap(command, read, is_runner):
            yield from _before(command, read, is_runner, depth - 1)
            return
        yield text
