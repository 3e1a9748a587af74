"""How a test run ended, from what its runner wrote; an exit code alone never decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from runner.ports import Ending
from runner.proof import RunOutcome, TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint
from runner.verify.lookup import is_below

OUTPUT_TOLD_CHARS: Final = 2_000
ENDINGS: Final = {
    Ending.TIMED_OUT: RunOutcome.TIMED_OUT,
    Ending.OUT_OF_MEMORY: RunOutcome.OUT_OF_MEMORY,
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


def blame_single(selection: tuple[str, ...] | None, outcome: RunOutcome, output: str) -> Mapping[str, TestResult]:
    """The result of a single selected test that took its whole process down; nothing in all other cases.

    Not for a time-out: that says as much about the clock as about the test.
    """
    if outcome not in {RunOutcome.CRASHED, RunOutcome.OUT_OF_MEMORY} or selection is None or len(selection) != 1:
        return {}
    told = f"the test run was {outcome.value}"
    return {
        selection[0]: TestResult(TestOutcome.ERROR, fingerprint(told, ()), f"{told}\n{output[-OUTPUT_TOLD_CHARS:]}")
    }


def _is_broken(file: TestResult | None) -> bool:
    return file is not None and file.outcome is TestOutcome.ERROR
