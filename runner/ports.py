"""What a run needs from the world, as protocols. Adapters implement them; runner.testing fakes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path
from typing import Protocol, TypeVar

from runner.models import (
    BlobEntry,
    DraftTest,
    EngineContext,
    Forecast,
    Localisation,
    Overlay,
    Parameters,
    PhaseRow,
    Plan,
    Proposal,
    Task,
    TestWanted,
    Usage,
)
from runner.proof import Spectra, TestRun
from runner.run_record import RunRecord

T = TypeVar("T")
R = TypeVar("R")

Clock = Callable[[], float]
"""Monotonic seconds."""


class Repository(Protocol):
    """A repository at its commits. Reading it never writes to it."""

    def resolve(self, revision: str) -> str:
        """The commit's full id. Raises BadInput when there is none."""

    def entries(self, commit: str) -> Sequence[BlobEntry]:
        """Every file of the commit, in path order; submodules left out."""

    def read(self, blob_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Blob id and content, in bulk, in the order asked."""

    def history(self, commit: str, limit: int, *, most_paths: int) -> Sequence[Sequence[str]]:
        """The paths that the commit and each one before it touched, newest first; merges left out.

        A commit that touched more than `most_paths` tells none.
        """

    def overlay_of(self, commit: str, patch: str) -> Overlay:
        """The files that a unified diff changes, applied to the commit. Raises BadInput if it does not apply."""

    def patched(self, commit: str, patch: str) -> str:
        """The id of the tree that a unified diff makes of the commit. Raises BadInput if it does not apply."""

    def changes(self, base: str, head: str) -> Overlay:
        """The files that differ between two commits or trees, with the head's contents; submodules left out."""

    def modes(self, base: str, head: str) -> Mapping[str, tuple[str, str]]:
        """The git modes of all that differs, submodules too, on both sides; "" where there is nothing."""

    def diff(self, commit: str, overlay: Overlay) -> str:
        """The unified diff from the commit to the commit plus overlay, as git prints it."""

    def tree_sha(self, commit: str, overlay: Overlay) -> str:
        """The id of the git tree that the commit plus overlay has."""


class Checkout(Protocol):
    """A plain tree (no .git) that tests run in."""

    root: Path

    def switch(self, overlay: Overlay) -> None:
        """Make the tree the base commit plus overlay, undoing everything that tests left behind."""


class Workspace(Protocol):
    """Makes checkouts of a commit."""

    def checkout(self, commit: str) -> AbstractContextManager[Checkout]:
        """A fresh plain tree of the commit, given back at the end."""


@unique
class Ending(Enum):
    """How a sandboxed process ended."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    OUT_OF_DISK = "out of disk"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class Command:
    """What to run in the sandbox.

    `argv[0]` is looked up on the sandbox's PATH (the environment's bin first). `workspace` is bound writable at
    its own path and is the working directory; `readable` and `writable` are bound in addition.
    """

    argv: tuple[str, ...]
    workspace: Path
    timeout_s: float
    env: Mapping[str, str]
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    network: bool = False
    output_cap_bytes: int = 4_000_000


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of a command. `output` is stdout and stderr together, its middle cut at the cap."""

    ending: Ending
    exit_code: int | None
    output: str
    seconds: float
    peak_rss_bytes: int


class Conversation(Protocol):
    """A sandboxed process that talks in lines."""

    @property
    def ending(self) -> str:
        """How it ended, once `receive` has given None: "exited with 1", "killed at its time limit"."""

    def send(self, line: str) -> None:
        """Write one line to its standard input."""

    def receive(self, timeout_s: float) -> str | None:
        """The next line of its standard output without its newline; None at its end.

        Raises TimeSpent when none came in time.
        """


class Sandbox(Protocol):
    """Runs what nobody trusts: no network, no home, no token, no .git, bounded time and memory."""

    description: str
    """What protects the machine, for the receipt; begins with "degraded" when bubblewrap is missing."""

    def run(self, command: Command) -> Completed:
        """Run to its end. Everything it started is dead when this returns."""

    def converse(self, command: Command) -> AbstractContextManager[Conversation]:
        """Start it and talk to it; everything it started is dead when the block ends."""


class Suite(Protocol):
    """A repository's tests: runs them in a checkout and parses what their runner wrote."""

    def run(
        self,
        checkout: Path,
        selection: tuple[str, ...] | None,
        *,
        timeout_s: float,
        shuffle_seed: int | None = None,
    ) -> TestRun:
        """Run the selected test ids or files (None: all), optionally in shuffled order with another hash seed."""

    def is_test_path(self, path: str) -> bool:
        """Whether the file holds tests or their fixtures."""


class Coverage(Protocol):
    """Sees which lines of a repository its tests execute."""

    def spectra(
        self, checkout: Path, failed: TestRun, passing: Sequence[str], paths: Sequence[str], *, timeout_s: float
    ) -> Spectra:
        """What the failing tests of a run execute of these paths, and passing ones near them, as far as time allows.

        `passing` are ids that pass; where none is known, test files, and those of them and beside the failing ones are
        tried.
        Raises EngineFailure when these tests cannot be traced.
        """


