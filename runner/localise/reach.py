"""Which test files reach a source file: by their imports, directly or through other files, and their names. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

SOURCE_ROOTS: Final = frozenset({"src", "lib", "python", "packages", "app", "main", "java"})
"""Folders that are no part of the names of what is imported from them."""
INDEX_FILES: Final = frozenset({"__init__", "index", "mod"})
MANIFEST: Final = "package.json"
MAIN: Final = re.compile(rb'"(?:main|module|source|import|require|default)"[ \t]*:[ \t]*"([\w@./\-]+)"')
"""The files that a package of Node consists in for whoever imports its folder."""
FROM: Final = re.compile(rb"\n[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]+)")
PLAIN: Final = re.compile(rb"\n[ \t]*import[ \t]+([\w., \t]+)")
"""Python's imports, with the line end before them: `re` finds a fixed byte several times as fast as `^`."""
REQUIRED: Final = re.compile(rb"(?:from|require(?:_relative)?\(?|import\(?)[ \t]*[\"']([\w@./\-]+)[\"']")
USED: Final = re.compile(rb"^[ \t]*(?:pub[ \t]+)?(?:use|import(?:[ \t]+static)?)[ \t]+([\w.:\\]+)", re.MULTILINE)
INCLUDED: Final = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[\"<]([\w./\-]+)[\">]", re.MULTILINE)
QUOTED: Final = re.compile(
    rb"^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?\"([\w.\-]+(?:/[\w.\-]+)+)\"[ \t]*$", re.MULTILINE
)
FUNCTION: Final = re.compile(rb"^def[ \t]+(\w+)", re.MULTILINE)
TEST_AFFIX: Final = re.compile(r"^tests?_|[_.\-]?(tests?|spec|it)$", re.IGNORECASE)
OWN_TESTS: Final = re.compile(rb"^[ \t]*#\[cfg\(test\)\]", re.MULTILINE)
"""Rust keeps the tests of a file in it."""

DIRECT: Final = 1.5
PACKAGE: Final = 0.4
ROOT: Final = 0.1
NAMED: Final = 1.0
NEIGHBOUR: Final = 0.5
"""A Go test beside the file is in its package."""
MENTIONED: Final = 0.25
MOST_MENTIONED: Final = 2
THROUGH: Final = 0.25
"""What is left of a reach with each file that it goes through: a helper, a conftest, a module of the package."""
HOPS: Final = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A source file that tests should reach: its definitions' names, and the dotted names that it is re-exported as."""

    path: str
    names: frozenset[str]
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Node:
    """A file that may reach others: every dotted name that it imports, with all that they begin with."""

    path: str
    content: bytes = field(repr=False)
    imports: frozenset[str] = frozenset()


class Nodes:
    """Files that may reach others, and which of them use which."""

    def __init__(self, files: Iterable[Node]) -> None:
        """`files` in any order, each path once."""
        self.files: Final = tuple(files)
        self._importing = defaultdict[str, list[str]](list)
        for node in self.files:
            for name in node.imports:
                self._importing[name].append(node.path)
        self._naming: dict[str, Sequence[str]] = {}

    def using(self, other: Node) -> Sequence[str]:
        """The files that import another one, or, where that is a conftest, lie below it and name a function of it."""
        if PurePosixPath(other.path).name != "conftest.py":
            module = module_name(other.path)
            return [path for path in self._importing.get(module, ()) if path != other.path]
        if other.path not in self._naming:
            self._naming[other.path] = list(self._below(other))
        return self._naming[other.path]

    def _below(self, conftest: Node) -> Iterator[str]:
        folder = conftest.path.removesuffix("conftest.py")
        functions = b"|".join(sorted({match[1] for match in FUNCTION.finditer(conftest.content)}))
        named = re.compile(rb"\b(?:" + functions + rb")\b") if functions else None
        below = (node for node in self.files if node.path.startswith(folder))
        return (node.path for node in below if named and named.search(node.content))


def node_of(path: str, content: bytes) -> Node:
    """The file with its imports read."""
    return Node(path, content, frozenset(_beginnings(imported_names(content, path))))


def imported_names(content: bytes, path: str = "") -> frozenset[str]:
    """The dotted names that a file imports, and every name that it takes from them; relative ones from its folder."""
    folder = list(PurePosixPath(path).parts[:-1])
    if not path or path.endswith(".py"):
        found = _python_imports(content, folder)
    elif PurePosixPath(path).name == MANIFEST:
        mains = (match[1].decode("ascii") for match in MAIN.finditer(content))
        found = {_path_name(f"./{main}", folder) for main in mains}
    else:
        found = _other_imports(content, folder)
    # What stands beside a file can be imported by its bare name where the folder is on the path.
    found.update(_rooted([*folder, *name.split(".")]) for name in tuple(found) if folder)
    return frozenset(name for name in found if name)


def _python_imports(content: bytes, folder: Sequence[str]) -> set[str]:
    found: set[str] = set()
    lines = b"\n" + content
    for match in FROM.finditer(lines):
        module = _python_name(match[1].decode("ascii", "replace"), folder)
        names = [part.split()[0] for part in match[2].strip(b"()").replace(b"\\", b" ").split(b",") if part.split()]
        found.add(module)
        found.update(f"{module}.{name.decode('ascii', 'replace')}".lstrip(".") for name in names)
    for match in PLAIN.finditer(lines):
        found.update(part.split()[0].decode("ascii", "replace") for part in match[1].split(b",") if part.split())
    return found


