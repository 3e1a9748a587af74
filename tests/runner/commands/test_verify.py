"""`verify` from a shell: a person's change is measured as our own would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runner.commands.conftest import BROKEN, RED, Run, commit, git

FIXED = {"cart.py": BROKEN["cart.py"].replace("prices[1:]", "prices")}


def test_a_right_commit_is_proven(shop: Path, greenloop: Run) -> None:
    """The failing test is named; the commit makes it pass and nothing else fail."""
    base = git(shop, "rev-parse", "HEAD")
    head = commit(shop, FIXED)
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", head, "--reproducer", RED, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"] == "PROVEN"
    assert report["matrix"]["base"]["reproducing"][0]["tests"][RED]["outcome"] == "failed"
    assert report["stress"]["reruns"] > 0


def test_a_commit_with_its_own_test_needs_no_names(shop: Path, greenloop: Run) -> None:
    """The tests that the change brings are its reproducer."""
    base = git(shop, "rev-parse", "HEAD")
    own = "from cart import total\n\n\ndef test_one():\n    assert total([4]) == 4\n"
    head = commit(shop, {**FIXED, "test_one.py": own})
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_one.py::test_one failed twice alike" in done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "from cart import total\n\n\ndef test_one():\n    assert total([4]) == 4\n",
            "checks.py::test_one failed twice",
        ),
        ("PRICES = [4]\n", "the given test patch changes no test that is known as one"),
    ],
)
def test_a_given_test_patch_is_taken_at_its_word(
    shop: Path, tmp_path: Path, greenloop: Run, content: str, told: str
) -> None:
    """Whatever its files are called, they are the reproducer; where nothing in them is a test, that is said."""
    commit(shop, {"checks.py": content})
    git(shop, "diff", f"--output={tmp_path / 'test.diff'}", "HEAD~1", "HEAD")
    git(shop, "reset", "-q", "--hard", "HEAD~1")
    head = commit(shop, FIXED)
    words = ("--base", "HEAD~1", "--head", head, "--test-patch", tmp_path / "test.diff")
    assert told in greenloop("verify", "--repo", shop, *words).stdout


REPORT = "total() fails for free things\n\n```python\nfrom cart import total\ntotal([None, 1])\n```\n\nTypeError: {}\n"
NO_SUM = "unsupported operand type(s) for +=: 'int' and 'NoneType'"


@pytest.mark.parametrize(("message", "verdict"), [(NO_SUM, "UNPROVEN"), ("no such thing as a price", "PROVEN")])
def test_what_the_task_shows_to_fail_has_to_work_too(
    shop: Path, tmp_path: Path, greenloop: Run, message: str, verdict: str
) -> None:
    """Beside the tests that are named; but only what fails on the base with the task's own words is the task's."""
    base = commit(shop, {"cart.py": BROKEN["cart.py"].replace("[1:]", "[:2]")})
    head = commit(shop, FIXED)
    (tmp_path / "task.md").write_text(REPORT.format(message))
    words = ("--base", base, "--head", head, "--reproducer", RED, "--task", tmp_path / "task.md")
    done = greenloop("verify", "--repo", shop, *words)
    assert done.stdout.startswith(verdict), done.stdout + done.stderr
    assert ("test_greenloop_total_fails" in done.stdout) == (verdict == "UNPROVEN")


def test_a_clock_that_ends_on_the_base_is_an_answer(shop: Path, greenloop: Run) -> None:
    """No traceback: nothing is proven, and it says what to allow, whether a run had begun or not."""
    head = commit(shop, FIXED)
    done = greenloop(
        "verify", "--repo", shop, "--base", "HEAD~1", "--head", head, "--reproducer", RED, "--seconds", "0.2"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("UNPROVEN\n  - ")
    assert "allow more with --seconds" in done.stdout or "allow the run more" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_wrong_patch_is_not_proven(shop: Path, tmp_path: Path, greenloop: Run) -> None:
    """It is measured from the patch, and the answer is no."""
    commit(shop, {"cart.py": BROKEN["cart.py"].replace("prices[1:]", "prices[2:]")})
    patch = tmp_path / "wrong.diff"
    git(shop, "diff", f"--output={patch}", "HEAD~1", "HEAD")
    done = greenloop("verify", "--repo", shop, "--base", "HEAD~1", "--patch", patch, "--reproducer", RED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("UNPROVEN")


def test_a_weakened_test_is_not_proven(shop: Path, greenloop: Run) -> None:
    """Making the test ask less is no fix."""
    base = git(shop, "rev-parse", "HEAD")
    head = commit(shop, {"test_cart.py": BROKEN["test_cart.py"].replace("== 9", ">= 0")})
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", head, "--reproducer", RED)
    assert done.returncode == 1, done.stdout + done.stderr


def test_what_is_no_plain_file_is_not_proven(shop: Path, greenloop: Run) -> None:
    """A moved submodule is not measured, a link is not what it shows, and both are told."""
    base = git(shop, "rev-parse", "HEAD")
    commit(shop, FIXED)
    git(shop, "update-index", "--add", "--cacheinfo", f"160000,{base},module")
    (shop / "link").symlink_to("cart.py")
    git(shop, "add", "link")
    git(shop, "commit", "-q", "-m", "more")
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", "HEAD", "--reproducer", RED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "protected-path in module" in done.stdout
    assert "protected-path in link" in done.stdout


def test_evidence_beside_the_head_is_checked_with_the_key(
    shop: Path, task: Path, tmp_path: Path, greenloop: Run
) -> None:
    """The signed bundle verifies from the repository alone; one changed byte is told."""
    base = git(shop, "rev-parse", "HEAD")
    bundle = tmp_path / "bundle"
    greenloop("fix", "--repo", shop, "--task", task, "--engine", "search", "--out", bundle, "--json")
    git(shop, "apply", str(bundle / "change.diff"))
    head = commit(shop, {})
    key = tmp_path / "key.pem"
    key.write_text(public_key(tmp_path / "state"))
    words = ("verify", "--repo", shop, "--base", base, "--head", head, "--reproducer", RED, "--key", key)
    keep_evidence(shop, bundle, head)
    done = greenloop(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evidence of this head verifies" in done.stdout
    (bundle / "receipt.json").write_text("{}")
    keep_evidence(shop, bundle, head)
    done = greenloop(*words)
    assert done.returncode == 1
    assert "receipt.json" in done.stdout


def public_key(state: Path) -> str:
    """The installation's public half."""
    from runner.compose import evidence_public_key  # noqa: PLC0415 -- only this test needs it
    from runner.settings import Settings  # noqa: PLC0415

    return evidence_public_key(Settings(state_dir=state))


