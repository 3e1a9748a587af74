"""Git over HTTP: what works, and what is refused as GitHub refuses it. Real git does the asking."""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from typing import Any

import pytest
import requests

from ghapp.localhub.githttp import ProcessOutput

pytestmark = pytest.mark.needs("git-http-backend")


def url(world: Any, name: str = "demo") -> str:
    return f"{world.hub.url}/acme/{name}.git"


@pytest.mark.parametrize("how", [(), ("--depth=1",), ("--filter=blob:none",), ("--depth=1", "--filter=blob:none")])
def test_a_clone_holds_the_files(world: Any, how: tuple[str, ...]) -> None:
    """Full, shallow and blobless clones all check the files out, with nothing but `contents: read`."""
    tree = world.folder / "clone"
    made = world.git("clone", *how, url(world), str(tree), token=world.token(contents="read"))
    assert made.returncode == 0, made.stderr
    assert (tree / "pkg" / "core.py").read_text().startswith("def half")


def test_a_blobless_clone_lacks_the_blobs_that_nobody_asked_for(world: Any) -> None:
    """The filter is really applied: without a checkout no blob comes along."""
    tree = world.folder / "clone"
    world.git("clone", "--filter=blob:none", "--no-checkout", url(world), str(tree), token=world.token())
    kinds = world.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)", at=tree).stdout.split()
    assert "blob" not in kinds
    assert "tree" in kinds


def test_a_commit_that_no_branch_holds_can_be_fetched(world: Any) -> None:
    """GitHub gives any commit it has by its SHA; so does the hub."""
    world.push_change("gone", world.token())
    sha = world.git("rev-parse", "HEAD", at=world.folder / "work-gone").stdout.strip()
    world.git("push", "origin", ":gone", token=world.token(), at=world.folder / "work-gone")
    world.git("init", "--quiet", str(world.folder / "fresh"))
    got = world.git("fetch", "--depth=1", url(world), sha, token=world.token(), at=world.folder / "fresh")
    assert got.returncode == 0, got.stderr


def test_a_push_arrives_and_is_told(world: Any, bot: Any) -> None:
    """A push moves the branch and sends one push event with its commits."""
    pushed = world.push_change("greenloop/1", world.token())
    assert pushed.returncode == 0, pushed.stderr
    assert "push" in world.events()
    payload = next(hook.payload for hook in world.receiver.got if hook.event == "push")
    assert payload["ref"] == "refs/heads/greenloop/1"
    assert payload["created"]
    assert not payload["forced"]
    assert not payload["deleted"]
    assert [commit["added"] for commit in payload["commits"]] == [["new.txt"]]
    assert payload["after"] == bot.get_branch("greenloop/1").commit.sha
    assert payload["sender"]["login"] == payload["pusher"]["name"] == "greenloop[bot]"


def test_a_forced_push_is_called_forced(world: Any) -> None:
    """The event says so when history was rewritten."""
    world.push_change("side", world.token())
    tree = world.folder / "work-side"
    world.git("commit", "--amend", "--quiet", "-m", "Other", at=tree)
    refused = world.git("push", "origin", "HEAD:side", token=world.token(), at=tree)
    forced = world.git("push", "--force", "origin", "HEAD:side", token=world.token(), at=tree)
    assert (refused.returncode != 0, forced.returncode) == (True, 0)
    world.events()
    assert [h.payload["forced"] for h in world.receiver.got if h.event == "push"] == [False, True]


def test_evidence_refs_are_kept_and_make_no_push_event(world: Any, bot: Any) -> None:
    """A ref outside branches and tags is stored and can be listed; GitHub sends no push event for it."""
    world.push_change("side", world.token())
    tree = world.folder / "work-side"
    pushed = world.git("push", "origin", "HEAD:refs/greenloop/evidence/abc", token=world.token(), at=tree)
    assert pushed.returncode == 0, pushed.stderr
    assert [r.ref for r in bot.get_git_matching_refs("greenloop/")] == ["refs/greenloop/evidence/abc"]
    assert world.events().count("push") == 1


def test_a_large_push_arrives(world: Any, bot: Any) -> None:
    """Beyond git's own buffer the body comes in chunks of unknown length."""
    world.push_change("big", world.token())
    tree = world.folder / "work-big"
    (tree / "data.bin").write_bytes(os.urandom(3_000_000))
    world.git("add", ".", at=tree)
    world.git("commit", "--quiet", "-m", "Data", at=tree)
    pushed = world.git("push", "origin", "HEAD:big", token=world.token(), at=tree)
    assert pushed.returncode == 0, pushed.stderr
    assert bot.get_contents("data.bin", ref="big").size == 3_000_000


def refusal(world: Any, token: str | None, service: str = "git-upload-pack", name: str = "demo") -> tuple[int, str]:
    """Status and text that git is answered with."""
    auth = ("x-access-token", token) if token else None
    answer = requests.get(f"{url(world, name)}/info/refs", {"service": service}, auth=auth, timeout=20)
    assert (answer.status_code == 401) == ("WWW-Authenticate" in answer.headers)
    return answer.status_code, answer.text.strip()


def test_refusals_say_what_github_says(world: Any) -> None:
    """401 for no, wrong and expired tokens; 404 outside the token's repositories; 403 for too little permission."""
    read = world.token(contents="read")
    wrong = (401, "Invalid username or token. Password authentication is not supported for Git operations.")
    assert refusal(world, None) == (401, "Repository not found.")
    assert refusal(world, "ghs_wrong") == wrong
    assert refusal(world, world.token(issues="write")) == (403, "Write access to repository not granted.")
    assert refusal(world, read, name="other") == (404, "Repository not found.")
    denied = (403, "Permission to acme/demo.git denied to greenloop[bot].")
    assert refusal(world, read, "git-receive-pack") == denied
    world.clock.ahead += timedelta(hours=1, seconds=1)
    assert refusal(world, read) == wrong


