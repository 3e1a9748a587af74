"""The words of a run as values: task, slice, plan, edit, attempt, result. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, Literal

from runner.proof import GuardFinding, Matrix, Stress, TestResult, TestRun, Verdict, VerifiedTree

FORMAT = 1
"""The version of every JSON document that a run writes."""

TITLE_CAP_CHARS = 200

Overlay = Mapping[str, bytes | None]
"""Changed files over a commit: path -> new content, or None for a deleted file."""

Pool = Literal["scan", "mutate"]


@unique
class ExitReason(Enum):
    """Why a run ended. Every run ends with exactly one of these."""

    VERIFIED = "VERIFIED"
    NOTHING_TO_DO = "NOTHING_TO_DO"
    NO_REPRODUCER = "NO_REPRODUCER"
    PLAN_INVALID = "PLAN_INVALID"
    TESTS_STILL_FAIL = "TESTS_STILL_FAIL"
    UNPROVEN = "UNPROVEN"
    TIME_SPENT = "TIME_SPENT"
    BUDGET_SPENT = "BUDGET_SPENT"
    MEMORY_PRESSURE = "MEMORY_PRESSURE"
    ENVIRONMENT_MISSING = "ENVIRONMENT_MISSING"
    ENGINE_UNREACHABLE = "ENGINE_UNREACHABLE"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked. The first line of `text` is its title; `trigger` says who asked and how."""

    repository: str
    base_commit: str
    text: str
    trigger: str

    @property
    def title(self) -> str:
        """The first line that is not blank, without Markdown heading marks, at most 200 characters."""
        lines = (line.strip(" #") for line in self.text.splitlines())
        return next((line[:TITLE_CAP_CHARS] for line in lines if line), "untitled task")


@dataclass(frozen=True, slots=True)
class BlobEntry:
    """One file of a commit: its POSIX path, git blob id, git mode (as "100644") and size in bytes."""

    path: str
    blob_id: str
    mode: str
    size_bytes: int


