"""Which piece of an existing test file shows best how tests are written there, and where a new one goes. Pure."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from runner.verify.python_tests import Function, holds_tests, parse

SLUG_CHARS: Final = 40
FIRST_TEST: Final = "tests/test_all.py"
"""Beside which a repository without tests gets its first one."""
WORD: Final = re.compile(r"[A-Za-z_]\w{2,}")
TEST_WORD: Final = re.compile(r"[._-](?:test|spec)(?=\.)|_test(?=\.)|(?:Test|Tests|IT|Spec)(?=\.)")
HEAD_LINES: Final = 40
MOST_TESTS: Final = 3
LEAST_SHARE: Final = 0.5
"""What another test is worth at least, beside the best."""
SMALL_LINES: Final = 12
"""What a test stands on is shown up to so many lines."""
PREPARING_LINES: Final = 25
LONG_IMPORT_LINES: Final = 3
SIZE_POWER: Final = 0.2
"""How much less a long test is worth: it has all words sooner, and is cut."""
PREPARING: Final = frozenset({"setUp", "setUpClass", "setUpTestData", "setup_method", "setup_class", "setup"})
NAME: Final = re.compile(r"[A-Za-z_]\w*")
SHORT_CHARS: Final = 3
PART: Final = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|[A-Z][a-z]+")
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
    """The tests of a file that speak most of `words`, of one class, with what they stand on.

    That is what they use of the file's own imports, constants and small helpers, and their class's preparation. Of a
    file without tests, or of another language, the first lines.
    """
    tree = parse(source)
    lines = source.decode(errors="replace").splitlines()
    places = list(_places(tree.body, ())) if tree else []
    if tree is None or not places:
        return _fitting(lines[:HEAD_LINES], cap_bytes)
    ranked = _ranked(places, lines, words)
    outer = ranked[0][:-1]
    beside = [place for place in ranked if place[:-1] == outer][:MOST_TESTS]
    for count in range(len(beside), 0, -1):
        body = _body(outer, [place[-1] for place in beside[:count]], lines)
        shown = [*_head(tree, "\n".join(body), lines), "", "", *body]
        if len("\n".join(shown).encode()) <= cap_bytes:
            break
    return _fitting(shown, cap_bytes)


def _ranked(
    places: Sequence[tuple[ast.stmt, ...]], lines: Sequence[str], words: Collection[str]
) -> list[tuple[ast.stmt, ...]]:
    """The tests that speak of the words, most first, of equals the shorter; what few of them speak of counts more."""
    wanted = _parts(words)
    named = [frozenset(_names(place[-1])) for place in places]
    spoken = [names.intersection(words) | (_parts(names) & wanted) for names in named]
    sizes = [len(_text(place[-1], lines)) for place in places]
    spread = Counter(part for parts in spoken for part in parts)
    worth = [
        sum(math.log((1 + len(places)) / spread[part]) for part in parts) / size**SIZE_POWER
        for parts, size in zip(spoken, sizes, strict=True)
    ]
    order = sorted(range(len(places)), key=lambda n: (-worth[n], sizes[n]))
    return [places[number] for number in order if worth[number] >= LEAST_SHARE * worth[order[0]]]


def _body(outer: Sequence[ast.stmt], tests: Sequence[ast.stmt], lines: Sequence[str]) -> list[str]:
    """The tests in the file's order, below the heads of their classes and what these prepare."""
    body: list[str] = []
    for one in outer:
        body += lines[_start(one) - 1 : _first_line(one)]
        prepared = (node for node in getattr(one, "body", ()) if getattr(node, "name", "") in PREPARING)
        for node in prepared:
            body += ["", *_text(node, lines)] if len(_text(node, lines)) <= PREPARING_LINES else []
    for test in sorted(tests, key=_start):
        body += ["", *_text(test, lines)]
    return body


def _head(tree: ast.Module, body: str, lines: Sequence[str]) -> list[str]:
    """The file's own statements that bind what the body uses, and what these use; of long imports only that."""
    used = {*NAME.findall(body), "pytestmark"}
    own = [node for node in tree.body if not holds_tests(node)]
    helpers = [node for node in own if _is_helper(node, used, lines)]
    used |= {name for node in helpers for name in NAME.findall("\n".join(_text(node, lines)))}
    head = list(lines[:1]) if lines[0].startswith("#") else []
    for node in own:
        head += _text(node, lines) if node in helpers else _imported(node, used, lines)
    return head


def _is_helper(node: ast.stmt, used: Collection[str], lines: Sequence[str]) -> bool:
    """Whether a small statement other than an import binds a used name."""
    is_import = isinstance(node, ast.Import | ast.ImportFrom)
    return not is_import and not _bound(node).isdisjoint(used) and len(_text(node, lines)) <= SMALL_LINES


def _imported(node: ast.stmt, used: Collection[str], lines: Sequence[str]) -> Sequence[str]:
    """An import as far as it is used; nothing of any other statement."""
    if not isinstance(node, ast.Import | ast.ImportFrom) or _bound(node).isdisjoint(used):
        return ()
    if len(_text(node, lines)) <= LONG_IMPORT_LINES:
        return _text(node, lines)
    names = [one for one in node.names if (one.asname or one.name).partition(".")[0] in used]
    if isinstance(node, ast.Import):
        return [ast.unparse(ast.Import(names))]
    return [ast.unparse(ast.ImportFrom(node.module, names, node.level))]


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement gives to the module."""
    names = {getattr(node, "name", "")}
    names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return names | {
        (one.asname or one.name).partition(".")[0]
        for part in ast.walk(node)
        if isinstance(part, ast.Import | ast.ImportFrom)
        for one in part.names
    }


def _text(node: ast.stmt, lines: Sequence[str]) -> Sequence[str]:
    return lines[_start(node) - 1 : node.end_lineno]


def _names(test: ast.stmt) -> Iterator[str]:
    """Whatever the code names: what stands in comments and texts is told for other reasons."""
    for node in ast.walk(test):
        for field in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


def _parts(names: Iterable[str]) -> frozenset[str]:
    """The words that names are made of, in small letters; short ones are everywhere."""
    return frozenset(part.lower() for name in names for part in PART.findall(name) if len(part) > SHORT_CHARS)


def _places(body: list[ast.stmt], outer: tuple[ast.stmt, ...]) -> Iterator[tuple[ast.stmt, ...]]:
    """Every test, with the classes around it before it."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _places(node.body, (*outer, node))
        elif holds_tests(node):
            yield (*outer, node)


def _start(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _first_line(node: ast.stmt) -> int:
    """The last line of a class's own header."""
    below = _start(node.body[0]) if isinstance(node, ast.ClassDef) else node.lineno
    return max(below - 1, node.lineno)


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
