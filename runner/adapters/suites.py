"""How a repository's tests are run: which runner, in which environment, and what its report says."""

from __future__ import annotations

import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from runner.adapters.bytecode import Bytecode
from runner.adapters.go_cache import linked_go_cache
from runner.adapters.node_modules import MODULES, linked_modules
from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.adapters.suites_builds import builds_before
from runner.adapters.suites_invocation import (
    WITNESS_PLUGINS,
    Ask,
    Invocation,
    RunnerKind,
    left_out_file,
    witness_file,
)
from runner.adapters.suites_outcome import UNWATCHED, believed, blame_selected, judge_run, settle_selection
from runner.adapters.suites_pytest import has_python
from runner.adapters.suites_report import Witness, read_count, read_text, read_witness
from runner.adapters.suites_runners import RUNNERS
from runner.adapters.suites_words import BUILD_FAILED, TestCommand, joined_path, read_command
from runner.adapters.suites_wrappers import is_wrapper, unwrap
from runner.environment_compiled import HOMES
from runner.errors import BadInput
from runner.ports import Command, Completed, Ending, Sandbox
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun
from runner.verify.lookup import is_below
from runner.verify.script_reports import COLOUR
from runner.verify.test_paths import is_test_path

PLUGINS: Final = Path(__file__).with_name("suites_plugin")
OUTPUT_KEPT_CHARS: Final = 6_000
TEST_TIMEOUT_S: Final = 5.0
"""One test that takes longer hangs, as far as a run of 90 s is concerned, unless it was seen to take longer."""
SLOWDOWN: Final = 4.0
"""A test may take so many times as long as the slowest of its selection did, or as the limit while none was seen."""
LEAST_SLOWDOWN: Final = 2.0
"""Once a test has hung the next ones have less time, but never less than so many times what the slowest took."""
SESSION_SHARE: Final = 0.7
SESSION_MARGIN_S: Final = 8.0
"""Before its time is over a run starts no further test, so that its report is written; whichever leaves it longer."""
REPORT_S: Final = 3.0
REPORT_SHARE: Final = 0.2
"""What is left for the report when a test is given up: so many seconds, of a short run this share."""
PROBE_TIMEOUT_S: Final = 20.0
AMENDMENTS: Final = 3
NPM_TEST: Final = ("npm", "test")


