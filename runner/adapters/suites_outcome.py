"""How a test run ended, from what its runner wrote; an exit code alone never decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from runner.ports import Ending
from runner.proof import RunOutcome, TestOutcome, TestResult
from runner.verify.fingerprint import fingerprint

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
    files = {id_ for id_ in selection if "::" not in id_}
    wanted = set(selection)
    settled = {
        id_: test
        for id_, test in tests.items()
        if id_ in wanted or _below(id_, files) or any(id_.startswith((f"{one}::", f"{one}[")) for one in wanted)
    }
    for id_ in selection:
        broken = tests.get(id_.partition("::")[0])
        if "::" in id_ and id_ not in settled and broken is not None and broken.outcome is TestOutcome.ERROR:
            settled[id_] = broken
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


def _below(id_: str, files: set[str]) -> bool:
    path = id_.partition("::")[0]
    return any(path == file or path.startswith(f"{file.rstrip('/')}/") or file == "." for file in files)
