"""The words of the proof as values: test results, the matrix, the guard's findings, the verdict. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from functools import cached_property

Line = tuple[str, int]
"""A path of the repository and a 1-based line of it."""


@unique
class Verdict(Enum):
    """What the matrix and the guard allow to be said, made by code and by nothing else."""

    PROVEN = "PROVEN"
    REGRESSION_SAFE = "REGRESSION-SAFE"
    UNPROVEN = "UNPROVEN"


@unique
class TestOutcome(Enum):
    """How one test ended."""

    __test__ = False  # pytest would collect it by its name

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@unique
class RunOutcome(Enum):
    """How one run of a test command ended. Only GREEN is good news."""

    GREEN = "green"
    RED = "red"
    NONE_COLLECTED = "none collected"
    ALL_SKIPPED = "all skipped"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    MISSING_RUNNER = "missing runner"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: how it ended, the failure's fingerprint (equal for equal causes), its message and frames.

    `frames` are (path, line) inside the repository, innermost last. Empty strings and tuples when it passed.
    """

    __test__ = False

    outcome: TestOutcome
    fingerprint: str = ""
    message: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class TestRun:
    """One execution of a test command. `scope` is "all" or "selected n of m"; `output` its last lines.

    `left_out` counts the tests that were not started because the time for the run was over; whole files, whose tests
    nobody counted, as one. `exchanged` names the parts of the test runner that were no longer what they were when the
    run ended; `began` are the tests, by their ids without parameters, whose own function was seen to begin, `callers`
    the repository's lines that were running them. `is_shuffled`: their order was another one than the runner's own.
    """

    __test__ = False

    command: str
    exit_code: int | None
    scope: str
    outcome: RunOutcome
    tests: Mapping[str, TestResult]
    seconds: float
    output: str = ""
    left_out: int = 0
    exchanged: tuple[str, ...] = ()
    began: tuple[str, ...] = ()
    callers: tuple[Line, ...] = ()
    is_shuffled: bool = False

    def ids(self, *outcomes: TestOutcome) -> tuple[str, ...]:
        """The ids of the tests that ended in one of `outcomes`, in the order they were reported."""
        return tuple(id_ for id_, test in self.tests.items() if test.outcome in outcomes)

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """The ids in the order of their letters: what is below a file or a class stands together."""
        return tuple(sorted(self.tests))

    @property
    def failing(self) -> tuple[str, ...]:
        """The ids of tests that failed or broke."""
        return self.ids(TestOutcome.FAILED, TestOutcome.ERROR)


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of the matrix: runs of the existing tests and of the reproducing ones on one tree."""

    existing: tuple[TestRun, ...] = ()
    reproducing: tuple[TestRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Base and head x existing and reproducing tests, and the revert check (base source, head's tests)."""

    base: Cells = Cells()
    head: Cells = Cells()
    revert: Cells = Cells()


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """Something in the diff that lowers the verdict. `rule` is stable, `path` where, `detail` what."""

    rule: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Stress:
    """Reruns and mutants after green. The interval is Wilson's at 95 % for the pass rate.

    `survivors` are mutants that no decisive test noticed, `unasked` parts of the change that none of them misses.
    """

    reruns: int
    passes: int
    interval: tuple[float, float]
    mutants: int
    killed: int
    seed: int
    seconds: float
    survivors: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons: what held, or what is missing.

    `is_unsettled`: nothing speaks against the change, only the clock kept it from being proven.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    is_unsettled: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedTree:
    """The permission to open a pull request for exactly this tree. Built by phases.review alone."""

    tree_sha: str
    verdict: Verdict
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """One rung of the stress ladder: 641 edge, 274177 stress, 65537 final."""

    rung: int
    name: str
    passed: bool
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spectra:
    """The lines that tests executed, one set a test: those that failed, and those that passed.

    `is_cut`: the clock ended every failing one while it was watched, so that more of them may execute more.
    `compared` are the two sides of the comparison at which a failing one ended, as text, by its id. `near` are the
    functions, by their first line, that failing ones entered from their last line, and how many calls below it.
    """

    failing: tuple[frozenset[Line], ...] = ()
    passing: tuple[frozenset[Line], ...] = ()
    is_cut: bool = False
    compared: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    near: Mapping[Line, int] = field(default_factory=dict)
