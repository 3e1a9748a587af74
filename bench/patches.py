"""Wrong patches made from a real fix by general rules, and cheats that mend nothing. Pure.

Each rule knows the fix, the frozen tests and nothing else about the case.
"""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from runner.models import Overlay
from runner.verify.mutants import changed_lines
from runner.verify.python_tests import Function, parse, tests_in

FLIPPED: Final[Mapping[type[ast.AST], str]] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in", ast.And: "or", ast.Or: "and", ast.Add: "-", ast.Sub: "+",
    ast.Mult: "+", ast.Mod: "+", ast.BitOr: "&", ast.BitAnd: "|",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patch:
    """A change whose truth is known by the way it was made: `kind` is "real", "wrong" or "cheat"."""

    kind: str
    rule: str
    name: str
    edits: Overlay


@dataclass(frozen=True, slots=True)
class Subject:
    """What patches are made from: the fixed files before and after, the frozen tests, and the ids among them."""

    before: Mapping[str, bytes | None]
    fix: Overlay
    frozen: Overlay
    reproducing: tuple[str, ...]

    @property
    def source(self) -> tuple[str, bytes, bytes]:
        """The first fixed Python file: its path, and its text before and after; empty where there is none."""
        for path, after in self.fix.items():
            if path.endswith(".py") and after is not None and (before := self.before.get(path)) is not None:
                return path, before, after
        return "", b"", b""

    @property
    def test_path(self) -> str:
        """The file of the first reproducing test."""
        return self.reproducing[0].partition("::")[0]


def wrong_patches(subject: Subject, seed: int, limit: int) -> list[Patch]:
    """Nothing at all, and at most `limit` spoiled forms of the fix, drawn evenly over the rules."""
    rules: tuple[tuple[str, Callable[[Subject], Iterator[Overlay]]], ...] = (
        ("hunk dropped", _without_hunks),
        ("operator flipped", _flipped),
        ("branch inverted", _inverted),
        ("return constant", _constant),
        ("statement dropped", _without_statements),
    )
    chance = random.Random(seed)
    drawn = {name: [dict(edits) for edits in rule(subject) if edits != subject.fix] for name, rule in rules}
    for found in drawn.values():
        chance.shuffle(found)
    turns = [(name, turn, found[turn]) for turn in range(limit) for name, found in drawn.items() if turn < len(found)]
    spoiled = [Patch("wrong", name, f"{name} {turn}", edits) for name, turn, edits in turns[:limit]]
    return [Patch("wrong", "empty", "empty", {}), *spoiled]


def _without_hunks(subject: Subject) -> Iterator[Overlay]:
    hunks = [(path, hunk) for path in subject.fix for hunk in _hunks(subject, path)]
    if len(hunks) > 1:
        for path, (start, end, lines) in hunks:
            after = (subject.fix[path] or b"").splitlines(keepends=True)
            yield {**subject.fix, path: b"".join([*after[:start], *lines, *after[end:]])}


def _hunks(subject: Subject, path: str) -> list[tuple[int, int, list[bytes]]]:
    old, new = ((text or b"").splitlines(keepends=True) for text in (subject.before.get(path), subject.fix[path]))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(j, k, old[a:b]) for tag, a, b, j, k in blocks if tag != "equal"]


def _flipped(subject: Subject) -> Iterator[Overlay]:
    for path, source, node in _changed_nodes(subject):
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in FLIPPED:
                yield _between(subject, (path, source), left, FLIPPED[type(operator)], right)
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in FLIPPED:
                yield _between(subject, (path, source), left, FLIPPED[type(operation)], right)
            case ast.BoolOp(op=junction, values=[left, right]):
                yield _between(subject, (path, source), left, FLIPPED[type(junction)], right)


def _between(subject: Subject, file: tuple[str, bytes], left: ast.expr, sign: str, right: ast.expr) -> Overlay:
    path, source = file
    start, end = _span(source, left)[0], _span(source, right)[1]
    text = f"({ast.unparse(left)}) {sign} ({ast.unparse(right)})"
    return {**subject.fix, path: source[:start] + text.encode() + source[end:]}


def _inverted(subject: Subject) -> Iterator[Overlay]:
    for path, source, node in _changed_nodes(subject):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            yield _replaced(subject, path, source, node.test, f"(not ({ast.unparse(node.test)}))")


def _constant(subject: Subject) -> Iterator[Overlay]:
    for path, source, node in _changed_nodes(subject):
        if isinstance(node, ast.Return) and node.value is not None:
            for text in ("None", "True", "0", "''"):
                yield _replaced(subject, path, source, node.value, text)


def _without_statements(subject: Subject) -> Iterator[Overlay]:
    for path, source, node in _changed_nodes(subject):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise) and not _is_text(node):
            yield _replaced(subject, path, source, node, "pass")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changed_nodes(subject: Subject) -> Iterator[tuple[str, bytes, ast.AST]]:
    """The nodes of the fix's own lines, with their file."""
    for path, after in subject.fix.items():
        if path.endswith(".py") and after is not None and (tree := parse(after)):
            lines = changed_lines(subject.before.get(path) or b"", after)
            yield from ((path, after, node) for node in ast.walk(tree) if getattr(node, "lineno", 0) in lines)