class Engine(Protocol):
    """Whatever turns a plan and context into edits."""

    name: str

    def check(self) -> str:
        """One line that says what answers. Raises EngineUnreachable with what to do."""

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        """The engine's own plan, or None to take the one made by rules. Raises EngineFailure."""

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """Paths of the best files, most likely first; () leaves their order. Raises EngineFailure or TimeSpent."""

    def propose(self, context: EngineContext) -> Proposal:
        """Edits for the plan. No edits means it found none. Raises EngineFailure."""


class ReproducerWriter(Protocol):
    """Writes a test that shows a task; not every engine can."""

    def write_test(self, wanted: TestWanted, *, timeout_s: float) -> DraftTest:
        """The new test file's text, or what is to be shown before. Raises EngineFailure, BudgetSpent, TimeSpent."""


class Span(Protocol):
    """One piece of work in the trace."""

    def set(self, key: str, value: str | float) -> None:
        """Add an attribute."""

    def content(self, key: str, text: str) -> None:
        """Add text that may hold code or prompts: kept only when content capture is on."""

    def fail(self, reason: str) -> None:
        """Mark the span as failed."""


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """A finished span, mirrored in the bundle. Times are seconds since the epoch."""

    span_id: str
    parent_id: str
    name: str
    kind: str
    start_s: float
    end_s: float
    failed: str
    attributes: Mapping[str, str | float]


class Tracer(Protocol):
    """Emits spans at the source and keeps a mirror of them."""

    trace_id: str

    def span(self, name: str, kind: str) -> AbstractContextManager[Span]:
        """A span under the innermost open one. `kind` is an OpenInference span kind, as "CHAIN"."""

    def finished(self) -> tuple[SpanRecord, ...]:
        """The spans that have ended, oldest first."""

    def delivery(self) -> str:
        """What became of the trace, in one line for the receipt; nothing is sent after this."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """Memory of the job's process tree: now, its peaks, and the share of the total at the peak."""

    rss_bytes: int
    peak_rss_bytes: int
    peak_pss_bytes: int
    mem_ratio: float
    peak_mem_ratio: float


class Gauge(Protocol):
    """Reads the memory pressure that a background thread publishes every 250 ms."""

    def read(self) -> Pressure:
        """The newest reading."""

    def periods_s(self) -> tuple[float, ...]:
        """Seconds between the readings so far, oldest first."""


class History(Protocol):
    """Earlier runs on this server."""

    def recall(self, repository: str) -> tuple[RunRecord, ...]:
        """Earlier runs, newest first; those of this repository before all others."""

    def record(self, run: RunRecord) -> None:
        """Keep one finished run; where that fails it is said in the log, since no run is lost for its memory."""


class Grid(Protocol):
    """Ranks the rows of the parameter grid by their forecasts."""

    def rank(self, forecasts: Sequence[Forecast], *, limit: int) -> tuple[Parameters, ...]:
        """The best rows, best first, at most `limit`."""


class SliceCache(Protocol):
    """What was once read from a blob, kept across runs: key -> packed record."""

    def get(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """The records that exist."""

    def put(self, records: Mapping[str, bytes]) -> None:
        """Keep records; one that exists stays."""


class Bundle(Protocol):
    """The run's folder of evidence."""

    path: str

    def write(self, name: str, content: str) -> None:
        """Write one file of the bundle, replacing an earlier one."""

    def seal(self, facts: Mapping[str, str]) -> bool:
        """Sign every file's digest and verify it again from the folder alone; True when it verifies."""


class Hooks(Protocol):
    """The hook commands that the repository's configuration names."""

    def check(self, checkout: Path, timeout_s: float) -> None:
        """Run each of them in the changed tree. Raises HookBlocked when one ends with exit code 2."""


class Scan(Protocol):
    """The pool that reads in parallel, min(8, cores) wide and narrower under memory pressure."""

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The function's values, in the order of the items."""

    def meanwhile(self, function: Callable[[], R]) -> AbstractContextManager[Callable[[], R]]:
        """The function's value, once it is asked for: worked out beside what the block does, where there is room."""


class Observer(Protocol):
    """Hears how the run goes, for progress shown to people and for taking over after a crash."""

    def phase_started(self, phase: str, attempt: int, elapsed_s: float) -> None:
        """A phase begins; `elapsed_s` is the run's clock."""

    def tests_ended(self, run: TestRun) -> None:
        """Within a phase, a run of tests has ended: a phase may hold ten of them."""

    def phase_finished(self, row: PhaseRow) -> None:
        """A phase has ended."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a run may touch, put together by runner.compose."""

    repository: Repository
    workspace: Workspace
    sandbox: Sandbox
    suite: Suite
    coverage: Coverage
    engine: Engine
    tracer: Tracer
    gauge: Gauge
    history: History
    grid: Grid
    slice_cache: SliceCache
    hooks: Hooks
    scan: Scan
    bundle: Bundle
    observer: Observer
    clock: Clock
    writer: ReproducerWriter | None = None
