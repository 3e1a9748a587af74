"""Which test a person means who names it in the way of another runner. Pure.

Read are, beside our own ids (`path::Class::test`): `test_x (package.module.Class)` as unittest and Django print it, the
same with the test's name at its end (Python 3.11 on), `package.module.Class.test_x`, a bare `test_x`, and the first
line of a test's docstring, which unittest prints in place of its name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from runner.errors import BadInput
from runner.verify.python_tests import parse, tests_in

UNITTEST: Final = re.compile(r"(\w+) \(([\w.]+)\)")
DOTTED: Final = re.compile(r"\w+(?:\.\w+)+")
BARE: Final = re.compile(r"\w+")
DOCSTRING_LEAST_CHARS: Final = 12


def is_own_id(name: str) -> bool:
    """Whether the name is one of our ids, or a file or folder."""
    return "::" in name or "/" in name or bool(re.fullmatch(r"\S+\.[a-z]{1,4}", name))


def node_ids(names: Iterable[str], tests: Mapping[str, bytes], preferred: Collection[str]) -> tuple[str, ...]:
    """Our ids for the names, in their order; `tests` are the contents of the Python test files by path.

    Where a name fits several files, those in `preferred` (what a test patch changes) are meant. Raises BadInput for a
    name that fits nothing.
    """
    found = [id_ for name in names for id_ in _ids_of(name, tests, preferred)]
    return tuple(dict.fromkeys(found))


def _ids_of(name: str, tests: Mapping[str, bytes], preferred: Collection[str]) -> tuple[str, ...]:
    if is_own_id(name):
        return (name,)
    found = tuple(_candidates(name, tests))
    chosen = tuple(id_ for id_ in found if id_.partition("::")[0] in preferred) or found
    if not chosen:
        raise BadInput(f"no test is named {name!r}; give its id as path::Class::test, as `verify --json` prints them")
    return chosen


def _candidates(name: str, tests: Mapping[str, bytes]) -> Iterator[str]:
    if match := UNITTEST.fullmatch(name):
        owner = match[2].removesuffix(f".{match[1]}")
        yield from _in_module(f"{owner}.{match[1]}", tests)
    elif DOTTED.fullmatch(name):
        yield from _in_module(name, tests)
    elif BARE.fullmatch(name):
        yield from _functions(name, tests)
    else:
        yield from _described(name, tests)


def _in_module(dotted: str, tests: Mapping[str, bytes]) -> Iterator[str]:
    """The test of a dotted name: its module is a file whose path ends so, below any folder."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        ending = "/" + "/".join(parts[:end]) + ".py"
        found = ["::".join([path, *parts[end:]]) for path in tests if f"/{path}".endswith(ending)]
        if found:
            yield from found
            return


def _functions(name: str, tests: Mapping[str, bytes]) -> Iterator[str]:
    definition = f"def {name}(".encode()
    for path, content in tests.items():
        if definition in content:
            yield from (id_ for id_ in tests_in(path, content) if id_.endswith(f"::{name}"))


def _described(line: str, tests: Mapping[str, bytes]) -> Iterator[str]:
    if len(line) < DOCSTRING_LEAST_CHARS:
        return
    for path, content in tests.items():
        tree = parse(content) if line.encode() in content else None
        if tree is not None:
            yield from _documented(path, tree.body, line)


def _documented(prefix: str, body: list[ast.stmt], line: str) -> Iterator[str]:
    """The tests whose docstring's first line is this one; unittest strips it, as we do."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _documented(f"{prefix}::{node.name}", node.body, line)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_described(node, line):
            yield f"{prefix}::{node.name}"


def _is_described(node: ast.FunctionDef | ast.AsyncFunctionDef, line: str) -> bool:
    first = (ast.get_docstring(node) or "").strip().partition("\n")[0]
    return node.name.startswith("test") and first.strip() == line.strip()
