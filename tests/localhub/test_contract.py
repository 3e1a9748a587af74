"""The hub against GitHub's own description: every endpoint is driven, every body is judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import github
import pytest

from ghapp.localhub.routes.table import ROUTES
from tests.contracts.examples import of
from tests.contracts.openapi import violations, webhook_faults
from tests.localhub.conftest import Key, World, opened

pytestmark = pytest.mark.needs("contracts", "git-http-backend")


def drive_app(world: Any) -> None:
    """Every endpoint of the App itself."""
    gi = github.GithubIntegration(
        auth=github.Auth.AppAuth(world.app_id, world.key.private_pem),
        base_url=world.hub.api_url,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    assert gi.get_app().slug == "greenloop"
    assert [i.id for i in gi.get_installations()] == [world.installation_id]
    assert gi.get_app_installation(world.installation_id).app_id == world.app_id
    assert gi.get_repo_installation("acme", "demo").id == world.installation_id
    gi.close()
    assert world.hub.wait_until_idle()
    deliveries = world.call("GET", "/app/hook/deliveries", world.jwt()).json()
    one = deliveries[0]["id"]
    assert world.call("GET", f"/app/hook/deliveries/{one}", world.jwt()).json()["guid"] == deliveries[0]["guid"]
    assert world.call("POST", f"/app/hook/deliveries/{one}/attempts", world.jwt()).status_code == 202
    assert world.call("GET", "/apps/greenloop", world.token()).json()["id"] == world.app_id
    listed = world.call("GET", "/installation/repositories", world.token()).json()
    assert [r["full_name"] for r in listed["repositories"]] == ["acme/demo"]
    assert world.call("DELETE", "/installation/token", world.token()).status_code == 204


def drive_issues(maya: Any, bot: Any) -> None:
    """Every endpoint of issues, comments, labels and reactions."""
    maya.create_label("greenloop", "22aa55", "Ask for a fix")
    assert maya.get_label("greenloop").color == "22aa55"
    assert [label.name for label in maya.get_labels()] == ["greenloop"]
    issue = maya.create_issue("half() is wrong", "See **this**.", labels=["bug"])
    issue.add_to_labels("greenloop")
    assert {label.name for label in issue.get_labels()} == {"bug", "greenloop"}
    issue.remove_from_labels("bug")
    issue.set_labels("bug", "greenloop")
    seen = bot.get_issue(issue.number)
    comment = seen.create_comment("On it.")
    comment.edit("Done.")
    assert bot.get_issues_comments()[0].body == "Done."
    assert seen.get_comment(comment.id).user.login == "greenloop[bot]"
    assert [c.body for c in seen.get_comments()] == ["Done."]
    for thing in (seen, comment):
        left = thing.create_reaction("eyes")
        assert thing.create_reaction("eyes").id == left.id
        assert [r.content for r in thing.get_reactions()] == ["eyes"]
        assert thing.delete_reaction(left.id)
    seen.create_comment("To be deleted").delete()
    seen.edit(title="half() halves wrongly", body="More.")
    maya.get_issue(issue.number).edit(state="closed", state_reason="not_planned")
    assert maya.get_issues(state="closed")[0].state_reason == "not_planned"
    maya.get_issue(issue.number).edit(state="open")


def drive_code(world: Any, bot: Any) -> None:
    """Every endpoint of contents, refs, branches and commits."""
    assert bot.get_contents("pkg/core.py").decoded_content.startswith(b"def half")
    assert {entry.name for entry in bot.get_contents("")} == {"README.md", "pkg"}
    assert {entry.name for entry in bot.get_contents("pkg")} == {"core.py"}
    head = bot.get_branch("main").commit.sha
    assert [b.name for b in bot.get_branches()] == ["main"]
    ref = bot.create_git_ref("refs/heads/side/track", head)
    assert bot.get_git_ref("heads/side/track").object.sha == head
    assert [r.ref for r in bot.get_git_matching_refs("heads/side")] == ["refs/heads/side/track"]
    world.push_change("change", world.token())
    new = bot.get_branch("change").commit.sha
    ref.edit(new)
    ref.delete()
    assert bot.get_commit(new).files[0].filename == "new.txt"
    assert bot.get_commits(sha="change")[0].sha == new
    assert bot.compare("main", "change").ahead_by == 1
    assert bot.get_collaborator_permission("maya") == "write"
    assert bot.get_collaborator_role_name("rob") == "triage"
    assert world.client(world.token()).get_rate_limit().rate.limit == 5000
    assert world.client(world.token()).get_user("maya").login == "maya"
    assert world.client("token-of-maya").get_user().login == "maya"


def drive_checks(bot: Any, sha: str) -> None:
    """Every endpoint of check runs and statuses."""
    run = bot.create_check_run("greenloop/verified", sha, status="in_progress", external_id="job-7")
    run.edit(status="completed", conclusion="success", output={"title": "PROVEN", "summary": "| a |\n|-|\n| 1 |"})
    assert bot.get_check_run(run.id).output.title == "PROVEN"
    commit = bot.get_commit(sha)
    assert [r.name for r in commit.get_check_runs()] == ["greenloop/verified"]
    commit.create_status("success", "http://127.0.0.1/x", "fine", "ci")
    assert [s.context for s in commit.get_statuses()] == ["ci"]
    assert commit.get_combined_status().state == "success"


def drive_pulls(world: Any, maya: Any, bot: Any) -> None:
    """Every endpoint of pull requests, to the merge."""
    pull = bot.create_pull(base="main", head="change", title="Fix half()", body="Closes #1", draft=False)
    assert (pull.commits, pull.changed_files, pull.mergeable) == (1, 1, True)
    assert [p.number for p in bot.get_pulls(state="open", head="acme:change", base="main")] == [pull.number]
    assert [f.filename for f in pull.get_files()] == ["new.txt"]
    assert pull.get_commits()[0].sha == pull.head.sha
    pull.edit(title="Fix half() for good")
    pull.create_review_request(reviewers=["rob"])
    assert [u.login for u in pull.get_review_requests()[0]] == ["rob"]
    pull.create_issue_comment("Please look.")
    drive_checks(bot, pull.head.sha)
    world.push_change("change", world.token())
    theirs = maya.get_pull(pull.number)
    theirs.create_review(body="Use //.", event="REQUEST_CHANGES")
    theirs.add_to_labels("bug")
    assert [r.state for r in pull.get_reviews()] == ["CHANGES_REQUESTED"]
    theirs.edit(state="closed")
    theirs.edit(state="open")
    run = bot.get_commit(theirs.head.sha)
    check = bot.create_check_run("again", run.sha, conclusion="neutral")
    path = f"/repos/acme/demo/check-runs/{check.id}/rerequest"
    assert world.call("POST", path, "token-of-maya").status_code == 201
    assert theirs.merge().merged


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[World]:
    """A hub that was asked everything it can answer."""
    with opened(tmp_path_factory.mktemp("driven"), key) as world:
        maya = world.client("token-of-maya").get_repo("acme/demo")
        bot = world.client(world.token()).get_repo("acme/demo")
        drive_app(world)
        drive_issues(maya, bot)
        drive_code(world, bot)
        drive_pulls(world, maya, bot)
        world.hub.change_repositories(world.installation_id, remove=["demo"])
        world.hub.uninstall(world.installation_id)
        yield world


def test_all_traffic_keeps_to_githubs_description(driven: Any) -> None:
    """Statuses and bodies of requests and answers are what GitHub documents, for every endpoint of the hub."""
    journal = driven.hub.journal()
    assert violations(journal) == []
    asked = {(it.method, it.template) for it in journal}
    # PyGithub joins the root folder to its slash, so the endpoint without one is the same.
    known = {(route.method, route.template) for route in ROUTES}
    assert {route for route in known - asked if not route[1].endswith(("/contents", "commits/{ref}/statuses"))} == set()


def test_all_webhooks_keep_to_githubs_description(driven: Any) -> None:
    """Every payload is valid by GitHub's schema, and every kind of event was sent."""
    names = set(driven.events())
    assert names >= {
        "installation.created", "installation.deleted", "installation_repositories.removed", "push",
        "issues.opened", "issues.labeled", "issues.unlabeled", "issues.edited", "issues.closed", "issues.reopened",
        "issue_comment.created", "issue_comment.edited", "issue_comment.deleted",
        "pull_request.opened", "pull_request.edited", "pull_request.synchronize", "pull_request.labeled",
        "pull_request.review_requested", "pull_request.closed", "pull_request.reopened",
        "pull_request_review.submitted", "check_run.created", "check_run.completed", "check_run.rerequested",
    }  # fmt: skip
    faults = {f for hook in driven.receiver.got for f in webhook_faults(hook.event, hook.payload)}
    assert faults == set()


# What old examples carry and GitHub no longer sends, or sends for repositories with features the hub lacks.
UNSENT = {"organization", "requester", "draft"}


def test_webhooks_have_the_keys_of_githubs_examples(driven: Any) -> None:
    """At the top and in their main part, payloads have every key that all of GitHub's examples share."""
    driven.events()
    missing = []
    for hook in driven.receiver.got:
        samples = of(hook.event, hook.payload.get("action"))
        common = set.intersection(*(set(sample.payload) for sample in samples)) if samples else set()
        missing += [f"{hook.event}: {name}" for name in common - set(hook.payload) - UNSENT]
        for part in ("issue", "comment", "label", "installation", "review"):
            inner = [set(s.payload[part]) for s in samples if isinstance(s.payload.get(part), dict)]
            if inner and part in hook.payload:
                shared = set.intersection(*inner) - set(hook.payload[part]) - UNSENT
                missing += [f"{hook.event}.{part}: {name}" for name in shared]
    assert sorted(set(missing)) == []
