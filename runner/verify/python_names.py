"""What the names and constants of a Python file come to, however they were written. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.verify.python_tests import Function, parse
from runner.verify.python_text import is_plain

IMPORTING: Final = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
READING: Final = frozenset({"getattr", "inspect.getattr_static"})
BUILT_IN: Final = frozenset(
    {"exec", "eval", "compile", "__import__", "getattr", "setattr", "exit", "quit", "builtins", "os", "sys"}
    | {"Exception", "BaseException"}
)
REFERRING: Final = ast.Name | ast.Attribute | ast.Call
TEXT_CAP_CHARS: Final = 2_000
NUMBER_CAP_BITS: Final = 4_096
Plain = str | bytes | int


@dataclass(frozen=True, slots=True)
class Spelled:
    """A file's statements with imported names written out and constants put together, and what the file imports.

    `imports` holds each bound name with its module ("" for one of the same package) and its whole path, `own` the names
    of the functions and classes that the file defines.
    """

    tree: ast.Module
    imports: tuple[tuple[str, str, str], ...]
    own: frozenset[str] = frozenset()


NOTHING: Final = Spelled(ast.Module([], []), ())


def spelled_changes(old: bytes | None, new: bytes | None) -> tuple[Spelled, Spelled]:
    """What differs between two versions of a file: statements, and members of classes, that only one of them has.

    `from os import _exit as leave; leave(0)`, `getattr(os, "_ex" + "it")(0)` and `__import__("os")._exit(0)` all come
    to `os._exit(0)`. A name that has another meaning elsewhere in the file stays as it is. A file that is none, or no
    Python, has nothing.
    """
    before, after = parse(old), parse(new)
    had, has = (Counter(_texts(tree, source)) for tree, source in ((before, old), (after, new)))
    return _spelled(before, old, has), _spelled(after, new, had)


def _spelled(tree: ast.Module | None, source: bytes | None, other: Counter[str]) -> Spelled:
    if tree is None or source is None:
        return NOTHING
    imports, given = _names(tree)
    known = {name: path for name, _, path in imports if name not in given and "*" not in path}
    known |= _aliases(given, known)
    kept = _only_here(tree.body, source.splitlines(), other)
    spelled = _spelled_out(ast.Module(kept, []), known)
    assert isinstance(spelled, ast.Module)
    own = frozenset(one.name for one in tree.body if isinstance(one, Function | ast.ClassDef))
    return Spelled(spelled, imports, own)


def _aliases(given: Mapping[str, list[ast.expr | None]], known: Mapping[str, str]) -> Mapping[str, str]:
    """What names stand for that only ever stand for a module, or for a part of one."""
    modules = {path.partition(".")[0] for path in known.values()} | BUILT_IN
    found: dict[str, str] = {}
    for name, values in given.items():
        value = values[0] if len(values) == 1 and name not in known else None
        if isinstance(value, REFERRING):
            path = path_of(_spelled_out(value, {**known, **found}))
            if path.partition(".")[0] in modules or (path and isinstance(value, ast.Call)):
                found[name] = path
    return found


def _texts(tree: ast.Module | None, source: bytes | None) -> Iterator[str]:
    """The texts of all statements outside functions, members of classes included."""
    waiting: list[ast.stmt] = list(tree.body) if tree else []
    lines = (source or b"").splitlines()
    while waiting:
        statement = waiting.pop()
        yield _text(statement, lines)
        waiting += statement.body if isinstance(statement, ast.ClassDef) else []


def _only_here(body: list[ast.stmt], lines: list[bytes], other: Counter[str]) -> list[ast.stmt]:
    """The statements whose text the other version lacks; of a class the members of which that is true."""
    kept: list[ast.stmt] = []
    for statement in body:
        text = _text(statement, lines)
        if other[text] > 0:
            other[text] -= 1
        elif isinstance(statement, ast.ClassDef):
            members = _only_here(statement.body, lines, other)
            kept.append(
                ast.ClassDef(statement.name, statement.bases, statement.keywords, members, statement.decorator_list)
            )
        else:
            kept.append(statement)
    return kept


def _text(statement: ast.stmt, lines: list[bytes]) -> str:
    decorators = getattr(statement, "decorator_list", ())
    start = min([statement.lineno, *(one.lineno for one in decorators)])
    return b"\n".join(lines[start - 1 : statement.end_lineno]).decode(errors="replace")


def _names(tree: ast.Module) -> tuple[tuple[tuple[str, str, str], ...], Mapping[str, list[ast.expr | None]]]:
    """What the file imports, and every value that it gives a name."""
    imports: list[tuple[str, str, str]] = []
    given: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(tree):
        imports += bound_names(node)
        for name, value in _bindings(node):
            given.setdefault(name, []).append(value)
    return tuple(imports), given


def bound_names(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """What an import binds: each name, its module ("" for one of the same package), and its whole path."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias.name, _origin(alias)
    elif isinstance(node, ast.ImportFrom):
        module = "" if node.level else node.module or ""
        for alias in node.names:
            name = alias.asname or alias.name
            yield name, module, f"{module}.{alias.name}" if module else name


