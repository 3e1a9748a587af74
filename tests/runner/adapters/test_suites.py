"""Real test runners on small real projects: what they report is what the suite says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.sandbox import open_sandbox
from runner.adapters.suites import RepositorySuite
from runner.errors import BadInput
from runner.pressure import kill_tree, tree_rss_bytes
from runner.proof import RunOutcome, TestOutcome

ENVIRONMENT = Path(sys.prefix)
LEAN = "python -m pytest -p no:hypothesispytest -p no:anyio"
"""Without the plugins of this test run's own environment a small run takes a third of the time."""
PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED


def suite(
    command: str = LEAN, *, environment: Path | None = ENVIRONMENT, test_timeout_s: float = 5.0
) -> RepositorySuite:
    """A suite in the best sandbox that is here."""
    sandbox = open_sandbox(tree_rss_bytes, kill_tree, 2e9)
    return RepositorySuite(sandbox, command=command, environment=environment, test_timeout_s=test_timeout_s)


def project(folder: Path, files: Mapping[str, str]) -> Path:
    """A checkout with these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def tree(folder: Path) -> set[str]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


LIBRARY = {
    "shop.py": "def price(count):\n    return 10 / count\n",
    "tests/__init__.py": "",
    "tests/shared.py": "class Shared:\n    def test_inherited(self):\n        assert True\n",
    "tests/test_shop.py": """
import unittest
import pytest
from shop import price
from tests.shared import Shared

class TestShop(Shared):
    class TestInner:
        @pytest.mark.parametrize("text", ["a b", "c::d"])
        def test_text(self, text):
            assert text == "a b"

def test_price():
    assert price(0) == 10

@pytest.mark.skip(reason="later")
def test_skipped(): ...