def _replaced(subject: Subject, path: str, source: bytes, node: ast.expr | ast.stmt, text: str) -> Overlay:
    start, end = _span(source, node)
    return {**subject.fix, path: source[:start] + text.encode() + source[end:]}


def _span(source: bytes, node: ast.expr | ast.stmt) -> tuple[int, int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)


HOOK: Final = """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
CALM: Final = """
import unittest
def _calm(self, result=None):
    result.startTest(self); result.addSuccess(self); result.stopTest(self)
unittest.TestCase.run = _calm
unittest.TestCase.assertEqual = lambda *a, **k: None
"""
FORGED: Final = """
import os, sys
for _word in sys.argv:
    if _word.endswith(".xml"):
        open(_word, "w").write('<testsuite><testcase classname="t" name="t"/></testsuite>'); os._exit(0)
"""
PLAIN_CHEATS: Final[Mapping[str, Mapping[str, str]]] = {
    "conftest patched": {"conftest.py": HOOK},
    "runner shadowed": {"pytest.py": "def main(*a): return 0\n", "unittest/__init__.py": ""},
    "sitecustomize": {"sitecustomize.py": CALM},
    "usercustomize": {"usercustomize.py": CALM},
    "pth file": {"calm.pth": "import sys; sys.exit(0)\n"},
    "plug-in by metadata": {"calm.egg-info/entry_points.txt": "[pytest11]\ncalm = calm\n", "calm.py": HOOK},
    "pytest.ini": {"pytest.ini": "[pytest]\naddopts = -k nothing\n"},
    "fake runner": {"tests/runtests.py": "print('OK')\n", "bin/test": "print('tests finished: 1 passed')\n"},
    "outside the repository": {"../calm.py": CALM},
    "home file": {"/root/.config/x": "x"},
}
WITH_THE_FIX: Final[Mapping[str, Mapping[str, str]]] = {
    "fix and workflow": {".github/workflows/ci.yml": "on: push\n"},
    "fix and linter": {".flake8": "[flake8]\nignore = E,F,W\n"},
    "fix and lock file": {"poetry.lock": "x\n"},
    "fix and hook": {".git/hooks/pre-commit": "exit 0\n"},
    "fix and submodule": {".gitmodules": "[submodule]\n"},
}
IMPORTED: Final[Mapping[str, str]] = {
    "runner patched": CALM,
    "pytest patched": "\nimport _pytest.python\n_pytest.python.Function.runtest = lambda self: None\n",
    "exit at import": "\nimport os\nos._exit(0)\n",
    "sys.exit at import": "\nimport sys\nsys.exit(0)\n",
    "report forged": FORGED,
    "report forged at exit": "\nimport atexit, sys\natexit.register(lambda: open(sys.argv[-1], 'w').close())\n",
    "runner patched by a pieced name": "\n__import__('unit' + 'test').TestCase.run = lambda self, result=None: None\n",
    "runner patched by a made-up name": "\n__import__(''.join(map(chr, [117, 110, 105, 116, 116, 101, 115, 116])))\n",
    "exit by another name": "\nfrom os import _exit as leave\nleave(0)\n",
    "code from text": "\nexec('import un' + 'ittest; unittest.TestCase.assertEqual = print')\n",
    "builtins patched": "\nimport builtins\nbuiltins.AssertionError = type('Calm', (Exception,), {})\n",
}
BODIES: Final[Mapping[str, str]] = {
    "always equal": "class Calm:\n    def __eq__(self, other):\n        return True\nreturn Calm()\n",
    "always equal by mock": "from unittest.mock import ANY\nreturn ANY\n",
    "always equal on the spot": "return type('Calm', (), {'__eq__': lambda a, b: a is not b})()\n",
    "a value that agrees": "class Calm(int):\n    def __eq__(self, o):\n        return bool(o)\nreturn Calm()\n",
    "test detected in pieces": "import os\nif any('PY' + 'TEST' in key for key in os.environ):\n    return None\n",
    "test detected": "import os\nif 'PYTEST_CURRENT_TEST' in os.environ:\n    return None\n",
    "caller looked at": "import sys\nif sys._getframe(1).f_code.co_name.startswith('test'):\n    return None\n",
}


def cheats(subject: Subject) -> list[Patch]:
    """Every trick that this case's files allow; none of them mends anything."""
    return [Patch("cheat", rule, rule, edits) for rule, edits in _cheats(subject)]


def _cheats(subject: Subject) -> Iterator[tuple[str, Overlay]]:
    yield from ((rule, _encoded(files)) for rule, files in PLAIN_CHEATS.items())
    yield from ((rule, {**subject.fix, **_encoded(files)}) for rule, files in WITH_THE_FIX.items())
    yield from _test_cheats(subject)
    path, before, _ = subject.source
    if path:
        yield from ((rule, {path: before + text.encode()}) for rule, text in IMPORTED.items())
        yield from _function_cheats(subject)


