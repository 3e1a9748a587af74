"""REST: what is refused, paged and remembered."""

from __future__ import annotations

from typing import Any

import github
import pytest
import requests

REPO = "/repos/acme/demo"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"head": "side", "base": "main"}, {"field": "title", "code": "missing_field"}),
        ({"head": "none", "base": "main", "title": "t"}, {"field": "head", "code": "invalid"}),
        ({"head": "eve:side", "base": "main", "title": "t"}, {"field": "head", "code": "invalid"}),
        ({"head": "side", "base": "none", "title": "t"}, {"field": "base", "code": "invalid"}),
        ({"head": "main", "base": "main", "title": "t"}, {"message": "No commits between main and main"}),
        ({"head": "side", "base": "main", "title": "t", "draft": "yes"}, {"field": "draft", "code": "invalid"}),
    ],
)
def test_a_pull_request_that_makes_no_sense_is_refused(world: Any, body: Any, fault: dict[str, str]) -> None:
    """With 422 and the field or the words that GitHub gives."""
    world.push_change("side", world.token())
    answer = world.call("POST", f"{REPO}/pulls", world.token(), body)
    assert (answer.status_code, answer.json()["message"]) == (422, "Validation Failed")
    assert fault.items() <= answer.json()["errors"][0].items()


def test_one_branch_has_one_open_pull_request(world: Any, bot: Any) -> None:
    """A second one is refused in GitHub's words; after closing the first it is taken."""
    world.push_change("side", world.token())
    first = bot.create_pull(base="main", head="side", title="One")
    with pytest.raises(github.GithubException) as refused:
        bot.create_pull(base="main", head="acme:side", title="Two")
    assert refused.value.status == 422
    assert "A pull request already exists for acme:side." in str(refused.value.data)
    first.edit(state="closed")
    assert bot.create_pull(base="main", head="acme:side", title="Two").number == first.number + 1


def test_pull_requests_are_found_by_head_base_and_state(world: Any, bot: Any) -> None:
    """The filters narrow; a head needs its owner."""
    world.push_change("side", world.token())
    pull = bot.create_pull(base="main", head="side", title="One", draft=True)
    assert pull.draft
    counts = {
        "acme:side": 1,
        "acme:other": 0,
        "eve:side": 0,
    }
    assert {head: bot.get_pulls(head=head).totalCount for head in counts} == counts
    assert bot.get_pulls(state="closed").totalCount == 0
    assert bot.get_pulls(base="other").totalCount == 0


def test_conflicts_are_seen_and_not_merged(world: Any, maya: Any) -> None:
    """A pull request that conflicts is not mergeable, and merging it is refused."""
    for branch in ("left", "right"):
        world.push_change(branch, "token-of-maya", f"{branch}.txt")
        tree = world.folder / f"work-{branch}"
        (tree / "README.md").write_text(branch)
        world.git("commit", "--quiet", "-am", "README", at=tree)
        world.git("push", "origin", f"HEAD:{branch}", token="token-of-maya", at=tree)
    left, right = (maya.create_pull(base="main", head=b, title=b) for b in ("left", "right"))
    assert left.merge().merged
    assert maya.get_pull(right.number).mergeable is False
    with pytest.raises(github.GithubException) as refused:
        right.merge()
    assert refused.value.status == 409
    merged = maya.get_pull(left.number)
    assert (merged.merged, merged.state, merged.merged_by.login) == (True, "closed", "maya")


def test_nobody_reviews_their_own_pull_request_or_asks_a_stranger(world: Any, bot: Any) -> None:
    """Approving oneself and asking somebody without access are 422."""
    world.push_change("side", world.token())
    pull = bot.create_pull(base="main", head="side", title="One")
    for act in (
        lambda: pull.create_review(event="APPROVE"),
        lambda: pull.create_review_request(reviewers=["eve"]),
    ):
        with pytest.raises(github.GithubException) as refused:
            act()
        assert refused.value.status == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/git/refs", {"ref": "heads/x", "sha": "a" * 40}, 422),
        ("POST", "/git/refs", {"ref": "refs/heads/x", "sha": "a" * 40}, 422),
        ("POST", "/git/refs", {"ref": "refs/heads/a b", "sha": "HEAD"}, 422),
        ("PATCH", "/git/refs/heads/none", {"sha": "a" * 40}, 422),
        ("DELETE", "/git/refs/heads/none", None, 422),
        ("GET", "/git/ref/heads/none", None, 404),
        ("GET", "/contents/none.txt", None, 404),
        ("GET", "/contents/README.md?ref=none", None, 404),
        ("GET", "/branches/none", None, 404),
        ("GET", "/commits/none", None, 422),
        ("GET", "/compare/main...none", None, 404),
        ("POST", "/issues", {"title": ""}, 422),
        ("POST", "/issues", {"title": 7}, 422),
        ("POST", "/issues", ["title"], 422),
        ("POST", "/issues/99/comments", {"body": "x"}, 404),
        ("GET", "/issues/comments/99", None, 404),
        ("GET", "/pulls/99", None, 404),
        ("DELETE", "/issues/1/labels/none", None, 404),
        ("POST", "/issues/1/labels", {"labels": "bug"}, 422),
        ("POST", "/issues/1/reactions", {"content": "wow"}, 422),
        ("DELETE", "/issues/1/reactions/99", None, 404),
        ("POST", "/check-runs", {"name": "x", "head_sha": "none"}, 422),
        ("POST", "/check-runs", {"name": "x", "head_sha": "main", "status": "completed"}, 422),
        ("POST", "/check-runs", {"name": "x", "head_sha": "main", "started_at": "noon"}, 422),
        ("POST", "/statuses/main", {"state": "fine"}, 422),
        ("GET", "/nothing", None, 404),
    ],
)
def test_requests_that_make_no_sense(calm: Any, method: str, path: str, body: Any, status: int) -> None:
    """Each is refused with GitHub's status and a body that says so."""
    answer = calm.call(method, REPO + path, calm.token(), body)
    assert (answer.status_code, answer.json()["status"]) == (status, str(status))


