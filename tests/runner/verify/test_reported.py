"""Code in a task's text becomes a test that runs what the reporter ran, and nothing else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.verify.reported import Style, reported_tests
from runner.verify.reported_names import own_packages

SESSION = """Multiplying fails.

```
>>> from shop import *
>>> a = basket(2)
>>> total(a)
4
```
but

```
>>> a @ a
Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
TypeError: no such thing
>>> total(a)
4
```
"""
STAR = "from shop import *\n"
CHECK = "from shop import *\ndef test_reported():\n    value = f(1)\n    assert '<a>' in (repr(value), str(value))\n"
LINES = ["```", "```python", ">>> f(1)", "... 2", "In [1]: x", "KeyError: 1", "`a(1)` gives `2`", "", "  x = 1"]
NEAR = b"""
from . import helpers
from shop.prices import as_money as money
import unused
X, Y = money("x y")
def test_old():
    cart = helpers.cart(X)
"""


def made(text: str, *, in_class: bool = False) -> list[str]:
    """The bodies of the test files, without their layout."""
    return [
        one.decode().replace("\n\n\n", "\n")
        for one in reported_tests(text, Style(("shop",), (NEAR,), in_class=in_class))
    ]


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (
            "```python\ndef test_a():\n    assert f() == 1\n```",
            ["from shop import *\ndef test_a():\n    assert f() == 1\n"],
        ),
        (
            "```py\nfrom shop import f\nassert f() == 1\n```",
            ["def test_reported():\n    from shop import f\n    assert f() == 1\n"],
        ),
        ("```\nf()\n```\nraises a KeyError", ["from shop import *\ndef test_reported():\n    repr(f())\n"]),
        ("```\nshop.f()\n```\nKeyError", ["import shop\ndef test_reported():\n    repr(shop.f())\n"]),
        (
            "```\nfrom shop import f\nprint(f(1))\nTraceback (most recent call last):\n  File\nKeyError: 1\n```",
            ["def test_reported():\n    from shop import f\n    print(f(1))\n"],
        ),
        ("`f(1)` raises a `KeyError`", ["from shop import *\ndef test_reported():\n    repr(f(1))\n"]),
        (
            "`f(1)` works.\n    >>> x = f(2)\n    ...\n    KeyError: 2\n    >>> f(3)\n    3\n",
            ["from shop import *\ndef test_reported():\n    x = f(2)\n"],
        ),
        (
            "In [1]: for a in f():\n   ...:     g(a)\n   ...: \nKeyError: 2",
            ["from shop import *\ndef test_reported():\n    for a in f():\n        g(a)\n"],
        ),
        (
            "`f(1)` gives `'a'` instead of `'b'`",
            [STAR + "def test_reported():\n    assert f(1) == 'b'\n"],
        ),
        (
            "I think `f(1)` should return `<a>`.",
            [CHECK],
        ),
    ],
    ids=["tests", "assert", "named", "package", "output", "inline", "session", "ipython", "instead", "should"],
)
def test_code_that_is_said_to_fail_becomes_a_test(text: str, files: list[str]) -> None:
    """Tests as they are; asserting code, and code with an exception that the text names, in a test of its own."""
    assert made(text) == files


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(f())\n```",
        "```python\n>>> f()\n3\n```",
        "```console\n$ assert\n```",
        "```\ndef test_a():\n    f(1)\n    assert False\n```\nKeyError",
        "```python\nprint 'two', KeyError\n```",
        "```python\n```",
        "```python\nraise KeyError",
        "`f()` raises a `KeyError`",
        "`f` should be `2`",
        "`f(1)` should be `deprecated`",
        "KeyError",
    ],
)
def test_code_that_is_not_said_to_fail_becomes_none(text: str) -> None:
    """Output that somebody copied proves nothing, and neither does what is no Python, or names a function only."""
    assert made(text) == []


def test_what_a_story_needs_is_told_with_it() -> None:
    """The steps before it that make its names; what fails by itself and what comes later is left out."""
    assert made(SESSION) == [
        "from shop import *\ndef test_reported():\n    a = basket(2)\n    repr(total(a))\n    repr(a @ a)\n"
    ]


def test_a_method_where_the_repository_has_no_functions() -> None:
    """Its runner may know TestCases only."""
    (one,) = made("```\nf(1)\n```\nKeyError", in_class=True)
    assert "class Reported(unittest.TestCase):\n\n    def test_reported(self):\n        repr(f(1))" in one


def test_open_names_are_bound_as_the_tests_beside_it_bind_them() -> None:
    """With what those need in turn, above what needs it; before the packages are asked for all that they have."""
    (one,) = made("```\npay(cart, Y)\n```\nKeyError")
    assert one == (
        "from shop.prices import as_money as money\nX, Y = money('x y')\n"
        "from . import helpers\ncart = helpers.cart(X)\n"
        "from shop import *\ndef test_reported():\n    repr(pay(cart, Y))\n"
    )


def test_blank_lines_below_a_session_take_no_time() -> None:
    """Thirty thousand of them took half a minute."""
    assert list(reported_tests(">>> f(1)" + "\n" * 30_000 + "4\n", Style(["shop"]))) == []


def test_code_that_uses_nothing_of_the_repository_makes_no_test() -> None:
    """It would fail for somebody else's reason."""
    assert made("```\nimport other\nother.f(1)\n```\nKeyError") == []


def test_names_from_nowhere_make_no_test() -> None:
    """A repository without packages cannot give what the text leaves open."""
    assert list(reported_tests("```\nf(1)\n```\nKeyError", Style())) == []


def test_own_packages_are_those_that_tests_import() -> None:
    """Folders with an __init__, those of src; single files where there are none; not tests, nor what builds it."""
    paths = (
        "shop/__init__.py",
        "shop/a/__init__.py",
        "src/cart/__init__.py",
        "one.py",
        "setup.py",
        "tests/__init__.py",
    )
    assert own_packages(paths) == ("shop", "cart")
    assert own_packages(path for path in paths if path.count("/") == 0) == ("one",)


@given(st.lists(st.sampled_from(LINES)))
def test_any_text_makes_python_or_nothing(lines: list[str]) -> None:
    """However broken its fences and prompts are."""
    for file in reported_tests("\n".join(lines), Style(("shop",))):
        ast.parse(file)