def _origin(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a node gives a meaning, each with its value where that is plain to see."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, None
        case ast.ClassDef(name=name):
            yield name, None
        case ast.For(target=target) | ast.comprehension(target=target) | ast.NamedExpr(target=target):
            yield from ((part.id, None) for part in ast.walk(target) if isinstance(part, ast.Name))


def _expression(path: str) -> ast.expr:
    first, *rest = path.split(".")
    made: ast.expr = ast.Name(first, ast.Load())
    for name in rest:
        made = ast.Attribute(made, name, ast.Load())
    return made


def parameters_of(function: Function) -> list[ast.arg]:
    """All that a function takes by its place, the rest of them included."""
    given = function.args
    return [*given.posonlyargs, *given.args, *filter(None, [given.vararg])]


def path_of(node: ast.AST) -> str:
    """The dotted path that an expression is; nothing for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def with_constants(tree: ast.Module, source: bytes) -> ast.Module:
    """A spelled tree with the names written out that the file `source` gives one plain value and no other."""
    whole = parse(source) or ast.Module([], [])
    times = Counter(name for node in ast.walk(whole) for name in _given(node))
    constants = [(name, value) for node in ast.walk(whole) for name, value in _named(node)]
    known = {name: value for name, value in constants if times[name.lstrip(".")] == 1 and is_plain(value)}
    made = _spelled_out(tree, known)
    assert isinstance(made, ast.Module)
    return made


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives a value; with a dot before those that a class gives its instances."""
    match node:
        case ast.Assign([ast.Name(id=name)], value) | ast.AnnAssign(ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.ClassDef(body=body):
            yield from ((f".{name}", value) for one in body for name, value in _named(one))


def _given(node: ast.AST) -> Iterator[str]:
    """The names that a node gives a value, those of attributes and parameters too."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name


def worked_out(expression: ast.expr, known: Mapping[str, ast.expr]) -> ast.AST:
    """The expression with the values of some names in their place, and what constants then come to."""
    return _spelled_out(expression, known) if known else expression


def _spelled_out(tree: ast.AST, meanings: Mapping[str, str] | Mapping[str, ast.expr]) -> ast.AST:
    """A copy with names written out and constants put together."""
    # From the leaves up, since a sum may have more parts than Python has room for calls.
    made: dict[int, ast.AST] = {}
    for node in reversed(list(ast.walk(tree))):
        copy = type(node)(**{name: _exchanged(value, made) for name, value in ast.iter_fields(node)})
        made[id(node)] = _rewritten(ast.copy_location(copy, node), meanings)
    return made[id(tree)]


def _exchanged(value: object, made: Mapping[int, ast.AST]) -> object:
    if isinstance(value, list):
        return [_exchanged(one, made) for one in value]
    return made[id(value)] if isinstance(value, ast.AST) else value


def _rewritten(node: ast.AST, meanings: Mapping[str, str] | Mapping[str, ast.expr]) -> ast.AST:
    """What a node comes to whose parts are spelled out."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return _meaning(meanings.get(name), node)
        case ast.Attribute(ast.Name(), name, ast.Load()):
            return _meaning(meanings.get(f".{name}"), node)
        case ast.BinOp(left=left, op=operation, right=right):
            value = _result(operation, _plain(left), _plain(right))
            return node if value is None else ast.Constant(value)
        case ast.JoinedStr():
            return _joined(node)
        case ast.Call():
            return _called(node)
        case ast.Subscript(value=ast.Call(ast.Name("vars"), [owner]), slice=ast.Constant(value=str(name))):
            return ast.Attribute(owner, name, node.ctx)
        case ast.Subscript(value=ast.Attribute(owner, "__dict__"), slice=ast.Constant(value=str(name))):
            return ast.Attribute(owner, name, node.ctx)
    return node


def _meaning(found: str | ast.expr | None, node: ast.expr) -> ast.expr:
    # A path is written anew each time: what is told of one place must not be told of another.
    return _expression(found) if isinstance(found, str) else found or node


def _joined(node: ast.JoinedStr) -> ast.expr:
    parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return ast.Constant("".join(map(str, texts))) if len(texts) == len(parts) else node


def _called(node: ast.Call) -> ast.expr:
    match node:
        case ast.Call(func=func, args=[owner, ast.Constant(value=str(name)), *_]) if path_of(func) in READING:
            return ast.Attribute(owner, name, ast.Load()) if name.isidentifier() else node
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if path_of(func) in IMPORTING:
            return _expression(name) if all(map(str.isidentifier, name.split("."))) else node
        case ast.Call(ast.Attribute(ast.Constant(value=str(glue)), "join"), [ast.List(parts) | ast.Tuple(parts)]):
            texts = [_plain(part) for part in parts]
            return ast.Constant(glue.join(map(str, texts))) if all(isinstance(one, str) for one in texts) else node
    return node


def _plain(node: ast.expr) -> Plain | None:
    """The value of a text or a whole number; None for anything else."""
    match node:
        case ast.Constant(value=str() | bytes() | int() as value) if not isinstance(value, bool):
            return value
    return None


def _result(operation: ast.operator, left: Plain | None, right: Plain | None) -> Plain | None:
    """The sum of two texts, or what two whole numbers come to."""
    if isinstance(left, int) and isinstance(right, int):
        return _counted(operation, left, right)
    if not isinstance(operation, ast.Add):
        return None
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) <= TEXT_CAP_CHARS else None
    if isinstance(left, bytes) and isinstance(right, bytes):
        return left + right if len(left) + len(right) <= TEXT_CAP_CHARS else None
    return None


def _counted(operation: ast.operator, left: int, right: int) -> int | None:
    if left.bit_length() + right.bit_length() > NUMBER_CAP_BITS:
        return None
    counted: dict[type[ast.operator], int] = {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}
    return counted.get(type(operation))
