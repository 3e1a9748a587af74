"""How a test run ended, from what its runner wrote; an exit code alone never decides. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from runner.adapters.sandbox_output import telling_end
from runner.adapters.suites_report import Witness
from runner.ports import Ending
from runner.proof import RunOutcome, TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint
from runner.verify.lookup import is_below

OUTPUT_TOLD_CHARS: Final = 2_000
TRACEBACK: Final = "Traceback (most recent call last)"
EXCEPTION: Final = re.compile(r"[\w.]*[A-Z]\w*(?::.*)?")
UNWATCHED: Final = Witness((), 0)
"""For runners in which nothing of ours runs."""
ENDINGS: Final = {
    Ending.TIMED_OUT: RunOutcome.TIMED_OUT,
    Ending.OUT_OF_MEMORY: RunOutcome.OUT_OF_MEMORY,
    Ending.OUT_OF_DISK: RunOutcome.CRASHED,
    Ending.NOT_STARTED: RunOutcome.MISSING_RUNNER,
}


def judge_run(
    ending: Ending, exit_code: int | None, tests: Mapping[str, TestResult] | None, *, runner_missing: bool
) -> RunOutcome:
    """The outcome of one run; `tests` is None when there is no readable report."""
    if ending in ENDINGS:
        return ENDINGS[ending]
    if tests is None:
        return RunOutcome.MISSING_RUNNER if runner_missing else RunOutcome.CRASHED
    outcomes = {test.outcome for test in tests.values()}
    if outcomes & {TestOutcome.FAILED, TestOutcome.ERROR}:
        return RunOutcome.RED
    if not outcomes:
        return RunOutcome.NONE_COLLECTED
    if outcomes == {TestOutcome.SKIPPED}:
        return RunOutcome.ALL_SKIPPED
    # 1 with nothing but passes is a plugin's own rule, as a coverage threshold; anything else is a run that was
    # broken off after the tests it reports.
    return RunOutcome.GREEN if exit_code in {0, 1} else RunOutcome.CRASHED


def believed(tests: Mapping[str, TestResult] | None, witness: Witness | None) -> Mapping[str, TestResult] | None:
    """The report, unless the runner never came to its end or counted failures of which the report is silent."""
    if tests is None or witness is None:
        return None
    broken = {TestOutcome.FAILED, TestOutcome.ERROR}
    is_silent = witness.failed > 0 and not any(test.outcome in broken for test in tests.values())
    return None if is_silent else tests


def settle_selection(tests: Mapping[str, TestResult], selection: tuple[str, ...]) -> dict[str, TestResult]:
    """The results that were asked for: a file that does not import fails each selected test in it.

    Selected files keep all their tests; tests that ran only because a selection was given as files are left out.
    """
    wanted = frozenset(selection)
    settled = {id_: test for id_, test in tests.items() if is_below(id_, wanted)}
    for id_ in selection:
        path, separator, _ = id_.partition("::")
        if separator and id_ not in settled and _is_broken(tests.get(path)):
            settled[id_] = tests[path]
    return settled


def blame_selected(selection: tuple[str, ...] | None, outcome: RunOutcome, output: str) -> Mapping[str, TestResult]:
    """The results of selected tests of which none was reported, because their process went down; else nothing.

    A single one is to blame for any end of that kind; several are where the run ended with an exception before the
    first of them. Not for a time-out: that says as much about the clock as about the tests.
    """
    if outcome not in {RunOutcome.CRASHED, RunOutcome.OUT_OF_MEMORY} or not selection:
        return {}
    raised = _last_exception(output) if outcome is RunOutcome.CRASHED else ""
    if len(selection) > 1 and not raised:
        return {}
    told = f"the test run was {outcome.value}"
    # One test's crash may tell itself in many ways; that of a whole run is known by its exception.
    mark = fingerprint(told if len(selection) == 1 else raised, ())
    message = f"{told}\n{telling_end(output, OUTPUT_TOLD_CHARS)}"
    return {id_: TestResult(TestOutcome.ERROR, mark, message) for id_ in selection}


def _last_exception(output: str) -> str:
    """The last line of the output where that ends a traceback."""
    last = output.rstrip().rpartition("\n")[2]
    return last if TRACEBACK in output and EXCEPTION.match(last) else ""


def _is_broken(file: TestResult | None) -> bool:
    return file is not None and file.outcome is TestOutcome.ERROR
