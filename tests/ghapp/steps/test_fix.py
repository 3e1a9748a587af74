"""From an order to the comment's last state, on the local hub with a made-up run."""

from __future__ import annotations

import base64
import contextlib
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ghapp.auth import TALK
from ghapp.errors import GitHubRefused, TreeMismatch
from ghapp.github_api import RepositoryApi
from ghapp.orders import written
from ghapp.ports import Reaction
from ghapp.processes import this_process
from ghapp.render import issue_marker, job_marker
from ghapp.steps.desk import Desk, Prepared
from ghapp.steps.fix import fix_issue
from ghapp.store import Job, JobState, Refusal, Store
from ghapp.testing import FakeSolve
from runner.errors import EnvironmentMissing
from runner.models import Rival
from runner.proof import Verdict

SOURCE = "def total(prices):\n    return sum(prices[1:])\n"
FIXED = {"src/it.py": b"def total(prices):\n    return sum(prices)\n"}


def lost_once(desk: Desk, job: Job) -> Job:
    """The job in this process's hands again, after it was lost."""
    assert desk.store.requeue(job.id, job.worker)
    return desk.store.take(job.id, this_process(), this_process())


def test_a_proven_fix_becomes_one_pull_request_with_its_evidence(world: Any) -> None:
    """The verified tree is on a branch, in a ready pull request that closes the issue, with check and evidence."""
    number = world.issue()
    desk = world.desk()
    job = world.taken(desk, world.order(number))
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


def test_an_unproven_run_opens_nothing_and_says_what_was_tried(world: Any) -> None:
    """No pull request and no branch; the one comment tells the attempt, the reason and what would help."""
    number = world.issue()
    desk = world.desk(solve=FakeSolve(Verdict.UNPROVEN, {}, lambda *_: ""))
    job = world.run(desk, number)
    assert world.pulls() == []
    assert world.git("for-each-ref", "refs/heads/greenloop") == ""
    (comment,) = world.comments(number)
    for told in ("UNPROVEN", "TESTS_STILL_FAIL", "1 attempt", "What to do", '{"format": 1}'):
        assert told in comment["body"]
    assert sorted(world.reactions(number)) == ["confused", "eyes"]
    assert (job.state, job.outcome) == (JobState.DONE, "TESTS_STILL_FAIL")


def test_a_regression_safe_fix_is_a_draft_that_closes_nothing(world: Any) -> None:
    """Without a reproducing test the pull request is a draft and only refers to the issue; the check is neutral."""
    number = world.issue()
    world.run(world.desk(solve=FakeSolve(Verdict.REGRESSION_SAFE, FIXED, world.tree_of)), number)
    (pull,) = world.pulls()
    assert pull["draft"] is True
    assert "as a draft" in world.comments(number)[0]["body"]
    assert f"Refs #{number}" in pull["body"]
    assert "Closes #" not in pull["body"]
    checks = world.request("GET", f"/repos/octo/shop/commits/{pull['head']['sha']}/check-runs")
    assert checks["check_runs"][0]["conclusion"] == "neutral"


def test_an_ambiguous_proof_is_a_draft_that_asks(world: Any) -> None:
    """What else passes the same tests is for a person to choose from: a draft, a neutral check, and the word itself."""
    number = world.issue()
    rivals = (Rival("src/it.py:2 in total: `1:` becomes `2:`", "total([])", "0", "1"),)
    world.run(world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of, rivals=rivals)), number)
    (pull,) = world.pulls()
    assert pull["draft"] is True
    assert "ambiguous" in pull["body"]
    (check,) = world.request("GET", f"/repos/octo/shop/commits/{pull['head']['sha']}/check-runs")["check_runs"]
    assert (check["conclusion"], check["output"]["title"]) == ("neutral", "PROVEN, ambiguous")