def keep_evidence(repository: Path, bundle: Path, head: str) -> None:
    """The bundle as a parentless commit at the head's evidence ref."""
    index = {"GIT_INDEX_FILE": str(bundle.with_suffix(".index")), "GIT_DIR": str(repository / ".git")}
    git(bundle, "--work-tree=.", "add", "-A", "-f", **index)
    made = git(bundle, "commit-tree", "-m", "evidence", git(bundle, "write-tree", **index), **index)
    git(bundle, "update-ref", f"refs/greenloop/evidence/{head}", made, **index)


CHECKED = "import functools\n\n\ndef checked(test):\n    return functools.wraps(test)({})\n"
DECORATED = "from checks import checked\n\n\n@checked\ndef test_one():\n    assert 1 == 2\n"
CALLING = CHECKED.format("lambda: test()")
SWALLOWING = (
    CALLING
    + "\n\ndef quiet(test):\n    try:\n        test()\n    except AssertionError as error:\n        print(error)\n"
)


@pytest.mark.parametrize(
    ("helper", "told"),
    [
        (CHECKED.format("lambda: None"), "passes on the head without being called: test_one.py::test_one"),
        (SWALLOWING.replace("lambda: test()", "lambda: quiet(test)"), "`checked` runs the tests that judge it"),
    ],
)
def test_a_helper_that_answers_for_the_tests_is_found(shop: Path, greenloop: Run, helper: str, told: str) -> None:
    """The repository's own decorator no longer calls the test, or hides what it says."""
    base = commit(shop, {"checks.py": CALLING, "test_one.py": DECORATED})
    head = commit(shop, {"checks.py": helper})
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", head, "--reproducer", "test_one.py::test_one")
    assert done.returncode == 1, done.stdout + done.stderr
    assert told in done.stdout
