"""What a model asks to see is found by path, by name, or by both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runner.models import Slice
from runner.phases.asked import LONGEST_LINES, asked_slices, unknown

FILES = {
    "src/shop/cart.py": "class Cart:\n    def total(self):\n        return 0\n\n\ndef total(items):\n    return 1\n",
    "src/shop/till.py": "class Till:\n    def total(self):\n        return 2\n",
    "src/a/cart.py": "def label():\n    return ''\n",
    "src/shop/rates.py": "RATES = {\n    1: 2,\n}\n\n\nclass Tax:\n    rate: int = 7\n\n    def of(self): ...\n",
    "src/inner.py": "def outer():\n    def helper():\n        pass\n    return helper\n",
    "docs/cart.md": "words",
    "src/long.py": "def long():\n" + "    x = 1\n" * 500,
}
FOUND = (Slice("src/shop/till.py", "Till.total", 2, 3, "", 1.0, "words"), Slice("docs/cart.md", "", 1, 1, "", 0.5, ""))


def asked(*wanted: str) -> list[tuple[str, str]]:
    """Path and name of what is meant."""

    def read(paths: Sequence[str]) -> dict[str, str]:
        return {path: FILES[path] for path in paths}

    return [(slice_.path, slice_.name) for slice_ in asked_slices(wanted, list(FILES), FOUND, read)]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("src/shop/cart.py Cart.total", [("src/shop/cart.py", "Cart.total")]),
        ("`total` in src/shop/cart.py", [("src/shop/cart.py", "total"), ("src/shop/cart.py", "Cart.total")]),
        ("./src/shop/cart.py::Cart", [("src/shop/cart.py", "Cart")]),
        ("shop/cart.py total()", [("src/shop/cart.py", "total"), ("src/shop/cart.py", "Cart.total")]),
        ("src.shop.cart.Cart.total", [("src/shop/cart.py", "Cart.total")]),
        ("shop.till", [("src/shop/till.py", "Till.total"), ("src/shop/till.py", "Till")]),
        ("cart.py label", [("src/a/cart.py", "label")]),
        ("Till.total", [("src/shop/till.py", "Till.total")]),
        ("src/gone.py total", [("src/shop/till.py", "Till.total")]),
        ("src/shop/cart.py nothing", []),
        ("src/long.py long 40-60", [("src/long.py", "lines 40-60")]),
        ("src/shop/rates.py RATES", [("src/shop/rates.py", "RATES")]),
        ("src/shop/rates.py Tax.rate", [("src/shop/rates.py", "Tax.rate")]),
        ("nobody", []),
        ("src/inner.py outer.helper", [("src/inner.py", "outer.helper")]),
        ("src/shop/cart.py Cart.totals", [("src/shop/cart.py", "total")]),
        ("src/long.py ling", []),
        ("...", []),
    ],
)
def test_what_is_asked_for_is_found(wanted: str, meant: list[tuple[str, str]]) -> None:
    """A whole name before a part of one; a name without its file in the files that were found; constants as well."""
    found = asked(wanted)
    assert found[: len(meant)] == meant
    assert bool(found) == bool(meant)


def test_a_method_comes_with_the_heads_of_its_class() -> None:
    """What decorates the class decides on what the method is given."""
    text = "@patch('a')\n@patch('b')\nclass Case(Base):\n    x = 1\n\n    def test_a(self, b, a):\n        pass\n"
    found = asked_slices(["t.py test_a"], ["t.py"], (), lambda _: {"t.py": text})
    assert [(one.name, one.start, one.end) for one in found] == [("Case.test_a", 6, 7), ("Case", 1, 3)]


def test_lines_come_with_those_around_them() -> None:
    """Whoever counts lines from what is shown of a statement does not know where it ends."""
    (part,) = asked_slices(
        ["src/long.py 40-60"], list(FILES), FOUND, lambda paths: {path: FILES[path] for path in paths}
    )
    assert (part.start, part.end) == (37, 63)


def test_a_long_table_comes_to_its_end() -> None:
    """And a key of a data file with what it holds; what nobody knows is named."""
    files = {
        "a.py": "\n\nTABLE = {\n" + "    1: (2, 3),\n" * 20 + "}\n" + "other = 1\n" * 20,
        "package.json": '{\n  "name": "x",\n  "scripts": {\n    "test": "mocha"\n  }\n}\n',
    }

    def read(paths: Sequence[str]) -> dict[str, str]:
        return {path: files[path] for path in paths}

    (table,) = asked_slices(["a.py TABLE"], list(files), (), read)
    assert (table.start, table.end) == (1, 24)
    (key,) = asked_slices(["package.json scripts"], list(files), (), read)
    assert key.start <= 3 <= 5 <= key.end
    assert unknown(["a.py TABLE", "package.json engines", "b.py"], list(files), (), read) == (
        "package.json engines",
        "b.py",
    )


def test_a_long_definition_comes_in_parts_in_turn_with_the_others() -> None:
    """All of it at once would find no room, or push everything else out of the prompt."""
    wanted = ["src/long.py long", "src/a/cart.py label"]
    found = asked_slices(wanted, list(FILES), (), lambda paths: {path: FILES[path] for path in paths})
    assert [(part.name, part.start) for part in found][:4] == [("long", 1), ("label", 1), ("long", 61), ("long", 121)]
    assert found[-1].end == 1 + LONGEST_LINES