BY_NUMBER: Final = "lines "
"""What the name of a slice begins with that was asked for by its lines and not by a definition's name."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A contiguous piece of one file, lines 1-based and inclusive. `why` says what made it a candidate."""

    path: str
    name: str
    start: int
    end: int
    sha1: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Localisation:
    """What Map and Logic found: files and slices best first, and the spans that a step's prompt shows."""

    files: tuple[tuple[str, float], ...]
    slices: tuple[Slice, ...]
    shown: tuple[Slice, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the plan's DAG. `needs` names the steps that must be done before it."""

    id: str
    pool: Pool
    action: Literal["read", "find", "edit", "test"]
    paths: tuple[str, ...]
    why: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done: files it may change, the tests that must go green, and what counts as failure."""

    hypothesis: str
    files: tuple[str, ...]
    reproducer: tuple[str, ...]
    failure_means: str
    steps: tuple[Step, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One direct edit of lines `start`..`end` (1-based, inclusive) of `path`.

    `anchor` is the text that must stand there: the lines are found by it, and the numbers only choose between
    equal places. A new file has start 1, end 0 and no anchor; `text` None deletes the file.
    """

    path: str
    start: int
    end: int
    anchor: str | None
    text: str | None
    reasoning: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls to an engine cost: calls made, tokens read and written as the model counted them."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.calls + other.calls, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True, slots=True)
class Parameters:
    """One row of the parameter grid: how an attempt is made."""

    engine: str
    slices_shown: int = 8
    prompt_tokens: int = 4000
    temperature: float = 0.2
    max_tests: int = 200


@dataclass(frozen=True, slots=True)
class EngineContext:
    """All that an engine may see for one attempt.

    `checkout` is the folder of a plain tree of the base commit with the reproducer in it, `files` the texts of the
    files that matter (path -> text), `slices` what the localisation found, best first. `reproducing` is the run of
    the failing tests on the base, `passing` the ids of tests that pass on it. `feedback` holds one message per
    failed attempt, oldest first, and `tried` the digests (runner.edits.apply.digest) of what was tested before.
    `may_ask`: what a proposal has `wanted` will be looked up and shown.
    `near_miss` holds the changed files (path -> text) of the best failed attempt, empty where there is none, and
    `start` that attempt's number if a text model should go on from it (0: from the base). Edits are always told
    against `files`. `is_stuck` says that the last attempts failed in the same way; `test_files` are the texts of the
    failing tests' files, `compared` the two sides of what failing tests compared (id -> sides), where that was seen.
    `asked` are the slices that the engine asked for, `unknown` its words that nobody knows anything by, `at_start` the
    reproducing tests' run on what it goes on from, if that is not the base. `untested` says why no test shows the task,
    where that is known. `seen` are the slices that the prompt before showed, to which this one adds. `lost` are the
    existing tests that alone speak against the best failed attempt's change, `best`: the engine may say that they ask
    for what the task calls wrong.
    """

    task: Task
    plan: Plan
    checkout: str
    files: Mapping[str, str]
    slices: tuple[Slice, ...]
    reproducing: TestRun | None
    passing: tuple[str, ...]
    feedback: tuple[str, ...]
    tried: frozenset[str]
    parameters: Parameters
    seconds_left: float
    near_miss: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    is_stuck: bool = False
    test_files: Mapping[str, str] = field(default_factory=dict)
    may_ask: bool = False
    compared: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    asked: tuple[Slice, ...] = ()
    unknown: tuple[str, ...] = ()
    seen: tuple[Slice, ...] = ()
    at_start: TestRun | None = None
    untested: str = ""
    lost: Mapping[str, TestResult] = field(default_factory=dict)
    best: int = 0


@dataclass(frozen=True, slots=True)
class TestWanted:
    """What an engine is asked for before any fix: one new test file at `path` that fails because of the task.

    `example` is a part of the test file at `example_path`, `files` the texts (path -> text) that `slices` point into,
    `refused` why an earlier test was not taken. `may_ask`: what a draft has `wanted` will be looked up and shown, as
    the first of the slices (`asked`); `unknown` are its words that nobody knows anything by.
    """

    __test__ = False  # pytest would collect it by its name

    task: Task
    path: str
    example_path: str
    example: str
    slices: tuple[Slice, ...]
    files: Mapping[str, str]
    refused: str = ""
    may_ask: bool = False
    asked: tuple[Slice, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftTest:
    """What an engine answers to that: the test file's text, or in its place what it asks to see first (`wanted`)."""

    text: str
    usage: Usage
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """Another change that passes the same tests as the chosen one and behaves otherwise: on `given`, `other`.

    `change` says in one sentence what it is, `given` is an input of no test, `chosen` what the chosen one makes of it.
    """

    change: str
    given: str
    chosen: str
    other: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an engine answers: edits, and other proposals that it found as plausible.

    Those have no alternatives of their own. `rivals` are changes that pass the same tests and behave otherwise on
    inputs that no test holds; `shown` is the code that a text model saw, `wanted` what it asks to see before it edits.
    `objection` is what it says against the tests that its best change loses, in place of edits.
    """

    edits: tuple[Edit, ...]
    reasoning: str
    alternatives: tuple[Proposal, ...] = ()
    usage: Usage = Usage()
    facts: Mapping[str, str] = field(default_factory=dict)
    rivals: tuple[Rival, ...] = ()
    shown: tuple[Slice, ...] = ()
    wanted: tuple[str, ...] = ()
    objection: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One pass plan -> edit -> test: what was tried and what came of it.

    `start` is the attempt whose change it went on from, 0 for the base.
    """

    number: int
    parameters: Parameters
    outcome: str
    diff: str
    overlay_digest: str
    feedback: str
    reasoning: str
    seconds: float
    usage: Usage
    start: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What Monte Carlo expects of one row of the grid. `n_history` 0 means the priors alone spoke."""

    parameters: Parameters
    p_green: float
    p_green_error: float
    p50_s: float
    p95_s: float
    p95_peak_bytes: float
    expected_attempts: float
    samples: int
    seed: int
    n_history: int
    seconds_histogram: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One row of the receipt: a phase of an attempt, what it took and what it found."""

    phase: str
    attempt: int
    start_s: float
    seconds: float
    peak_rss_bytes: int
    found: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the run cost. Memory is that of the job's process tree; `mem_ratio` its peak share of the total."""

    rows: tuple[PhaseRow, ...]
    seconds: float
    peak_rss_bytes: int
    peak_pss_bytes: int
    mem_ratio: float
    usage: Usage
    sandbox: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may spend. `memory_bytes` is the job's share; `retries` come after the first attempt."""

    seconds: float = 90.0
    retries: int = 3
    memory_bytes: int = 0
    prompt_tokens: int = 4000
    output_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Spent:
    """What an interrupted run had used up before this process took it over."""

    attempts: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Everything that runner.run needs to know besides its ports.

    `test_patch` is applied to the base and frozen; `reproducer` are test ids; `out` is the bundle's folder; `notes` say
    what is unusual about the environment.
    """

    task: Task
    limits: Limits
    engine: str
    out: str
    test_patch: str | None = None
    reproducer: tuple[str, ...] = ()
    seed: int = 0
    spent: Spent = Spent()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. `tree` exists only when Review proved or cleared that exact tree.

    `alternatives` are other changes that pass the same tests and behave otherwise: then the verdict is ambiguous.
    `contested` are existing tests that fail with the shown change though the reproducing ones pass: it is wrong, or
    they hold what the task calls wrong.
    """

    exit: ExitReason
    verdict: Verdict
    reasons: tuple[str, ...]
    task: Task
    engine: str
    diff: str
    overlay: Overlay
    tree: VerifiedTree | None
    plan: Plan | None
    localisation: Localisation | None
    matrix: Matrix
    guard: tuple[GuardFinding, ...]
    stress: Stress | None
    forecasts: tuple[Forecast, ...]
    attempts: tuple[Attempt, ...]
    receipt: Receipt
    trace_id: str
    bundle: str
    alternatives: tuple[Rival, ...] = ()
    contested: tuple[str, ...] = ()
