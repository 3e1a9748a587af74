"""What an edit breaks is found before any test is run."""

from __future__ import annotations

import pytest

from runner.edits.syntax import is_readable, syntax_faults

GOOD = "import os\n\n\ndef f(x):\n    return os.path.join(x)\n"


def test_a_file_that_no_longer_parses_is_a_fault_with_its_line() -> None:
    """Python's own words, and the line they are about."""
    (fault,) = syntax_faults({"a.py": "def f(:\n    pass\n"}, {"a.py": GOOD})
    assert fault.startswith("a.py:1:")
    assert "`def f(:`" in fault


def test_other_languages_are_read_by_their_grammars() -> None:
    """A brace that is missing in JavaScript or Go is found as well; unknown kinds of files are left alone."""
    before = {"a.js": "function f() { return 1 }\n", "b.go": "package b\n"}
    assert syntax_faults({"a.js": "function f() { return 2 }\n", "c.txt": "(", "d.py": None}, before) == ()
    assert "a.js:1" in syntax_faults({"a.js": "function f() { return 2\n"}, before)[0]
    assert "b.go:2" in syntax_faults({"b.go": "package b\nfunc f( {\n}\n"}, before)[0]


@pytest.mark.parametrize("text", ["print 'for another Python'\n", "x = (\n"])
def test_what_was_broken_before_is_not_held_against_the_edit(text: str) -> None:
    """A file for another Python cannot be judged by this one."""
    assert syntax_faults({"a.py": text + "y = 1\n"}, {"a.py": text}) == ()


def test_a_name_that_nobody_defines_is_a_fault() -> None:
    """An import forgotten is told before a test run is spent on it."""
    (fault,) = syntax_faults({"a.py": GOOD.replace("os.path", "posix.path")}, {"a.py": GOOD})
    assert fault == "a.py:5: the name `posix` is not defined; import or define it"


@pytest.mark.parametrize(
    "text",
    [
        "from os.path import *\n\n\ndef f(x):\n    return join(x)\n",
        "def f(x):\n    global made\n    made = x\n    return made\n\n\ndef g():\n    return made\n",
        "class A:\n    x = 1\n    y = x\n\n    def f(self):\n        return __class__\n",
        "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
        "def f():\n    return [n for n in range(3) if (m := n)] and m\n",
        "def f():\n    return later\n\n\nfor later in ():\n    pass\n",
    ],
    ids=["star import", "global", "class scope", "old builtin", "walrus", "defined below"],
)
def test_names_that_may_well_be_there_are_no_fault(text: str) -> None:
    """Only what certainly fails is refused."""
    assert syntax_faults({"a.py": text}, {"a.py": ""}) == ()


def test_a_name_that_was_missing_before_is_not_held_against_the_edit() -> None:
    """Only what the edit brought counts."""
    text = "def f():\n    return nowhere\n"
    assert syntax_faults({"a.py": text + "\n\nx = 1\n"}, {"a.py": text}) == ()


def test_readable_means_by_its_own_language() -> None:
    """The check that decides between equal places."""
    assert is_readable("a.py", GOOD)
    assert not is_readable("a.py", "def f(:")
    assert not is_readable("a.ts", "class {{")
    assert is_readable("a.unknown", "class {{")
