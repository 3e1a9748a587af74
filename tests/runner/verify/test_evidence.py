"""What lies in the bundle and what `--json` prints."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from runner.models import (
    Attempt,
    ExitReason,
    Forecast,
    Localisation,
    Parameters,
    PhaseRow,
    Plan,
    Receipt,
    Result,
    Slice,
    Step,
    Task,
    Usage,
)
from runner.plan_schema import load_plan
from runner.ports import SpanRecord
from runner.proof import (
    Cells,
    GuardFinding,
    Judgement,
    Matrix,
    RunOutcome,
    Stress,
    TestOutcome,
    TestResult,
    TestRun,
    Verdict,
    VerifiedTree,
)
from runner.verify.evidence import PURPOSES, documents, edge_certificate, stress_certificate
from runner.verify.report import canonical, fix_report, verify_report

GREEN = TestRun(
    "pytest", 0, "selected 1 of 9", RunOutcome.GREEN, {"t.py::a": TestResult(TestOutcome.PASSED)}, 0.5, "1 passed"
)
RED = TestRun(
    "pytest",
    1,
    "selected 1 of 9",
    RunOutcome.RED,
    {"t.py::a": TestResult(TestOutcome.FAILED, "AssertionError@f", "assert 1 == 2", (("t.py", 3),))},
    0.5,
)
PARAMETERS = Parameters("search")
PLAN = Plan(
    "off by one", ("a.py",), ("t.py::a",), "still red", (Step("s", "mutate", "edit", ("a.py",), "why"),), "rules"
)
STRESS = Stress(10, 10, (0.72, 1.0), 8, 7, 4, 12.5, ("a.py:3",))
RECEIPT = Receipt(
    rows=(PhaseRow("map", 1, 0.0, 1.5, 1000, "1 file", Usage(1, 20, 3)),),
    seconds=12.0,
    peak_rss_bytes=2000,
    peak_pss_bytes=1500,
    mem_ratio=0.1,
    usage=Usage(1, 20, 3),
    sandbox="bubblewrap",
)
RESULT = Result(
    exit=ExitReason.VERIFIED,
    verdict=Verdict.PROVEN,
    reasons=("every reproducing test turned green",),
    task=Task("a/b", "c" * 40, "It breaks", "test"),
    engine="search",
    diff="--- a/a.py\n+++ b/a.py\n",
    overlay={"a.py": b"x = 1\n", "old.py": None},
    tree=VerifiedTree("d" * 40, Verdict.PROVEN, ("pytest",)),
    plan=PLAN,
    localisation=Localisation((("a.py", 1.0),), (Slice("a.py", "f", 1, 2, "e" * 40, 1.0, "named"),), ()),
    matrix=Matrix(base=Cells((GREEN,), (RED, RED)), head=Cells((GREEN,), (GREEN,)), revert=Cells(reproducing=(RED,))),
    guard=(GuardFinding("test-deleted", "t.py", "b"),),
    stress=STRESS,
    forecasts=(Forecast(PARAMETERS, 0.8, 0.01, 20.0, 40.0, 1e8, 1.2, 100, 4, 0, ((0.0, 60), (45.0, 40))),),
    attempts=(Attempt(1, PARAMETERS, "green", "d", "f" * 64, "", "reason", 9.0, Usage(1, 20, 3)),),
    receipt=RECEIPT,
    trace_id="a" * 32,
    bundle="/out",
)
SPANS = (SpanRecord("1", "", "run", "AGENT", 1.0, 2.0, "", {"n": 1, "s": "x"}),)
NOTHING = replace(
    RESULT,
    exit=ExitReason.ENVIRONMENT_MISSING,
    verdict=Verdict.UNPROVEN,
    diff="",
    overlay={},
    tree=None,
    plan=None,
    localisation=None,
    matrix=Matrix(),
    guard=(),
    stress=None,
    forecasts=(),
    attempts=(),
)


def loaded(result: Result) -> dict[str, Any]:
    """The bundle's JSON documents by name."""
    files = documents(result, SPANS)
    return {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}


@pytest.mark.parametrize("result", [RESULT, NOTHING])
def test_every_run_has_all_its_documents(result: Result) -> None:
    """Also a run that ended before it began leaves a complete, versioned bundle."""
    files = loaded(result)
    assert set(files) | {"change.diff"} == set(PURPOSES) | {"artifacts.json"}
    assert {document["format"] for document in files.values()} == {1}


def test_the_documents_are_stable() -> None:
    """Equal runs give equal bytes, so digests can be compared."""
    assert documents(RESULT, SPANS) == documents(replace(RESULT), tuple(SPANS))
    shuffled = replace(RESULT, overlay=dict(reversed(RESULT.overlay.items())))
    assert documents(shuffled, SPANS) == documents(RESULT, SPANS)


