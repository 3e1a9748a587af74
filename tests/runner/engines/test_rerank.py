"""A model puts the best files in order: the question is small, and the answer is read, never trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.budget import estimate_tokens
from runner.engines.prompted import PromptedEngine
from runner.engines.rerank import candidates_of, read_order
from runner.errors import BudgetSpent, ReplyMalformed
from runner.models import Limits, Localisation, Slice, Task
from tests.runner.engines.test_prompted import TEMPLATES, ScriptedModel

TASK = Task("r", "c", "Reading stops early\n\nThe last line is lost.", "test")
PATHS = tuple(f"pkg/part_{n}.py" for n in range(30))
FOUND = Localisation(
    files=tuple((path, 30.0 - n) for n, path in enumerate(PATHS)),
    slices=(Slice("pkg/part_0.py", "read_line", 1, 9, "0" * 40, 3.0, "words: line, last"),),
    shown=(),
)


def asked(answer: str, found: Localisation = FOUND, limits: Limits | None = None) -> tuple[tuple[str, ...], str]:
    """The order that came of an answer, and the prompt."""
    model = ScriptedModel(answer)
    order, usage = PromptedEngine(model, TEMPLATES, limits or Limits()).rerank(TASK, found, timeout_s=5)
    assert usage.calls == 1
    return order, model.prompts[0]


@pytest.mark.parametrize(
    "answer",
    [
        '{"files": ["pkg/part_2.py", "pkg/part_0.py"]}',
        '{"files": ["pkg\\/part_2.py", "elsewhere/part_1.py", "pkg/part_0.py", "pkg/part_2.py"]}',
        "1. `pkg/part_2.py` reads the lines\n2. pkg/part_0.py\n",
        '```json\n["pkg/part_2.py", "pkg/part_0.py"',
    ],
)
def test_known_paths_are_read_in_the_order_of_the_answer(answer: str) -> None:
    """JSON, cut JSON, a list or prose; repeated and unknown paths are passed over."""
    assert asked(answer)[0] == ("pkg/part_2.py", "pkg/part_0.py")


def test_a_path_inside_another_is_not_that_path() -> None:
    """`a.py` is not named by `lib/a.py` or `a.pyx`, nor the other way round."""
    assert read_order("lib/a.py, b/lib/a.py, a.pyx", ["a.py", "lib/a.py"]) == ("lib/a.py",)


@pytest.mark.parametrize("answer", ["", "I cannot tell.", '{"files": ["other.py"]}', '{"files": []}'])
def test_an_answer_about_nothing_is_malformed(answer: str) -> None:
    """It cannot be taken for an order."""
    with pytest.raises(ReplyMalformed, match="none of the files"):
        asked(answer)


def test_the_question_holds_the_issue_and_what_is_known_of_twenty_files() -> None:
    """Path, names and reason; the files behind the first twenty are not asked about."""
    prompt = asked("pkg/part_1.py")[1]
    for part in (
        "The last line is lost.",
        "1. pkg/part_0.py defines read_line (words: line, last)",
        "20. pkg/part_19.py",
    ):
        assert part in prompt
    assert "pkg/part_20.py" not in prompt


def test_the_question_fits_its_tokens() -> None:
    """A long issue and long paths leave files out from the end, until the prompt fits."""
    long = Localisation(tuple((f"{'folder/' * 40}{n}.py", 1.0) for n in range(20)), (), ())
    model = ScriptedModel("x")
    engine = PromptedEngine(model, TEMPLATES, Limits(prompt_tokens=2200))
    with pytest.raises(ReplyMalformed):
        engine.rerank(Task("r", "c", "word " * 50_000, "test"), long, timeout_s=5)
    assert estimate_tokens(model.prompts[0]) <= 2200
    assert "1. folder" in model.prompts[0]


def test_no_room_for_a_question_is_an_error() -> None:
    """Nothing is asked that cannot be answered."""
    with pytest.raises(BudgetSpent, match="no two files fit"):
        asked("x", limits=Limits(prompt_tokens=100))


@pytest.mark.parametrize("files", [(), (("a.py", 1.0),)])
def test_one_file_has_only_one_order(files: tuple[tuple[str, float], ...]) -> None:
    """No call is made for it."""
    model = ScriptedModel("a.py")
    order, usage = PromptedEngine(model, TEMPLATES, Limits()).rerank(TASK, Localisation(files, (), ()), timeout_s=5)
    assert (order, usage.calls, model.prompts) == ((), 0, [])


@given(st.text(max_size=200))
def test_any_answer_is_read_or_refused(answer: str) -> None:
    """Whatever a model writes, only known paths come out, each once."""
    paths = [candidate.path for candidate in candidates_of(FOUND)]
    try:
        order = read_order(answer + " pkg/part_3.py", paths)
    except ReplyMalformed:
        return
    assert set(order) <= set(paths)
    assert len(set(order)) == len(order)
