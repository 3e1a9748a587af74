"""`fix` from a shell: one JSON, an exit status that means something, a repository that is only read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runner.commands.conftest import BROKEN, RED, Run, commit, git


def test_a_defect_is_proven_fixed_and_the_repository_is_untouched(shop: Path, task: Path, greenloop: Run) -> None:
    """Exit 0 on PROVEN; the one JSON holds the diff, the matrix, the receipt and the bundle's folder."""
    before = git(shop, "rev-parse", "HEAD"), git(shop, "count-objects")
    done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "search", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["format"], report["verdict"], report["exit"]) == (1, "PROVEN", "VERIFIED")
    assert report["matrix"]["revert"]["reproducing"][0]["tests"][RED]["outcome"] == "failed"
    assert "-    for price in prices[1:]:" in report["diff"]
    assert [row["phase"] for row in report["receipt"]["rows"]][:3] == ["map", "logic", "monte carlo"]
    assert Path(report["bundle"], "attestation.dsse.json").exists()
    assert (git(shop, "rev-parse", "HEAD"), git(shop, "count-objects")) == before
    assert git(shop, "status", "--porcelain") == ""


def test_an_issue_without_a_test_is_its_own_reproducer(shop: Path, task: Path, greenloop: Run) -> None:
    """What it says a call should return is asked of the base and of the head, in a test file of its own."""
    commit(shop, {"test_cart.py": BROKEN["test_cart.py"].replace("[1, 3, 5]) == 9", "[0, 3, 5]) == 8")})
    task.write_text("Wrong totals\n\nFor my cart `total([1, 3, 5])` returns `8` instead of `9`.\n")
    done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "search", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert "-    for price in prices[1:]:" in report["diff"]
    (run, _) = report["matrix"]["base"]["reproducing"]
    assert list(run["tests"]) == ["test_greenloop_wrong_totals.py::test_reported"]
    assert any("test_greenloop_wrong_totals.py was made of the code in the task" in one for one in report["reasons"])


def test_what_cannot_be_fixed_exits_1_and_says_what_was_tried(shop: Path, task: Path, greenloop: Run) -> None:
    """A test that no small change can satisfy: UNPROVEN, in words."""
    impossible = BROKEN["test_cart.py"].replace("== 9", "== 9 and total([1, 3, 5]) == 'nine euros'")
    commit(shop, {"test_cart.py": impossible})
    done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "search", "--seconds", "25")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("UNPROVEN")
    assert "evidence:" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--task", "gone.md"), "cannot read gone.md"),
        (("--commit", "nowhere"), "names no commit"),
        (("--engine", "magic"), "there is no engine 'magic'"),
        (("--env", "/nonexistent"), "has no bin/"),
        (("--repo", "/nonexistent"), "no git repository"),
    ],
)
def test_bad_input_exits_2_with_one_line(
    shop: Path, task: Path, greenloop: Run, words: tuple[str, ...], told: str
) -> None:
    """The line says what to do; there is no traceback."""
    done = greenloop("fix", "--repo", shop, "--task", task, *words, env="--env" not in words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