def test_artifacts_lists_the_others_with_their_digests() -> None:
    """Who reads one file learns what the others are and whether they are the ones meant."""
    files = documents(RESULT, SPANS)
    artifacts = json.loads(files["artifacts.json"])
    digests = {entry["path"]: entry["sha256"] for entry in artifacts["files"]}
    assert digests == {n: hashlib.sha256(c.encode()).hexdigest() for n, c in files.items() if n != "artifacts.json"}
    assert artifacts["verified_tree"] == {"sha": "d" * 40, "commands": ["pytest"]}
    assert artifacts["changed_files"] == [
        {"path": "a.py", "sha256": hashlib.sha256(b"x = 1\n").hexdigest()},
        {"path": "old.py", "sha256": None},
    ]


def test_the_plan_can_be_loaded_again() -> None:
    """plan.json in the bundle is the plan, not a picture of it."""
    assert load_plan(documents(RESULT, SPANS)["plan.json"], {"a.py"}) == PLAN


def test_the_matrix_has_the_published_shape() -> None:
    """Scripts rely on matrix[base|head|revert][existing|reproducing] and the five keys of a run."""
    matrix = loaded(RESULT)["tests.json"]["matrix"]
    assert set(matrix) == {"base", "head", "revert"}
    assert all(set(cells) == {"existing", "reproducing"} for cells in matrix.values())
    first = matrix["base"]["reproducing"][0]
    assert first["command"] == "pytest"
    assert first["exit_code"] == 1
    assert first["scope"] == "selected 1 of 9"
    assert first["outcome"] == "red"
    assert first["tests"] == {"t.py::a": {"outcome": "failed", "fingerprint": "AssertionError@f"}}
    assert matrix["revert"]["existing"] == []


def test_the_forecast_stands_beside_what_happened() -> None:
    """The summary is only worth something if it can be seen to be wrong."""
    document = loaded(RESULT)["monte_carlo.json"]
    assert document["forecasts"][0]["basis"] == "prior, n = 0"
    assert document["forecasts"][0]["seconds_histogram"][1] == {"from_s": 45.0, "runs": 40}
    assert document["happened"] == {"green": True, "seconds": 12.0, "attempts": 1, "peak_rss_bytes": 2000}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_edge_rung_is_proven_alone(verdict: Verdict) -> None:
    """A change without a reproducer has not climbed the first rung."""
    certificate = edge_certificate(replace(RESULT, verdict=verdict))
    assert certificate.rung == 641
    assert certificate.passed == (verdict is Verdict.PROVEN)
    assert certificate.facts["reproducing_failed_on_base"] == "1 of 1"
    assert certificate.facts["reproducing_passed_on_head"] == "1 of 1"


def test_a_test_that_failed_only_once_did_not_fail() -> None:
    """The base runs twice; "failed on the base" means in both."""
    flaky = replace(RESULT, matrix=Matrix(base=Cells(reproducing=(RED, GREEN))))
    assert edge_certificate(flaky).facts["reproducing_failed_on_base"] == "0 of 1"


@pytest.mark.parametrize(
    ("stress", "passed"),
    [
        (STRESS, True),
        (replace(STRESS, passes=9), False),
        (replace(STRESS, reruns=0, passes=0), False),
        (replace(STRESS, mutants=8, killed=4), True),
        (replace(STRESS, mutants=8, killed=3), False),
        (replace(STRESS, mutants=0, killed=0), True),
        (None, False),
    ],
)
def test_the_stress_rung(stress: Stress | None, *, passed: bool) -> None:
    """Every rerun passed and at least half of the mutants died; nothing run is nothing proven."""
    certificate = stress_certificate(stress)
    assert (certificate.rung, certificate.passed) == (274177, passed)


def test_fix_prints_what_verify_prints_and_more() -> None:
    """The stable shape of `--json`."""
    verify = verify_report(
        Judgement(RESULT.verdict, RESULT.reasons), RESULT.matrix, RESULT.guard, RESULT.stress, RESULT.receipt
    )
    fix = fix_report(RESULT)
    judged = {"verdict", "reasons", "matrix", "flaky", "baseline_debt", "guard"}
    assert set(verify) == {"format", "stress", "receipt", *judged}
    assert {key: fix[key] for key in verify} == verify
    more = {"diff", "attempts", "exit", "engine", "bundle", "trace_id", "alternatives", "contested"}
    assert set(fix) - set(verify) == more
    printed = json.loads(canonical(fix))
    assert (printed["verdict"], printed["exit"]) == ("PROVEN", "VERIFIED")
    assert printed["receipt"]["rows"][0]["usage"] == {"calls": 1, "tokens_in": 20, "tokens_out": 3}
    assert printed["guard"] == [{"rule": "test-deleted", "path": "t.py", "detail": "b"}]
    assert json.loads(canonical(fix_report(NOTHING)))["stress"] == {}


def test_half_a_surrogate_does_not_lose_the_bundle() -> None:
    """A model's JSON may hold what no file can; bytes that git showed are kept."""
    odd = replace(RESULT, plan=replace(PLAN, hypothesis="\ud800"), diff="+\udcff\n")
    files = documents(odd, SPANS)
    assert files["change.diff"] == "+\udcff\n"
    assert '"hypothesis": "?"' in files["plan.json"]
