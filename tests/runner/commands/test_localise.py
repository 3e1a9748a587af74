"""`localise` from a shell: where the code is that an issue is about."""

from __future__ import annotations

import json
from pathlib import Path

from tests.runner.commands.conftest import Run


def test_the_code_that_the_issue_names_comes_first(shop: Path, task: Path, greenloop: Run) -> None:
    """Files, definitions and shown spans, as the command line promises them."""
    done = greenloop("localise", "--repo", shop, "--task", task, "--json", env=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["format"] == 1
    assert report["files"][0]["path"] == "cart.py"
    first = report["functions"][0]
    assert (first["path"], first["name"], first["start"], first["end"]) == ("cart.py", "total", 1, 5)
    assert first["why"]
    assert {"path", "start", "end"} <= set(report["shown"][0])
    assert {"seconds", "notes"} <= set(report)


def test_fewer_tokens_show_less(shop: Path, task: Path, greenloop: Run) -> None:
    """--prompt-tokens bounds what is shown."""
    done = greenloop("localise", "--repo", shop, "--task", task, "--json", "--prompt-tokens", "1", env=False)
    assert json.loads(done.stdout)["shown"] == []


def test_people_read_lines(shop: Path, task: Path, greenloop: Run) -> None:
    """Without --json each definition has its place and its reason."""
    done = greenloop("localise", "--repo", shop, "--task", task, env=False)
    assert "cart.py:1-5  total  (" in done.stdout
