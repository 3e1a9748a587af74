"""What Go has compiled before is found by links, and no run can write to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.go_cache import linked_go_cache
from runner.environment_compiled import GO_CACHE


def build(tree: Path, settings: Mapping[str, str]) -> str:
    """What Go says that it compiles."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tree), "GOPROXY": "off", **settings}
    argv = ["go", "build", "-v", "./..."]
    return subprocess.run(argv, cwd=tree, env=env, capture_output=True, text=True, timeout=120, check=True).stderr


@pytest.mark.needs("go")
def test_go_compiles_nothing_twice(tmp_path: Path) -> None:
    """Through the links it finds what lies in the environment, and keeps what is new in the run's own folder."""
    tree, environment = tmp_path / "shop", tmp_path / "env"
    tree.mkdir()
    (tree / "go.mod").write_text("module example.com/shop\n\ngo 1.19\n")
    (tree / "cart.go").write_text("package shop\n\nfunc Total() int { return 1 }\n")
    assert "example.com/shop" in build(tree, {"GOCACHE": str(environment / GO_CACHE)})
    before = sorted(path for path in environment.rglob("*") if path.is_file())
    for _ in range(2):  # a run that is asked again has its folder already
        settings = linked_go_cache(environment, tmp_path)
        assert build(tree, settings) == ""
    (tree / "cart.go").write_text("package shop\n\nfunc Total() int { return 2 }\n")
    assert "example.com/shop" in build(tree, settings)
    assert sorted(path for path in environment.rglob("*") if path.is_file()) == before
    assert any(not path.is_symlink() for path in Path(settings["GOCACHE"]).glob("*/*"))


def test_without_a_compiled_library_nothing_is_said(tmp_path: Path) -> None:
    """A project in another language has no such folder, and some have no environment."""
    assert linked_go_cache(None, tmp_path) == {}
    assert linked_go_cache(tmp_path / "env", tmp_path) == {}
    assert list(tmp_path.iterdir()) == []
