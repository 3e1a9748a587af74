"""What tests execute is seen in their own process, in the sandbox, test by test."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import iniconfig
import pytest

from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.engines.search import SearchEnvironment
from runner.engines.search.coverage import DriverCoverage
from runner.engines.search.surveying import beside
from runner.errors import EngineFailure
from runner.localise.spectrum import suspicion
from runner.ports import Command, Conversation, Sandbox
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


def spectra(
    coverage: DriverCoverage,
    folder: Path,
    *failing: str,
    passing: tuple[str, ...] = (),
    tests: Mapping[str, str] = MappingProxyType({}),
) -> Spectra:
    """What the tests of the shop execute, and these others."""
    for name, text in {"shop.py": SOURCE, "test_shop.py": TESTS, **tests}.items():
        (folder / name).write_text(text)
    results = {name: TestResult(TestOutcome.FAILED) for name in failing}
    run = TestRun("python -m pytest", 1, "all", RunOutcome.RED, results, 0.1)
    return coverage.spectra(folder, run, passing, ["shop.py"], timeout_s=30.0)


def test_failing_and_passing_tests_are_told_apart(coverage: DriverCoverage, tmp_path: Path) -> None:
    """The neighbours of a failing test stand against it where no passing one is known; skipped ones say nothing."""
    seen = spectra(coverage, tmp_path, "test_shop.py::test_many")
    assert {line for _, line in seen.failing[0]} == {2, 6, 8}
    assert [sorted(line for _, line in lines) for lines in seen.passing] == [[2, 6, 7], [2]]
    scores = suspicion(seen.failing, seen.passing)
    assert max(scores, key=scores.__getitem__) == ("shop.py", 8)
    assert seen.compared == {"test_shop.py::test_many": ("'lots'", "'many'")}
    assert seen.near == {("shop.py", 5): 1, ("shop.py", 1): 2}


def test_only_what_the_last_line_called_is_near(coverage: DriverCoverage, tmp_path: Path) -> None:
    """What a test did before it went well, whoever called it."""
    tests = "import shop\n\n\ndef test_many():\n    few = shop.small(50)\n    assert str(few) == shop.label(1)\n"
    seen = spectra(coverage, tmp_path, "test_more.py::test_many", tests={"test_more.py": tests})
    assert seen.near == {("shop.py", 5): 1, ("shop.py", 1): 2}
    assert seen.passing == ()


def test_where_no_test_is_known_to_pass_those_of_a_near_file_are_tried(
    coverage: DriverCoverage, tmp_path: Path
) -> None:
    """A test that stands alone has no neighbours of its own."""
    alone = {"test_alone.py": "from shop import label\n\n\ndef test_alone():\n    assert label(50) == 'many'\n"}
    seen = spectra(coverage, tmp_path, "test_alone.py::test_alone", passing=("test_shop.py",), tests=alone)
    assert [sorted(line for _, line in lines) for lines in seen.passing] == [[2, 6, 7], [2]]


@dataclass
class Ended(Conversation):
    """A driver that knows some tests, traces so many and is ended by the clock then."""

    known: Sequence[str]
    traced: int
    ending: str = "killed at its time limit"
    asked: list[dict[str, Any]] = field(default_factory=list)

    def send(self, line: str) -> None:
        self.asked += [json.loads(line)]
        if self.asked[-1]["op"] == "survey":
            self.asked[-1:] = [{"op": "survey", "id": name} for name in self.asked[-1]["ids"]]

    def receive(self, timeout_s: float) -> str | None:
        asked = self.asked.pop(0)
        if asked["op"] == "open":
            return json.dumps({"op": "opened", "ids": self.known})
        self.traced -= 1
        outcome = "failed" if "red" in asked["id"] else "passed"
        clash = {"type": "", "module": "", "message": "", "pairs": []}
        seen: dict[str, Any] = {"types": {}, "returns": {}, "members": {}, "raised": [], "around": [], "near": []}
        seen |= {"op": "surveyed", "outcome": outcome, "cpu_s": 0.1, "lines": {"shop.py": [1]}, "clash": clash}
        seen |= {"id": asked["id"], "is_cut": "cut" in asked["id"]}
        return json.dumps(seen | {"source": "", "part": None}) if self.traced >= 0 else None


@dataclass(frozen=True)
class Machine:
    """A sandbox for one conversation."""

    driver: Ended

    @contextmanager
    def converse(self, _: Command) -> Iterator[Ended]:
        yield self.driver


@pytest.mark.parametrize(("traced", "green"), [(3, 0), (5, 0), (7, 4), (30, 5)])
def test_what_was_traced_is_kept_when_the_clock_ends_the_driver(traced: int, green: int, tmp_path: Path) -> None:
    """The failing tests alone tell most; whole batches of passing ones are kept."""
    known = [f"t.py::test_red_{n}" for n in range(3)] + [f"t.py::test_green_{n}" for n in range(5)]
    sandbox = cast("Sandbox", Machine(Ended(known, traced)))
    seen = spectra(DriverCoverage(sandbox, SearchEnvironment(env={}), time.monotonic), tmp_path, *known[:3])
    assert (len(seen.failing), len(seen.passing)) == (3, green)


@pytest.mark.parametrize(("names", "told"), [(("red", "red_cut"), (1, False)), (("red_cut", "red_2_cut"), (2, True))])
def test_whole_traces_speak_and_only_without_one_those_that_were_cut(
    names: tuple[str, ...], told: tuple[int, bool], tmp_path: Path
) -> None:
    """A test that was ended while it was watched may execute more, so what it lacks must not count."""
    known = [f"t.py::test_{name}" for name in names]
    sandbox = cast("Sandbox", Machine(Ended(known, 9)))
    seen = spectra(DriverCoverage(sandbox, SearchEnvironment(env={}), time.monotonic), tmp_path, *known)
    assert (len(seen.failing), seen.is_cut) == told


def test_a_test_is_watched_where_it_never_ran_before(coverage: DriverCoverage, tmp_path: Path) -> None:
    """Many leave something behind, so that they end early when they run again in the same process."""
    tests = (
        "import shop\nSEEN = []\n\n\ndef test_many():\n    SEEN.append(1)\n    assert SEEN == [1]\n"
        "    assert shop.label(50) == 'many'\n"
    )
    (tmp_path / "shop.py").write_text(SOURCE)
    (tmp_path / "test_shop.py").write_text(tests)
    name = "test_shop.py::test_many"
    run = TestRun("python -m pytest", 1, "all", RunOutcome.RED, {name: TestResult(TestOutcome.FAILED)}, 0.1)
    seen = coverage.spectra(tmp_path, run, (), ["shop.py"], timeout_s=30.0)
    assert {line for _, line in seen.failing[0]} == {2, 6, 8}
    assert not seen.is_cut


def test_what_the_runner_itself_imports_is_the_repositorys_own(coverage: DriverCoverage, tmp_path: Path) -> None:
    """A repository may be that of a test runner or of what one is made of: its tests must not see an installed copy."""
    shutil.copytree(Path(iniconfig.__file__).parent, tmp_path / "src" / "iniconfig")
    read = "iniconfig.IniConfig('x', data='[a]\\nb=1')"
    (tmp_path / "test_shop.py").write_text(
        f"import iniconfig\n\n\ndef test_many():\n    assert {read}['a']['b'] == '2'\n"
    )
    name, path = "test_shop.py::test_many", "src/iniconfig/__init__.py"
    run = TestRun("python -m pytest", 1, "all", RunOutcome.RED, {name: TestResult(TestOutcome.FAILED)}, 0.1)
    seen = coverage.spectra(tmp_path, run, (), [path], timeout_s=30.0)
    assert {file for file, _ in seen.failing[0]} == {path}


def test_what_many_calls_repeat_does_not_make_a_trace_long(coverage: DriverCoverage, tmp_path: Path) -> None:
    """A function that brings nothing new is watched no more; what it does late, after many calls, may be missed."""
    source = (
        "def small(n):\n    for i in range(20):\n        n = n + i\n        n = n - i\n    return n < 10\n\n\n"
        "def count(n):\n    return sum([small(i) for i in range(n)])\n"
    )
    (tmp_path / "shop.py").write_text(source)
    (tmp_path / "test_shop.py").write_text("import shop\n\n\ndef test_many():\n    assert shop.count(20000) == 11\n")
    name = "test_shop.py::test_many"
    run = TestRun("python -m pytest", 1, "all", RunOutcome.RED, {name: TestResult(TestOutcome.FAILED)}, 0.1)
    seen = coverage.spectra(tmp_path, run, (), ["shop.py"], timeout_s=30.0)
    assert {line for _, line in seen.failing[0]} == {2, 3, 4, 5, 9}
    assert not seen.is_cut


def test_a_driver_that_tells_nothing_is_a_failure(tmp_path: Path) -> None:
    """Nothing was traced at all: the caller is told why."""
    sandbox = cast("Sandbox", Machine(Ended(["t.py::test_red"], 0)))
    with pytest.raises(EngineFailure, match="time limit"):
        spectra(DriverCoverage(sandbox, SearchEnvironment(env={}), time.monotonic), tmp_path, "t.py::test_red")


def test_the_nearest_tests_come_first() -> None:
    """Those of the same class, close by first; then the file's others; then what passes elsewhere and is known."""
    names = ("A::test_1", "B::test_1", "B::test_2", "B::test_red", "B::test_3", "test_alone")
    known = [f"t.py::{name}" for name in names] + ["u.py::test_far"]
    found = beside(["t.py::B::test_red"], ["u.py::test_far", "v.py::test_gone"], known)
    assert [name.split("::", 1)[1] for name in found] == [
        "B::test_2", "B::test_3", "B::test_1", "test_alone", "A::test_1", "test_far",
    ]  # fmt: skip


@pytest.mark.parametrize("failing", [(), ("whole command",)])
def test_a_failure_without_an_id_cannot_be_traced(
    failing: tuple[str, ...], coverage: DriverCoverage, tmp_path: Path
) -> None:
    """The caller is told."""
    with pytest.raises(EngineFailure, match="run alone"):
        spectra(coverage, tmp_path, *failing)