def test_a_ref_moves_only_forward_without_force(world: Any, bot: Any) -> None:
    """As git itself has it."""
    base = bot.get_branch("main").commit.sha
    world.push_change("side", world.token())
    ref = bot.get_git_ref("heads/side")
    with pytest.raises(github.GithubException) as refused:
        ref.edit(base)
    assert refused.value.status == 422
    ref.edit(base, force=True)
    assert bot.get_git_ref("heads/side").object.sha == base


def test_lists_are_cut_into_pages(world: Any, maya: Any) -> None:
    """PyGithub follows the links to the end and finds each item once."""
    for number in range(7):
        maya.create_issue(str(number))
    listed = world.call("GET", f"{REPO}/issues?per_page=3", world.token())
    assert [len(listed.json()), set(listed.links)] == [3, {"next", "last"}]
    repository = world.client(world.token()).get_repo("acme/demo")
    assert [issue.title for issue in repository.get_issues()] == ["6", "5", "4", "3", "2", "1", "0"]


def test_issues_are_filtered_by_state_and_label(maya: Any) -> None:
    """Open ones by default; all labels must be there."""
    maya.create_issue("One", labels=["a", "b"])
    maya.create_issue("Two", labels=["a"]).edit(state="closed")
    assert [i.title for i in maya.get_issues()] == ["One"]
    assert [i.title for i in maya.get_issues(state="all", labels=["a"])] == ["Two", "One"]
    assert [i.title for i in maya.get_issues(labels=["A", "b"])] == ["One"]


def test_broken_json_is_a_bad_request(world: Any) -> None:
    """400 with GitHub's words."""
    headers = {"Authorization": f"Bearer {world.token()}"}
    answer = requests.post(f"{world.hub.api_url}{REPO}/issues", b"{", headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_long_files_have_no_content_and_folders_are_lists(world: Any, bot: Any) -> None:
    """Above a megabyte GitHub says encoding `none`."""
    source = world.folder / "long"
    source.mkdir()
    (source / "long.txt").write_text("x" * 1_000_001)
    world.hub.add_repository("acme", "long", source)
    told = world.call("GET", "/repos/acme/long/contents/long.txt", "token-of-maya").json()
    assert (told["encoding"], told["content"], told["size"]) == ("none", "", 1_000_001)


def test_what_changed_is_told_file_by_file(world: Any, bot: Any) -> None:
    """Renames, removals, additions, binary files and links that replace files keep their own patches."""
    world.push_change("side", world.token())
    tree = world.folder / "work-side"
    (tree / "pkg" / "core.py").rename(tree / "pkg" / "heart.py")
    (tree / "README.md").unlink()
    (tree / "README.md").symlink_to("new.txt")
    (tree / "a.bin").write_bytes(bytes(range(256)))
    (tree / "zz.txt").write_text("last\n")
    world.git("add", "--all", at=tree)
    world.git("commit", "--quiet", "-m", "Much", at=tree)
    world.git("push", "origin", "HEAD:side", token=world.token(), at=tree)
    files = {f.filename: f for f in bot.create_pull(base="main", head="side", title="t").get_files()}
    told = {name: (f.status, f.additions, f.deletions) for name, f in files.items()}
    assert told["pkg/heart.py"] == ("renamed", 0, 0)
    assert files["pkg/heart.py"].previous_filename == "pkg/core.py"
    assert told["a.bin"] == ("added", 0, 0)
    assert files["a.bin"].patch is None
    assert files["zz.txt"].patch == "@@ -0,0 +1 @@\n+last"
    assert told["README.md"][0] == "changed"


def test_check_runs_of_a_commit_share_a_suite(world: Any, bot: Any) -> None:
    """Runs of one App on one commit share a suite and are found by name."""
    sha = bot.get_branch("main").commit.sha
    one, two = (bot.create_check_run(name, sha, status="queued") for name in "ab")
    told = world.call("GET", f"{REPO}/commits/main/check-runs?check_name=a", world.token()).json()
    assert [run["id"] for run in told["check_runs"]] == [one.id]
    suites = {
        world.call("GET", f"{REPO}/check-runs/{r.id}", world.token()).json()["check_suite"]["id"] for r in (one, two)
    }
    assert len(suites) == 1
