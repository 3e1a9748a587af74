"""The whole way on real parts: from a label to an open pull request, with nothing left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.e2e
@pytest.mark.needs("redis", "git-http-backend", "phoenix")
def test_the_demo_ends_with_a_proven_pull_request(tmp_path: Path) -> None:
    """Without a terminal the demo opens its own links, prints both times, leaves nothing, and ends with 0."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GREENLOOP_")}
    done = subprocess.run(
        [sys.executable, "-m", "ghapp", "demo"],
        cwd=ROOT,
        env={**env, "HOME": str(tmp_path), "GREENLOOP_ENGINE": "search"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^verdict +PROVEN$", done.stdout, re.MULTILINE)
    assert re.search(r"^opened .*/maya/larder/pull/\d+$", done.stdout, re.MULTILINE)
    assert re.search(r"^opened .*/redirects/traces/[0-9a-f]{32}$", done.stdout, re.MULTILINE)
    worker_s, total_s = re.findall(r"([\d.]+) s", re.search(r"^time .*$", done.stdout, re.MULTILINE)[0])
    assert 0 < float(worker_s) <= 90
    assert float(total_s) >= float(worker_s) - 1
    assert list(Path(tempfile.gettempdir()).glob("greenloop-*")) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
