"""What the demo plays on is made for one run alone, and a local repository is only read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ghapp.demo.stage import local_play, own_play, set_stage
from ghapp.errors import DemoFailed


def git(folder: Path, *words: str) -> str:
    """What git says."""
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one module."""
    folder = tmp_path / "my repo"
    folder.mkdir()
    (folder / "code.py").write_text("def one():\n    return 2\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


PATCH = """diff --git a/test_code.py b/test_code.py
new file mode 100644
--- /dev/null
+++ b/test_code.py
@@ -0,0 +1,4 @@
+from code import one
+
+def test_one():
+    assert one() == 1
"""


def test_the_sample_fails_only_where_the_issue_says(tmp_path: Path) -> None:
    """The sample's own tests pass; the test in its issue fails, and passes once the one operator is mended."""
    play = own_play()
    copy = tmp_path / "sample"
    subprocess.run(["cp", "-r", str(play.source), str(copy)], check=True, timeout=60)
    (copy / "tests" / "test_issue.py").write_text(play.body.partition("```python\n")[2].partition("```")[0])

    def failures() -> list[str]:
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf"]
        done = subprocess.run(argv, cwd=copy, capture_output=True, text=True, timeout=120, check=False)
        assert "passed" in done.stdout, done.stdout
        return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")]

    assert failures() == ["tests/test_issue.py::test_milk_on_its_last_day_is_not_bought_again"]
    lots = copy / "larder" / "lots.py"
    lots.write_text(lots.read_text().replace("day < self.best_before", "day <= self.best_before"))
    assert failures() == []


def test_secrets_are_new_each_time_and_closed_to_others(tmp_path: Path) -> None:
    """Two stages share no secret, and nobody else can read the key."""
    stages = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        stages.append(set_stage(tmp_path / name, own_play(), webhook_url="http://127.0.0.1:1/webhook"))
    assert stages[0].token != stages[1].token
    assert stages[0].variables["GREENLOOP_WEBHOOK_SECRET"] != stages[1].variables["GREENLOOP_WEBHOOK_SECRET"]
    assert (tmp_path / "a" / "app.pem").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a" / "app.pem").read_bytes() != (tmp_path / "b" / "app.pem").read_bytes()


def test_the_app_has_the_manifests_permissions(tmp_path: Path) -> None:
    """What the hub is told of the App is what app.yml asks of GitHub."""
    manifest = json.loads((Path(__file__).resolve().parents[3] / "app.yml").read_text())
    stage = set_stage(tmp_path, own_play(), webhook_url="http://127.0.0.1:1/webhook")
    (app,) = json.loads(stage.seed.read_text())["apps"]
    assert app["permissions"] == manifest["default_permissions"]
    assert app["events"] == manifest["default_events"]


def test_a_local_repository_is_copied_with_its_test(tmp_path: Path, repository: Path) -> None:
    """The patch is the copy's last commit, the issue names its test, and the original is as it was."""
    (tmp_path / "task.md").write_text("# one() is two\nIt should be one.\n")
    (tmp_path / "test.diff").write_text(PATCH)
    before = git(repository, "rev-parse", "HEAD")
    (tmp_path / "demo").mkdir()
    play = local_play(tmp_path / "demo", repository, tmp_path / "task.md", tmp_path / "test.diff")
    assert play.title == "one() is two"
    assert "`test_one`" in play.body
    assert play.name == "my-repo"
    assert git(play.source, "rev-parse", "HEAD~1") == before == git(repository, "rev-parse", "HEAD")
    assert git(repository, "status", "--porcelain") == ""


def test_a_patch_that_does_not_apply_is_told(tmp_path: Path, repository: Path) -> None:
    """Git's own words say what is wrong with the patch."""
    (tmp_path / "task.md").write_text("title\n")
    (tmp_path / "bad.diff").write_text("no patch at all\n")
    (tmp_path / "demo").mkdir()
    with pytest.raises(DemoFailed, match="git apply failed"):
        local_play(tmp_path / "demo", repository, tmp_path / "task.md", tmp_path / "bad.diff")
