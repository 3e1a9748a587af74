"""Code that says what the likeliest pieces say is likely too, though the task has none of its words."""

from __future__ import annotations

import numpy as np
import pytest

from runner.localise.alike import like_the_likeliest
from runner.localise.cuts import cut, outlines
from runner.localise.outline import BLOCK

LIKELY = b"def turn(wheel):\n    return spin(wheel.hub, torque=wheel.torque)\n"
OTHERS = b"""\
def paint(colour):
    return colour

def loosen(part):
    return part.torque - part.hub

def sell(price):
    return price
"""


def ranked(files: dict[str, bytes], likely: str) -> list[str]:
    """The definitions of the last file, best first, when `likely` is the likeliest of all."""
    found = outlines({path: (content, cut(content, "python")) for path, content in files.items()}, ())
    pieces = [piece for outline in found.values() for piece in outline.pieces]
    odds = np.array([9.0 if piece.name == likely else 0.0 for piece in pieces])
    values = like_the_likeliest(found, odds)
    order = np.argsort(-values, kind="stable")
    last = list(files)[-1]
    return [pieces[row].name for row in order if pieces[row].path == last and pieces[row].name != BLOCK]


def test_a_piece_that_shares_rare_words_with_the_likeliest_goes_first() -> None:
    """What all pieces of a file say tells nothing."""
    assert ranked({"drive.py": LIKELY, "parts.py": OTHERS}, "turn")[0] == "loosen"


def test_a_test_leads_nowhere() -> None:
    """Its words are those of whoever tests; the likeliest of the product's own pieces lead."""
    tests = b"def test_sell(price):\n    assert price\n" * 3
    assert ranked({"tests/test_a.py": tests, "drive.py": LIKELY, "parts.py": OTHERS}, "test_sell")[0] == "loosen"


@pytest.mark.parametrize("content", [b"", b"1\n", b"def f():\n    pass\n"])
def test_without_shared_words_all_pieces_are_behind(content: bytes) -> None:
    """No piece is best because none is."""
    found = outlines({"a.py": (content, cut(content, "python"))}, ())
    values = like_the_likeliest(found, np.zeros(len(found["a.py"].pieces)))
    assert len(values) == len(found["a.py"].pieces)
    assert np.isfinite(values).all()


def test_nothing_is_like_nothing() -> None:
    """A task may have no candidates."""
    assert len(like_the_likeliest({}, np.zeros(0))) == 0
