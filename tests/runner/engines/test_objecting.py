"""What a model says against existing tests is read only where it says it of all that it loses."""

from __future__ import annotations

import pytest

from runner.engines.objecting import MOST_OUTDATED, may_object, read_objection
from runner.errors import ReplyMalformed

ONE, TWO = "tests/test_a.py::Case::test_one", "tests/test_a.py::Case::test_two"


def test_an_objection_is_a_line_a_test() -> None:
    """Both kinds of names will do, marks of lists are no part of it."""
    reply = f"OUTDATED: {ONE} - asks for the old order\n- OUTDATED: test_two - likewise\n"
    assert read_objection(reply, (ONE, TWO)) == f"{ONE} - asks for the old order; test_two - likewise"


def test_of_a_single_test_the_name_may_be_left_out() -> None:
    """Nothing else can be meant."""
    assert read_objection("OUTDATED: it asserts the defect itself", (ONE,)) == "it asserts the defect itself"


def test_one_of_several_may_not_be_forgotten() -> None:
    """The others have to pass, so the change is not done yet."""
    with pytest.raises(ReplyMalformed, match="test_two"):
        read_objection("OUTDATED: test_one - asks for the old order", (ONE, TWO))


@pytest.mark.parametrize(
    ("reply", "lost"),
    [
        ("OUTDATED: test_one\n\nFILE: a.py\nLINES: 1-2\n", (ONE,)),
        ("The test is OUTDATED: so what", (ONE,)),
        ("OUTDATED: test_one", ()),
        ("OUTDATED: all", tuple(f"test_{number}" for number in range(MOST_OUTDATED + 1))),
    ],
)
def test_edits_come_first_and_a_broad_loss_is_no_opinion(reply: str, lost: tuple[str, ...]) -> None:
    """Nor is a sentence that only speaks of it."""
    assert read_objection(reply, lost) == ""


def test_few_lost_tests_may_be_left_to_a_person() -> None:
    """None is nothing to object to."""
    assert [may_object(range(count)) for count in (0, 1, MOST_OUTDATED, MOST_OUTDATED + 1)] == [
        False,
        True,
        True,
        False,
    ]