def test_another_tree_than_the_verified_one_is_never_pushed(world: Any) -> None:
    """When the overlay makes another tree than Review saw, there is no branch, no pull request, and the issue knows."""
    number = world.issue()
    desk = world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, lambda *_: "0" * 40))
    with pytest.raises(TreeMismatch):
        world.run(desk, number)
    assert world.pulls() == []
    assert world.git("for-each-ref", "refs/heads/greenloop") == ""
    assert "stopped" in world.comments(number)[0]["body"]


@pytest.mark.parametrize(("trigger", "comments"), [("label", 1), ("comment", 0)])
def test_who_may_not_write_starts_nothing(world: Any, trigger: str, comments: int) -> None:
    """Triage rights allow a label, and anybody may comment: both are turned away before anything is cloned."""
    number = world.issue()
    solve = FakeSolve(Verdict.PROVEN, FIXED, world.tree_of)
    comment_id = 0
    if trigger == "comment":
        path = f"/repos/octo/shop/issues/{number}/comments"
        comment_id = world.request("POST", path, {"body": "/greenloop fix"}, token="stan-token")["id"]
    job = world.run(world.desk(solve=solve), number, requester="stan", trigger=trigger, comment_id=comment_id)
    assert solve.seen == []
    assert len([c for c in world.comments(number) if c["user"]["type"] == "Bot"]) == comments
    assert job.outcome == "refused"


def test_three_tokens_for_one_repository_each_and_all_given_back(world: Any) -> None:
    """Clone reads contents, talk writes issues, publish comes last; none of them outlives the job."""
    number = world.issue()
    world.run(world.desk(), number)
    minted = [it.request_body for it in world.hub.journal() if it.path.endswith("/access_tokens")]
    assert [body["permissions"] for body in minted] == [
        {"issues": "write"},
        {"contents": "read"},
        {"contents": "write", "pull_requests": "write", "checks": "write"},
    ]
    assert {tuple(body["repository_ids"]) for body in minted} == {(world.repository.id,)}
    assert len([it for it in world.hub.journal() if it.path.endswith("/installation/token")]) == 3


def test_no_token_is_left_where_the_run_could_read_it(world: Any) -> None:
    """While the run goes on, no file of the job holds a token, plain or as git sends it."""
    number = world.issue()
    found: list[str] = []
    files = 0

    def look() -> None:
        nonlocal files
        tokens = [it.response_body["token"] for it in world.hub.journal() if it.path.endswith("/access_tokens")]
        coded = [base64.b64encode(f"x-access-token:{token}".encode()).decode() for token in tokens]
        for path in (p for p in world.settings.state_dir.rglob("*") if p.is_file()):
            with contextlib.suppress(FileNotFoundError):  # the store's journal comes and goes
                content = path.read_bytes()
                files += 1
                found.extend(str(path) for secret in (*tokens, *coded) if secret.encode() in content)

    world.run(world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of, look)), number)
    assert files > 5
    assert found == []


def test_everything_needed_is_there_before_the_clone_token_goes(world: Any) -> None:
    """During the run the clone's token is dead, and still every file of the commit can be read."""
    number = world.issue()
    contents: list[str] = []

    def look() -> None:
        assert [it.path for it in world.hub.journal() if it.method == "DELETE"] != []
        (clone,) = (world.settings.state_dir / "work").glob("*/repository.git")
        argv = ["git", "--git-dir", str(clone), "show", "HEAD:src/it.py"]
        contents.append(subprocess.run(argv, capture_output=True, text=True, check=True, timeout=20).stdout)

    world.run(world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of, look)), number)
    assert contents == [SOURCE]


def test_an_unforeseen_error_is_told_without_its_words_and_raised(world: Any) -> None:
    """An error that nobody planned may quote anything, so the issue learns its kind alone; the worker sees it all."""
    number = world.issue()

    def fall() -> None:
        raise ZeroDivisionError("ghs_secret in the message")

    desk = world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of, fall))
    with pytest.raises(ZeroDivisionError):
        world.run(desk, number)
    (comment,) = world.comments(number)
    assert "ZeroDivisionError" in comment["body"]
    assert "ghs_secret" not in comment["body"]