class OldStyle(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(price(5), 2)

@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown")

def test_teardown(broken): ...
""",
    "tests/test_unimportable.py": "import no_such_module\ndef test_never(): ...\n",
}


def test_every_outcome_is_found_under_its_node_id(tmp_path: Path) -> None:
    """Ids are pytest's own, for classes, parameters, inherited tests and files that do not import."""
    run = suite().run(project(tmp_path, LIBRARY), None, timeout_s=30)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {
        "tests/test_unimportable.py": ERROR,
        "tests/test_shop.py::TestShop::test_inherited": PASSED,
        "tests/test_shop.py::TestShop::TestInner::test_text[a b]": PASSED,
        "tests/test_shop.py::TestShop::TestInner::test_text[c::d]": FAILED,
        "tests/test_shop.py::test_price": FAILED,
        "tests/test_shop.py::test_skipped": SKIPPED,
        "tests/test_shop.py::OldStyle::test_sum": PASSED,
        "tests/test_shop.py::test_teardown": ERROR,
    }
    assert (run.outcome, run.scope, run.exit_code, run.command) == (RunOutcome.RED, "all", 1, LEAN)
    failure = run.tests["tests/test_shop.py::test_price"]
    assert [path for path, _ in failure.frames] == ["tests/test_shop.py", "shop.py"]
    assert "ZeroDivisionError" in failure.message
    assert str(tmp_path) not in failure.message


def test_a_run_leaves_nothing_in_the_checkout(tmp_path: Path) -> None:
    """Neither bytecode, nor a cache folder, nor the report."""
    project(tmp_path, LIBRARY)
    before = tree(tmp_path)
    suite().run(tmp_path, ("tests/test_shop.py",), timeout_s=30)
    assert tree(tmp_path) == before


def test_a_conftest_that_does_not_load_keeps_no_other_folder_from_running(tmp_path: Path) -> None:
    """As that of an example whose own package is not installed; where there is nothing else it is a crash."""
    broken = {"examples/tests/conftest.py": "import not_installed\n", "examples/tests/test_b.py": "def test_b(): ...\n"}
    project(tmp_path, {**broken, "tests/test_a.py": "def test_a(): ...\n"})
    run = suite().run(tmp_path, ("examples/tests/test_b.py", "tests/test_a.py"), timeout_s=30)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {"tests/test_a.py::test_a": TestOutcome.PASSED}
    alone = suite().run(tmp_path, ("examples/tests/test_b.py",), timeout_s=30)
    assert alone.outcome is RunOutcome.CRASHED
    assert "not_installed" in alone.output


def test_an_id_that_is_not_there_costs_neither_the_others_nor_the_time(tmp_path: Path) -> None:
    """Parameters may be named otherwise each time: then all of that name run, and the time counts on."""
    files = {
        "test_a.py": "import os, pathlib, pytest\n@pytest.mark.parametrize('n', [os.getpid()])\ndef test_p(n): ...\n\n"
        "def test_q():\n    pathlib.Path('session').write_text(os.environ['GREENLOOP_SESSION_SECONDS'])\n\n"
        "def test_other():\n    pathlib.Path('other').touch()\n"
    }
    run = suite().run(project(tmp_path, files), ("test_a.py::test_p[1]", "test_a.py::test_q"), timeout_s=30)
    assert (run.outcome, list(run.tests)) == (RunOutcome.GREEN, ["test_a.py::test_q"]), run.output
    assert not (tmp_path / "other").exists()
    # 22 s are what the first try of 30 had; a try starts a runner, which takes more than a tenth.
    assert float((tmp_path / "session").read_text()) < 21.9


def test_a_selection_runs_alone_and_says_its_scope(tmp_path: Path) -> None:
    """Of how many is known once all have run; the command is one that a person can type."""
    tests = suite()
    project(tmp_path, {"test_a.py": "def test_one(): ...\ndef test_two(): ...\n"})
    first = tests.run(tmp_path, ("test_a.py::test_one",), timeout_s=30)
    tests.run(tmp_path, None, timeout_s=30)
    again = tests.run(tmp_path, ("test_a.py::test_one",), timeout_s=30)
    assert list(first.tests) == ["test_a.py::test_one"]
    assert (first.scope, again.scope) == ("selected 1", "selected 1 of 2")
    assert first.command == f"{LEAN} test_a.py::test_one"


def test_one_bad_id_does_not_silence_the_others(tmp_path: Path) -> None:
    """Selected tests in a file that does not import fail; unknown ones are missing; the rest is judged."""
    wanted = (
        "tests/test_shop.py::OldStyle::test_sum",
        "tests/test_shop.py::test_unknown",
        "tests/test_unimportable.py::test_never",
        "tests/test_missing.py::test_x",
    )
    run = suite().run(project(tmp_path, LIBRARY), wanted, timeout_s=30)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {wanted[0]: PASSED, wanted[2]: ERROR}
    assert "no_such_module" in run.tests[wanted[2]].message


HUNG = """
import unittest
class Hangs(unittest.TestCase):
    def test_loop(self):
        while True:
            try:
                pass
            except Exception:
                pass
    def test_fine(self):
        pass
"""


ENDLESS = (
    "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self):\n"
    "        while True:\n            try: sum(range(1000))\n            except Exception: pass\n"
    "    def test_c(self): pass\n"
)


@pytest.mark.parametrize("command", [LEAN, "python -m unittest"])
def test_a_run_whose_time_is_over_tells_what_it_knows(tmp_path: Path, command: str) -> None:
    """The test that still runs is given up and says nothing, good or bad; those after it were never started."""
    run = suite(command, test_timeout_s=60.0).run(project(tmp_path, {"test_a.py": ENDLESS}), None, timeout_s=12)
    assert (run.outcome, list(run.tests), run.left_out) == (RunOutcome.GREEN, ["test_a.py::A::test_a"], 2), run.output
    alone = suite(command, test_timeout_s=60.0).run(tmp_path, ("test_a.py::A::test_b",), timeout_s=5)
    assert (alone.outcome, alone.left_out) == (RunOutcome.TIMED_OUT, 1)


@pytest.mark.parametrize("command", [LEAN, "python -m unittest"])
def test_a_test_that_hangs_fails_alone(tmp_path: Path, command: str) -> None:
    """An endless loop is a failing test with a stable fingerprint; the others are judged."""
    project(tmp_path, {"test_a.py": HUNG})
    runs = [suite(command, test_timeout_s=0.5).run(tmp_path, None, timeout_s=30) for _ in range(2)]
    assert runs[0].failing == ("test_a.py::Hangs::test_loop",)
    assert runs[0].tests["test_a.py::Hangs::test_fine"].outcome is PASSED
    assert "did not end within 2 s" in runs[0].tests["test_a.py::Hangs::test_loop"].message
    assert len({run.tests["test_a.py::Hangs::test_loop"].fingerprint for run in runs}) == 1


def test_a_slow_test_is_no_hanging_test(tmp_path: Path) -> None:
    """It may take longer than the limit the first time, and after that four times as long as it was seen to take."""
    slow = "import time\n\ndef test_slow():\n    end = time.monotonic() + {}\n    while time.monotonic() < end: pass\n"
    tests = suite(test_timeout_s=0.25)
    outcomes = []
    for seconds in ("0.5", "1.5", "60"):
        run = tests.run(project(tmp_path, {"test_a.py": slow.format(seconds)}), ("test_a.py",), timeout_s=30)
        outcomes.append(run.outcome)
    assert outcomes == [RunOutcome.GREEN, RunOutcome.GREEN, RunOutcome.RED]


@pytest.mark.parametrize("command", [LEAN, "python -m unittest"])
def test_after_a_test_that_hangs_a_slow_one_has_its_time(tmp_path: Path, command: str) -> None:
    """A suite full of hanging tests comes to an end, and none that was seen to pass is taken for one of them."""
    code = (
        "import time, unittest\nclass A(unittest.TestCase):\n    def test_first(self):\n        while {}: pass\n"
        "    def test_slow(self):\n        end = time.monotonic() + 0.6\n        while time.monotonic() < end: pass\n"
    )
    tests = suite(command, test_timeout_s=0.25)
    assert (
        tests.run(project(tmp_path, {"test_a.py": code.format("False")}), None, timeout_s=30).outcome
        is RunOutcome.GREEN
    )
    run = tests.run(project(tmp_path, {"test_a.py": code.format("True")}), None, timeout_s=30)
    assert run.failing == ("test_a.py::A::test_first",), run.output


def test_a_suite_too_long_for_its_time_tells_what_it_came_to(tmp_path: Path) -> None:
    """What was run before the clock counts; what was left out is counted, not guessed."""
    slow = "import time\n\ndef wait():\n    end = time.monotonic() + 0.3\n    while time.monotonic() < end: pass\n"
    tests = "".join(f"\ndef test_{n}():\n    wait()\n" for n in range(60))
    run = suite().run(project(tmp_path, {"test_slow.py": slow + tests}), None, timeout_s=8)
    assert run.outcome is RunOutcome.GREEN
    assert run.left_out > 0
    assert len(run.tests) + run.left_out == 60
    assert run.scope == f"selected {len(run.tests)} of 60"


@pytest.mark.parametrize("command", [LEAN, "python -m unittest"])
def test_shuffling_changes_the_order_and_the_hash_seed(tmp_path: Path, command: str) -> None:
    """The same seed gives the same order, and not every seed gives the file's own."""
    lines = ["import os, sys, unittest", "class Many(unittest.TestCase):"]
    lines += [f"    def test_{n}(self): sys.stderr.write(os.environ['PYTHONHASHSEED'] + ' ')" for n in range(6)]
    project(tmp_path, {"test_a.py": "\n".join(lines)})
    tests = suite(command)
    orders = [list(tests.run(tmp_path, None, timeout_s=30, shuffle_seed=seed).tests) for seed in (7, 7, 8)]
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(orders[2])
    assert orders[0] != orders[2]
    assert tests.run(tmp_path, None, timeout_s=30, shuffle_seed=7).command.startswith("PYTHONHASHSEED=7 python -m ")


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        ({"readme.py": ""}, RunOutcome.NONE_COLLECTED),
        ({"test_a.py": "import pytest\npytestmark = pytest.mark.skip\ndef test_a(): ...\n"}, RunOutcome.ALL_SKIPPED),
        ({"conftest.py": "import os\nos._exit(0)\n", "test_a.py": "def test_a(): ...\n"}, RunOutcome.CRASHED),
        ({"test_a.py": "import os\ndef test_a(): ...\ndef test_b(): os._exit(0)\n"}, RunOutcome.CRASHED),
        ({"conftest.py": "raise ValueError\n", "test_a.py": "def test_a(): ...\n"}, RunOutcome.CRASHED),
        ({"test_a.py": "import pytest\ndef test_a(): ...\ndef test_b(): pytest.exit('stop', 3)\n"}, RunOutcome.CRASHED),
        (
            {"test_a.py": "def test_a():\n    data = []\n    while 1: data.append(bytearray(b'x') * 5_000_000)\n"},
            RunOutcome.OUT_OF_MEMORY,
        ),
        (
            {"test_a.py": "import signal\ndef test_a():\n    signal.pthread_sigmask(0, [14])\n    while 1: ...\n"},
            RunOutcome.TIMED_OUT,
        ),
        (
            {"test_a.py": "def test_a(): ...\n", "pytest.ini": "[pytest]\naddopts = --cov=x -n auto --maxfail=1\n"},
            RunOutcome.GREEN,
        ),
        ({"src/pack/__init__.py": "", "tests/test_a.py": "import pack\ndef test_a(): ...\n"}, RunOutcome.GREEN),
    ],
    ids=[
        "nothing",
        "skipped",
        "exit-in-conftest",
        "exit-in-test",
        "broken-conftest",
        "stopped",
        "memory",
        "hangs",
        "missing-plugins",
        "src-layout",
    ],
)
def test_a_run_ends_with_a_named_outcome(tmp_path: Path, files: Mapping[str, str], outcome: RunOutcome) -> None:
    """Whatever a repository does, and whatever its exit code says."""
    # Filling the memory takes a busy machine more than the seconds that a hanging test is waited for.
    timeout_s = 4 if outcome is RunOutcome.TIMED_OUT else 60
    assert suite().run(project(tmp_path, files), None, timeout_s=timeout_s).outcome is outcome


