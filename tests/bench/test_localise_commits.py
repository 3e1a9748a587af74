"""Past fixes become cases like issues, unless they lie where issues are evaluated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WHEEL = "SPOKES = 8\n\n\ndef turn(wheel):\n    return wheel - 1\n\n\ndef paint(wheel):\n    return wheel\n"
MESSAGE = "Fix the spokes that turning loses\n\nTurning a wheel took one of its spokes away, which is wrong.\n"


def commit(repository: Path, message: str, day: str, **files: str) -> str:
    """The id of a commit of that day that writes the files; in names, two underscores are a slash."""
    for name, text in files.items():
        path = repository / (name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": f"{day}T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    for args in (("add", "."), ("commit", "-q", "-m", message)):
        subprocess.run(["git", "-C", repository, *args], check=True, env={**os.environ, **who, **when})
    out = subprocess.run(["git", "-C", repository, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return out.stdout.strip()


@pytest.mark.parametrize(("day", "is_taken"), [("2010-01-01", True), ("2000-01-20", False)])
def test_a_fix_becomes_a_case_with_the_places_of_its_parent(tmp_path: Path, day: str, *, is_taken: bool) -> None:
    """Its definition, its line and the test's code; a new function beside the changed one is no place."""
    repository = tmp_path / "o+n" / "repo"
    repository.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", repository], check=True)
    base = commit(repository, "A wheel", "2000-01-01", wheel=WHEEL, tests__test_wheel="")
    fixed = WHEEL.replace("wheel - 1", "wheel") + "\n\ndef stop(wheel):\n    return wheel\n"
    commit(repository, MESSAGE, day, wheel=fixed, tests__test_wheel="def test_turn():\n    assert turn(8) == 8\n")
    row = {"mirror": "o/n", "repo": "o/n", "base_commit": base, "patch": ""}
    (tmp_path / "data.jsonl").write_text(json.dumps(row), encoding="utf-8")
    files = [f"--{name}={tmp_path / name}" for name in ("cases", "gold")]
    told = [f"--data={tmp_path / 'data.jsonl'}", f"--mirrors={tmp_path}", "--with-tests"]
    subprocess.run([sys.executable, "-m", "bench.localise_commits", *told, *files], check=True, capture_output=True)
    cases = [json.loads(line) for line in (tmp_path / "cases").read_text(encoding="utf-8").splitlines()]
    gold = [json.loads(line) for line in (tmp_path / "gold").read_text(encoding="utf-8").splitlines()]
    assert len(cases) == len(gold) == is_taken
    for case, places in zip(cases, gold, strict=True):
        assert case["base_commit"] == base
        assert "turn(8) == 8" in case["problem_statement"]
        assert places["files"] == [{"path": "wheel.py", "changed_old_lines": [5], "symbols": ["turn"]}]
