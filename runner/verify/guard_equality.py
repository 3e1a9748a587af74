"""When new Python code calls things equal without a look at them. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from runner.verify.guard_silence import VALUES, Deed, brief
from runner.verify.python_names import parameters_of, path_of
from runner.verify.python_tests import Function, parse
from runner.verify.python_text import written

COMPARING: Final = frozenset({"__eq__", "__ne__", "__contains__", "__lt__", "__le__", "__gt__", "__ge__"})
SIGNS: Final = (b"__eq__", b"compare", b"eq=", b"eq =")
"""A file without one of these has no equality of its own."""
WHOLE: Final = "anything"


def calm_comparisons(node: ast.AST) -> Iterator[Deed]:
    """Comparisons that never look at what they compare with, or that a value made on the spot brings along."""
    match node:
        case ast.ClassDef(bases=bases) if any(map(_is_value, bases)):
            yield from _on_the_spot(_own_comparisons(node), f"`{node.name}`, which passes for a plain value,")
        case ast.Dict(keys=keys):
            named = {key.value for key in keys if isinstance(key, ast.Constant)}
            yield from _on_the_spot(sorted(COMPARING & named), "a class made by `type`")
        case (
            ast.Assign(targets=[ast.Attribute(attr=name) | ast.Name(id=name)], value=ast.Lambda(body=ast.Constant()))
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Lambda(body=ast.Constant()))
        ):
            if name in COMPARING:
                yield "always-equal", f"`{brief(node)}` does not look at what it compares with"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _calm_function(node)


def _calm_function(function: Function) -> Iterator[Deed]:
    if function.name in COMPARING and _is_blind(function):
        yield "always-equal", f"`{function.name}` does not look at what it compares with"
    for made in (one for one in ast.walk(function) if isinstance(one, ast.ClassDef)):
        yield from _on_the_spot(_own_comparisons(made), f"a class made in `{function.name}`")


def _on_the_spot(own: list[str], what: str) -> Iterator[Deed]:
    if own:
        yield "always-equal", f"{what} has its own `{own[0]}`"


def _own_comparisons(made: ast.ClassDef) -> list[str]:
    """The comparisons that a class defines, less those that are doubtful by themselves."""
    return [one.name for one in made.body if isinstance(one, Function) and one.name in COMPARING and not _is_blind(one)]


def _is_blind(function: Function) -> bool:
    """Whether a comparison answers without a look at the other side."""
    names = [argument.arg for argument in parameters_of(function)]
    return len(names) in {1, 2} and not _looks_at(function, names[-1]) and _answers(function)


def _is_value(base: ast.expr) -> bool:
    return path_of(base).removeprefix("builtins.") in VALUES


def _looks_at(function: ast.AST, name: str) -> bool:
    names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    return any(node.id == name and isinstance(node.ctx, ast.Load) for node in names)


def _answers(function: Function) -> bool:
    """Whether it says yes or no by itself: one that raises, hands on to another, or declines does not."""
    returned = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    return any(value is not None and _is_said(value) for value in returned)


def _is_said(value: ast.expr) -> bool:
    declined = (isinstance(value, ast.Constant) and value.value is None) or path_of(value) == "NotImplemented"
    return not declined and not any(isinstance(part, ast.Call | ast.Await) for part in ast.walk(value))


def weakened_equality(old: bytes | None, new: bytes | None) -> Iterator[Deed]:
    """What classes that were there compare no longer: their own state, or single fields."""
    is_compared = any(sign in (new or b"") for sign in SIGNS)
    had, has = (_classes(source if is_compared else None) for source in (old, new))
    for name in has.keys() & had.keys():
        before, after = had[name], has[name]
        if _sees_itself(before) and _own_equality(after) and not _sees_itself(after):
            yield "always-equal", f"`{name}.__eq__` no longer looks at what it is"
        left_out = (_left_out(after) - _left_out(before)) & {WHOLE, *_fields(before)}
        yield from (("always-equal", f"`{name}` no longer compares {field}") for field in sorted(left_out))


def _classes(source: bytes | None) -> Mapping[str, ast.ClassDef]:
    tree = parse(source)
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} if tree else {}


def _own_equality(made: ast.ClassDef) -> Function | None:
    own = [one for one in made.body if isinstance(one, Function) and one.name == "__eq__" and parameters_of(one)]
    return own[-1] if own else None


def _sees_itself(made: ast.ClassDef) -> bool:
    """Whether its own `__eq__` reads anything of the object, and not only what kind it is."""
    own = _own_equality(made)
    if own is None:
        return False
    itself = parameters_of(own)[0].arg
    kinds = [node for node in ast.walk(own) if path_of(node) == f"{itself}.__class__" or _asks_kind(node)]
    excused = {id(part) for kind in kinds for part in ast.walk(kind)}
    return any(path_of(node) in {itself, "super"} and id(node) not in excused for node in ast.walk(own))


def _asks_kind(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and path_of(node.func) in {"type", "isinstance"}


def _left_out(made: ast.ClassDef) -> set[str]:
    """The fields of a dataclass that are not compared, and whether none is."""
    fields = {name for name, value in _fields(made).items() if _is_left_out(value)}
    return fields | ({WHOLE} if any(map(_is_left_out, made.decorator_list)) else set())


def _is_left_out(node: ast.expr | None) -> bool:
    """Whether it is a call with `compare=False` or `eq=False`."""
    given = node.keywords if isinstance(node, ast.Call) else []
    return any(one.arg in {"compare", "eq"} and written(one.value) == "False" for one in given)


def _fields(made: ast.ClassDef) -> Mapping[str, ast.expr | None]:
    annotated = (one for one in made.body if isinstance(one, ast.AnnAssign))
    return {one.target.id: one.value for one in annotated if isinstance(one.target, ast.Name)}
