"""What a model asks for has its share of the room, and what it saw before keeps the rest."""

from __future__ import annotations

from runner.engines.asking import KEPT, asked_lines, in_turn
from runner.models import Slice


def part(name: str, lines: int) -> Slice:
    """A piece of so many lines."""
    return Slice("a.py", name, 1, lines, "", 1.0, "")


def test_what_was_seen_before_is_not_driven_out() -> None:
    """A model that asks for more meant to see it beside what it knew, and may only change what it sees."""
    asked = [part("first", 60), part("second", 60), part("third", 60)]
    seen = [part(f"seen {number}", 9) for number in range(KEPT + 2)]
    order = in_turn(asked, [*asked, *seen], 200.0)
    assert asked_lines(200.0) == 140
    assert order == (*asked[:2], *seen[:KEPT], asked[2], *seen[KEPT:])
    small = part("small", 5)
    assert in_turn([*asked, small], seen, 200.0)[:3] == (*asked[:2], small)
    at_fault = Slice("b.py", "at fault", 40, 60, "", 1.0, "")
    assert in_turn(asked, [*seen, at_fault], 200.0, {("b.py", 41)})[2] == at_fault


def test_without_a_question_nothing_moves() -> None:
    """Best first, as it was found."""
    seen = tuple(part(f"seen {number}", 9) for number in range(KEPT + 2))
    assert in_turn((), seen, 200.0) == seen
