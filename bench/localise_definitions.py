"""What weights real issues ask for in the ranking of definitions.

    python -m bench.localise_definitions --data INSTANCES.jsonl --gold GOLD.jsonl --mirrors DIR [--keep FILE]

Like `bench.localise_signals`, one level down: the choice of the changed definitions, or of what holds changed lines
where no definition is named, among the pieces of the files that are ranked best. Only what a piece is may count
against it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from bench.localise_cases import Case, add_arguments, read_cases
from bench.localise_fit import Array, Choices, groups_of, head, line
from bench.localise_kept import Kept, Row, kept
from runner.localise.definition_signals import Pieces, file_columns, weighed
from runner.localise.definition_weights import WEIGHTS
from runner.localise.outline import Piece
from runner.localise.piece_table import piece_table
from runner.localise.query import read_query
from runner.localise.weights import LAST_WEIGHTS, total

CUTS: Final = (1, 5, 10, 20)
SHARPNESS: Final = 1.0
SHRINK: Final = 0.01
FREE: Final = frozenset({"function", "class", "imports", "size"})
"""Signals of what a piece is."""
MOST_PIECES: Final = 500
"""Pieces of a case that are compared: those that the shipped weights put first, and the right ones."""


class _Case(NamedTuple):
    values: Array
    right: int


def main() -> int:
    """Survey the cases and print how the weights do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--keep", type=Path, help="a file for what is known of all cases")
    args = parser.parse_args()
    cases = read_cases(args)
    names = list(WEIGHTS)
    found = [_read(case, one, names) for case, one in zip(cases, kept(cases, args.keep), strict=True)]
    choices = Choices(
        [one.values for one in found],
        [one.right for one in found],
        groups_of(cases),
        free=np.array([name in FREE for name in names]),
        sharpness=SHARPNESS,
        shrink=SHRINK,
    )
    everything = choices.fitted()
    print(head(CUTS))
    print(line("as shipped, which have seen all", choices.score(np.array(list(WEIGHTS.values()))), CUTS))
    print(line("fitted on all cases", choices.score(everything), CUTS))
    print(line("held out: the other half", choices.halves(), CUTS))
    print(line("held out: other repositories", choices.other_groups(), CUTS))
    print("\nfitted: " + ", ".join(f'"{name}": {weight:.2f}' for name, weight in zip(names, everything, strict=True)))
    return 0


def _read(case: Case, one: Kept, names: Sequence[str]) -> _Case:
    """The case's pieces, the right ones first."""
    files = sorted(((path, total(mine, LAST_WEIGHTS)) for path, mine in one.files.items()), key=lambda item: -item[1])
    pieces = [Piece(row.path, row.name, row.start, row.end, row.end, {}, 0) for row in one.pieces]
    known = Pieces(pieces, piece_table(pieces, read_query("")), {name: np.array(v) for name, v in one.columns.items()})
    rows = known.of_files(path for path, _ in files)
    columns = {name: column[rows] for name, column in known.columns.items()} | file_columns(known, rows, files)
    right = [place for place, row in enumerate(rows) if _is_right(one.pieces[row], case)]
    order = np.argsort(-weighed(columns, WEIGHTS), kind="stable").tolist()
    chosen = [*right, *(place for place in order[:MOST_PIECES] if place not in set(right))]
    is_whole = len({one.pieces[rows[place]][:2] for place in right}) >= len(case.symbols)
    values = np.stack([columns[name] for name in names], axis=1)[chosen]
    return _Case(values, len(right) if is_whole else 0)


def _is_right(row: Row, case: Case) -> bool:
    """Whether the piece is a changed definition; where none is, whether it holds a changed line."""
    if case.symbols:
        return (row.path, row.name) in case.symbols
    return any(path == row.path and row.start <= line <= row.end for path, line in case.lines)


if __name__ == "__main__":
    sys.exit(main())
