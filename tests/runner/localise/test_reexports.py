"""A name leads to the file that defines it, whoever hands it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from runner.localise.exports import Exports, exports_of
from runner.localise.paths import Paths
from runner.localise.reexports import MOST_READ, Definition, Names

FILES = {
    "shop/__init__.py": b"from .core import *\nfrom shop.pay import Card as BankCard, (  # noqa\n",
    "shop/core/__init__.py": b"from .cart import (\n Cart,  # it\n Item,\n)\nfrom . import tax\nVERSION = 1\n",
    "shop/core/cart.py": b"from ..pay import Card\n\nclass Cart:\n    def add(self): pass\n\nItem = object\n",
    "shop/core/tax.py": b"def rate(): pass\n",
    "shop/pay.py": b"import shop.core.tax\nclass Card: pass\n",
    "loop/__init__.py": b"from .a import *\n",
    "loop/a.py": b"from . import *\n",
}


class Reads:
    """The files, and how often they were asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.rounds: list[list[str]] = []

    def __call__(self, paths: Iterable[str], at_hand: Mapping[str, bytes]) -> Mapping[str, Exports]:
        self.rounds.append([path for path in paths if path not in at_hand])
        return {path: exports_of(self.files[path]) for path in {*self.rounds[-1], *at_hand}}


def names(files: Mapping[str, bytes] = FILES) -> Names:
    """Names of the files."""
    return Names(Paths(files), Reads(files))


@pytest.mark.parametrize(
    ("dotted", "path", "symbol"),
    [
        ("shop.core.cart.Cart", "shop/core/cart.py", "Cart"),
        ("shop.core.Cart.add", "shop/core/cart.py", "Cart.add"),
        ("shop.Cart", "shop/core/cart.py", "Cart"),
        ("shop.Item", "shop/core/cart.py", "Item"),
        ("shop.core.tax.rate", "shop/core/tax.py", "rate"),
        ("shop.core.VERSION", "shop/core/__init__.py", "VERSION"),
        ("shop.BankCard", "shop/pay.py", "Card"),
        ("shop.pay", "shop/pay.py", ""),
    ],
)
def test_a_dotted_name_leads_to_its_definition(dotted: str, path: str, symbol: str) -> None:
    """Through relative and absolute imports, aliases, stars and parentheses."""
    assert names().defining([dotted])[dotted] == (Definition(path, symbol),)


def test_what_nobody_defines_leads_nowhere() -> None:
    """A name behind a star import that is in none of its modules, and modules that import each other for ever."""
    assert names().defining(["shop.Nothing", "loop.Nothing", "elsewhere.Thing"]) == {}


def test_a_file_s_imports_lead_to_the_files_that_define_them() -> None:
    """Whether they come from a package or from the module itself."""
    assert names().imported_by(["shop/core/cart.py", "shop/pay.py"]) == {
        "shop/core/cart.py": {"shop/pay.py"},
        "shop/pay.py": {"shop/core/tax.py"},
    }


def test_files_are_read_in_rounds_and_within_bounds() -> None:
    """All that a round needs is asked at once, each file once, and a wide package is not read whole."""
    wide = {f"wide/m{number}.py": b"x = 1\n" for number in range(2 * MOST_READ)}
    wide["wide/__init__.py"] = "".join(f"from .m{n} import *\n" for n in range(2 * MOST_READ)).encode()
    reads = Reads(wide)
    Names(Paths(wide), reads).defining(["wide.Thing", "wide.Other"])
    asked = [path for some in reads.rounds for path in some]
    assert len(asked) == len(set(asked)) == MOST_READ
    assert len(reads.rounds) == 2
