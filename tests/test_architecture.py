"""The house's rules, held by code: direction, owners, purity, cycles, sizes, and imports that do nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("runner", "ghapp")
TABLE: dict[str, Any] = tomllib.loads((ROOT / "tests" / "architecture.toml").read_text())
MAX_MODULE_LINES, MAX_BODY_LINES, MAX_COMPLEXITY, MAX_ARGS = 400, 50, 10, 5
MIN_DOCUMENTED = 0.90

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension, ast.Assert,
            ast.match_case)  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One module of ours: its dotted name, its file, its source and its tree."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    @property
    def functions(self) -> list[Function]:
        """Every function and method, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


Known = dict[str, Module]


def matches(name: str, prefix: str) -> bool:
    """Whether the name is the prefix, or lies below one that ends in a dot."""
    return name == prefix.rstrip(".") or (prefix.endswith(".") and name.startswith(prefix))


def listed(name: str, prefixes: list[str]) -> bool:
    """Whether one of the prefixes matches."""
    return any(matches(name, prefix) for prefix in prefixes)


def read_modules(root: Path) -> Known:
    """All modules below `root` that are ours to judge."""
    found = {}
    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not listed(name, TABLE["not_ours"]):
            source = path.read_text()
            found[name] = Module(name, path, source, ast.parse(source, str(path)))
    return found


@cache
def house() -> Known:
    """Our own modules, read once."""
    return read_modules(ROOT)


def imports(module: Module, known: Known) -> Iterator[tuple[int, str]]:
    """Line and dotted target of every import, wherever it stands."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, module)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in known else base


def absolute(node: ast.ImportFrom, module: Module) -> str:
    """The dotted module that an import-from names, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    parts = parts[: len(parts) - node.level + (module.path.name == "__init__.py")]
    return ".".join([*parts, *filter(None, [node.module])])


def layer_of(name: str) -> dict[str, Any] | None:
    """The row of the table that the module stands in."""
    return next((row for row in TABLE["layer"] if listed(name, row["of"])), None)


def allowed(row: dict[str, Any]) -> list[str]:
    """What modules of the row may import, its groups written out."""
    return [name for entry in row["may"] for name in (TABLE["groups"][entry[1:]] if entry.startswith("@") else [entry])]


def territory(name: str) -> str:
    """The part of the house that owns its own copy of a third-party package."""
    return "localhub" if matches(name, "ghapp.localhub.") else name.split(".", maxsplit=1)[0]


def owner_row(package: str) -> dict[str, Any]:
    """The row of the owners' table; tree-sitter's grammars go with tree-sitter."""
    root = "tree_sitter" if package.startswith("tree_sitter") else package
    return next((row for row in TABLE["owner"] if row["package"] == root), {})


# --- the rules: each yields what breaks it ------------------------------------------------------------------------


def direction(known: Known) -> Iterator[str]:
    """Imports point down only."""
    for module in known.values():
        row = layer_of(module.name)
        if row is None:
            if module.source.strip():
                yield f"{module.name}: stands in no layer; give it a row in tests/architecture.toml"
            continue
        below = [*allowed(row), module.name]
        for line, target in imports(module, known):
            if target.split(".")[0] in PACKAGES and not listed(target, below):
                yield f"{module.name}:{line}: may not import {target}"


def owners(known: Known) -> Iterator[str]:
    """Each third-party package has its one importing module per part of the house."""
    for module in known.values():
        for line, target in imports(module, known):
            package = target.split(".")[0]
            if package in PACKAGES or package in sys.stdlib_module_names:
                continue
            if not listed(module.name, owner_row(package).get(territory(module.name), [])):
                yield f"{module.name}:{line}: does not own {package}"


def lone_owner(known: Known) -> Iterator[str]:
    """Where more than one module imports a package, the table says why."""
    importers: dict[tuple[str, str], set[str]] = {}
    for module in known.values():
        for package in {target.split(".")[0] for _, target in imports(module, known)}:
            if package not in PACKAGES and package not in sys.stdlib_module_names:
                importers.setdefault((territory(module.name), package), set()).add(module.name)
    for (where, package), names in importers.items():
        if len(names) > 1 and "why" not in owner_row(package):
            yield f"{where}: {package} is imported by {sorted(names)}, and no reason is given"


