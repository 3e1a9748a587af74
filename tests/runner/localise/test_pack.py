"""The packer fills its budget with the likeliest lines, exactly counted, and tells what is only a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.localise.cuts import cut, outlines
from runner.localise.outline import Outline
from runner.localise.pack import LONGEST_WHOLE_LINES, pack
from runner.models import Slice

LONG_BODY = "".join(
    f"    if step == {number}:\n        take_step({number})\n\n"
    if number != 70
    else "    if spin:\n        spin_wheel()\n\n"
    for number in range(100)
)
SOURCE = f'''import os


@final
class Wheel:
    """Turns."""

    spokes = 8

    @property
    def hub(self):
        return self.spokes

    def turn(self):
        return spin_wheel(self)


def drive(step, spin):
{LONG_BODY}    return step
'''.encode()
OUTLINES = outlines({"wheel.py": (SOURCE, cut(SOURCE, "python"))}, ("spin", "wheel"))
PIECES = {piece.name: piece for piece in OUTLINES["wheel.py"].pieces}


def piece_slice(name: str, score: float = 3.0) -> Slice:
    """The whole of a piece as a slice."""
    piece = PIECES[name]
    return Slice("wheel.py", name, piece.start, piece.end, "", score, "words: wheel")


def lines_of(shown: Sequence[Slice]) -> list[int]:
    """All lines shown, each as often as it is."""
    return sorted(line for slice_ in shown for line in range(slice_.start, slice_.end + 1))


def size_of(shown: Sequence[Slice], outlines: Mapping[str, Outline]) -> int:
    """The bytes of what is shown, line ends included."""
    return sum(len(outlines[slice_.path].text(slice_.start, slice_.end)) for slice_ in shown)


def test_a_method_comes_with_the_line_that_names_its_class() -> None:
    """The head is the class's line and no decorator, and comes after all definitions."""
    shown = pack([piece_slice("Wheel.hub")], OUTLINES)
    assert [(slice_.name, slice_.why) for slice_ in shown] == [
        ("Wheel.hub", "words: wheel"),
        ("Wheel", "holds Wheel.hub"),
    ]
    assert shown[1].start == shown[1].end == PIECES["Wheel"].start + 1


def test_a_class_is_shown_without_the_methods_that_are_slices_themselves() -> None:
    """What a class holds beside its methods is one thing, each method another."""
    lines = lines_of(pack([piece_slice("Wheel")], OUTLINES))
    assert PIECES["Wheel"].start in lines
    assert PIECES["Wheel.turn"].start not in lines


def test_a_long_definition_is_shown_in_parts_that_say_so() -> None:
    """The part that speaks of the task comes first, under the definition's own line, and is cut between statements."""
    assert PIECES["drive"].end - PIECES["drive"].start > LONGEST_WHOLE_LINES
    *parts, head = pack([piece_slice("drive")], OUTLINES, 1_600)
    assert (head.start, head.end, head.why) == (PIECES["drive"].start, PIECES["drive"].start, "the head of drive")
    text = b"".join(OUTLINES["wheel.py"].text(part.start, part.end) for part in parts)
    assert b"spin_wheel()" in text
    assert all(part.why.startswith(f"a part of lines {PIECES['drive'].start}-") for part in parts)
    assert text.lstrip(b"\n").startswith(b"    if ")


def test_of_a_long_definition_the_parts_that_failing_tests_execute_come_first() -> None:
    """Whatever words the others hold; where nothing of it is executed that says nothing of its parts."""
    drive = PIECES["drive"]
    line = drive.start + 30
    budget_bytes = 900

    def begins(executed: tuple[tuple[str, int], ...]) -> set[int]:
        shown = pack([piece_slice("drive")], OUTLINES, budget_bytes, executed)
        return {number for slice_ in shown for number in range(slice_.start, slice_.end + 1)}

    assert line not in begins(())
    assert line in begins((("wheel.py", line),))
    assert begins((("other.py", line),)) == begins(())


def test_a_function_is_shown_with_the_functions_in_it() -> None:
    """It cannot be read without them; one that is shown alone comes under the line that names the outer one."""
    source = b"def turn():\n    def spin():\n        pass\n    return spin\n"
    found = outlines({"wheel.py": (source, cut(source, "python"))}, ("spin",))
    outer = Slice("wheel.py", "turn", 1, 4, "", 3.0, "words: spin")
    inner = Slice("wheel.py", "turn.spin", 2, 3, "", 2.0, "words: spin")
    assert lines_of(pack([outer, inner], found)) == [1, 2, 3, 4]
    assert [(slice_.start, slice_.end) for slice_ in pack([inner], found)] == [(2, 3), (1, 1)]


def test_the_blank_lines_around_a_definition_belong_to_it() -> None:
    """Something new is inserted there."""
    lines = lines_of(pack([piece_slice("Wheel.turn")], OUTLINES))
    assert {PIECES["Wheel.turn"].start - 1, PIECES["Wheel.turn"].end + 1} <= set(lines)


def test_likelier_beats_shorter_only_as_far_as_the_odds_go() -> None:
    """With room for one of two, the one with more odds for its bytes is shown."""
    hub, turn = piece_slice("Wheel.hub", 1.0), piece_slice("Wheel.turn", 4.0)
    best = pack([hub, turn], OUTLINES, 90)[0]
    assert best.name == "Wheel.turn"


@settings(derandomize=True, max_examples=80)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(PIECES)), st.floats(0, 8)), max_size=8),
    st.integers(0, 6_000),
)
def test_the_budget_holds_and_no_line_is_shown_twice(chosen: list[tuple[str, float]], budget_bytes: int) -> None:
    """Whatever the slices and the budget, the bytes are exact and the SHA-1 is that of the lines."""
    shown = pack([piece_slice(name, score) for name, score in chosen], OUTLINES, budget_bytes)
    assert size_of(shown, OUTLINES) <= budget_bytes
    lines = lines_of(shown)
    assert len(lines) == len(set(lines))
    assert all(slice_.sha1 in ("", OUTLINES["wheel.py"].sha1(slice_.start, slice_.end)) for slice_ in shown)


@pytest.mark.parametrize("budget_bytes", [10_400, 20_800])
def test_two_steps_show_at_least_what_one_does(budget_bytes: int) -> None:
    """A larger budget is the same question with a larger number."""
    everything = [piece_slice(name) for name in PIECES]
    assert set(lines_of(pack(everything, OUTLINES, 2_000))) <= set(lines_of(pack(everything, OUTLINES, budget_bytes)))