class RepositorySuite:
    """The port Suite: runs tests in the sandbox and reads the report that their runner wrote.

    `command` is the configured test command ("" to find out), `environment` a prepared folder with a bin/ in it.
    `test_timeout_s` is what a single test may take; `bytecode` grows by what the runs import. Raises BadInput for a
    command that no runner knows how to read.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        command: str = "",
        environment: Path | None = None,
        test_timeout_s: float = TEST_TIMEOUT_S,
        bytecode: Bytecode | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._bytecode = bytecode
        self._command = read_command(command)
        self._environment = environment.absolute() if environment else None
        is_open = not self._command.words or is_wrapper(self._command.words)
        self._runner = None if is_open else _runner_of(self._command)
        self._test_timeout_s = test_timeout_s
        self._total: int | None = None
        self._builds_hold: bool | None = None
        self._seconds: dict[str, float] = {}

    def is_test_path(self, path: str) -> bool:
        """Whether the file holds tests or their fixtures."""
        return is_test_path(path)

    def run(
        self,
        checkout: Path,
        selection: tuple[str, ...] | None,
        *,
        timeout_s: float,
        shuffle_seed: int | None = None,
    ) -> TestRun:
        """Run the selected test ids or files (None: all) and parse the report; a refusal is amended and tried again."""
        began_s = time.monotonic()
        self._settle(checkout, timeout_s)
        if self._runner is None:
            return _no_runner(selection)
        with tempfile.TemporaryDirectory(prefix="greenloop-report-") as folder:
            report = Path(folder, "junit.xml")
            words, python, limits_s = self._command.words, self._python(), self._test_limits_s(selection)
            ask = Ask(checkout, words, python, selection, report, shuffle_seed, *limits_s)
            for _ in range(AMENDMENTS + 1):
                left_s = timeout_s - (time.monotonic() - began_s)
                ask = _timed(ask, left_s)
                invocation = self._runner.invoke(ask)
                _lay_plugins(invocation.plugins, ask.folder)
                completed = self._built_and_executed(ask, invocation, left_s)
                is_watched = frozenset(WITNESS_PLUGINS) <= frozenset(invocation.plugins)
                witness = read_witness(witness_file(ask)) if is_watched else UNWATCHED
                tests = believed(self._runner.results(ask, completed.output), witness)
                amended = self._runner.amend(ask, completed.exit_code, completed.output)
                if amended is None:
                    break
                ask = amended
            left_out = read_count(left_out_file(ask))
        run = self._test_run(invocation, completed, tests, selection, time.monotonic() - began_s)
        self._learn(witness, checkout, timeout_s - (time.monotonic() - began_s))
        self._seconds |= {id_: test.seconds for id_, test in run.tests.items() if test.outcome is TestOutcome.PASSED}
        if selection is None and run.outcome in {RunOutcome.GREEN, RunOutcome.RED}:
            self._total = len(run.tests) + left_out
        scope, said = self._scope(selection, len(run.tests), left_out), witness or UNWATCHED
        told = replace(run, exchanged=said.changed, began=said.began, callers=said.callers)
        is_shuffled = ask.shuffle_seed is not None and self._runner.can_shuffle
        outcome = _outcome_of(run, left_out)
        return replace(told, scope=scope, left_out=left_out, outcome=outcome, is_shuffled=is_shuffled)

    def _test_limits_s(self, selection: tuple[str, ...] | None) -> tuple[float, float]:
        """What one test may take, and what it may once another has hung.

        A slow test is no hanging one, and only those that passed say how slow it is.
        """
        wanted = frozenset(selection or ())
        seen = [seconds for id_, seconds in self._seconds.items() if selection is None or is_below(id_, wanted)]
        limit_s = max(self._test_timeout_s, SLOWDOWN * max(seen, default=self._test_timeout_s))
        return limit_s, LEAST_SLOWDOWN * max(seen, default=0.0)

    def _test_run(
        self,
        invocation: Invocation,
        completed: Completed,
        tests: Mapping[str, TestResult] | None,
        selection: tuple[str, ...] | None,
        seconds: float,
    ) -> TestRun:
        assert self._runner is not None
        if tests is not None and selection is not None:
            tests = settle_selection(tests, selection)
        outcome = judge_run(
            completed.ending,
            completed.exit_code,
            tests,
            runner_missing=self._runner.is_missing(completed.output),
        )
        found = tests or blame_selected(selection, outcome, completed.output)
        return TestRun(
            command=f"{self._command.shown}{invocation.replay}",
            exit_code=completed.exit_code,
            scope="",
            outcome=outcome,
            tests=found,
            seconds=seconds,
            output=completed.output[-OUTPUT_KEPT_CHARS:],
        )

    def _scope(self, selection: tuple[str, ...] | None, ran: int, left_out: int) -> str:
        """What was run of what there is; what was not started is neither good nor bad news."""
        if selection is None and not left_out:
            return "all"
        total = ran + left_out if self._total is None and left_out else self._total
        return f"selected {ran}" if total is None else f"selected {ran} of {total}"

    def _built_and_executed(self, ask: Ask, invocation: Invocation, timeout_s: float) -> Completed:
        """What is built before has to hold, unless it failed the first time of all: old types against new compilers."""
        began_s = time.monotonic()
        completed = self._execute(ask, invocation, timeout_s)
        if self._builds_hold is None and completed.exit_code == BUILD_FAILED:
            self._builds_hold = False
            return self._execute(ask, invocation, timeout_s - (time.monotonic() - began_s))
        if completed.exit_code is not None and self._builds_hold is None:
            self._builds_hold = True
        return completed

    def _execute(self, ask: Ask, invocation: Invocation, timeout_s: float) -> Completed:
        if timeout_s <= 0:
            return Completed(Ending.TIMED_OUT, None, "no time was left to start the tests", 0.0, 0)
        command = Command(
            argv=self._command.after_builds(invocation.argv, have_to_hold=self._builds_hold is not False),
            workspace=ask.checkout,
            timeout_s=timeout_s,
            # The limits count from here on: starting Python and importing a runner may take seconds.
            env={
                **self._env(ask.checkout, ask.folder),
                **linked_go_cache(self._environment, ask.folder),
                **invocation.env,
                "GREENLOOP_BEGAN": f"{time.time():.3f}",
            },
            readable=self._readable(),
            writable=(ask.folder,),
        )
        with linked_modules(self._environment, ask.checkout):
            completed = self._sandbox.run(command)
        return replace(completed, output=self._plain(completed.output))

    def _plain(self, output: str) -> str:
        """Without colours, and with what lies in the environment told from there on: people and models read it."""
        plain = COLOUR.sub("", output)
        return plain.replace(f"{self._environment}/", "") if self._environment else plain

    def _learn(self, witness: Witness | None, checkout: Path, timeout_s: float) -> None:
        """Have what the run imported compiled, so that the next one starts sooner."""
        if self._bytecode and witness:
            command = Command((), checkout, timeout_s, self._env(checkout), self._readable())
            self._bytecode.learn(witness.imported, self._python(), command, timeout_s)

    def _env(self, checkout: Path, *plugins: Path) -> dict[str, str]:
        """What every test process finds: no bytecode in the checkout, and the checkout's own code first.

        `src` goes on PYTHONPATH because the environment may hold an installed copy of the repository itself.
        """
        configured = dict(self._command.settings)
        sources = [checkout / "src"] if (checkout / "src").is_dir() else []
        env = {"PATH": self._path(), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        env |= {**(self._bytecode.env if self._bytecode else {}), **configured}
        env["PYTHONPATH"] = joined_path(*map(str, [*sources, *plugins]), configured.get("PYTHONPATH"))
        return env | (_homes(self._environment) if self._environment else {})

    def _path(self) -> str:
        folders = (self._environment / "bin", self._environment / MODULES / ".bin") if self._environment else ()
        return joined_path(*map(str, folders), SYSTEM_PATH)

    def _readable(self) -> tuple[Path, ...]:
        bytecode = self._bytecode.readable if self._bytecode else ()
        return (*(environment_paths(self._environment) if self._environment else ()), *bytecode)

    def _python(self) -> str:
        return "python" if shutil.which("python", path=self._path()) else "python3"

    def _settle(self, checkout: Path, timeout_s: float) -> None:
        """Find the runner, where the command leaves it to the repository; what one tree says holds for all."""
        if self._runner is not None:
            return
        wrapper = self._command.words or (() if has_python(checkout) else NPM_TEST)

        def read(name: str) -> str:
            return read_text(checkout / name)

        words = unwrap(wrapper, read, _is_runner)
        if words:
            builds = builds_before(wrapper, read, _is_runner)
            self._command = replace(self._command, words=words, builds=builds)
            self._runner = _runner_of(self._command)
        elif not self._command.words:
            self._runner = self._detect(checkout, time.monotonic() + timeout_s)

    def _detect(self, checkout: Path, until_s: float) -> RunnerKind | None:
        def has_module(name: str) -> bool:
            argv = (self._python(), "-c", f"import {name}")
            timeout_s = min(PROBE_TIMEOUT_S, until_s - time.monotonic())
            command = Command(argv, checkout, timeout_s, self._env(checkout), self._readable())
            return self._sandbox.run(command).exit_code == 0

        return next((runner for runner in RUNNERS if runner.detects(checkout, has_module)), None)


def _homes(environment: Path) -> dict[str, str]:
    """Where tools find what a prepared environment holds for them."""
    found = {name: str(environment / folder) for name, folder in HOMES.items() if (environment / folder).is_dir()}
    return {**found, "VIRTUAL_ENV": str(environment)}


def _outcome_of(run: TestRun, left_out: int) -> RunOutcome:
    """The run's own, but for one that had no time for any of its tests."""
    return RunOutcome.TIMED_OUT if left_out and run.outcome is RunOutcome.NONE_COLLECTED else run.outcome