def purity(known: Known) -> Iterator[str]:
    """Pure modules have no clock, no chance, no files, no processes and no network of their own."""
    for module in known.values():
        if (layer_of(module.name) or {}).get("pure"):
            for line, target in imports(module, known):
                if target.split(".")[0] in TABLE["edge_stdlib"] and target != "urllib.parse":
                    yield f"{module.name}:{line}: is pure and may not import {target}"


def cycles(known: Known) -> Iterator[str]:
    """No module imports itself through others, not even inside a function."""
    graph = {name: {t for _, t in imports(m, known) if t in known and t != name} for name, m in known.items()}
    done: set[str] = set()

    def visit(node: str, trail: tuple[str, ...]) -> Iterator[str]:
        if node in trail:
            yield " -> ".join([*trail[trail.index(node) :], node])
        elif node not in done:
            for target in sorted(graph[node]):
                yield from visit(target, (*trail, node))
            done.add(node)

    for start in sorted(graph):
        yield from visit(start, ())


def lazy_imports(known: Known) -> Iterator[str]:
    """All imports stand at the top of their module."""
    for module in known.values():
        for function in module.functions:
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"{module.name}:{node.lineno}: imports inside {function.name}()"


def environment(known: Known) -> Iterator[str]:
    """Only the composition roots read the environment."""
    for module in known.values():
        if module.name in TABLE["roots"]:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv", "os.environb"):
                yield f"{module.name}:{node.lineno}: reads the environment"
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                yield from (f"{module.name}:{node.lineno}: reads the environment"
                            for alias in node.names if alias.name in ("environ", "getenv"))  # fmt: skip


