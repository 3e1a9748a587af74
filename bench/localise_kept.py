"""What localisation knows of each case before anything is weighed, kept in a file: fitting is arithmetic on it."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from bench.localise_cases import Case
from runner.adapters.git_work_tree import open_repository
from runner.adapters.scan_pool import ScanPool
from runner.localise.kinds import penalty_of
from runner.models import Task
from runner.phases.map import Reading, Stopwatch, survey
from runner.slice_cache import SqliteSliceCache
from runner.verify.test_paths import is_test_path


class Row(NamedTuple):
    """A definition or block of a candidate."""

    path: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A case's candidates: the signals of each file, its kind's penalty taken off, and of each piece (column -> row).

    Tests are left out of the files, not of the pieces.
    """

    files: Mapping[str, Mapping[str, float]]
    pieces: Sequence[Row]
    columns: Mapping[str, Sequence[float]]


def kept(cases: Sequence[Case], file: Path | None, *, is_aside: bool = False) -> list[Kept]:
    """What is known of the cases; surveyed, where the file has them not, and then kept there.

    Of cases aside only the pieces of the fix's own files are kept.
    """
    if file is not None and file.exists():
        known: dict[str, Kept] = {
            id_: Kept(one["files"], [Row(*row) for row in one["pieces"]], one["columns"])
            for id_, one in json.loads(file.read_text(encoding="utf-8")).items()
        }
    else:
        known = dict(_surveyed(cases, is_aside=is_aside))
        if file is not None:
            file.write_text(json.dumps({id_: asdict(one) for id_, one in known.items()}), encoding="utf-8")
    return [known[case.id] for case in cases]


def _surveyed(cases: Sequence[Case], *, is_aside: bool) -> Iterator[tuple[str, Kept]]:
    with (
        tempfile.TemporaryDirectory(prefix="greenloop-bench-") as scratch,
        SqliteSliceCache(Path(scratch, "slices.sqlite")) as cache,
    ):
        for case in cases:
            repository = open_repository(case.mirror, Path(scratch))
            task = Task(case.repository, case.commit, case.text, "bench")
            reading = Reading(repository, cache, time.monotonic, ScanPool(cores=1))
            found = survey(task, repository.resolve(case.commit), reading, Stopwatch(time.monotonic))
            print(case.id, file=sys.stderr, flush=True)
            files = {
                path: {name: value * penalty_of(path)[0] for name, value in known.items()}
                for path, known in found.last.items()
                if not is_test_path(path)
            }
            pieces = [Row(piece.path, piece.name, piece.start, piece.end) for piece in found.pieces.pieces]
            rows = [row for row, piece in enumerate(pieces) if not is_aside or piece.path in case.files]
            columns = {
                name: [round(x, 5) for x in column[rows].tolist()] for name, column in found.pieces.columns.items()
            }
            yield case.id, Kept(files, [pieces[row] for row in rows], columns)
