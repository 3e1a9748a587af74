"""What the ports of one run are put together from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runner.adapters.history import RECALLED, RunHistory
from runner.compose import Job, open_ports
from runner.models import Forecast, Parameters
from runner.run_record import AttemptRecord, RunRecord
from runner.settings import Settings
from runner.testing import FakeObserver

GREEN, RED = AttemptRecord(green=True, seconds=1.0), AttemptRecord(green=False, seconds=1.0)


@pytest.mark.parametrize(("name", "first"), [("me/mine", "ollama"), ("", "search")])
def test_earlier_runs_are_recalled_by_the_name(tmp_path: Path, name: str, first: str) -> None:
    """A clone lies in another folder each time, so its repository's own runs are found by its name."""
    subprocess.run(["git", "init", "-q", tmp_path / "clone"], check=True, timeout=60)
    with RunHistory(tmp_path / "state" / "history.sqlite") as history:
        history.record(RunRecord("me/mine", "ollama", "VERIFIED", (GREEN,)))
        for number in range(RECALLED):
            history.record(RunRecord("they/theirs", "search", "VERIFIED", (GREEN if number % 2 else RED,)))
    engines = [Parameters("search"), Parameters("ollama")]
    forecasts = [Forecast(row, 0.5, 0.01, 10.0, 20.0, 1e8, 1.5, 100, 0, 0) for row in engines]
    job = Job(tmp_path / "clone", tmp_path / "out", name=name)
    with open_ports(Settings(tmp_path / "state", engine="search"), job, FakeObserver()) as ports:
        assert ports.grid.rank(forecasts, limit=2)[0].engine == first
