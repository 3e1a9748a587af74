"""What the attempts of one run teach the next one: what was tried, what found nothing, how each failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.edits.apply import digest
from runner.edits.feedback import Failed, failure_feedback
from runner.errors import BudgetSpent
from runner.findings import Findings, exit_of
from runner.models import Attempt, Parameters, Proposal
from runner.phases.execute import Tried
from runner.phases.optimise import MODEL_FREE
from runner.phases.strategy import Past, Strategy, next_strategy
from runner.ports import Repository
from runner.proof import TestRun
from runner.verify.existing import broken

NOTHING = Proposal((), "")
"""What an attempt proposed that did not come so far."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt at its end: what it tried if it came so far, what was said of it, the answer if it was of no use.

    `is_broken` says that a step of it failed, so that its change was never really tested.
    """

    number: int
    parameters: Parameters
    tried: Tried | None
    said: str
    seconds: float
    answer: str = ""
    is_broken: bool = False


class Attempts:
    """The attempts so far, and `waiting`: what was found beside the last change and was not tried yet.

    What the result tells of them is kept in `findings`.
    """

    def __init__(self, findings: Findings, repository: Repository) -> None:
        """None was made yet."""
        self._findings = findings
        self._repository = repository
        self._missed: set[tuple[tuple[str, ...], Parameters]] = set()
        self._pasts: list[Past] = []
        self.tried: frozenset[str] = frozenset()
        self.strategy = Strategy()
        self.waiting: tuple[Proposal, ...] = ()

    @property
    def misses(self) -> int:
        """How many of them changed nothing, and one more where more of the same is no use."""
        return sum(not attempt.overlay_digest for attempt in self._findings.attempts) + self.strategy.is_stuck

    def begin(self, reproducing: TestRun | None) -> None:
        """Choose how the next attempt goes on; `reproducing` are the failing tests on the base."""
        closest = self._findings.closest
        self.strategy = next_strategy(self._pasts, reproducing, closest.number if closest else 0)

    def fresh(self, number: int, rows: Sequence[Parameters], files: tuple[str, ...]) -> Sequence[Parameters]:
        """The rows that may teach something on these files, first the one whose turn it is. Raises BudgetSpent."""
        turn = (number - 1) % len(rows)
        in_turn = [*rows[turn:], *rows[:turn]]
        if rows[0].engine not in MODEL_FREE:
            used = {attempt.parameters for attempt in self._findings.attempts}
            return [row for row in in_turn if row not in used] or in_turn
        if self.waiting:
            return in_turn
        untried = [row for row in rows if (files, row) not in self._missed]
        if not untried:
            raise BudgetSpent(f"{rows[0].engine} has looked everywhere it can; nothing is left to try")
        return untried

    def begin_change(self, name: str) -> None:
        """A change, by its digest, is about to be tried: whatever becomes of it, it is not tried again."""
        self.tried |= {name}

    def keep(self, ended: Ended, reproducing: TestRun | None) -> None:
        """Remember the attempt: its change is never tried again, its failure is fed back."""
        findings, tried = self._findings, ended.tried
        proposal, run = (tried.proposal, tried.run) if tried else (NOTHING, None)
        diff, name = self._learn(ended, tried) if tried else ("", "")
        if tried is None and findings.plan is not None:
            self._missed.add((findings.plan.files, ended.parameters))
        verified = findings.tree is not None
        findings.attempts.append(
            Attempt(
                number=ended.number,
                parameters=ended.parameters,
                outcome=findings.judgement.verdict.value if verified else ended.said,
                diff=diff,
                overlay_digest=name,
                feedback="" if verified else failure_feedback(self._failed(ended, diff, reproducing)),
                reasoning=proposal.reasoning,
                seconds=ended.seconds,
                usage=proposal.usage,
                start=self.strategy.start,
            )
        )
        self._pasts.append(Past(ended.number, run, proposal.shown))
        if not verified:
            findings.exit = findings.closest.exit if findings.closest else exit_of(run)

    def _learn(self, ended: Ended, tried: Tried) -> tuple[str, str]:
        """The change's diff and its digest, which is not tried again unless a step that broke kept it from its test."""
        diff = self._repository.diff(self._findings.request.task.base_commit, tried.overlay)
        name = digest(tried.overlay)
        self.tried = self.tried - {name} if ended.is_broken else self.tried | {name}
        self._findings.keep_closest(ended.number, tried.overlay, diff, tried.run, broken(self._findings.matrix))
        return diff, name

    def _failed(self, ended: Ended, diff: str, reproducing: TestRun | None) -> Failed:
        """The attempt beside the last one whose tests ran."""
        ran = [past for past in self._pasts if past.run is not None]
        return Failed(
            number=ended.number,
            start=self.strategy.start,
            said=ended.said,
            answer=ended.answer,
            idea=ended.tried.proposal.reasoning if ended.tried else "",
            diff=diff,
            run=ended.tried.run if ended.tried else None,
            broken=broken(self._findings.matrix) if ended.tried else {},
            before=ran[-1].run if ran else reproducing,
            before_number=ran[-1].number if ran else 0,
        )