class Grudging(RepositoryApi):
    """A GitHub that takes no reactions: the comment was deleted, say, or a limit was met."""

    def react(self, issue_number: int, comment_id: int, reaction: Reaction) -> None:
        """Refuse."""
        raise GitHubRefused(404, "react", "Not Found")


@pytest.mark.parametrize("verdict", [Verdict.PROVEN, Verdict.UNPROVEN])
def test_a_reaction_that_fails_takes_nothing_along(world: Any, verdict: Verdict) -> None:
    """The job runs, and its comment says what came of it."""
    number = world.issue()
    desk = world.desk(
        solve=FakeSolve(verdict, FIXED, world.tree_of),
        connect=lambda token, name, bot: Grudging(world.link, token, name, bot),
    )
    job = world.run(desk, number)
    (comment,) = world.comments(number)
    assert verdict.value in comment["body"]
    assert "stopped" not in job.outcome


def test_a_deleted_progress_comment_is_written_anew(world: Any) -> None:
    """Whoever deletes it while the job is at work still learns what came of it."""
    number = world.issue()

    def delete() -> None:
        (comment,) = world.comments(number)
        world.request("DELETE", f"/repos/octo/shop/issues/comments/{comment['id']}")

    world.run(world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of, delete)), number)
    (pull,) = world.pulls()
    (comment,) = world.comments(number)
    assert f"#{pull['number']}" in comment["body"]


def test_an_interrupted_job_goes_on_with_its_count_its_clock_and_its_comment(world: Any) -> None:
    """What was used up before the interruption reaches the run; the comment of the lost process is found and edited."""
    number = world.issue()
    order = world.order(number)

    first = world.desk(solve=FakeSolve(Verdict.PROVEN, FIXED, world.tree_of))
    job = world.taken(first, order)
    first.store.checkpoint(job.id, 2, 31.5)
    issues = RepositoryApi(world.link, world.app_api().mint(world.installation_id, world.repository.id, TALK),
                           "octo/shop", world.app_api().bot())  # fmt: skip
    issues.comment(number, "being worked on\n" + job_marker(job.id))
    first.store.requeue(job.id, job.worker)
    solve = FakeSolve(Verdict.PROVEN, FIXED, world.tree_of)
    desk = world.desk(solve=solve)
    fix_issue(desk, desk.store.take(job.id, this_process(), this_process()), order)
    assert solve.seen[0].spent.attempts == 2
    assert 31.5 <= solve.seen[0].spent.seconds < 60
    assert len(world.comments(number)) == 1
    assert len(world.pulls()) == 1


def test_a_job_lost_after_its_pull_request_was_opened_adopts_it(world: Any) -> None:
    """The second process finds the pull request of the first on GitHub and makes no other; it does not even run."""
    number = world.issue()
    before_the_loss = world.desk(store=Store(world.folder / "before.sqlite", time.time))
    world.run(before_the_loss, number)
    solve = FakeSolve(Verdict.PROVEN, FIXED, world.tree_of)
    again = world.desk(solve=solve)
    job = lost_once(again, world.taken(again, world.order(number)))
    fix_issue(again, job, world.order(number))
    assert solve.seen == []
    assert len(world.pulls()) == 1
    assert len(world.comments(number)) == 1
    assert again.store.job(job.id).state is JobState.PR_OPEN


def test_a_job_that_was_lost_twice_is_reported_and_not_tried_again(world: Any) -> None:
    """A job that takes its process down each time ends with a word on the issue."""
    number = world.issue()
    solve = FakeSolve(Verdict.PROVEN, FIXED, world.tree_of)
    desk = world.desk(solve=solve)
    job = world.taken(desk, world.order(number))
    fix_issue(desk, lost_once(desk, lost_once(desk, job)), world.order(number))
    assert solve.seen == []
    assert "lost 2 times" in world.comments(number)[0]["body"]
    assert desk.store.job(job.id).outcome == "lost"


