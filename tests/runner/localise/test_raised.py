"""A reported error leads to the code that raises or catches it."""

from __future__ import annotations

import pytest

from runner.localise.cuts import cut, outlines
from runner.localise.raised import raising

SOURCE = b"""\
def turn(wheel):
    raise SpokeError(wheel)

def stop(wheel):
    try:
        turn(wheel)
    except (HubError, SpokeError):
        pass

def paint(wheel):
    return SpokeError

class Brake:
    def press(self):
        raise HubError()
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ends in a HubError", {"stop", "Brake.press"}),
        ("SpokeError: 3", {"turn", "stop"}),
        ("TypeError or an error", set()),
        ("", set()),
    ],
)
def test_what_raises_or_catches_the_named_error_is_marked(text: str, expected: set[str]) -> None:
    """A mention is not enough, nor is a method's error its class's."""
    found = outlines({"wheel.py": (SOURCE, cut(SOURCE, "python"))}, ())
    values = raising(found, text)
    pieces = found["wheel.py"].pieces
    assert {piece.name for piece, value in zip(pieces, values, strict=True) if value > 0} == expected


def test_an_error_that_fewer_raise_says_more() -> None:
    """And no candidates are no error."""
    found = outlines({"wheel.py": (SOURCE + SOURCE[:46], cut(SOURCE + SOURCE[:46], "python"))}, ())
    turn, *_, press, again = raising(found, "SpokeError, HubError")
    assert press > turn == again
    assert len(raising({}, "HubError")) == 0