COVERING = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--cov", dest="cov_source", action="append", default=[])
    parser.addoption("--no-cov", dest="no_cov", action="store_true")

@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    options = early_config.known_args_namespace
    if options.cov_source and not options.no_cov:
        raise pytest.UsageError("it measures")
"""


def test_no_coverage_is_measured(tmp_path: Path) -> None:
    """The repository's options ask pytest-cov for it; this plugin reads them where that one does."""
    files = {"covering.py": COVERING, "pytest.ini": "[pytest]\naddopts = -p covering --cov=x\n"}
    run = suite().run(project(tmp_path, {**files, "test_a.py": "def test_a(): ...\n"}), None, timeout_s=30)
    assert run.outcome is RunOutcome.GREEN, run.output


def test_a_repository_without_a_command_runs_with_pytest(tmp_path: Path) -> None:
    """Where the environment has it, it is what a Python repository is tested with."""
    run = suite("").run(project(tmp_path, {"test_a.py": "def test_a(): ...\n"}), None, timeout_s=10)
    assert (run.command, run.outcome) == ("python -m pytest", RunOutcome.GREEN)


def test_a_single_test_that_kills_its_process_has_failed(tmp_path: Path) -> None:
    """A crash says which test it was when only one was asked for."""
    project(tmp_path, {"test_a.py": "import os\ndef test_a(): os._exit(0)\n"})
    run = suite().run(tmp_path, ("test_a.py::test_a",), timeout_s=30)
    assert run.outcome is RunOutcome.CRASHED
    assert run.failing == ("test_a.py::test_a",)


