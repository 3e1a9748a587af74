"""Where Go's tests are defined is found in the files of their package."""

from __future__ import annotations

import json
from pathlib import Path

from runner.adapters.suites_go import GoRunner
from runner.adapters.suites_invocation import Ask


def test_a_package_that_cannot_be_a_folder_has_no_file(tmp_path: Path) -> None:
    """A program can print what looks like an event, with any name in it."""
    (tmp_path / "go.mod").write_text("module shop\n")
    events = [
        {"Action": action, "Package": package, "Test": "TestA"}
        for package in ("a" * 5000, "a\0b", "shop")
        for action in ("run", "pass")
    ]
    ask = Ask(tmp_path, (), "python", None, tmp_path / "report")
    found = GoRunner().results(ask, "\n".join(map(json.dumps, events)))
    assert found is not None
    assert list(found) == [f"{'a' * 5000}::TestA", "a\0b::TestA", ".::TestA"]
