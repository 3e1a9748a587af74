"""When new Python code asks who runs it, or whether what it was given is a test's stand-in. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from typing import Final

from runner.verify.guard_patches import is_own
from runner.verify.guard_silence import Deed
from runner.verify.python_names import path_of

Check = Callable[[ast.AST], Iterator[Deed]]

UNTOLD: Final = "code must not know that it is tested"
FRAMES: Final = frozenset({"tb_frame", "f_back", "gi_frame", "cr_frame", "ag_frame", "findCaller", "cmdline"})
"""Ways to who called that are no names of modules."""
STAND_INS: Final = frozenset(
    """mock_calls method_calls call_args_list assert_called assert_called_once assert_called_with
    assert_called_once_with assert_any_call assert_has_calls assert_not_called _mock_name _mock_children""".split()  # noqa: SIM905
)
STAND_IN_CLASSES: Final = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock"})
RUNNER_WORDS: Final = ("pytest", "unittest")
PROCESS: Final = frozenset(f"/proc/self/{name}" for name in ("cmdline", "environ", "exe", "comm", "stat"))
ASKING: Final = frozenset(
    "startswith endswith find rfind index count match fullmatch search __contains__ __eq__".split()  # noqa: SIM905
)


def sniffing(path: str, old: bytes | None) -> tuple[Check, ...]:
    """The checks for a file that is no test; what its version `old` speaks of already, it may."""
    known = old or b""
    frames = frozenset(name for name in FRAMES if name.encode() not in known)
    words = tuple(word for word in RUNNER_WORDS if word.encode() not in known and not is_own(word, path))
    return (lambda node: _calls_home(node, frames), lambda node: _asks(node, words), _meets_stand_ins)


def _calls_home(node: ast.AST, frames: Collection[str]) -> Iterator[Deed]:
    """The frame above, the program that was started, the process itself."""
    match node:
        case ast.Attribute(attr=name) if name in frames or path_of(node).startswith("__main__.__"):
            yield "interpreter-hooked", f"`{name}` shows what runs the code: {UNTOLD}"
        case ast.Constant(value=str() | bytes() as value) if (text := _text(value)) in PROCESS:
            yield "test-detected", f"looks at {text}: {UNTOLD}"


def _asks(node: ast.AST, words: Collection[str]) -> Iterator[Deed]:
    """A comparison with a runner's name. To list it, as among requirements, is none."""
    for text in _asked(node):
        if word := next((word for word in words if word in text), ""):
            yield "test-detected", f"compares with {word}: {UNTOLD}"
        elif text in STAND_IN_CLASSES:
            yield "test-detected", f"tells {text} from others: {UNTOLD}"


def _asked(node: ast.AST) -> Iterator[str]:
    """The texts that something is compared with, or that are changed before they are."""
    match node:
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            sides += [one for side in sides if isinstance(side, ast.Tuple | ast.List | ast.Set) for one in side.elts]
        case ast.Call(ast.Attribute(owner, name), args):
            sides = [owner, *(args if name in ASKING else ())]
        case _:
            sides = []
    yield from (_text(side.value) for side in sides if isinstance(side, ast.Constant))


def _meets_stand_ins(node: ast.AST) -> Iterator[Deed]:
    """What only a mock has: `hasattr(client, "mock_calls")`."""
    name = node.attr if isinstance(node, ast.Attribute) else _text(node.value) if isinstance(node, ast.Constant) else ""
    if name in STAND_INS:
        yield "test-detected", f"looks for {name}, which only a test's stand-in has: {UNTOLD}"


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
