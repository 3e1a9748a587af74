"""What tests execute is seen in their own process, in the sandbox, test by test."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.engines.search import SearchEnvironment
from runner.engines.search.coverage import DriverCoverage
from runner.errors import EngineFailure
from runner.localise.spectrum import suspicion
from runner.pressure import kill_tree, tree_rss_bytes
from runner.proof import RunOutcome, Spectra, TestOutcome, TestResult, TestRun

SOURCE = (
    "def small(n):\n    return n < 10\n\n\ndef label(n):\n    if small(n):\n        return 'few'\n    return 'lots'\n"
)
TESTS = (
    "import pytest\nfrom shop import label, small\n\n\ndef test_few():\n    assert label(1) == 'few'\n\n\n"
    "def test_many():\n    assert label(50) == 'many'\n\n\ndef test_small():\n    assert small(1)\n\n\n"
    "@pytest.mark.skip\ndef test_skipped():\n    assert label(50)\n"
)


@pytest.fixture
def coverage() -> DriverCoverage:
    """The driver with the interpreter that runs these tests as the project's environment."""
    prefix = Path(sys.prefix)
    env = {"PATH": f"{prefix / 'bin'}:{SYSTEM_PATH}", "PYTHONDONTWRITEBYTECODE": "1"}
    sandbox = open_sandbox(tree_rss_bytes, kill_tree, 3 * 1024**3)
    return DriverCoverage(sandbox, SearchEnvironment(env=env, readable=environment_paths(prefix)), time.monotonic)


def spectra(coverage: DriverCoverage, folder: Path, *failing: str, passing: tuple[str, ...] = ()) -> Spectra:
    """What the tests of the shop execute."""
    (folder / "shop.py").write_text(SOURCE)
    (folder / "test_shop.py").write_text(TESTS)
    tests = {name: TestResult(TestOutcome.FAILED) for name in failing}
    run = TestRun("python -m pytest", 1, "all", RunOutcome.RED, tests, 0.1)
    return coverage.spectra(folder, run, passing, ["shop.py"], timeout_s=30.0)


def test_failing_and_passing_tests_are_told_apart(coverage: DriverCoverage, tmp_path: Path) -> None:
    """The neighbours of a failing test stand against it where no passing one is known; skipped ones say nothing."""
    seen = spectra(coverage, tmp_path, "test_shop.py::test_many")
    assert {line for _, line in seen.failing[0]} == {2, 6, 8}
    assert [sorted(line for _, line in lines) for lines in seen.passing] == [[2, 6, 7], [2]]
    scores = suspicion(seen.failing, seen.passing)
    assert max(scores, key=scores.__getitem__) == ("shop.py", 8)


def test_known_passing_tests_are_enough(coverage: DriverCoverage, tmp_path: Path) -> None:
    """Only they are traced."""
    seen = spectra(coverage, tmp_path, "test_shop.py::test_many", passing=("test_shop.py::test_small",))
    assert len(seen.passing) == 1


@pytest.mark.parametrize("failing", [(), ("whole command",)])
def test_a_failure_without_an_id_cannot_be_traced(
    failing: tuple[str, ...], coverage: DriverCoverage, tmp_path: Path
) -> None:
    """The caller is told."""
    with pytest.raises(EngineFailure, match="run alone"):
        spectra(coverage, tmp_path, *failing)
