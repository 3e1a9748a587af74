"""What the files of an evidence bundle hold. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from runner.models import FORMAT, Forecast, Result
from runner.plan_schema import dump_plan
from runner.ports import SpanRecord
from runner.proof import Certificate, Stress, TestOutcome, TestRun, Verdict
from runner.verify.existing import baseline_debt, flaky
from runner.verify.report import Json, attempt_json, canonical, matrix_json, receipt_json, stress_json

EDGE: Final = 641
STRESS: Final = 274177

PURPOSES: Final[Mapping[str, str]] = {
    "change.diff": "the change itself, as git prints it",
    "plan.json": "what was to be done, and what would have counted as failure",
    "tests.json": "the test matrix that the verdict was made from, the guard's findings and the stress figures",
    "monte_carlo.json": "what was forecast, beside what happened",
    "receipt.json": "what the run cost",
    "spans.json": "the trace",
    f"certificate-{EDGE}.json": "reproduced, fixed, nothing regressed",
    f"certificate-{STRESS}.json": "reruns and mutants after green",
}


def documents(result: Result, spans: Sequence[SpanRecord]) -> dict[str, str]:
    """File name -> content of everything that is signed; equal for equal arguments.

    artifacts.json comes last: it lists the others with their digests.
    """
    files = {
        "change.diff": result.diff,
        "plan.json": dump_plan(result.plan) if result.plan else canonical({"format": FORMAT, "plan": None}),
        "tests.json": _tests(result),
        "monte_carlo.json": _monte_carlo(result),
        "receipt.json": canonical({"format": FORMAT, **receipt_json(result.receipt)}),
        "spans.json": _spans(result.trace_id, spans),
        f"certificate-{EDGE}.json": _certificate_json(edge_certificate(result)),
        f"certificate-{STRESS}.json": _certificate_json(stress_certificate(result.stress)),
    }
    writable = {name: _writable(content) for name, content in files.items()}
    return {**writable, "artifacts.json": _artifacts(result, writable)}


def edge_certificate(result: Result) -> Certificate:
    """Rung 641: the defect was reproduced, it is gone, and nothing regressed. That is what PROVEN means."""
    matrix = result.matrix
    facts = {
        "verdict": result.verdict.value,
        "reproducing_failed_on_base": _count(matrix.base.reproducing, TestOutcome.FAILED, TestOutcome.ERROR),
        "reproducing_passed_on_head": _count(matrix.head.reproducing, TestOutcome.PASSED),
        "reproducing_failed_on_revert": _count(matrix.revert.reproducing, TestOutcome.FAILED, TestOutcome.ERROR),
        "existing_passed_on_head": _count(matrix.head.existing, TestOutcome.PASSED),
        "tree": result.tree.tree_sha if result.tree else "",
    }
    return Certificate(EDGE, "edge", result.verdict is Verdict.PROVEN, facts)


def stress_certificate(stress: Stress | None) -> Certificate:
    """Rung 274177: there were reruns and all passed, and at least half of the mutants, if any, were killed."""
    if stress is None:
        return Certificate(STRESS, "stress", passed=False, facts={"reason": "the run did not come to that"})
    passed = 0 < stress.reruns == stress.passes and 2 * stress.killed >= stress.mutants
    low, high = stress.interval
    facts = {
        "reruns_passed": f"{stress.passes} of {stress.reruns}",
        "pass_rate_95_percent": f"{low:.3f} to {high:.3f}",
        "mutants_killed": f"{stress.killed} of {stress.mutants}",
        "seed": str(stress.seed),
    }
    return Certificate(STRESS, "stress", passed, facts)


def _tests(result: Result) -> str:
    return canonical(
        {
            "format": FORMAT,
            "verdict": result.verdict.value,
            "reasons": list(result.reasons),
            "matrix": matrix_json(result.matrix),
            "flaky": list(flaky(result.matrix)),
            "baseline_debt": list(baseline_debt(result.matrix)),
            "guard": [asdict(finding) for finding in result.guard],
            "stress": stress_json(result.stress),
        }
    )


def _monte_carlo(result: Result) -> str:
    happened = {
        "green": result.verdict is not Verdict.UNPROVEN,
        "seconds": result.receipt.seconds,
        "attempts": len(result.attempts),
        "peak_rss_bytes": result.receipt.peak_rss_bytes,
    }
    rows = [_forecast(forecast) for forecast in result.forecasts]
    return canonical({"format": FORMAT, "forecasts": rows, "happened": happened})


def _forecast(forecast: Forecast) -> Json:
    bins = [{"from_s": from_s, "runs": runs} for from_s, runs in forecast.seconds_histogram]
    basis = f"history, n = {forecast.n_history}" if forecast.n_history else "prior, n = 0"
    return {**asdict(forecast), "seconds_histogram": bins, "basis": basis}


def _spans(trace_id: str, spans: Sequence[SpanRecord]) -> str:
    return canonical({"format": FORMAT, "trace_id": trace_id, "spans": [asdict(span) for span in spans]})


def _artifacts(result: Result, files: Mapping[str, str]) -> str:
    task = result.task
    tree = result.tree
    localisation = result.localisation
    return canonical(
        {
            "format": FORMAT,
            "files": [
                {"path": name, "sha256": _sha256(content.encode("utf-8", "surrogateescape")), "purpose": PURPOSES[name]}
                for name, content in sorted(files.items())
            ],
            "task": {"repository": task.repository, "base_commit": task.base_commit, "trigger": task.trigger},
            "engine": result.engine,
            "exit": result.exit.value,
            "verified_tree": {"sha": tree.tree_sha, "commands": list(tree.commands)} if tree else None,
            "changed_files": [
                {"path": path, "sha256": None if content is None else _sha256(content)}
                for path, content in sorted(result.overlay.items())
            ],
            "attempts": [attempt_json(attempt) for attempt in result.attempts],
            "candidates": [asdict(slice_) for slice_ in localisation.slices] if localisation else [],
        }
    )


def _certificate_json(certificate: Certificate) -> str:
    return canonical({"format": FORMAT, **asdict(certificate)})


def _count(runs: Sequence[TestRun], *outcomes: TestOutcome) -> str:
    """As "n of m": the distinct tests that ended so in every one of the runs."""
    every = {id_ for run in runs for id_ in run.tests}
    ended = [set(run.ids(*outcomes)) for run in runs]
    return f"{len(every.intersection(*ended)) if ended else 0} of {len(every)}"


def _writable(content: str) -> str:
    """The text with what no file can hold (a model may write half a surrogate pair) made a question mark."""
    try:
        content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return content.encode("utf-8", "replace").decode()
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
