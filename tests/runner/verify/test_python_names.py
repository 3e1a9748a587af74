"""However a name is reached and a text is put together, it comes to the same."""

from __future__ import annotations

import ast

import pytest

from runner.verify.python_names import NOTHING, spelled_changes


def spelled(code: str) -> list[str]:
    """The statements of a new file, spelled out."""
    return [ast.unparse(statement) for statement in spelled_changes(None, code.encode())[1].tree.body]


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ("import os as o\no._exit(0)", "os._exit(0)"),
        ("from os import _exit as leave\nleave(0)", "os._exit(0)"),
        ("import os.path\nos.path.join(a)", "os.path.join(a)"),
        ("import xml.dom as d\nd.x", "xml.dom.x"),
        ("import os\nend = os._exit\nend(0)", "os._exit(0)"),
        ("__import__('os')._exit(0)", "os._exit(0)"),
        ("from importlib import import_module\nm = import_module('a.b')\nm.c", "a.b.c"),
        ("getattr(x, '_ex' + 'it')", "x._exit"),
        ("vars(x)['y']", "x.y"),
        ("x.__dict__['y']", "x.y"),
        ("f'{\"a\"}b'", "'ab'"),
        ("'-'.join(('a', 'b'))", "'a-b'"),
        ("2 * 3 - 1", "5"),
        ("b'a' + b'b'", "b'ab'"),
    ],
)
def test_every_way_comes_to_the_same(code: str, plain: str) -> None:
    """The last line is what it says, spelled out."""
    assert spelled(code)[-1] == plain


@pytest.mark.parametrize(
    "line",
    [
        "a + b",
        "True + 1",
        "'a' * 10 ** 9",
        "getattr(x, name)",
        "getattr(x, 'not a name')",
        "__import__(name)",
        "', '.join(['a', b])",
        "f'{x}'",
        "x['y']",
    ],
)
def test_what_nobody_knows_before_it_runs_stays(line: str) -> None:
    """Names and values that are made as the code runs are left as they stand."""
    assert spelled(line) == [ast.unparse(ast.parse(line))]


def test_a_name_with_two_meanings_stays() -> None:
    """A parameter, a loop or a definition of the same name hides the import."""
    for hiding in ("def f(leave): pass", "for leave in x: pass", "def leave(): pass", "leave = 1"):
        assert spelled(f"from os import _exit as leave\n{hiding}\nleave(0)")[-1] == "leave(0)"


def test_only_what_differs_is_left() -> None:
    """Statements and members that both versions have are nobody's doing; imports are known all the same."""
    old = b"import os\na = 1\nclass A:\n    x = 1\n    def f(self): return 1\n"
    new = b"import os\nclass A:\n    x = 1\n    def f(self): return os.getpid()\n    def g(self): return 2\na = 1\n"
    before, after = spelled_changes(old, new)
    assert ast.unparse(ast.fix_missing_locations(before.tree)) == "class A:\n\n    def f(self):\n        return 1"
    assert ast.unparse(ast.fix_missing_locations(after.tree)).count("def ") == 2
    assert after.imports == (("os", "os", "os"),)


def test_no_python_is_nothing() -> None:
    """Neither a broken file nor none."""
    assert spelled_changes(b"def (", None) == (NOTHING, NOTHING)


def test_a_sum_of_many_parts_is_spelled_out() -> None:
    """A certificate may be put together of hundreds of lines, and a program may ask as many questions."""
    parts = [f"'{number}'" for number in range(600)]
    assert spelled(" + ".join(parts)) == [repr("".join(map(str, range(600))))]
    arms = "".join(f"elif n == {number}: os._exit(0)\n" for number in range(900))
    assert len(spelled_changes(None, f"if n: pass\n{arms}".encode())[1].tree.body) == 1


def test_a_name_for_what_nests_deep_is_read() -> None:
    """Whatever stands in the call that it is given."""
    assert spelled("x = getattr(os, " + "+".join(["'a'"] * 500) + ")\nx")[-1] == f"os.{'a' * 500}"


def test_numbers_stay_in_bounds() -> None:
    """A product of thousands of digits is left as it stands."""
    factor = f"0x{'f' * 1000}"
    assert spelled(f"x = {factor} * {factor}") == [ast.unparse(ast.parse(f"x = {factor} * {factor}"))]