def _is_runner(words: tuple[str, ...]) -> bool:
    return any(runner.claims(words) for runner in RUNNERS)


def _runner_of(command: TestCommand) -> RunnerKind:
    for runner in RUNNERS:
        if runner.claims(command.words):
            return runner
    known = ", ".join(runner.name for runner in RUNNERS)
    raise BadInput(
        f"the test command `{shlex.join(command.words)}` cannot be read: use one of {known}, or a command that writes "
        "JUnit XML to {junit} (and takes its tests at {tests})"
    )


def _no_runner(selection: tuple[str, ...] | None) -> TestRun:
    told = "no known test runner fits this repository; name the command as `test:` in .github/greenloop.yml"
    scope = "all" if selection is None else "selected 0"
    return TestRun("", None, scope, RunOutcome.MISSING_RUNNER, {}, 0.0, told)


def _timed(ask: Ask, left_s: float) -> Ask:
    """The same ask with limits that leave the runner time to end and to report."""
    session_s = max(SESSION_SHARE * left_s, left_s - SESSION_MARGIN_S)
    return replace(ask, session_s=session_s, last_s=max(session_s, left_s - min(REPORT_S, REPORT_SHARE * left_s)))


def _lay_plugins(names: tuple[str, ...], folder: Path) -> None:
    """Our code for the repository's Python: copies, because it is text here and modules there."""
    for name in names:
        shutil.copyfile(PLUGINS / f"{name}.txt", folder / name)
