"""The model and the search take turns: who is asked when, with how much time, and what becomes of a failure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from runner.engines.relay import SEARCH_SHARE, RelayEngine
from runner.errors import EngineFailure
from runner.models import Edit, EngineContext, Localisation, Parameters, Plan, Proposal, Task, Usage
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

EDITS = (Edit("a.py", 1, 1, "x", "y", "why"),)
RED = TestRun("pytest", 1, "all", RunOutcome.RED, {"t.py::t": TestResult(TestOutcome.FAILED)}, 0.1)
FIRST = EngineContext(
    task=Task("r", "c", "text", "test"),
    plan=Plan("", ("a.py",), (), "", (), "rules"),
    checkout="/tmp",
    files={"a.py": "x"},
    slices=(),
    reproducing=RED,
    passing=(),
    feedback=(),
    tried=frozenset(),
    parameters=Parameters("model"),
    seconds_left=50.0,
)
LATER = replace(FIRST, feedback=("it failed",), near_miss={"a.py": "z"})


@dataclass
class Noting:
    """An engine that notes what it is asked and answers as it was told."""

    name: str
    answer: Proposal
    failure: str = ""
    asked: list[EngineContext] = field(default_factory=list)

    def check(self) -> str:
        return f"{self.name} answers"

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        return context.plan, Usage(1)

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        return ("a.py",), Usage(1)

    def propose(self, context: EngineContext) -> Proposal:
        self.asked.append(context)
        if self.failure:
            raise EngineFailure(self.failure)
        return self.answer


def engines(*, found: bool, failure: str = "") -> tuple[Noting, Noting, RelayEngine]:
    model = Noting("model", Proposal(EDITS, "of the model"))
    search = Noting("search", Proposal(EDITS if found else (), "of the search"), failure)
    return model, search, RelayEngine(model, search)


def test_the_model_has_the_first_word() -> None:
    """Before anything has failed the search is not asked at all."""
    _, search, relay = engines(found=True)
    assert relay.propose(FIRST).reasoning == "of the model"
    assert not search.asked


def test_the_search_takes_over_from_a_near_miss() -> None:
    """After a failed attempt the search gets it, with a part of the time, and its find is proposed."""
    model, search, relay = engines(found=True)
    proposal = relay.propose(LATER)
    assert proposal.reasoning == "of the search"
    assert proposal.facts["handed_over_to"] == "search"
    assert search.asked[0].near_miss == {"a.py": "z"}
    assert search.asked[0].seconds_left == pytest.approx(SEARCH_SHARE * 50.0)
    assert not model.asked


@pytest.mark.parametrize("failure", ["", "the tests cannot be run here"])
def test_the_model_goes_on_where_the_search_finds_nothing(failure: str) -> None:
    """A search without a find, or one that cannot run, costs its share of the time and nothing else."""
    model, _, relay = engines(found=False, failure=failure)
    assert relay.propose(LATER).reasoning == "of the model"
    assert model.asked[0].seconds_left == pytest.approx((1 - SEARCH_SHARE) * 50.0)


def test_the_search_does_not_look_at_the_same_changes_twice() -> None:
    """From the same near miss it would find nothing again; a new one, a wider plan or a stuck model is worth a look."""
    model, search, relay = engines(found=False)
    for _ in range(2):
        relay.propose(LATER)
    assert len(search.asked) == 1
    assert model.asked[-1].seconds_left == 50.0
    relay.propose(replace(LATER, near_miss={"a.py": "y"}))
    relay.propose(replace(LATER, plan=replace(LATER.plan, files=("a.py", "b.py"))))
    relay.propose(replace(LATER, is_stuck=True))
    assert [round(asked.seconds_left, 1) for asked in search.asked] == [20.0, 20.0, 20.0, 35.0]


def test_without_a_reproducer_there_is_nothing_to_search_by() -> None:
    """The search is guided by a failing test; where there is none, only the model is asked."""
    _, search, relay = engines(found=True)
    assert relay.propose(replace(LATER, reproducing=None)).reasoning == "of the model"
    assert not search.asked


def test_to_the_run_it_is_the_model() -> None:
    """Name, check, plan and the order of files are the model's."""
    _, _, relay = engines(found=True)
    assert (relay.name, relay.check()) == ("model", "model answers")
    assert relay.plan(FIRST.task, FIRST) == (FIRST.plan, Usage(1))
    assert relay.rerank(FIRST.task, Localisation((), (), ()), timeout_s=1.0) == (("a.py",), Usage(1))
