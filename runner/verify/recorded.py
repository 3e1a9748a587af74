"""What a bundle's tests.json recorded, as values again, and how a second measurement differs from it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.errors import EvidenceInvalid
from runner.proof import (
    Cells,
    GuardFinding,
    Matrix,
    RunOutcome,
    TestOutcome,
    TestResult,
    TestRun,
    Verdict,
)
from runner.verify.existing import REPORTED
from runner.verify.verdict import judge

ROWS: Final = ("base", "head", "revert")
COLUMNS: Final = ("reproducing", "existing")
MOST_DIFFERENCES: Final = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """The verdict of a bundle and what it was made from."""

    verdict: Verdict
    reasons: tuple[str, ...]
    matrix: Matrix
    guard: tuple[GuardFinding, ...]


def read_recorded(text: str) -> Recorded:
    """The contents of a bundle's tests.json. Raises EvidenceInvalid if they are not shaped as its format says."""
    try:
        said = json.loads(text)
        return Recorded(
            Verdict(said["verdict"]),
            tuple(said["reasons"]),
            Matrix(*(Cells(**{name: _runs(said["matrix"][row][name]) for name in COLUMNS}) for row in ROWS)),
            tuple(GuardFinding(**finding) for finding in said["guard"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceInvalid(f"tests.json is not what a bundle holds ({error!r}); get the bundle again") from error


def verdict_faults(recorded: Recorded) -> tuple[str, ...]:
    """A fault if the recorded matrix and findings do not lead to the recorded verdict, or to less than it."""
    judged = judge(recorded.matrix, recorded.guard).verdict
    if judged is recorded.verdict or recorded.verdict is Verdict.UNPROVEN:
        return ()
    return (f"tests.json says {recorded.verdict.value}, but its matrix leads to {judged.value}",)


def differences(recorded: Matrix, again: Matrix) -> tuple[str, ...]:
    """Where a second measurement contradicts the recorded one, cell by cell and test by test."""
    found: list[str] = []
    for row in ROWS:
        for column in COLUMNS:
            before = getattr(getattr(recorded, row), column)
            after = getattr(getattr(again, row), column)
            found += [f"{row}, {column}: {said}" for said in _cell(before, after)]
    more = len(found) - MOST_DIFFERENCES
    return (*found[:MOST_DIFFERENCES], f"and {more} more") if more > 0 else tuple(found)


def _cell(before: Sequence[TestRun], after: Sequence[TestRun]) -> Iterator[str]:
    """The first runs of a cell are compared: what follows are reruns of them."""
    if not before or before[0].outcome not in REPORTED:
        return  # nothing was claimed of it
    if not after:
        yield f"was {before[0].outcome.value}, was not measured this time"
    elif after[0].outcome not in REPORTED:
        yield f"was {before[0].outcome.value}, is {after[0].outcome.value}"
    else:
        for id_, test in before[0].tests.items():
            yield from _test(id_, test, after[0].tests.get(id_))


def _test(id_: str, before: TestResult, after: TestResult | None) -> Iterator[str]:
    if after is None:
        yield f"{id_} was {before.outcome.value}, is not there"
    elif after.outcome is not before.outcome:
        yield f"{id_} was {before.outcome.value}, is {after.outcome.value}"
    elif after.fingerprint != before.fingerprint:
        yield f"{id_} fails in another way"


def _runs(said: Sequence[Mapping[str, Any]]) -> tuple[TestRun, ...]:
    return tuple(
        TestRun(
            command=run["command"],
            exit_code=run["exit_code"],
            scope=run["scope"],
            outcome=RunOutcome(run["outcome"]),
            tests={
                id_: TestResult(TestOutcome(test["outcome"]), test["fingerprint"]) for id_, test in run["tests"].items()
            },
            seconds=run["seconds"],
            left_out=run["left_out"],
            is_shuffled=run.get("is_shuffled", False),
            exchanged=tuple(run.get("exchanged", ())),
            began=tuple(run.get("began", ())),
        )
        for run in said
    )
