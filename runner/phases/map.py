"""Map: task text and repository at a commit to ranked slices, read once and in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, tee
from typing import Final, Protocol

from runner.localise.candidates import choose, outlines_of
from runner.localise.definition_signals import Pieces, read_pieces
from runner.localise.evidence import Evidence, gather
from runner.localise.export_records import exports_reader
from runner.localise.history import COMMITS, MOST_PATHS
from runner.localise.index import read_index
from runner.localise.kinds import penalty_of, says_generated
from runner.localise.outline import Outline
from runner.localise.pack import BUDGET_BYTES, pack
from runner.localise.patch_code import with_test
from runner.localise.paths import Paths
from runner.localise.query import Query, read_query
from runner.localise.quotes import files_quoting
from runner.localise.rank_candidates import last_ranking, last_signals
from runner.localise.rank_definitions import Ranked, rank_definitions
from runner.localise.rank_files import Signals, best_first, first_signals
from runner.localise.reexports import Names
from runner.localise.related import with_neighbours
from runner.models import BlobEntry, Localisation, Slice, Task
from runner.ports import Clock, Repository, Scan, SliceCache

MOST_FILES: Final = 50
MOST_SLICES: Final = 80


class Sources(Protocol):
    """The ports that Map needs; `Ports` has them."""

    @property
    def repository(self) -> Repository:
        """Where the files are."""

    @property
    def slice_cache(self) -> SliceCache:
        """Where what was read of a blob is kept."""

    @property
    def clock(self) -> Clock:
        """Monotonic seconds."""

    @property
    def scan(self) -> Scan:
        """What reads in parallel."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The ports that Map needs, where there is no whole run."""

    repository: Repository
    slice_cache: SliceCache
    clock: Clock
    scan: Scan


@dataclass(frozen=True, slots=True)
class Survey:
    """What a task's text and a commit's files say about each other.

    `last` has the candidates, which are the files with an outline; `others` are the best of the other files.
    """

    query: Query
    entries: Mapping[str, BlobEntry]
    evidence: Evidence
    outlines: Mapping[str, Outline]
    pieces: Pieces
    others: tuple[str, ...]
    last: Mapping[str, Signals]
    notes: tuple[str, ...]


def survey(task: Task, commit: str, ports: Sources, watch: Stopwatch) -> Survey:
    """Read every file of the commit at most once, plus the best again."""
    with ports.scan.meanwhile(lambda: ports.repository.history(commit, COMMITS, most_paths=MOST_PATHS)) as history:
        return _surveyed(read_query(task.text), commit, ports, watch, history)


def _surveyed(
    query: Query, commit: str, ports: Sources, watch: Stopwatch, history: Callable[[], Sequence[Sequence[str]]]
) -> Survey:
    entries = ports.repository.entries(commit)
    by_path = {entry.path: entry for entry in entries}
    paths = Paths(by_path)
    names = Names(paths, exports_reader(by_path, ports.repository, ports.slice_cache))
    evidence = gather(query, paths, names)
    watch.lap("list")
    index = read_index(entries, ports.repository.read, ports.slice_cache, ports.scan)
    quoting = files_quoting(query, index, ports.repository.read)
    for path in quoting:
        evidence.add(path, "quoted", 1.0 / len(quoting), "holds a text that the task quotes")
    watch.lap("scan")
    first = first_signals(index, query, evidence)
    watch.lap("rank files")
    ranking, again = tee(best_first(first))
    outlines = outlines_of(choose(ranking, by_path), ports.repository.read, query, ports.slice_cache)
    watch.lap("parse")
    pieces = read_pieces(outlines, query, evidence)
    commits = history()
    last = last_signals(first, outlines, pieces, query, names, history=commits)
    others = tuple(islice((path for path in again if path not in last), MOST_FILES))
    watch.lap("rank candidates")
    notes = [*index.notes, *([] if len(commits) > 1 else ["no history before the commit; a deeper clone ranks better"])]
    return Survey(query, by_path, evidence, outlines, pieces, others, last, tuple(notes))


def map_slices(
    task: Task, commit: str, ports: Sources, *, shown_bytes: int = BUDGET_BYTES, test_patch: str = ""
) -> Localisation:
    """The code that the task is about, best first. A test patch is a unified diff that brings a failing test."""
    watch = Stopwatch(ports.clock)
    found = survey(replace(task, text=with_test(task.text, test_patch)), commit, ports, watch)
    files = last_ranking(found.others, found.last)[:MOST_FILES]
    ranked = rank_definitions(found.pieces, files, found.query, MOST_SLICES)
    slices: Sequence[Slice] = [_slice(one, found) for one in ranked]
    watch.lap("rank slices")
    slices = with_neighbours(slices, found.outlines, found.entries, ports.slice_cache)
    watch.lap("relate")
    notes = [
        *found.notes,
        *([] if files else ["no file holds a word of the task; name code, an error or a path in it"]),
    ]
    return Localisation(tuple(files), slices, pack(slices, found.outlines, shown_bytes), watch.seconds, tuple(notes))


class Stopwatch:
    """Seconds between laps, by name."""

    def __init__(self, clock: Clock) -> None:
        """Starts now."""
        self._clock = clock
        self._since = clock()
        self.seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Everything since the last lap was `name`."""
        now = self._clock()
        self.seconds[name] = now - self._since
        self._since = now


def _slice(ranked: Ranked, found: Survey) -> Slice:
    piece, last = ranked.piece, penalty_of(ranked.piece.path)[1]
    last = last or ("generated, as it says" if says_generated(found.outlines[piece.path].lines) else "")
    reasons = [f"file {reason}" for reason in found.evidence.reasons.get(piece.path, [])[:2]]
    why = "; ".join([*reasons, *ranked.because, *([last] if last else [])])
    sha1 = found.outlines[piece.path].sha1(piece.start, piece.end)
    return Slice(piece.path, piece.name, piece.start, piece.end, sha1, round(ranked.score, 6), why)