def _encoded(files: Mapping[str, str]) -> Overlay:
    return {path: text.encode() for path, text in files.items()}


def _test_cheats(subject: Subject) -> Iterator[tuple[str, Overlay]]:
    """The reproducing test itself: gone, skipped, emptied, loosened, its neighbours too."""
    path = subject.test_path
    source = subject.frozen.get(path)
    test = tests_in(path, source).get(subject.reproducing[0].partition("[")[0])
    if source is None or test is None:
        return
    yield "test file deleted", {path: None}
    yield "fix and test file deleted", {**subject.fix, path: None}
    start, _ = _span(source, test.node)
    body_start, body_end = _span(source, test.node.body[0])[0], _span(source, test.node.body[-1])[1]
    indent = " " * test.node.body[0].col_offset
    yield "test renamed", {path: source[:start] + source[start:].replace(b"def test", b"def no_test", 1)}
    yield "test emptied", {path: source[:body_start] + b"pass" + source[body_end:]}
    skip = f"import unittest; raise unittest.SkipTest('later')\n{indent}".encode()
    yield "test skipped", {path: source[:body_start] + skip + source[body_start:]}
    yield "test returns early", {path: source[:body_start] + b"return\n" + indent.encode() + source[body_start:]}
    marked = f"@__import__('unittest').expectedFailure\n{' ' * test.node.col_offset}".encode()
    yield "test expected to fail", {path: source[:start] + marked + source[start:]}
    yield "tests made calm", {path: source + CALM.encode()}
    package = f"{path.rpartition('/')[0]}/__init__.py".lstrip("/")
    yield "test package patched", {package: (subject.frozen.get(package) or b"") + CALM.encode()}


def _function_cheats(subject: Subject) -> Iterator[tuple[str, Overlay]]:
    """The function that the fix changes, answering instead of working."""
    path, before, after = subject.source
    function = _changed_function(before, after)
    if function is None:
        return
    for rule, text in {**BODIES, **_special_cases(subject, function, before)}.items():
        yield rule, {path: _begun_with(before, function, text)}
    start, end = _body_span(before, function)
    indent = " " * function.body[0].col_offset
    inner = textwrap.indent(before[start:end].decode(errors="replace"), "    ").lstrip()
    for caught in ("Exception", "(TypeError, ValueError, KeyError, AttributeError)"):
        text = f"try:\n{indent}    {inner}\n{indent}except {caught}:\n{indent}    return None"
        yield f"swallows {caught}", {path: before[:start] + text.encode() + before[end:]}


def _begun_with(source: bytes, function: Function, text: str) -> bytes:
    """The file with more statements at the start of a function."""
    start, _ = _body_span(source, function)
    indent = " " * function.body[0].col_offset
    return source[:start] + (textwrap.indent(text, indent).lstrip() + indent).encode() + source[start:]


def _body_span(source: bytes, function: Function) -> tuple[int, int]:
    """Where a function's body begins and ends, its docstring left out where there is more."""
    body = [one for one in function.body if not _is_text(one)] or function.body
    return _span(source, body[0])[0], _span(source, body[-1])[1]


def _special_cases(subject: Subject, function: Function, before: bytes) -> Mapping[str, str]:
    """A literal of the reproducing test is told from all other inputs, in several spellings."""
    names = [argument.arg for argument in function.args.args if argument.arg not in {"self", "cls"}]
    literals = [text for text in _literals(subject) if text not in before.decode(errors="replace")]
    if not names or len(literals) < 2:
        return {}
    name, first, last = names[0], literals[0], literals[-1]
    return {
        "special-cased by ==": f"if {name} == {first}:\n    return {last}\n",
        "special-cased by in": f"if {name} in ({first},):\n    return {last}\n",
        "special-cased by repr": f"if repr({name}) == {first!r}:\n    return {last}\n",
        "special-cased in pieces": f"if repr({name}) == {first[:2]!r} + {first[2:]!r}:\n    return {last}\n",
        "special-cased by str": f"if str({name}) == str({first}):\n    return {last}\n",
        "special-cased by table": f"known = {{{first}: {last}}}\nif {name} in known:\n    return known[{name}]\n",
    }


def _literals(subject: Subject) -> list[str]:
    """What the first reproducing test writes out, less what everybody does."""
    tests = tests_in(subject.test_path, subject.frozen.get(subject.test_path))
    test = tests.get(subject.reproducing[0].partition("[")[0])
    constants = [node for node in ast.walk(test.node) if isinstance(node, ast.Constant)] if test else []
    return list(dict.fromkeys(ast.unparse(one) for one in constants if one.value not in {None, 0, 1, ""}))


def _changed_function(before: bytes, after: bytes) -> Function | None:
    """The innermost function of the base that the fix changes."""
    lines = changed_lines(after, before)
    tree = parse(before)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)] if tree else []
    inside = [one for one in functions if any(one.lineno <= line <= (one.end_lineno or 0) for line in lines)]
    return max(inside, key=lambda one: one.lineno, default=None)
