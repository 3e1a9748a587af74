"""Fakes at the ports, for tests of the loop without git, sandbox, model or clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import BadInput, EngineUnreachable, MissingTool
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
from runner.ports import Command, Completed, Conversation, Ending, Pressure, R, SpanRecord, T
from runner.proof import RunOutcome, Spectra, TestOutcome, TestResult, TestRun
from runner.run_record import RunRecord

Files = Mapping[str, bytes]
Judge = Callable[[Files], Mapping[str, TestOutcome]]


def blob_id(content: bytes) -> str:
    """The id that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class FakeClock:
    """Seconds that pass only when told."""

    def __init__(self, now_s: float = 0.0) -> None:
        """Starts at `now_s`."""
        self.now_s = now_s

    def __call__(self) -> float:
        """The seconds told so far."""
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        self.now_s += seconds


class FakeRepository:
    """One commit in memory, named "base"."""

    def __init__(self, files: Files) -> None:
        """`files` is the whole commit."""
        self.files = dict(files)
        self.touched: list[Sequence[str]] = []

    def resolve(self, revision: str) -> str:
        """Only "base" exists."""
        if revision != "base":
            raise BadInput(f"no commit {revision}")
        return revision

    def entries(self, commit: str) -> Sequence[BlobEntry]:
        """The files of the commit."""
        return [BlobEntry(p, blob_id(c), "100644", len(c)) for p, c in sorted(self.files.items())]

    def read(self, blob_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Contents by blob id."""
        contents = {blob_id(c): c for c in self.files.values()}
        return ((id_, contents[id_]) for id_ in blob_ids)

    def history(self, commit: str, limit: int, *, most_paths: int) -> Sequence[Sequence[str]]:
        """What the test put into `touched`."""
        return [paths if len(paths) <= most_paths else () for paths in self.touched[:limit]]

    def overlay_of(self, commit: str, patch: str) -> Overlay:
        """A "patch" here is `path=content`."""
        path, _, content = patch.partition("=")
        return {path: content.encode()}

    def patched(self, commit: str, patch: str) -> str:
        """Trees have no names here."""
        return commit

    def changes(self, base: str, head: str) -> Overlay:
        """There is one commit, so nothing differs."""
        return {}

    def modes(self, base: str, head: str) -> Mapping[str, tuple[str, str]]:
        """Nothing differs."""
        return {}

    def diff(self, commit: str, overlay: Overlay) -> str:
        """One line per changed file."""
        return "".join(f"+++ b/{path}\n+{(content or b'').decode()}\n" for path, content in overlay.items())

    def tree_sha(self, commit: str, overlay: Overlay) -> str:
        """Equal for equal trees."""
        tree = {p: c for p, c in {**self.files, **overlay}.items() if c is not None}
        return hashlib.sha1(repr(sorted(tree.items())).encode(), usedforsecurity=False).hexdigest()


class FakeCheckout:
    """A tree in memory; `root` is only a name."""

    def __init__(self, files: Files) -> None:
        """Starts as the base commit."""
        self.root = Path("/checkout")
        self._base = dict(files)
        self.files: dict[str, bytes] = dict(files)

    def switch(self, overlay: Overlay) -> None:
        """Base plus overlay."""
        merged = {**self._base, **overlay}
        self.files = {path: content for path, content in merged.items() if content is not None}


class FakeSandbox:
    """Runs nothing."""

    description = "fake: nothing runs"

    def run(self, command: Command) -> Completed:
        """Ends at once with exit code 0."""
        return Completed(Ending.EXITED, 0, "", 0.0, 0)

    def converse(self, command: Command) -> AbstractContextManager[Conversation]:
        """Nobody answers."""
        raise MissingTool("the fake sandbox has no programs; use the real one")


class FakeWorkspace:
    """Hands out one checkout and remembers it."""

    def __init__(self, files: Files) -> None:
        """`files` is the base commit."""
        self.tree = FakeCheckout(files)

    @contextmanager
    def checkout(self, commit: str) -> Iterator[FakeCheckout]:
        """The one checkout."""
        yield self.tree


class FakeSuite:
    """Tests that are a function of the tree's files."""

    def __init__(self, workspace: FakeWorkspace, judge: Judge) -> None:
        """`judge` says how every test ends on the given files."""
        self._workspace = workspace
        self._judge = judge
        self.runs: list[tuple[str, ...] | None] = []

    def run(
        self,
        checkout: Path,
        selection: tuple[str, ...] | None,
        *,
        timeout_s: float,
        shuffle_seed: int | None = None,
    ) -> TestRun:
        """The selected tests, judged."""
        self.runs.append(selection)
        ends = self._judge(self._workspace.tree.files)
        chosen = {id_: end for id_, end in ends.items() if _is_selected(id_, selection)}
        tests = {id_: _result(id_, end) for id_, end in chosen.items()}
        scope = "all" if selection is None else f"selected {len(tests)} of {len(ends)}"
        outcome = RunOutcome.NONE_COLLECTED if not tests else RunOutcome.GREEN
        if any(end in (TestOutcome.FAILED, TestOutcome.ERROR) for end in chosen.values()):
            outcome = RunOutcome.RED
        return TestRun("fake tests", int(outcome is RunOutcome.RED), scope, outcome, tests, 0.1)

    def is_test_path(self, path: str) -> bool:
        """Tests live in tests/."""
        return path.startswith("tests/")


class FakeCoverage:
    """Spectra that are set by hand, or a failure."""

    def __init__(self, answer: Spectra | Exception = Spectra()) -> None:  # noqa: B008 -- frozen
        """`answer` is what every call gets."""
        self.answer = answer
        self.timeouts_s: list[float] = []

    def spectra(
        self, checkout: Path, failed: TestRun, passing: Sequence[str], paths: Sequence[str], *, timeout_s: float
    ) -> Spectra:
        """The answer."""
        self.timeouts_s.append(timeout_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeEngine:
    """Answers from a script, one proposal or error per attempt."""

    def __init__(
        self, script: Sequence[Proposal | Exception], name: str = "scripted", *, is_there: bool = True
    ) -> None:
        """The last entry answers for ever, if it is there."""
        self.name = name
        self._is_there = is_there
        self._script = list(script)
        self.contexts: list[EngineContext] = []

    def check(self) -> str:
        """Whether it answers."""
        if not self._is_there:
            raise EngineUnreachable("nobody answers; start the script")
        return "a script answers"

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        """Leaves the plan to the rules."""
        return None, Usage()

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """Leaves the order."""
        return (), Usage()

    def propose(self, context: EngineContext) -> Proposal:
        """The script's next entry."""
        self.contexts.append(context)
        entry = self._script[min(len(self.contexts), len(self._script)) - 1]
        if isinstance(entry, Exception):
            raise entry
        return entry


class FakeWriter:
    """Writes tests from a script; the last entry answers for ever."""

    def __init__(self, script: Sequence[str | tuple[str, ...] | Exception]) -> None:
        """Texts of test files; or in their place what it asks to see, or what it raises."""
        self._script = list(script)
        self.wanted: list[TestWanted] = []

    def write_test(self, wanted: TestWanted, *, timeout_s: float) -> DraftTest:
        """The script's next entry."""
        self.wanted.append(wanted)
        entry = self._script[min(len(self.wanted), len(self._script)) - 1]
        if isinstance(entry, Exception):
            raise entry
        usage = Usage(calls=1, tokens_in=10, tokens_out=5)
        return DraftTest(entry, usage) if isinstance(entry, str) else DraftTest("", usage, entry)


@dataclass
class FakeSpan:
    """A span that remembers."""

    name: str
    attributes: dict[str, str | float] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    failed: str = ""

    def set(self, key: str, value: str | float) -> None:
        """Remember an attribute."""
        self.attributes[key] = value

    def content(self, key: str, text: str) -> None:
        """Remember what it would hold with content capture on."""
        self.contents[key] = text

    def fail(self, reason: str) -> None:
        """Remember the failure."""
        self.failed = reason


class FakeTracer:
    """Spans in a list, in the order they ended."""

    def __init__(self) -> None:
        """No span yet."""
        self.trace_id = "0" * 32
        self.spans: list[FakeSpan] = []

    @contextmanager
    def span(self, name: str, kind: str) -> Iterator[FakeSpan]:
        """A span that is listed when it ends."""
        span = FakeSpan(name)
        try:
            yield span
        finally:
            self.spans.append(span)

    def finished(self) -> tuple[SpanRecord, ...]:
        """The listed spans as records."""
        return tuple(SpanRecord(str(n), "", s.name, "CHAIN", 0, 0, s.failed, {}) for n, s in enumerate(self.spans))

    def delivery(self) -> str:
        """It goes nowhere."""
        return "the trace is in the test"


class FakeGauge:
    """A pressure that is set by hand."""

    def __init__(self, mem_ratio: float = 0.1) -> None:
        """`mem_ratio` is what it reads."""
        self.mem_ratio = mem_ratio

    def read(self) -> Pressure:
        """The value set."""
        return Pressure(1_000_000, 1_000_000, 1_000_000, self.mem_ratio, self.mem_ratio)

    def periods_s(self) -> tuple[float, ...]:
        """As regular as it should be."""
        return (0.25, 0.25)


class FakeHistory:
    """Runs in a list."""

    def __init__(self) -> None:
        """No run yet."""
        self.records: list[RunRecord] = []

    def recall(self, repository: str) -> tuple[RunRecord, ...]:
        """Newest first."""
        return tuple(reversed(self.records))

    def record(self, run: RunRecord) -> None:
        """Keep it."""
        self.records.append(run)


class FakeGrid:
    """Ranks by P(green) alone."""

    def rank(self, forecasts: Sequence[Forecast], *, limit: int) -> tuple[Parameters, ...]:
        """Best first."""
        best = sorted(forecasts, key=lambda forecast: -forecast.p_green)
        return tuple(forecast.parameters for forecast in best[:limit])


class FakeSliceCache:
    """Records in a dict."""

    def __init__(self) -> None:
        """Nothing cached."""
        self.records: dict[str, bytes] = {}

    def get(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """The ones that exist."""
        return {key: self.records[key] for key in keys if key in self.records}

    def put(self, records: Mapping[str, bytes]) -> None:
        """The first one stays."""
        self.records = {**records, **self.records}


class FakeHooks:
    """Hook commands that answer from a script: None passes, an exception blocks."""

    def __init__(self, script: Sequence[Exception | None] = (None,)) -> None:
        """The last entry answers for ever."""
        self._script = list(script)

    def check(self, checkout: Path, timeout_s: float) -> None:
        """The script's next entry."""
        entry = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if entry is not None:
            raise entry


class SerialScan:
    """Reads one after the other."""

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The function's values."""
        return [function(item) for item in items]

    def meanwhile(self, function: Callable[[], R]) -> AbstractContextManager[Callable[[], R]]:
        """The function itself."""
        return nullcontext(function)


class FakeBundle:
    """Files in a dict."""

    def __init__(self) -> None:
        """An empty folder."""
        self.path = "/bundle"
        self.files: dict[str, str] = {}
        self.is_sealed = False

    def write(self, name: str, content: str) -> None:
        """Keep it."""
        self.files[name] = content

    def seal(self, facts: Mapping[str, str]) -> bool:
        """Always verifies."""
        self.is_sealed = True
        return True


class FakeObserver:
    """Remembers what it heard."""

    def __init__(self) -> None:
        """Heard nothing."""
        self.started: list[tuple[str, int]] = []
        self.rows: list[PhaseRow] = []
        self.runs: list[TestRun] = []

    def phase_started(self, phase: str, attempt: int, elapsed_s: float) -> None:
        """Remember it."""
        self.started.append((phase, attempt))

    def tests_ended(self, run: TestRun) -> None:
        """Remember it."""
        self.runs.append(run)

    def phase_finished(self, row: PhaseRow) -> None:
        """Remember it."""
        self.rows.append(row)


def _is_selected(id_: str, selection: tuple[str, ...] | None) -> bool:
    return selection is None or any(id_ == chosen or id_.startswith(f"{chosen}::") for chosen in selection)


def _result(id_: str, outcome: TestOutcome) -> TestResult:
    if outcome in (TestOutcome.PASSED, TestOutcome.SKIPPED):
        return TestResult(outcome)
    return TestResult(outcome, fingerprint=f"AssertionError@{id_}", message="assert 1 == 2")