def test_a_second_order_adopts_the_open_pull_request(world: Any) -> None:
    """Whatever let a second job for the issue through, GitHub is looked at right before writing."""
    number = world.issue()
    world.run(world.desk(), number)
    other = world.desk(store=Store(world.folder / "other.sqlite", time.time))
    world.run(other, number, "d2")
    assert len(world.pulls()) == 1
    assert "open already" in world.comments(number)[-1]["body"]


def test_a_forged_marker_is_nobodys_pull_request(world: Any) -> None:
    """A pull request of somebody else with our branch name and our hidden marker is not taken for ours."""
    number = world.issue()
    base = world.git("rev-parse", "main")
    branch = f"greenloop/issue-{number}-totals-are-too-small"
    tree, moment = world.git("rev-parse", "main^{tree}"), "1700000000 +0000"
    people = ("-c", "user.name=stan", "-c", "user.email=stan@example.org")
    argv = (*people, "commit-tree", tree, "-p", base, "-m", f"forged {moment}")
    world.git("update-ref", f"refs/heads/{branch}", world.git(*argv))
    marker = issue_marker(f"{world.repository.id}#{number}")
    forged = {"title": "mine", "head": branch, "base": "main", "body": f"text\n{marker}"}
    world.request("POST", "/repos/octo/shop/pulls", forged)
    world.run(world.desk(), number)
    ours = [pull for pull in world.pulls() if pull["user"]["type"] == "Bot"]
    assert [pull["head"]["ref"] for pull in ours] == [f"{branch}-2"]


def test_after_the_pull_request_is_closed_a_new_label_is_a_retry(world: Any) -> None:
    """The same order is refused while its pull request is open, and taken again, on a new branch, after that."""
    number = world.issue()
    desk = world.desk()
    world.run(desk, number)
    assert desk.store.accept("d2", [written(world.order(number))]) == (Refusal.BUSY,)
    (pull,) = world.pulls()
    world.request("PATCH", f"/repos/octo/shop/pulls/{pull['number']}", {"state": "closed"})
    assert desk.store.release(world.repository.id, pull["number"])
    world.run(desk, number, "d3")
    (reopened,) = world.pulls("open")
    assert reopened["head"]["ref"].endswith("-2")


def test_the_runs_clock_keeps_a_reserve_for_publishing(world: Any) -> None:
    """The run gets the 90 seconds less the reserve, and what the clone took counts as spent."""
    number = world.issue()
    solve = FakeSolve(Verdict.PROVEN, FIXED, world.tree_of)
    world.run(world.desk(solve=solve), number)
    (request,) = solve.seen
    assert request.limits.seconds == 90.0 - 12.0
    assert 0 < request.spent.seconds < 30


def test_evidence_that_cannot_be_pushed_is_told_and_does_not_undo_the_pull_request(world: Any) -> None:
    """The pull request is open by then: what fails afterwards becomes a note in the comment."""
    number = world.issue()
    hook = world.hub.git_dir("octo", "shop") / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in refs/greenloop/*) echo no evidence here >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    job = world.run(world.desk(), number)
    assert job.state is JobState.PR_OPEN
    assert "keep the evidence" in world.comments(number)[0]["body"]


def test_a_missing_environment_is_told_with_what_to_configure(world: Any) -> None:
    """The repository's people read the message that says what to add, word for word."""
    number = world.issue()

    def nothing_to_run_in(clone: Path, commit: str) -> Prepared:
        raise EnvironmentMissing(f"add a lock file to {commit[:7]} {clone.suffix}")

    desk = world.desk(prepare=nothing_to_run_in)
    with pytest.raises(EnvironmentMissing):
        world.run(desk, number)
    assert "add a lock file to" in world.comments(number)[0]["body"]
    assert not (world.settings.state_dir / "work").exists() or not any((world.settings.state_dir / "work").iterdir())


def test_building_an_environment_is_not_on_the_clock_and_looking_one_up_is() -> None:
    """Only what had to be built counts as a job of its own."""
    assert Prepared(None, 50.0, was_cached=False).off_clock_s == 50.0
    assert Prepared(None, 0.4, was_cached=True).off_clock_s == 0.0
