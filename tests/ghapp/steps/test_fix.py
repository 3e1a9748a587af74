"""From an order to the comment's last state, on the local hub with a made-up run."""

from __future__ import annotations

from typing import Any

from ghapp.orders import written
from ghapp.processes import this_process
from ghapp.router import FixIssue
from ghapp.steps.desk import Desk
from ghapp.steps.fix import fix_issue
from ghapp.store import Job, JobState


def taken(desk: Desk, order: FixIssue, delivery: str = "d1") -> Job:
    """The order as a job in this process's hands."""
    (job_id,) = desk.store.accept(delivery, [written(order)])
    assert isinstance(job_id, str), job_id
    return desk.store.take(job_id, this_process(), this_process())


def test_a_proven_fix_becomes_one_pull_request_with_its_evidence(world: Any) -> None:
    """The verified tree is on a branch, in a ready pull request that closes the issue, with check and evidence."""
    number = world.issue()
    desk = world.desk()
    job = taken(desk, world.order(number))
    fix_issue(desk, job, world.order(number))
    (pull,) = world.pulls()
    assert pull["draft"] is False
    assert f"Closes #{number}" in pull["body"]
    assert pull["head"]["ref"] == f"greenloop/issue-{number}-totals-are-too-small"
    assert world.git("show", f"{pull['head']['sha']}:src/it.py") == "def total(prices):\n    return sum(prices)"
    message = world.git("log", "-1", "--format=%B", pull["head"]["sha"])
    assert "Greenloop-Verdict: PROVEN" in message
    assert f"Greenloop-Run: {job.id}" in message
    assert "Co-authored-by: mona <7+mona@" in message
    evidence = f"refs/greenloop/evidence/{pull['head']['sha']}"
    assert world.git("log", "--format=%P", evidence) == ""
    assert world.git("show", f"{evidence}:plan.json") == '{"format": 1}'
    checks = world.request("GET", f"/repos/octo/shop/commits/{pull['head']['sha']}/check-runs")
    assert [(c["name"], c["conclusion"]) for c in checks["check_runs"]] == [("greenloop/verified", "success")]
    (comment,) = world.comments(number)
    assert f"#{pull['number']}" in comment["body"]
    assert sorted(world.reactions(number)) == ["eyes", "rocket"]
    assert desk.store.job(job.id).state is JobState.PR_OPEN
