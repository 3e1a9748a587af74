"""Map: task text and repository at a commit to ranked slices, read once and in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from runner.localise.candidates import choose, outlines_of
from runner.localise.evidence import Paths, gather
from runner.localise.index import scan
from runner.localise.kinds import penalty_of
from runner.localise.outline import BLOCK, Outline, Piece
from runner.localise.pack import BUDGET_BYTES, pack
from runner.localise.query import read_query
from runner.localise.rank import LITERAL_WEIGHT, Scored, first_ranking, last_ranking, rank_pieces
from runner.models import Localisation, Slice, Task
from runner.ports import Clock, Repository, SliceCache

MOST_FILES: Final = 50
MOST_SLICES: Final = 60
LONGEST_SHOWN_LINES: Final = 200
"""A longer container is shown by its head: what stands before its first definition."""


class Sources(Protocol):
    """The ports that Map needs; `Ports` has them."""

    @property
    def repository(self) -> Repository:
        """Where the files are."""

    @property
    def slice_cache(self) -> SliceCache:
        """Where definitions are kept."""

    @property
    def clock(self) -> Clock:
        """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The three ports that Map needs, where there is no whole run."""

    repository: Repository
    slice_cache: SliceCache
    clock: Clock


def map_slices(task: Task, commit: str, ports: Sources, *, shown_bytes: int = BUDGET_BYTES) -> Localisation:
    """The code that the task is about, best first. Reads every file of the commit at most once, plus the best again."""
    watch = Stopwatch(ports.clock)
    query = read_query(task.text)
    entries = ports.repository.entries(commit)
    by_path = {entry.path: entry for entry in entries}
    evidence = gather(query, Paths(by_path))
    watch.lap("list")
    index = scan(entries, ports.repository.read, query)
    for path in sorted(index.literal_paths):
        evidence.add(path, LITERAL_WEIGHT / len(index.literal_paths), "holds a text that the task quotes")
    watch.lap("scan")
    first = first_ranking(index.postings, query, evidence)
    best = sorted((path for path in first if first[path].score > 0), key=lambda path: (-first[path].score, path))
    watch.lap("rank files")
    outlines = outlines_of(choose(best, by_path), ports.repository.read, query, ports.slice_cache)
    watch.lap("parse")
    pieces = [piece for outline in outlines.values() for piece in outline.pieces]
    scored = rank_pieces(pieces, query, evidence)
    files = last_ranking(first, pieces, scored)[:MOST_FILES]
    slices = _slices(pieces, scored, dict(files), outlines, evidence.reasons)
    watch.lap("rank slices")
    notes = [
        *index.notes,
        *([] if files else ["no file holds a word of the task; name code, an error or a path in it"]),
    ]
    return Localisation(tuple(files), slices, pack(slices, outlines, shown_bytes), watch.seconds, tuple(notes))


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


def _slices(
    pieces: Sequence[Piece],
    scored: Sequence[Scored],
    files: Mapping[str, float],
    outlines: Mapping[str, Outline],
    reasons: Mapping[str, list[str]],
) -> tuple[Slice, ...]:
    """The best pieces as slices: their own score and half of their file's."""
    top = max(files.values(), default=1.0) or 1.0
    totals = [score.score + 2 * files.get(piece.path, 0.0) / top for piece, score in zip(pieces, scored, strict=True)]
    order = sorted((i for i in range(len(pieces)) if scored[i].because), key=lambda i: -totals[i])[:MOST_SLICES]
    return tuple(_slice(pieces[i], scored[i], totals[i], outlines[pieces[i].path], reasons) for i in order)


def _slice(piece: Piece, scored: Scored, total: float, outline: Outline, reasons: Mapping[str, list[str]]) -> Slice:
    end = piece.head_end if piece.name != BLOCK and piece.end - piece.start >= LONGEST_SHOWN_LINES else piece.end
    last = penalty_of(piece.path)[1]
    why = "; ".join(
        [*(f"file {reason}" for reason in reasons.get(piece.path, [])[:2]), *scored.because, *([last] if last else [])]
    )
    return Slice(piece.path, piece.name, piece.start, end, outline.sha1(piece.start, end), round(total, 6), why)
