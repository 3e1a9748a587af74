"""Which files a test file reaches: by what it imports, what it mentions and how it is named. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from runner.localise.evidence import SOURCE_ROOTS

FROM: Final = re.compile(rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]+)", re.MULTILINE)
PLAIN: Final = re.compile(rb"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
REQUIRED: Final = re.compile(rb"(?:from|require\(|import\(?)[ \t]*[\"']([\w@./\-]+)[\"']")
NAME: Final = re.compile(rb"[A-Za-z_]\w*")
TEST_AFFIX: Final = re.compile(r"^tests?_|[_.\-]?(tests?|spec)$", re.IGNORECASE)


def imported_names(content: bytes) -> frozenset[str]:
    """The dotted names that a file imports, each with every name taken from it; relative paths as they stand."""
    found: set[str] = set()
    for match in FROM.finditer(content):
        module = match[1].decode("ascii", "replace").lstrip(".")
        names = [part.split()[0] for part in match[2].strip(b"()").replace(b"\\", b" ").split(b",") if part.split()]
        found.add(module)
        found.update(f"{module}.{name.decode('ascii', 'replace')}".lstrip(".") for name in names)
    for match in PLAIN.finditer(content):
        found.update(part.split()[0].decode("ascii", "replace") for part in match[1].split(b",") if part.split())
    for match in REQUIRED.finditer(content):
        found.add(match[1].decode("ascii", "replace").lstrip("./").replace("/", "."))
    return frozenset(name for name in found if name)


def module_name(path: str) -> str:
    """The dotted name that a source file is imported by: source folders are no part of it, a package is its folder."""
    steps = list(PurePosixPath(path).with_suffix("").parts)
    while len(steps) > 1 and steps[0] in SOURCE_ROOTS:
        steps.pop(0)
    if len(steps) > 1 and steps[-1] in ("__init__", "index", "mod"):
        steps.pop()
    return ".".join(steps)


def nearness(test_path: str, imports: frozenset[str], content: bytes, target: str, names: Iterable[str]) -> float:
    """How near a test file is to a source file that defines `names`: 0.0 (not at all) to 3.0."""
    score = _by_imports(imports, module_name(target)) + (1.0 if _is_named_after(test_path, target) else 0.0)
    mentioned = sum(name.encode("utf-8", "replace") in content for name in set(names))
    return score + min(0.5, 0.25 * mentioned) if score else 0.0


def _by_imports(imports: frozenset[str], module: str) -> float:
    """1.5 for the module itself, 0.4 for its package, 0.1 for anything below the same root."""
    package, root = module.rpartition(".")[0], module.partition(".")[0]
    if any(_is_within(name, module) or module.endswith(f".{name}") for name in imports):
        return 1.5
    if package and any(_is_within(name, package) for name in imports):
        return 0.4
    return 0.1 if any(_is_within(name, root) for name in imports) else 0.0


def _is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _is_named_after(test_path: str, target: str) -> bool:
    """Whether `test_x.py`, `x_test.go`, `x.spec.ts` or `x/tests.py` are named after `x.py` or package `x`."""
    test = PurePosixPath(test_path)
    bare = TEST_AFFIX.sub("", test.stem).lower()
    stem = module_name(target).rpartition(".")[2].lower()
    return stem == bare or (not bare and stem in (step.lower() for step in test.parts))
