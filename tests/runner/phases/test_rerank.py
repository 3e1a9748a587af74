"""The engine's order is taken where there is one, and its absence is noted where there is none."""

from __future__ import annotations

import pytest

from runner.errors import BudgetSpent, EngineFailure, EngineUnreachable, ReplyMalformed, TimeSpent
from runner.models import Localisation, Slice, Task, Usage
from runner.phases.rerank import reordered, second_opinion
from runner.testing import FakeEngine

TASK = Task("r", "base", "title", "test")
FOUND = Localisation(
    files=(("a.py", 9.0), ("b.py", 6.0), ("c.py", 3.0)),
    slices=(
        Slice("a.py", "f", 1, 2, "0" * 40, 5.0, "words: f"),
        Slice("c.py", "h", 1, 2, "0" * 40, 4.5, "words: h"),
        Slice("d.py", "i", 1, 2, "0" * 40, 1.0, "words: i"),
    ),
    shown=(),
    notes=("a note",),
)


class Opinion(FakeEngine):
    """Has an order, or fails as told."""

    def __init__(self, order: tuple[str, ...] | Exception) -> None:
        super().__init__([])
        self.order = order

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """The order, for one call."""
        if isinstance(self.order, Exception):
            raise self.order
        return self.order, Usage(1, 900, 40)


def test_files_and_their_slices_follow_the_engines_order() -> None:
    """The named files come first with the best scores, the others keep theirs; a slice moves with its file."""
    found, usage = second_opinion(FOUND, TASK, Opinion(("c.py", "x.py", "b.py")))
    assert found.files == (("c.py", 9.0), ("b.py", 6.0), ("a.py", 3.0))
    assert [slice_.name for slice_ in found.slices] == ["h", "f", "i"]
    assert found.slices[0].why == "the model put its file up; words: h"
    assert found.slices[1].why == "the model put its file down; words: f"
    assert found.slices[2] == FOUND.slices[2]
    assert found.notes == ("a note", "scripted put 3 of the best files in order")
    assert usage.calls == 1


@pytest.mark.parametrize(
    "failure",
    [
        ReplyMalformed("it names none"),
        EngineFailure("refused"),
        EngineUnreachable("start it"),
        TimeSpent("too slow"),
        BudgetSpent("no room"),
    ],
)
def test_an_engine_without_an_answer_leaves_the_order(failure: Exception) -> None:
    """Whatever goes wrong with a model, the model-free order stands, and a note tells why."""
    found, usage = second_opinion(FOUND, TASK, Opinion(failure))
    assert (found.files, found.slices) == (FOUND.files, FOUND.slices)
    assert found.notes[-1] == f"scripted did not re-rank the files: {failure}"
    assert usage == Usage()


def test_an_engine_that_reads_no_text_has_no_opinion() -> None:
    """The built-in search leaves the order, which is said."""
    found, _ = second_opinion(FOUND, TASK, Opinion(()))
    assert found.files == FOUND.files
    assert found.notes[-1] == "scripted has no opinion on the files' order"


def test_nothing_can_be_put_in_no_order() -> None:
    """An empty localisation stays empty."""
    empty = Localisation((), (), ())
    assert reordered(empty, ("a.py",)) == empty
