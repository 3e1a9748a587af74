"""Which piece of an existing test file shows best how tests are written there, and where a new one goes. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final

from runner.verify.python_tests import Function, holds_tests, parse

SLUG_CHARS: Final = 40
FIRST_TEST: Final = "tests/test_all.py"
"""Beside which a repository without tests gets its first one."""
WORD: Final = re.compile(r"[A-Za-z_]\w{3,}")
TEST_WORD: Final = re.compile(r"[._-](?:test|spec)(?=\.)|_test(?=\.)|(?:Test|Tests|IT|Spec)(?=\.)")
HEAD_LINES: Final = 40
MOST_BESIDE: Final = 4


def words_of(text: str) -> frozenset[str]:
    """The words of a text that may name something in code."""
    return frozenset(WORD.findall(text))


def new_path(title: str, beside: str) -> str:
    """A new test file's path in the folder of an existing one, named by the same habit."""
    example = PurePosixPath(beside)
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:SLUG_CHARS].rstrip("_") or "task"
    if example.suffix == ".py" and not example.stem.endswith("_test"):
        return str(example.with_name(f"test_greenloop_{slug}.py"))
    habit = TEST_WORD.search(example.name)
    ending = example.name[habit.start() :] if habit else example.suffix
    if example.suffix in {".java", ".kt", ".scala", ".groovy", ".cs", ".swift", ".php"}:
        return str(example.with_name("Greenloop" + slug.title().replace("_", "") + ending))
    return str(example.with_name(f"greenloop_{slug}{ending}"))


def nearest(path: str, candidates: Collection[str]) -> str:
    """The candidate that shares most folders with the path, of the same kind of file; "" where there is none."""
    folders = PurePosixPath(path).parts[:-1]
    same = [one for one in candidates if PurePosixPath(one).suffix == PurePosixPath(path).suffix]
    return max(same, key=lambda one: (len(set(folders) & set(PurePosixPath(one).parts[:-1])), -len(one)), default="")


def names_beside(path: str, source: bytes, words: Collection[str]) -> list[tuple[str, str]]:
    """What a Python test file imports from files beside it (file, name): first what the task speaks of."""
    tree, folders = parse(source), list(PurePosixPath(path).parents)
    found: list[tuple[str, str]] = []
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module and 0 < node.level <= len(folders):
            file = str(folders[node.level - 1] / f"{node.module.replace('.', '/')}.py")
            found += [(file, alias.name) for alias in node.names]
    return sorted(found, key=lambda one: one[1] not in words)[:MOST_BESIDE]


def excerpt(source: bytes, words: Collection[str], cap_bytes: int) -> str:
    """The head of a test file and the test in it that speaks most of `words`, with the class it stands in.

    Of other languages the first lines.
    """
    tree = parse(source)
    lines = source.decode(errors="replace").splitlines()
    if tree is None:
        return _fitting(lines[:HEAD_LINES], cap_bytes)
    head_end = next((_start(node) - 1 for node in tree.body if holds_tests(node)), len(lines))
    chosen = max(_places(tree.body, ()), key=lambda place: _speaks(place[-1], lines, words), default=())
    body: list[str] = []
    for outer in chosen[:-1]:
        body += lines[_start(outer) - 1 : _first_line(outer)]
    if chosen:
        body += ["", *lines[_start(chosen[-1]) - 1 : chosen[-1].end_lineno]]
    head_cap = max(cap_bytes - len("\n".join(body).encode()), cap_bytes // 3)
    return _fitting([*_fitting(lines[:head_end], head_cap).splitlines(), "", *body], cap_bytes)


def _places(body: list[ast.stmt], outer: tuple[ast.stmt, ...]) -> Iterator[tuple[ast.stmt, ...]]:
    """Every test, with the classes around it before it."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _places(node.body, (*outer, node))
        elif holds_tests(node):
            yield (*outer, node)


def _speaks(test: ast.stmt, lines: list[str], words: Collection[str]) -> tuple[int, int]:
    """How many of the words a test has; of equals the shorter one is shown."""
    text = "\n".join(lines[_start(test) - 1 : test.end_lineno])
    return len(words_of(text) & set(words)), -len(text)


def _start(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _first_line(node: ast.stmt) -> int:
    """The last line of a class's own header."""
    return (
        node.body[0].lineno - 1 if isinstance(node, ast.ClassDef) and node.body[0].lineno > node.lineno else node.lineno
    )


def _fitting(lines: list[str], cap_bytes: int) -> str:
    """Whole lines from the first on, as many as fit."""
    kept: list[str] = []
    left = cap_bytes
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept)
