"""When new Python code holds an input of the tests in disguise: by its digest, or a pattern for it alone. Pure."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Collection, Iterator
from typing import Final

from runner.verify.literals import is_telling
from runner.verify.python_names import path_of

DIGEST: Final = re.compile(r"[0-9a-fA-F]{32,128}")
DIGESTS: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256", "sha3_512")
MATCHING: Final = frozenset({"re.match", "re.fullmatch", "re.search", "re.sub", "re.compile"})
ANCHORS: Final = re.compile(r"^(?:\^|\\A)|(?:\$|\\Z)$")
ESCAPED: Final = re.compile(r"\\(\W)")


def disguised(tree: ast.AST, suspects: Collection[str]) -> Iterator[str]:
    """The literals of the tests, out of `suspects`, that the code knows by a digest or by a pattern."""
    digests: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if DIGEST.fullmatch(text):
                digests = digests or dict(_digests(suspects))
                yield from [digests[text.lower()]] if text.lower() in digests else []
            case ast.Call(func, [ast.Constant(value=str() as pattern), *_]) if path_of(func) in MATCHING:
                literal = repr(ESCAPED.sub(r"\1", ANCHORS.sub("", pattern)))
                yield from [literal] if literal in suspects and is_telling(literal) else []


def _digests(literals: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every digest of every text, with the literal that it is of."""
    for literal in literals:
        value = ast.literal_eval(literal)
        data = value.encode(errors="replace") if isinstance(value, str) else value
        if isinstance(data, bytes):
            yield from ((hashlib.new(name, data, usedforsecurity=False).hexdigest(), literal) for name in DIGESTS)