def test_git_shows_the_refusals(world: Any) -> None:
    """The text reaches the person at the terminal, and nothing is asked for."""
    read = world.token(contents="read")
    pushed = world.push_change("side", read)
    assert "denied to greenloop[bot]" in pushed.stderr
    assert "403" in pushed.stderr
    assert "Repository not found." in world.git("ls-remote", url(world, "other"), token=read).stderr
    world.clock.ahead += timedelta(hours=1, seconds=1)
    late = world.git("ls-remote", url(world), token=read)
    assert late.returncode != 0
    assert "terminal prompts disabled" in late.stderr


def test_a_token_for_one_repository_opens_no_other(world: Any) -> None:
    """Also when the App is installed on both."""
    world.hub.add_repository("acme", "second", world.folder / "source", private=True)
    world.hub.change_repositories(world.installation_id, add=["second"])
    refused = world.git("ls-remote", url(world, "second"), token=world.token(contents="write"))
    assert "not found" in refused.stderr


def test_people_push_by_their_role(world: Any) -> None:
    """A maintainer may push, a triager and a stranger may not; a stranger does not even see the repository."""
    assert world.push_change("hers", "token-of-maya").returncode == 0
    assert "denied to rob" in world.push_change("his", "token-of-rob").stderr
    assert "not found" in world.git("ls-remote", url(world), token="token-of-eve").stderr


def test_a_public_repository_can_be_cloned_without_a_token_and_not_pushed_to(world: Any) -> None:
    """As on GitHub."""
    world.hub.add_repository("acme", "open", world.folder / "source")
    tree = world.folder / "open"
    assert world.git("clone", url(world, "open"), str(tree)).returncode == 0
    pushed = world.git("push", url(world, "open"), "HEAD:refs/heads/x", at=tree)
    assert "could not read Username" in pushed.stderr


def test_workflows_need_their_own_permission(world: Any) -> None:
    """Without `workflows` a push that brings a workflow is refused with GitHub's words; a person may."""
    refused = world.push_change("ci", world.token(), ".github/workflows/ci.yml")
    assert refused.returncode != 0
    expected = "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without"
    assert expected in refused.stderr.replace("remote: ", "")
    assert "[remote rejected]" in refused.stderr
    assert world.push_change("ci", "token-of-maya", ".github/workflows/ci.yml").returncode == 0


def test_the_refs_of_pull_requests_are_readable_and_not_writable(world: Any, bot: Any) -> None:
    """`refs/pull/N/head` follows the branch and belongs to GitHub."""
    world.push_change("side", world.token())
    pull = bot.create_pull(base="main", head="side", title="T")
    seen = world.git("ls-remote", url(world), f"refs/pull/{pull.number}/head", token=world.token()).stdout
    assert seen.startswith(pull.head.sha)
    tree = world.folder / "work-side"
    refused = world.git("push", "origin", f"HEAD:refs/pull/{pull.number}/head", token=world.token(), at=tree)
    assert "hidden ref" in refused.stderr


def test_pull_requests_follow_their_branch(world: Any, bot: Any) -> None:
    """A push to the head is a synchronize event; deleting the head closes the pull request."""
    world.push_change("side", world.token())
    pull = bot.create_pull(base="main", head="side", title="T")
    world.push_change("side", world.token())
    assert bot.get_pull(pull.number).head.sha == bot.get_branch("side").commit.sha != pull.head.sha
    world.git("push", "origin", ":side", token=world.token(), at=world.folder / "work-side")
    assert bot.get_pull(pull.number).state == "closed"
    assert [n for n in world.events() if n.startswith("pull_request")] == [
        "pull_request.opened",
        "pull_request.synchronize",
        "pull_request.closed",
    ]


def test_the_default_branch_cannot_be_deleted(world: Any) -> None:
    """Git itself refuses, as on GitHub."""
    world.push_change("side", world.token())
    refused = world.git("push", "origin", ":main", token=world.token(), at=world.folder / "work-side")
    assert "refusing to delete the current branch" in refused.stderr


def test_dumb_http_is_refused(world: Any) -> None:
    """Only the two smart services are spoken, and no file of a repository can be read past them."""
    assert refusal(world, world.token(), service="")[0] == 403
    for path in ("HEAD", "config", "objects/info/packs", "../../../etc/passwd"):
        assert requests.get(f"{url(world)}/{path}", timeout=20).status_code == 404


def test_output_that_nobody_reads_ends_its_process() -> None:
    """A client may go before the first byte is read; also then nothing stays behind."""
    running: set[subprocess.Popen[bytes]] = set()
    process = subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE, start_new_session=True)
    output = ProcessOutput(process, running)
    assert running == {process}
    output.close()
    assert process.poll() is not None
    assert running == set()
    assert list(output) == []


def test_output_comes_as_soon_as_it_is_written() -> None:
    """Signs of life are short and must not wait for a full buffer."""
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    output = ProcessOutput(process, set())
    assert process.stdin is not None
    with process.stdin as pipe:
        for word in (b"a", b"b"):
            pipe.write(word)
            pipe.flush()
            assert next(output) == word
    assert list(output) == []
