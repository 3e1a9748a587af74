"""What `fix --json` and `verify --json` print, and the shapes that the evidence shares with them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from runner.models import FORMAT, Attempt, Receipt, Result, Usage
from runner.proof import Cells, GuardFinding, Judgement, Matrix, Stress, TestRun
from runner.verify.existing import baseline_debt, flaky

Json = Mapping[str, object]
"""A JSON object made of plain values."""


def canonical(document: Json) -> str:
    """The one text of a document: sorted keys, ASCII, no NaN, a newline at its end."""
    return json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n"


def verify_report(
    judgement: Judgement, matrix: Matrix, guard: tuple[GuardFinding, ...], stress: Stress | None, receipt: Receipt
) -> Json:
    """The object that `greenloop verify --json` prints."""
    return {
        "format": FORMAT,
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "matrix": matrix_json(matrix),
        "flaky": list(flaky(matrix)),
        "baseline_debt": list(baseline_debt(matrix)),
        "guard": [asdict(finding) for finding in guard],
        "stress": stress_json(stress),
        "receipt": receipt_json(receipt),
    }


def bundle_report(judgement: Judgement, recorded: Matrix, again: Matrix | None, faults: tuple[str, ...]) -> Json:
    """The object that `greenloop verify --bundle --json` prints; `replay` is null unless it was measured again."""
    return {
        "format": FORMAT,
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "matrix": matrix_json(recorded),
        "replay": matrix_json(again) if again else None,
        "faults": list(faults),
    }


def fix_report(result: Result) -> Json:
    """The object that `greenloop fix --json` prints: that of `verify`, and how the run came to it."""
    judgement = Judgement(result.verdict, result.reasons)
    return {
        **verify_report(judgement, result.matrix, result.guard, result.stress, result.receipt),
        "diff": result.diff,
        "attempts": [attempt_json(attempt) for attempt in result.attempts],
        "exit": result.exit.value,
        "engine": result.engine,
        "bundle": result.bundle,
        "trace_id": result.trace_id,
        "alternatives": [asdict(alternative) for alternative in result.alternatives],
        "contested": list(result.contested),
    }


def matrix_json(matrix: Matrix) -> Json:
    """matrix[base|head|revert][existing|reproducing]: a list of runs."""
    return {"base": _cells(matrix.base), "head": _cells(matrix.head), "revert": _cells(matrix.revert)}


def stress_json(stress: Stress | None) -> Json:
    """The stress figures; empty when it did not come to that."""
    return asdict(stress) if stress else {}


def receipt_json(receipt: Receipt) -> Json:
    """What the run cost, one row per phase and attempt."""
    rows = [{**asdict(row), "usage": _usage(row.usage)} for row in receipt.rows]
    return {**asdict(receipt), "rows": rows, "usage": _usage(receipt.usage)}


def attempt_json(attempt: Attempt) -> Json:
    """One attempt: how it was made, what it changed and what came of it."""
    return {**asdict(attempt), "usage": _usage(attempt.usage)}


def _cells(cells: Cells) -> Json:
    return {
        "existing": [_test_run(run) for run in cells.existing],
        "reproducing": [_test_run(run) for run in cells.reproducing],
    }


def _test_run(run: TestRun) -> Json:
    return {
        "command": run.command,
        "exit_code": run.exit_code,
        "scope": run.scope,
        "outcome": run.outcome.value,
        "seconds": run.seconds,
        "left_out": run.left_out,
        "is_shuffled": run.is_shuffled,
        "exchanged": list(run.exchanged),
        "began": list(run.began),
        "tests": {
            id_: {"outcome": test.outcome.value, "fingerprint": test.fingerprint} for id_, test in run.tests.items()
        },
    }


def _usage(usage: Usage) -> Json:
    return {"calls": usage.calls, "tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out}
