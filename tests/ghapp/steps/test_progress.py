"""That showing progress never holds the run up, and that the checkpoint is kept at once."""

from __future__ import annotations

import threading

from ghapp.errors import GitHubUnreachable
from ghapp.render import Progress
from ghapp.steps.progress import ROWS_SHOWN, ProgressComment
from runner.models import PhaseRow

FIRST = Progress((), 0, 0.0, 90.0, "mona", 0)


class Reader:
    """Gets the comment's states; the first showing blocks until `go`, every one fails if `broken`."""

    def __init__(self, *, broken: bool = False) -> None:
        self.shown: list[Progress] = []
        self.arrived = threading.Event()
        self.go = threading.Event()
        self._broken = broken

    def __call__(self, progress: Progress) -> None:
        """One edit of the comment."""
        self.shown.append(progress)
        self.arrived.set()
        assert self.go.wait(10)
        if self._broken:
            raise GitHubUnreachable("no answer")


def row(phase: str, attempt: int, start_s: float) -> PhaseRow:
    """A finished phase of one second."""
    return PhaseRow(phase, attempt, start_s, 1.0, 1, "found it")


def test_a_slow_github_does_not_hold_the_run_up() -> None:
    """While one edit hangs, phases begin and end, and every one of them is in the checkpoint."""
    saved: list[tuple[int, float]] = []
    reader = Reader()
    with ProgressComment(reader, lambda *args: saved.append(args), FIRST) as observer:
        observer.phase_started("map", 1, 0.5)
        assert reader.arrived.wait(10)
        observer.phase_finished(row("map", 1, 0.5))
        observer.phase_started("execute", 1, 1.5)
        observer.phase_finished(row("execute", 1, 1.5))
        reader.go.set()
    assert saved == [(0, 0.5), (0, 1.5), (1, 1.5), (1, 2.5)]
    assert len(reader.shown) == 1


def test_an_attempt_counts_from_its_plan_on() -> None:
    """A run that is lost in Map, Logic or Monte Carlo has used up none."""
    saved: list[int] = []
    reader = Reader()
    reader.go.set()
    with ProgressComment(reader, lambda attempts, _: saved.append(attempts), FIRST) as observer:
        for phase in ("map", "logic", "monte carlo", "plan", "optimise", "execute", "review"):
            observer.phase_started(phase, 3, 1.0)
    assert saved == [2, 2, 2, 3, 3, 3, 3]


def test_a_github_that_fails_does_not_stop_the_run() -> None:
    """The comment stays as it is; the run goes on."""
    reader = Reader(broken=True)
    reader.go.set()
    with ProgressComment(reader, lambda *_: None, FIRST) as observer:
        observer.phase_started("map", 1, 0.5)
        assert reader.arrived.wait(10)
        observer.phase_finished(row("map", 1, 0.5))


def test_a_phase_is_one_line_and_only_the_newest_are_shown() -> None:
    """What has ended takes the place of what had begun; a long run does not make a long comment."""
    reader = Reader()
    comment = ProgressComment(reader, lambda *_: None, FIRST)
    for attempt in range(1, 30):
        comment.phase_started("execute", attempt, float(attempt))
        comment.phase_finished(row("execute", attempt, float(attempt)))
    reader.go.set()
    comment.phase_started("review", 29, 30.0)
    with comment:
        assert reader.arrived.wait(10)
    (progress,) = reader.shown
    assert len(progress.rows) == ROWS_SHOWN
    assert [row.done for row in progress.rows] == [True] * (ROWS_SHOWN - 1) + [False]