def _other_imports(content: bytes, folder: Sequence[str]) -> set[str]:
    """A Go package's path begins with its module's: each ending of it may be the folder here."""
    found = {
        _path_name(match[1].decode("ascii", "replace"), folder)
        for pattern in (REQUIRED, USED, INCLUDED)
        for match in pattern.finditer(content)
    }
    for match in QUOTED.finditer(content):
        steps = match[1].decode("ascii", "replace").split("/")
        found.update(".".join(steps[first:]) for first in range(len(steps)))
    return found


@lru_cache(maxsize=4096)
def module_name(path: str) -> str:
    """The dotted name that a source file is imported by: source folders are no part of it, a package is its folder."""
    pure = PurePosixPath(path)
    steps = list((pure.with_name("index") if pure.name == MANIFEST else pure.with_suffix("")).parts)
    if len(steps) > 1 and steps[-1] in INDEX_FILES:
        steps.pop()
    return _rooted(steps)


def target_of(path: str, names: Iterable[str], others: Nodes) -> Target:
    """The source file, with the names that the packages around it re-export from it."""
    module = module_name(path)
    wanted = frozenset(names)
    aliases: set[str] = set()
    for other in others.files:
        if (
            PurePosixPath(other.path).stem in INDEX_FILES
            and PurePosixPath(other.path).parent in PurePosixPath(path).parents
        ):
            taken = {name.removeprefix(f"{module}.") for name in other.imports if name.startswith(f"{module}.")}
            aliases |= {f"{module_name(other.path)}.{name}" for name in (wanted if "*" in taken else taken)}
    return Target(path, wanted, frozenset(aliases))


def reach(tests: Nodes, others: Nodes, target: Target) -> dict[str, float]:
    """How near each test file is to the target, 0.0 (not at all) to 3.0; `others` are files on the way to it."""
    near = {node.path: score for node in others.files if (score := nearness(node, target)) >= PACKAGE}
    for _ in range(HOPS - 1):
        near |= _through(others, near, others)
    far = _through(tests, near, others)
    return {node.path: max(nearness(node, target), far.get(node.path, 0.0)) for node in tests.files}


def nearness(node: Node, target: Target) -> float:
    """How near a file is to the target by itself: what it imports, how it is named, what it mentions."""
    if node.path == target.path:
        return DIRECT + NAMED if OWN_TESTS.search(node.content) else 0.0
    score = _by_imports(node, target) + (NAMED if _is_named_after(node.path, target.path) else 0.0)
    if target.path.endswith(".go") and PurePosixPath(node.path).parent == PurePosixPath(target.path).parent:
        score += NEIGHBOUR
    if not score:
        return 0.0
    mentioned = (name for name in target.names if name.encode("utf-8", "replace") in node.content)
    return score + MENTIONED * len(list(islice(mentioned, MOST_MENTIONED)))


def _through(nodes: Nodes, near: Mapping[str, float], others: Nodes) -> dict[str, float]:
    """How near the nodes are through the files that are near already."""
    found: dict[str, float] = {}
    for other in others.files:
        far = THROUGH * near.get(other.path, 0.0)
        for path in nodes.using(other) if far else ():
            found[path] = max(found.get(path, near.get(path, 0.0)), far)
    return found


def _by_imports(node: Node, target: Target) -> float:
    """Most for the module itself or a name re-exported from it, less for its package, least for the same root."""
    module = module_name(target.path)
    package, root = module.rpartition(".")[0], module.partition(".")[0]
    if module in node.imports or target.aliases & node.imports:
        return DIRECT
    if package and package in node.imports:
        return PACKAGE
    return ROOT if root in node.imports else 0.0


def _beginnings(names: Iterable[str]) -> Iterator[str]:
    """Each name, and what it is a part of: `a.b.c` also takes from `a.b` and `a`."""
    for name in names:
        steps = name.split(".")
        yield from (".".join(steps[:length]) for length in range(1, len(steps) + 1))


def _python_name(written: str, folder: Sequence[str]) -> str:
    """A module as it is written after `from`; each dot but the first goes up from the file's folder."""
    name = written.lstrip(".")
    level = len(written) - len(name)
    if not level:
        return name
    return _rooted([*folder[: len(folder) - level + 1], *name.split(".")])


def _path_name(written: str, folder: Sequence[str]) -> str:
    """A path, or names parted by `::` or backslashes, as a dotted name; one that begins with a dot is relative."""
    steps = written.replace("::", "/").replace("\\", "/").split("/")
    here = list(folder) if steps[0] in (".", "..") else []
    for step in steps:
        if step == "..":
            here = here[:-1]
        elif step not in (".", "", "crate"):
            here.append(step)
    if len(here) > 1 and here[-1].partition(".")[0] in INDEX_FILES:
        here.pop()
    if not here and steps[0] in (".", ".."):
        return "index"
    last = re.sub(r"\.(?:[cm]?[jt]sx?|h|hh|hpp|rb|vue)$", "", here[-1]) if here else ""
    return _rooted([*here[:-1], last])


def _rooted(steps: Sequence[str]) -> str:
    """The dotted name without the source folders that it begins with."""
    kept = [step for step in steps if step]
    while len(kept) > 1 and kept[0] in SOURCE_ROOTS:
        kept.pop(0)
    return ".".join(kept)


def _is_named_after(test_path: str, target: str) -> bool:
    """Whether a test like `test_x.py`, `x_test.go`, `XTest.java` or `x/tests.py` is named after file or package `x`."""
    bare, steps = _bare(test_path)
    stem = module_name(target).rpartition(".")[2].lower()
    return stem == bare or (not bare and stem in steps)


@lru_cache(maxsize=4096)
def _bare(test_path: str) -> tuple[str, frozenset[str]]:
    """A test file's name without what says that it is one, and the steps of its path."""
    test = PurePosixPath(test_path)
    return TEST_AFFIX.sub("", test.stem).lower(), frozenset(step.lower() for step in test.parts)
