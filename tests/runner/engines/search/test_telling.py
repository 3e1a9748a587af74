"""What tells failures from what goes well: the conditions that were asked, and the values that were seen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runner.engines.search.families.atoms import Atom
from runner.engines.search.pieces import Piece
from runner.engines.search.telling import Answers, Reached, telling

ASKED: list[Atom] = [(0.5, Piece("a")), (0.2, Piece("b")), (0.8, Piece("c"))]


def reached(*hits: str, **values: set[str]) -> Reached:
    return Reached(hits, {name: frozenset(seen) for name, seen in values.items()})


def texts(tests: list[Answers], *, holds: bool = True, types: frozenset[str] = frozenset()) -> list[str]:
    return [piece.text for _, piece in telling(ASKED, tests, holds=holds, types=types)]


@pytest.mark.parametrize(
    ("ill", "well", "holds", "told"),
    [
        (("TTF",), ("FFF",), True, ["b", "a"]),
        (("TTF",), ("FTF",), True, ["a"]),
        (("FTF", "TTF"), ("FFF", "FFF"), True, ["b", "a"]),
        (("FTE",), ("TTT",), False, ["a"]),
        (("TTT",), ("EFF",), True, ["b", "c"]),
        (("TTT",), ("TTT",), True, []),
    ],
    ids=["likeliest first", "never where all is well", "once is enough", "the opposite", "errors tell nothing", "none"],
)
def test_a_condition_tells_failures_from_what_goes_well(
    ill: tuple[str, ...], well: tuple[str, ...], *, holds: bool, told: list[str]
) -> None:
    """It comes to what is wanted where a test fails, and to the opposite each time that all is well."""
    assert texts([Answers(well=reached(*well)), Answers(ill=reached(*ill))], holds=holds) == told


def test_every_failure_has_to_be_told() -> None:
    """A condition that explains one of two failing tests only is none."""
    tests = [Answers(ill=reached("TTF")), Answers(ill=reached("FTF")), Answers(well=reached("FFF"))]
    assert texts(tests) == ["b"]


def test_one_test_can_go_well_before_it_fails() -> None:
    """What it reached before counts as well as another test that passes."""
    assert texts([Answers(well=reached("FFF"), ill=reached("TFF"))]) == ["a"]


@pytest.mark.parametrize("tests", [[Answers(ill=reached("TTT"))], [Answers(well=reached("FFF"))], []])
def test_one_side_alone_tells_nothing(tests: list[Answers]) -> None:
    """Any condition at all would tell nothing from something."""
    assert texts(tests) == []


@pytest.mark.parametrize(
    ("ill", "well", "holds", "told"),
    [
        ({"x": {"'.py'"}}, {"x": {"'.txt'", "'.rst'"}}, True, ["x == '.py'"]),
        ({"x": {"'.py'"}}, {"x": {"'.txt'"}}, True, ["x == '.py'", "x != '.txt'"]),
        ({"x": {"'.py'"}}, {"x": {"'.txt'"}}, False, ["x != '.py'", "x == '.txt'"]),
        ({"x": {"True"}}, {"x": {"False"}}, True, ["x"]),
        ({"x": {"False"}}, {"x": {"True"}}, True, ["not x"]),
        ({"x": {"None"}}, {"x": {"3", "4"}}, True, ["x is None"]),
        ({"x": {"3", "4"}}, {"x": {"None"}}, True, ["x is not None"]),
        ({"x": {"<list>"}}, {"x": {"<Thing>", "<set>"}}, True, ["isinstance(x, list)"]),
        ({"x": {"<Thing>"}}, {"x": {"<list>", "<set>"}}, True, ["isinstance(x, Thing)"]),
        ({"x": {"<Other>"}}, {"x": {"<list>", "<set>"}}, True, []),
        ({"x": {"3"}}, {"x": {"3"}}, True, []),
        ({"x": {"3", "..."}}, {"x": {"4"}}, True, []),
        ({"x": {"3"}}, {"y": {"4"}}, True, []),
    ],
)  # fmt: skip
def test_values_make_conditions(
    ill: Mapping[str, set[str]], well: Mapping[str, set[str]], *, holds: bool, told: list[str]
) -> None:
    """What only failures have, then what only the others have; nothing of values that overlap or are too many."""
    tests = [Answers(well=reached("FFF", **well)), Answers(ill=reached("FFF", **ill))]
    made = telling([], tests, holds=holds, types=frozenset({"Thing"}))
    assert [piece.text for _, piece in made] == told
