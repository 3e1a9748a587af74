"""Where the names come from that code in a task leaves open: the tests near the place, and the own packages. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from runner.verify.python_tests import Function, parse
from runner.verify.test_paths import is_test_path

NOT_IMPORTED: Final = frozenset({"setup", "conftest", "docs", "doc", "examples", "benchmarks"})
MOST_PACKAGES: Final = 3
MOST_BINDINGS: Final = 40


def own_packages(paths: Iterable[str]) -> tuple[str, ...]:
    """The packages that a repository's tests can import, those of `src/` among them; its modules where it has none."""
    packages: dict[str, None] = {}
    modules: dict[str, None] = {}
    for path in paths:
        parts = PurePosixPath(path.removeprefix("src/")).parts
        if is_test_path(path):
            continue
        if len(parts) == 2 and parts[1] == "__init__.py":
            packages[parts[0]] = None
        elif len(parts) == 1 and path.endswith(".py"):
            modules[parts[0].removesuffix(".py")] = None
    return tuple(name for name in packages or modules if name not in NOT_IMPORTED)[:MOST_PACKAGES]


def bindings(body: Sequence[ast.stmt], packages: Collection[str], near: Iterable[bytes]) -> list[ast.stmt] | None:
    """What has to stand above the code for its open names: bound as the first of the test files `near` that do.

    Names that none of them binds are taken from the packages. None where there is nowhere to take them from, and where
    nothing of the repository is used at all.
    """
    found: list[ast.stmt] = []
    if not any(map(is_star, body)):
        found = _bound_near(open_names(body), [_binders(source) for source in near])
        found += _from_packages(open_names([*found, *body]), packages)
        if open_names([*found, *body]) and not any(map(is_star, found)):
            return None
    return found if _uses([*found, *body], packages) else None


def _from_packages(wanted: set[str], packages: Collection[str]) -> Iterator[ast.stmt]:
    yield from (ast.Import([ast.alias(name)]) for name in packages if name in wanted)
    if wanted - set(packages):
        yield from (ast.ImportFrom(name, [ast.alias("*")], 0) for name in packages)


def _bound_near(wanted: set[str], files: Sequence[Mapping[str, ast.stmt]]) -> list[ast.stmt]:
    bound: dict[str, ast.stmt] = {}
    seen: set[str] = set()
    for name in sorted(wanted):
        _bind(name, files, bound, seen)
    return list(bound.values())


def open_names(body: Sequence[ast.stmt]) -> set[str]:
    """The names that are read and nowhere bound."""
    return read_names(body) - bound_names(body) - set(dir(builtins))


def read_names(body: Sequence[ast.stmt]) -> set[str]:
    """The names that are read."""
    return {node.id for node in _nodes(body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def bound_names(body: Sequence[ast.stmt]) -> set[str]:
    """The names that are bound, at any depth."""
    names: set[str] = set()
    for node in _nodes(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {_name_of(alias) for alias in aliases}
    return names


def is_star(node: ast.stmt) -> bool:
    """Whether it imports all that a module has."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _bind(name: str, files: Sequence[Mapping[str, ast.stmt]], found: dict[str, ast.stmt], seen: set[str]) -> None:
    """Add to `found` the statement of the first file that binds this name, after those that it needs itself."""
    binder = next((file[name] for file in files if name in file), None)
    if binder is None or name in seen or len(seen) >= MOST_BINDINGS:
        return
    seen.add(name)
    for inner in sorted(open_names([binder])):
        _bind(inner, files, found, seen)
    found[ast.unparse(binder)] = binder


def _binders(source: bytes) -> Mapping[str, ast.stmt]:
    """Each name with the import, or the plain assignment, that binds it first: of the file, else in its tests."""
    tree = parse(source)
    statements = list(tree.body) if tree else []
    statements += [inner for node in _nodes(statements) if isinstance(node, Function) for inner in node.body]
    found: dict[str, ast.stmt] = {}
    for node in statements:
        for name, binder in _each_binding(node):
            found.setdefault(name, binder)
    return found


def _each_binding(node: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    match node:
        case ast.Import(names=aliases):
            yield from ((_name_of(alias), ast.Import([alias])) for alias in aliases)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            yield from ((_name_of(alias), ast.ImportFrom(module, [alias], level)) for alias in aliases)
        case ast.Assign(targets=[ast.Name() | ast.Tuple()], value=ast.Call() | ast.Constant()):
            yield from ((name, node) for name in bound_names([node]))


def _uses(body: Sequence[ast.stmt], packages: Collection[str]) -> bool:
    """Whether it imports anything of the repository's own."""
    for node in _nodes(body):
        match node:
            case ast.Import(names=aliases) if any(alias.name.partition(".")[0] in packages for alias in aliases):
                return True
            case ast.ImportFrom(module=module, level=level) if level or (module or "").partition(".")[0] in packages:
                return True
    return False


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    return (node for part in body for node in ast.walk(part))
