"""From a label on the hub to a pull request, with everything real: webhook, Redis, forked worker, runner, git."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import sys
from typing import Any

import pytest

from ghapp.processes import is_alive
from ghapp.store import JobState

pytestmark = [pytest.mark.e2e, pytest.mark.needs("redis", "git-http-backend")]


def test_one_label_is_one_pull_request_however_often_it_is_delivered(site: Any, process_list: set[bytes]) -> None:
    """Three deliveries with one id and two with new ones: one pull request, one comment; closed, it is a retry."""
    number = site.issue()
    site.label(number)
    assert site.hub.wait_until_idle()
    first = next(it for it in site.hub.deliveries() if it.event == "issues" and it.action == "labeled")
    for _ in range(2):
        site.app.redeliver(first.id)
    assert site.hub.wait_until_idle()
    site.start_worker()
    site.eventually(lambda: site.job_of(number).state is JobState.RUNNING)
    site.label(number)
    job = site.wait_for_end(number)
    assert job.state is JobState.PR_OPEN, site.comments(number)[-1]["body"]
    site.label(number)
    assert site.hub.wait_until_idle()
    assert len(site.store.jobs_on(job.subject)) == 1
    (pull,) = site.pulls()
    (comment,) = site.comments(number)
    assert "PROVEN" in pull["body"]
    assert f"Closes #{number}" in pull["body"]
    assert pull["draft"] is False
    assert f"#{pull['number']}" in comment["body"]
    assert_no_secret_is_written_anywhere(site)
    assert_no_token_is_in_the_process_list(site, process_list)
    site.rest("PATCH", f"/pulls/{pull['number']}", {"state": "closed"})
    assert site.hub.wait_until_idle()
    site.label(number)
    site.eventually(lambda: len(site.store.jobs_on(job.subject)) == 2)
    site.wait_for_end(number)
    assert len(site.pulls("open")) == 1
    assert len(site.pulls()) == 2


def token_forms(site: Any) -> list[bytes]:
    """Every token that was issued, plain and as git sends it."""
    tokens = [it.response_body["token"] for it in site.hub.journal() if it.path.endswith("/access_tokens")]
    assert len(tokens) >= 3
    return [*map(str.encode, tokens), *(base64.b64encode(f"x-access-token:{token}".encode()) for token in tokens)]


def assert_no_secret_is_written_anywhere(site: Any) -> None:
    """No token, plain or as git sends it, nor the webhook secret, in logs, bundles, caches or the state."""
    secrets = [*token_forms(site), b"correct horse battery staple"]
    read = 0
    for folder in ("state", "logs"):
        for path in (p for p in (site.folder / folder).rglob("*") if p.is_file() and not p.is_symlink()):
            read += 1
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret in content], path
    assert read > 10


def assert_no_token_is_in_the_process_list(site: Any, process_list: set[bytes]) -> None:
    """What everybody on the machine may see: no token, plain or as git sends it, is an argument of a process."""
    if not sys.platform.startswith("linux"):
        return
    seen, forms = tuple(process_list), token_forms(site)
    programs = {os.path.basename(line.split(b"\0")[0].decode(errors="replace")) for line in seen}
    wanted = {"git", "git-remote-http", *(["bwrap"] if shutil.which("bwrap") else [])}
    assert wanted <= programs, "the sampler did not see the processes that a token could be given to"
    assert not [line for line in seen if any(form in line for form in forms)]


@pytest.mark.parametrize("expected", [77_777])
def test_what_cannot_be_fixed_ends_with_a_comment_and_its_bundle(site: Any) -> None:
    """No pull request, no branch; the comment says what was tried, and the bundle is complete on the server."""
    number = site.issue()
    site.label(number)
    site.start_worker()
    job = site.wait_for_end(number)
    assert job.state is JobState.DONE
    assert site.pulls() == []
    (comment,) = site.comments(number)
    assert "UNPROVEN" in comment["body"], comment["body"]
    assert "What to do" in comment["body"]
    bundle = site.folder / "state" / "runs" / job.id
    names = {path.name for path in bundle.iterdir()}
    assert {"plan.json", "tests.json", "receipt.json", "spans.json"} <= names


@pytest.mark.parametrize(("pause_s", "run_s"), [(0.3, 180.0)])
@pytest.mark.parametrize("victim", ["worker", "job"])
def test_a_killed_process_loses_nothing_and_repeats_nothing(site: Any, victim: str) -> None:
    """SIGKILL while an attempt runs: no orphan stays, count and clock go on, and there is one pull request.

    A killed worker leaves its job's process running, which the next worker ends; a job's process that is killed is
    noticed by its worker.
    """
    number = site.issue()
    site.label(number)
    worker = site.start_worker()
    site.eventually(lambda: (job := site.job_of(number)) and job.attempts >= 1)
    lost = site.job_of(number)
    os.kill(lost.worker.pid if victim == "job" else worker.pid, signal.SIGKILL)
    if victim == "worker":
        worker.wait()
        assert is_alive(lost.worker)
        site.start_worker()
    site.eventually(lambda: site.job_of(number).interruptions == 1)
    assert not is_alive(lost.worker)
    job = site.wait_for_end(number)
    assert job.attempts >= lost.attempts + 1, site.comments(number)[-1]["body"]
    assert job.elapsed_s > lost.elapsed_s
    assert len(site.pulls()) == 1, site.comments(number)[-1]["body"]
    assert len(site.comments(number)) == 1


def test_a_slash_command_is_the_other_way_in(site: Any) -> None:
    """`/greenloop fix` on an issue opens the pull request; on that pull request it gets one polite line."""
    number = site.issue()
    site.rest("POST", f"/issues/{number}/comments", {"body": "Could you?\n\n/greenloop fix the sum, please"})
    assert site.hub.wait_until_idle()
    site.start_worker()
    site.eventually(lambda: site.job_of(number))
    job = site.wait_for_end(number)
    assert job.state is JobState.PR_OPEN, site.comments(number)[-1]["body"]
    (pull,) = site.pulls()
    site.rest("POST", f"/issues/{pull['number']}/comments", {"body": "/greenloop fix"})
    said = site.eventually(lambda: [it for it in site.comments(pull["number"]) if it["user"]["type"] == "Bot"])
    assert len(said) == 1
    assert "not supported yet" in said[0]["body"]
    assert len(site.pulls()) == 1
