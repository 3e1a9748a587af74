"""What cannot be read is told, and does not pass for clean."""

from __future__ import annotations

import pytest

from runner.verify.guard import Edits, inspect
from runner.verify.guard_reading import unreadable

NEWER = b"type Number = int\n"
"""Python from 3.12 on."""
SOURCE = b"def f(x):\n    return x\n"
TEST = b"def test_f():\n    assert f(4096) == 9\n"
DEEP = f"X = {' + '.join(['y'] * 4000)}\n".encode()


def rules(path: str, old: bytes | None, new: bytes, tests: bytes = TEST) -> list[str]:
    """The names of the rules that one edited file breaks."""
    reproducer = {"tests/test_f.py": tests}
    return [
        one.rule for one in inspect(Edits({path: old}, {path: new}, {path: new, **reproducer}, reproducer=reproducer))
    ]


@pytest.mark.parametrize(
    "source",
    [
        b"def f(:\n",
        NEWER.replace(b"int", b"").replace(b"=", b"= = "),
        b"# coding: our-own\nx = 1\n",
        b"# coding: rot13\nvzcbeg bf\n",
        b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n",
        b"# -*- coding: unicode_escape -*-\nx = 1\n",
        b"x = '\xe9'\n",
        b"x = 1\0\n",
        DEEP,
    ],
)
def test_some_files_cannot_be_read(source: bytes) -> None:
    """By their syntax, their encoding, or what nests in them."""
    assert unreadable(source)
    assert rules("f.py", SOURCE, source) == ["unreadable"]
    assert rules("g.py", None, source) == ["unreadable"]
    assert rules("tests/test_g.py", TEST, source) == ["unreadable"]
    assert rules("tests/__init__.py", None, source) == ["unreadable"]


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"# coding: cp1252\nx = 1\n",
        b"# coding: shift_jis\nx = 1\n",
        b"# coding: koi8-r\nx = 1\n",
        b"x = '\\d'\n",
    ],
)
def test_old_encodings_can_be_read(source: bytes) -> None:
    """In which plain code is what it looks like."""
    assert unreadable(source) == ""
    assert rules("f.py", SOURCE, source) == []


@pytest.mark.parametrize("old", [b"type Number = int\n\n\n", b"print 'x'\n"])
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("os._exit(0)", ["exit-call"]),
        ("if 'PYTEST_CURRENT_TEST' in os.environ: x = 2", ["test-detected"]),
        ("if 'pytest' in sys.modules: x = 2", ["test-detected", "interpreter-hooked"]),
        ("import unittest", ["runner-touched"]),
        ("exec(text)", ["code-hidden"]),
        ("if x == 4096: y = 9", ["special-cased"]),
        ("sys.exit(2)", []),
        ("x = f'{y['z']}'", []),
        ("# as pytest does", []),
    ],
)
def test_what_the_base_had_already_is_read_by_its_look(old: bytes, line: str, found: list[str]) -> None:
    """A repository may be of another Python than ours, and its changes must not all fail for it."""
    new = old + b"type Other = str\n" + line.encode() + b"\n"
    assert sorted(rules("f.py", old, new)) == sorted(found)


def test_a_test_of_a_newer_python_is_read_by_its_look() -> None:
    """It must judge as much as before, and its literals are no cases either."""
    assert rules("tests/test_g.py", NEWER + TEST, NEWER + b"def test_f():\n    pass\n") == ["test-loosened"]
    assert rules("tests/test_g.py", NEWER + TEST, NEWER + TEST + TEST) == []
    special = b"def f(x):\n    if x == 4096:\n        return 9\n    return x\n"
    assert rules("f.py", SOURCE, special, NEWER + TEST) == ["special-cased"]


def test_a_sample_may_be_of_any_python() -> None:
    """A formatter's tests read such files; one that something names may be imported."""
    assert rules("tests/data/next_syntax.py", None, b"x = = 1\n") == []
    assert rules("tests/data/next_syntax.py", None, b"x = = 1\n", b"import next_syntax\n") == ["unreadable"]


def test_a_test_that_nests_too_deep_is_told() -> None:
    """What it asserts cannot be compared with what it asserted."""
    old = f"def test_f():\n    assert f(1) == {' + '.join(['y'] * 900)}\n".encode()
    assert rules("tests/test_g.py", old, old + b"    assert f(2)\n") == ["unreadable"]