def test_no_time_left_says_nothing_about_a_test(tmp_path: Path) -> None:
    """A run that could not start is timed out, and no test has failed."""
    project(tmp_path, {"test_a.py": "def test_a(): ...\n"})
    run = suite().run(tmp_path, ("test_a.py::test_a",), timeout_s=0.0)
    assert (run.outcome, run.tests) == (RunOutcome.TIMED_OUT, {})


@pytest.mark.parametrize(
    "trick",
    ["os.symlink('/etc/passwd', path)", "os.mkfifo(path)", "open(path, 'w').write('<testsuite><testcase')"],
    ids=["link", "pipe", "cut"],
)
def test_a_report_that_is_no_report_is_a_crash(tmp_path: Path, trick: str) -> None:
    """The tests can write where the report goes: nothing but a whole, plain file is read."""
    script = f"import os, sys\npath = sys.argv[1]\n{trick}\n"
    project(tmp_path, {"runner.py": script})
    assert suite("python runner.py {junit}").run(tmp_path, None, timeout_s=10).outcome is RunOutcome.CRASHED


def test_any_command_can_write_the_report(tmp_path: Path) -> None:
    """The placeholder {junit} is where it goes and {tests} what is selected."""
    script = (
        "import sys\ncases = ''.join(f'<testcase classname=\"shop\" name=\"{name[-1]}\"/>' for name in sys.argv[2:])\n"
        "open(sys.argv[1], 'w').write(f'<testsuites><testsuite>{cases}</testsuite></testsuites>')\n"
    )
    project(tmp_path, {"runner.py": script})
    run = suite("python runner.py {junit} {tests}").run(tmp_path, ("shop::a",), timeout_s=10)
    assert run.command == "python runner.py junit.xml shop::a"
    assert (list(run.tests), run.outcome) == (["shop::a"], RunOutcome.GREEN)
    run = suite("python runner.py {junit} a b").run(tmp_path, None, timeout_s=10)
    assert (list(run.tests), run.outcome) == (["shop::a", "shop::b"], RunOutcome.GREEN)


