"""A new test lies where the repository's tests lie, and its writer sees how they look."""

from __future__ import annotations

import pytest

from runner.verify.example import MOST_BESIDE, excerpt, names_beside, nearest, new_path, words_of

SOURCE = b'''"""Tests of the parser."""
import unittest
from package import parse

LINES = ["a", "b"]


class TestParser(unittest.TestCase):
    """All of it."""

    limit = 3

    def test_empty(self):
        self.assertEqual(parse(""), [])

    @unittest.skipIf(False, "no")
    def test_strict_mode(self):
        self.assertEqual(parse("a", strict=True), LINES)


def test_something_else_with_strict():
    assert parse("x") == ["x"]
    assert parse("y") == ["y"]
'''


@pytest.mark.parametrize(
    ("beside", "path"),
    [
        ("tests/test_parse.py", "tests/test_greenloop_it_fails.py"),
        ("tests/parse/tests.py", "tests/parse/test_greenloop_it_fails.py"),
        ("package/parse_test.py", "package/greenloop_it_fails_test.py"),
        ("src/parse.test.tsx", "src/greenloop_it_fails.test.tsx"),
        ("spec/parse.spec.js", "spec/greenloop_it_fails.spec.js"),
        ("parse/parse_test.go", "parse/greenloop_it_fails_test.go"),
        ("src/test/java/ParseTest.java", "src/test/java/GreenloopItFailsTest.java"),
    ],
)
def test_a_new_file_is_named_as_its_neighbours_are(beside: str, path: str) -> None:
    """Each runner finds tests by their names."""
    assert new_path("It  fails!", beside) == path
    assert new_path("???", "tests/test_parse.py") == "tests/test_greenloop_task.py"


def test_the_test_that_speaks_of_the_task_is_shown_with_what_it_needs() -> None:
    """The file's head, the class's head, the decorator, and none of the other tests."""
    shown = excerpt(SOURCE, words_of("strict_mode: parse(strict=True) forgets LINES"), 2000)
    assert "from package import parse" in shown
    assert "class TestParser(unittest.TestCase):" in shown
    assert '@unittest.skipIf(False, "no")\n    def test_strict_mode' in shown
    assert "test_empty" not in shown
    assert "test_something_else" not in shown
    compile(shown, "shown", "exec")


def test_an_example_is_what_its_tests_stand_on() -> None:
    """Used imports, of long ones the used names; constants, small helpers, the class's preparation, and their own."""
    names = "".join(f"    Name{n},\n" for n in range(9))
    source = (
        f"# coding: utf-8\nimport os\nimport sys\nfrom shop import (\n    total,\n{names})\n"
        f"from shop.money import Coin\n\nEMPTY = [\n{'    1,' * 9}{chr(10) * 80}]\nPRICE = Coin(3)\n\n\n"
        "def cart_of(*prices):\n    return os.fspath(prices)\n\n\n"
        "class TestTotal:\n    def setUp(self):\n        self.rate = PRICE\n\n"
        "    def test_total(self):\n        assert total(cart_of(EMPTY)) == 3\n\n"
        "    def test_total_rounds(self):\n        assert total(cart_of(1.5)) == 2\n\n"
        "    def test_names(self):\n        assert Name3\n"
    )
    shown = excerpt(source.encode(), words_of("The total of an empty cart rounds wrongly"), 3000)
    head = "# coding: utf-8\nimport os\nfrom shop import total\nfrom shop.money import Coin\nPRICE = Coin(3)\n"
    assert shown.startswith(head)
    assert "def cart_of" in shown
    assert "self.rate = PRICE" in shown
    assert shown.index("test_total(") < shown.index("test_total_rounds(")
    assert "test_names" not in shown
    assert "EMPTY =" not in shown
    compile(shown, "shown", "exec")


def test_an_example_keeps_to_its_cap() -> None:
    """Of whole lines, whatever the language."""
    assert len(excerpt(SOURCE, (), 120).encode()) <= 120
    assert excerpt(b"it('a', () => {\n  expect(1).toBe(1)\n})\n", (), 24) == "it('a', () => {"
    assert excerpt(b"import os\n", (), 500).strip() == "import os"


def test_the_nearest_file_is_of_the_same_language() -> None:
    """Folders in common decide."""
    tests = ["tests/test_a.py", "web/a/b.test.ts", "web/b.test.ts"]
    assert nearest("web/a/b.ts", tests) == "web/a/b.test.ts"
    assert nearest("lib/a.go", tests) == ""


def test_what_a_test_imports_from_beside_it_is_known() -> None:
    """Models and helpers that its tests are made with; first those that the task speaks of, and not all of them."""
    source = b"import os\nfrom shop import total\nfrom .models import Cart, Till\nfrom ..helpers.money import coin\n"
    assert names_beside("tests/shop/test_cart.py", source, {"Till"}) == [
        ("tests/shop/models.py", "Till"),
        ("tests/shop/models.py", "Cart"),
        ("tests/helpers/money.py", "coin"),
    ]
    many = b"from .models import " + b", ".join(b"A%d" % n for n in range(30))
    assert len(names_beside("tests/test_a.py", many, ())) == MOST_BESIDE
    assert names_beside("tests/test_a.py", b"def broken(", ()) == []
    assert names_beside("test_a.py", b"from ...far import x", ()) == []
