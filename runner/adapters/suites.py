"""How a repository's tests are run: which runner, in which environment, and what its report says."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from runner.adapters.sandbox_profile import SYSTEM_PATH, environment_paths
from runner.adapters.suites_invocation import Ask, Invocation, RunnerKind, left_out_file
from runner.adapters.suites_outcome import blame_single, judge_run, settle_selection
from runner.adapters.suites_runners import RUNNERS
from runner.errors import BadInput
from runner.ports import Command, Completed, Ending, Sandbox
from runner.proof import RunOutcome, TestResult, TestRun
from runner.verify.junit import read_junit
from runner.verify.test_paths import is_test_path

PLUGINS: Final = Path(__file__).with_name("suites_plugin")
REPORT_CAP_BYTES: Final = 64 * 1024**2
OUTPUT_KEPT_CHARS: Final = 6_000
TEST_TIMEOUT_S: Final = 5.0
"""One test that takes longer hangs, as far as a run of 90 s is concerned."""
SESSION_SHARE: Final = 0.6
SESSION_MARGIN_S: Final = 8.0
"""Before its time is over a run starts no further test, so that its report is written; whichever leaves it longer."""
PROBE_TIMEOUT_S: Final = 20.0
AMENDMENTS: Final = 2


class RepositorySuite:
    """The port Suite: runs tests in the sandbox and reads the report that their runner wrote.

    `command` is the configured test command ("" to find out), `environment` a prepared folder with a bin/ in it.
    `test_timeout_s` is what a single test may take. Raises BadInput for a command that no runner knows how to read.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        command: str = "",
        environment: Path | None = None,
        test_timeout_s: float = TEST_TIMEOUT_S,
    ) -> None:
        self._sandbox = sandbox
        self._words = tuple(shlex.split(command))
        self._environment = environment.absolute() if environment else None
        self._runner = _runner_of(self._words) if self._words else None
        self._test_timeout_s = test_timeout_s
        self._total: int | None = None

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
        self._runner = self._runner or self._detect(checkout)
        if self._runner is None:
            return _no_runner(selection)
        with tempfile.TemporaryDirectory(prefix="greenloop-report-") as folder:
            report = Path(folder, "junit.xml")
            limit_s = self._test_timeout_s
            session_s = max(SESSION_SHARE * timeout_s, timeout_s - SESSION_MARGIN_S)
            ask = Ask(checkout, self._words, self._python(), selection, report, shuffle_seed, limit_s, session_s)
            for _ in range(AMENDMENTS + 1):
                invocation = self._runner.invoke(ask)
                _lay_plugin(invocation.plugin, ask.junit.parent)
                completed = self._execute(ask, invocation, timeout_s - (time.monotonic() - began_s))
                tests = _read_report(ask)
                amended = self._runner.amend(ask, completed.exit_code, completed.output)
                if amended is None:
                    break
                ask = amended
            left_out = _read_left_out(ask)
        run = self._test_run(invocation, completed, tests, selection, time.monotonic() - began_s)
        if selection is None and run.outcome in {RunOutcome.GREEN, RunOutcome.RED}:
            self._total = len(run.tests) + left_out
        return replace(run, scope=self._scope(selection, len(run.tests), left_out), left_out=left_out)

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
        found = tests or blame_single(selection, outcome, completed.output)
        return TestRun(
            command=invocation.replay,
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

    def _execute(self, ask: Ask, invocation: Invocation, timeout_s: float) -> Completed:
        if timeout_s <= 0:
            return Completed(Ending.TIMED_OUT, None, "no time was left to start the tests", 0.0, 0)
        return self._sandbox.run(
            Command(
                argv=invocation.argv,
                workspace=ask.checkout,
                timeout_s=timeout_s,
                env={**self._env(ask.checkout, ask.junit.parent), **invocation.env},
                readable=self._readable(),
                writable=(ask.junit.parent,),
            )
        )

    def _env(self, checkout: Path, *plugins: Path) -> dict[str, str]:
        """What every test process finds: no bytecode in the checkout, and the checkout's own code first.

        `src` goes on PYTHONPATH because the environment may hold an installed copy of the repository itself.
        """
        sources = [checkout / "src"] if (checkout / "src").is_dir() else []
        env = {"PATH": self._path(), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        if sources or plugins:
            env["PYTHONPATH"] = os.pathsep.join(map(str, [*sources, *plugins]))
        return env | ({"VIRTUAL_ENV": str(self._environment)} if self._environment else {})

    def _path(self) -> str:
        return f"{self._environment / 'bin'}{os.pathsep}{SYSTEM_PATH}" if self._environment else SYSTEM_PATH

    def _readable(self) -> tuple[Path, ...]:
        return environment_paths(self._environment) if self._environment else ()

    def _python(self) -> str:
        return "python" if shutil.which("python", path=self._path()) else "python3"

    def _detect(self, checkout: Path) -> RunnerKind | None:
        def has_module(name: str) -> bool:
            argv = (self._python(), "-c", f"import {name}")
            command = Command(argv, checkout, PROBE_TIMEOUT_S, self._env(checkout), self._readable())
            return self._sandbox.run(command).exit_code == 0

        return next((runner for runner in RUNNERS if runner.detects(checkout, has_module)), None)


def _runner_of(words: tuple[str, ...]) -> RunnerKind:
    for runner in RUNNERS:
        if runner.claims(words):
            return runner
    raise BadInput(
        f"the test command `{shlex.join(words)}` cannot be read: use pytest, `python -m unittest`, or a command that "
        "writes JUnit XML to {junit} (and takes its tests at {tests})"
    )


def _no_runner(selection: tuple[str, ...] | None) -> TestRun:
    told = "no known test runner fits this repository; configure the test command, or an environment with pytest in it"
    scope = "all" if selection is None else "selected 0"
    return TestRun("", None, scope, RunOutcome.MISSING_RUNNER, {}, 0.0, told)


def _lay_plugin(name: str, folder: Path) -> None:
    """Our code for the repository's Python: a copy, because it is text here and a module there."""
    if name:
        shutil.copyfile(PLUGINS / f"{name}.py.txt", folder / f"{name}.py")


def _read_report(ask: Ask) -> Mapping[str, TestResult] | None:
    """What the report says, or None when there is none that can be read."""
    try:
        xml = _read_regular_file(ask.junit)
        return read_junit(xml, str(ask.checkout), lambda path: (ask.checkout / path).is_file())
    except (OSError, BadInput):
        return None


def _read_left_out(ask: Ask) -> int:
    try:
        said = _read_regular_file(left_out_file(ask)).decode("ascii", "replace")
    except (OSError, BadInput):
        return 0
    return int(said) if said.isdecimal() else 0


def _read_regular_file(path: Path) -> bytes:
    """The file's bytes. Who wrote it is not trusted: a link would show our files, a pipe would make us wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput("the report is not a file; look at what the tests do with their working folder")
        xml = file.read(REPORT_CAP_BYTES + 1)
    if len(xml) > REPORT_CAP_BYTES:
        raise BadInput(f"the report is larger than {REPORT_CAP_BYTES} bytes; select fewer tests")
    return xml