def test_a_commands_own_paths_give_way_to_a_selection(tmp_path: Path) -> None:
    """Its options stay; an option's value is not taken for a path."""
    files = {"tests/test_a.py": "def test_a(): ...\n", "tests/test_b.py": "def test_b(): ...\n", "b": ""}
    run = suite("pytest -q -p no:hypothesispytest -k b tests").run(
        project(tmp_path, files), ("tests/test_b.py",), timeout_s=10
    )
    assert run.command == "pytest -q -p no:hypothesispytest -k b tests/test_b.py"
    assert list(run.tests) == ["tests/test_b.py::test_b"]


def test_unittest_reports_like_pytest(tmp_path: Path) -> None:
    """Without pytest the standard library's tests have the same ids and outcomes."""
    text = """
import unittest
class Plain(unittest.TestCase):
    def test_pass(self): ...
    def test_fail(self): self.assertEqual(1, 2)
    def test_error(self): raise KeyError("x")
    def test_skip(self): self.skipTest("later")
    def test_sub(self):
        for number in range(3):
            with self.subTest(number=number): self.assertLess(number, 2)
class Setup(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("down")
    def test_never(self): ...
"""
    project(tmp_path, {"pack/__init__.py": "", "pack/test_a.py": text, "test_bad.py": "import no_such_module\n"})
    run = suite("python -m unittest").run(tmp_path, None, timeout_s=10)
    outcomes = {id_: test.outcome for id_, test in run.tests.items()}
    assert {
        id_: outcomes[f"pack/test_a.py::Plain::test_{id_}"] for id_ in ("pass", "fail", "error", "skip", "sub")
    } == {
        "pass": PASSED,
        "fail": FAILED,
        "error": ERROR,
        "skip": SKIPPED,
        "sub": FAILED,
    }
    assert outcomes["test_bad.py"] is ERROR
    assert run.outcome is RunOutcome.RED
    one = suite("python -m unittest").run(tmp_path, ("pack/test_a.py::Plain::test_fail",), timeout_s=10)
    assert one.failing == ("pack/test_a.py::Plain::test_fail",)
    assert one.command == "python -m unittest pack.test_a.Plain.test_fail"


def bare_environment(folder: Path) -> Path:
    """An environment whose Python has nothing but the standard library."""
    (folder / "bin").mkdir(parents=True)
    base = Path(os.path.realpath(sys.executable))
    (folder / "bin" / "python").symlink_to(base)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    return folder


def test_an_environment_without_pytest_is_found_out(tmp_path: Path) -> None:
    """Tests of the standard library's kind are run by it; for others the runner is missing, not green."""
    environment = bare_environment(tmp_path / "env")
    plain = project(tmp_path / "plain", {"test_a.py": "def test_a(): ...\n"})
    old = project(
        tmp_path / "old", {"test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): ...\n"}
    )
    assert suite("", environment=environment).run(plain, None, timeout_s=10).outcome is RunOutcome.MISSING_RUNNER
    assert suite(environment=environment).run(plain, None, timeout_s=10).outcome is (RunOutcome.MISSING_RUNNER)
    assert suite("", environment=environment).run(old, None, timeout_s=10).outcome is RunOutcome.GREEN


def test_a_command_that_nobody_can_read_is_refused() -> None:
    """The message says what a command must have."""
    with pytest.raises(BadInput, match=r"\{junit\}"):
        suite("make check")
