"""What a task's text names is found in the repository, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runner.localise.evidence import Evidence, gather
from runner.localise.exports import Exports, exports_of
from runner.localise.frames import Frame
from runner.localise.paths import Paths
from runner.localise.query import read_query
from runner.localise.reexports import Names

FILES = {
    "lib/shop/__init__.py": b"from .cart import Cart\nfrom .tax import *\n",
    "lib/shop/cart.py": b"class Cart: pass\n",
    "lib/shop/tax.py": b"def rate_of(): pass\n",
    "lib/shop/app.py": b"",
}


def gathered(text: str) -> Evidence:
    """The evidence of a text."""

    def exports(paths: Iterable[str], _at_hand: Mapping[str, bytes]) -> Mapping[str, Exports]:
        return {path: exports_of(FILES[path]) for path in paths}

    paths = Paths(FILES)
    return gather(read_query(text), paths, Names(paths, exports))


def test_frames_count_from_the_innermost_that_is_ours() -> None:
    """A frame of other people's code is passed over; each further out says less."""
    found = gathered(
        'T\n\n  File "/x/shop/app.py", line 1, in run\n  File "/x/shop/cart.py", line 1, in add\n'
        '  File "/usr/lib/json/decoder.py", line 9, in decode\n'
    )
    assert found.signals["lib/shop/cart.py"]["frame"] == 1.0
    assert 0 < found.signals["lib/shop/app.py"]["frame"] < 1.0
    assert found.places["lib/shop/cart.py"] == [Frame("/x/shop/cart.py", 1, "add")]


def test_a_file_of_the_same_name_elsewhere_is_not_ours() -> None:
    """The reporter's own app.py is not the repository's."""
    assert gathered('T\n\n  File "/home/me/app.py", line 1, in <module>\n').signals == {}


def test_an_import_in_the_report_leads_to_the_definition() -> None:
    """Through the package that hands it on, and under the name that the reporter gave it."""
    found = gathered("T\n\n```python\nfrom shop import Cart as C\nimport shop as s\ns.Cart.add()\n```\n")
    assert set(found.signals["lib/shop/cart.py"]) == {"import", "dotted"}
    assert "Cart" in found.symbols["lib/shop/cart.py"]


def test_a_name_taken_with_everything_leads_to_its_definition() -> None:
    """`from package import *`, then a call."""
    found = gathered("T\n\n```python\nfrom shop import *\nrate_of(3)\n```\n")
    assert found.signals["lib/shop/tax.py"] == {"star": 1.0}


def test_what_is_said_in_prose_counts_apart_from_code() -> None:
    """A dotted name in a sentence is meant; in code it may just be used."""
    assert "said" in gathered("The tax of shop.tax.rate_of is wrong").signals["lib/shop/tax.py"]
    assert "said" not in gathered("T\n\n    shop.tax.rate_of()\n").signals["lib/shop/tax.py"]


def test_a_path_and_a_link_to_it_lead_to_the_file() -> None:
    """A link to a forge's page of the file is as good as its path."""
    for text in ("T\nsee shop/tax.py:3", "T\nsee https://github.com/me/shop/blob/main/lib/shop/tax.py#L3"):
        found = gathered(text)
        assert found.signals["lib/shop/tax.py"]["path"] == 1.0
        assert [place.line for place in found.places["lib/shop/tax.py"]] == [3]
        assert found.reasons["lib/shop/tax.py"] == ["named by its path"]