def broad_excepts(known: Known) -> Iterator[str]:
    """Whoever catches everything raises it again: a job's time limit is an ordinary Exception."""
    for module in known.values():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = {ast.unparse(n) for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else set()
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
            if (node.type is None or caught & {"Exception", "BaseException"}) and not raises:
                yield f"{module.name}:{node.lineno}: catches everything and does not raise"


def sizes(known: Known) -> Iterator[str]:
    """Modules, bodies, branches and parameter lists stay small enough to be read at once."""
    owed = set(TABLE["owed"]["names"])
    for module in known.values():
        if (lines := len(module.source.splitlines())) > MAX_MODULE_LINES and module.name not in owed:
            yield f"{module.name}: {lines} lines > {MAX_MODULE_LINES}"
        for function in module.functions:
            arguments = [a for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in ("self", "cls")]
            for what, value, limit in (
                ("lines of body", body_lines(function), MAX_BODY_LINES),
                ("complexity", complexity(function), MAX_COMPLEXITY),
                ("positional arguments", len(arguments), MAX_ARGS),
            ):
                if value > limit and f"{module.name}.{function.name}" not in owed:
                    yield f"{module.name}:{function.lineno} {function.name}(): {what} {value} > {limit}"


def body_lines(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        length -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return length


def complexity(function: Function) -> int:
    """One, and one more for every branch and every further operand of `and` and `or`."""
    nodes = list(ast.walk(function))
    operands = sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    return 1 + operands + sum(isinstance(node, BRANCHES) for node in nodes)


def annotations(known: Known) -> Iterator[str]:
    """Every parameter and every result has its type."""
    for module in known.values():
        for function in module.functions:
            every = function.args
            given = [*every.posonlyargs, *every.args, *every.kwonlyargs, *filter(None, [every.vararg, every.kwarg])]
            bare = [a.arg for a in given if a.annotation is None and a.arg not in ("self", "cls")]
            if bare or function.returns is None:
                yield f"{module.name}:{function.lineno} {function.name}(): not annotated: {bare or 'its result'}"


def docstrings(known: Known) -> Iterator[str]:
    """Every module says what it decides, and nearly everything public says what holds."""
    public: dict[str, bool] = {}
    for module in known.values():
        if module.source.strip() and ast.get_docstring(module.tree) is None:
            yield f"{module.name}: has no docstring"
        for node in ast.walk(module.tree):
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                public[f"{module.name}:{node.lineno} {node.name}"] = ast.get_docstring(node) is not None
    if public and sum(public.values()) / len(public) < MIN_DOCUMENTED:
        yield from (f"{name}: has no docstring" for name, documented in public.items() if not documented)


def prints(known: Known) -> Iterator[str]:
    """Output goes through a console that is passed in."""
    for module in known.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield f"{module.name}:{node.lineno}: prints"


RULES: list[Callable[[Known], Iterator[str]]] = [
    direction, owners, lone_owner, purity, cycles, lazy_imports, environment, broad_excepts, sizes, annotations,
    docstrings, prints,
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Callable[[Known], Iterator[str]]) -> None:
    """No module of ours breaks this rule."""
    if broken := list(rule(house())):
        pytest.fail("\n".join(broken), pytrace=False)


SPOILED = """
import flask
from ghapp.app import serve
from runner import phases
def f(a, b, c, d, e, g):
    import os
    print(os.environ["HOME"])
    try:
        pass
    except (ValueError, Exception):
        pass
"""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule is not lone_owner], ids=lambda rule: rule.__name__)
def test_each_rule_bites(rule: Callable[[Known], Iterator[str]], tmp_path: Path) -> None:
    """A tree that breaks every rule is told so by every rule."""
    for name, source in {
        "runner/phases/__init__.py": "import runner.models",
        "runner/models.py": SPOILED,
        "runner/nowhere.py": '"""Stands in no layer."""',
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    assert list(rule(read_modules(tmp_path)))


# --- what only running shows --------------------------------------------------------------------------------------

IMPORT_ALL = """
import importlib, io, os, sys, threading
root, names = sys.argv[1], sys.argv[2:]
ours, seen = (root + "/runner/", root + "/ghapp/"), []
library = os.path.dirname(os.__file__)
def by_us():
    # The nearest frame that is not Python's own decides: GitPython, say, runs `git version` when imported.
    frame = sys._getframe(2)
    while frame and (frame.f_code.co_filename.startswith("<frozen") or
                     os.path.dirname(frame.f_code.co_filename) == library):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(ours)
def watch(event, args):
    if event in ("subprocess.Popen", "socket.connect", "os.mkdir") and by_us():
        seen.append(f"{event} {args[:1]}")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and by_us():
        seen.append(f"writes {args[0]}")
read = os._Environ.__getitem__
def noticed(self, key):
    if by_us():
        seen.append(f"reads {key}")
    return read(self, key)
os._Environ.__getitem__ = noticed
sys.dont_write_bytecode = True
sys.path.insert(0, root)
sys.addaudithook(watch)
folder, real, sys.stdout = os.getcwd(), sys.stdout, io.StringIO()
for name in names:
    before = set(threading.enumerate())
    importlib.import_module(name)
    seen += [f"{name} starts {t}" for t in set(threading.enumerate()) - before]
if os.getcwd() != folder: seen.append("changes the working directory")
if sys.stdout.getvalue(): seen.append("prints " + sys.stdout.getvalue())
real.write("\\n".join(seen))
"""


def in_a_clean_process(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run Python on `argv` from the root of the project."""
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_importing_does_nothing() -> None:
    """Importing any module starts no thread or process, writes and prints nothing, and reads no variable."""
    done = in_a_clean_process("-c", IMPORT_ALL, str(ROOT), *house())
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


WITHOUT_GITHUB_SIDE = """
import runpy, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"flask", "github", "rq", "redis", "jwt", "rich", "waitress", "ghapp"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Refuse())
sys.argv = ["runner", *sys.argv[1:]]
runpy.run_module("runner", run_name="__main__")
"""


def test_the_runner_runs_without_the_github_side() -> None:
    """`python -m runner` works on a plain checkout where nothing of the GitHub side is installed."""
    done = in_a_clean_process("-c", WITHOUT_GITHUB_SIDE, "--help")
    assert done.returncode == 0, done.stderr
    assert "fix" in done.stdout
