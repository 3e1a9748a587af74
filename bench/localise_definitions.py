"""What weights real issues ask for in the ranking of definitions.

    python -m bench.localise_definitions --data FILE --gold FILE --mirrors DIR [--keep FILE]
        [--aside FILE --aside-gold FILE --aside-keep FILE] [--without]

Like `bench.localise_signals`, one level down: the choice of what holds changed lines among the pieces of the fix's own
file. The table ranks the definitions of all candidates, each by its odds within its file and its file's odds by the
shipped weights; a case's rank is that of the last of the definitions that its fix changed, and cases whose fix changes
none are left out of the table. `--without` leaves out each signal in turn. Only what a piece is may count against it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.localise_cases import Case, add_fit_arguments, read_aside, read_cases
from bench.localise_fit import Array, Choices, Places, Score, groups_of, head, line
from bench.localise_kept import Kept, Row, kept
from runner.localise.definition_signals import FILE_SHARPNESS
from runner.localise.definition_weights import WITHIN_FILE
from runner.localise.outline import BLOCK
from runner.localise.weights import LAST_WEIGHTS, total

CUTS: Final = (1, 5, 10, 20)
SHARPNESS: Final = 1.0
SHRINK: Final = 0.003
FREE: Final = frozenset({"class", "imports", "size"})
"""Signals of what a piece is."""


class Ranking(NamedTuple):
    """A case's pieces: signals, file (a number), that file's score, and which of them are definitions and changed ones.

    `is_whole` where all that the fix changed are among them.
    """

    values: Array
    file_of: Places
    file_scores: Array
    is_definition: NDArray[np.bool_]
    is_right: NDArray[np.bool_]
    is_whole: bool

    def log_odds(self, weights: Array) -> Array:
        """Each piece's odds among all."""
        scores = self.values @ weights
        sums = np.full(len(self.file_scores), -np.inf)
        np.logaddexp.at(sums, self.file_of, scores)
        odds = FILE_SHARPNESS * self.file_scores[self.file_of] + scores - sums[self.file_of]
        return np.asarray(odds - np.logaddexp.reduce(odds))


class WithinFiles(Choices):
    """Fitted within the fix's files, counted among all files."""

    def __init__(
        self,
        cases: Sequence[Case],
        rankings: Sequence[Ranking],
        chosen: Sequence[tuple[Array, int]],
        aside: Sequence[Case] = (),
    ) -> None:
        """`chosen` has the candidates of the fix's own file, the right ones first, and how many these are."""
        values, right = zip(*chosen, strict=True)
        free = np.array([name in FREE for name in WITHIN_FILE])
        groups = groups_of(cases, aside)
        super().__init__(values, right, groups, free=free, sharpness=SHARPNESS, shrink=SHRINK, aside=len(aside))
        self._rankings = rankings

    def score(self, weights: Array, rows: Places | None = None) -> Score:
        """The ranks among the definitions of all candidates, and the losses among all their pieces."""
        ranks: list[int] = []
        losses: list[float] = []
        for one in (self._rankings[row] for row in (self.all_rows if rows is None else rows)):
            if not one.is_right.any():
                ranks += [] if one.is_whole else [0]
                continue
            odds = one.log_odds(weights)
            behind = odds[one.is_right].min()
            ranks.append(int((odds[one.is_definition] >= behind).sum()) if one.is_whole else 0)
            losses.append(float(-odds[one.is_right].mean()))
        return Score(ranks, losses)


def main() -> int:
    """Survey the cases and print how the weights do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_fit_arguments(parser)
    args = parser.parse_args()
    cases = read_cases(args)
    aside = read_aside(args)
    found, told = kept(cases, args.keep), kept(aside, args.aside_keep, is_aside=True)
    names = list(WITHIN_FILE)
    rankings = [_ranking(case, one, names) for case, one in zip(cases, found, strict=True)]
    both = zip([*cases, *aside], [*found, *told], strict=True)
    chosen = [_chosen(case, one, names) for case, one in both]
    choices = WithinFiles(cases, rankings, chosen, aside)
    everything = choices.fitted()
    print(head(CUTS))
    print(line("as shipped, which have seen all", choices.score(np.array(list(WITHIN_FILE.values()))), CUTS))
    print(line("fitted on all cases", choices.score(everything), CUTS))
    print(line("held out: the other half", choices.halves(), CUTS))
    print(line("held out: other repositories", choices.other_groups(), CUTS))
    for number, name in enumerate(names if args.without else ()):
        keep = np.arange(len(names)) != number
        others = WithinFiles(
            cases,
            [one._replace(values=one.values * keep) for one in rankings],
            [(values * keep, right) for values, right in chosen],
            aside,
        )
        print(line(f"without {name}: held out, the other half", others.halves(), CUTS))
        print(line(f"without {name}: held out, other repositories", others.other_groups(), CUTS), flush=True)
    print("\nfitted: " + ", ".join(f'"{name}": {weight:.2f}' for name, weight in zip(names, everything, strict=True)))
    return 0


def _ranking(case: Case, one: Kept, names: Sequence[str]) -> Ranking:
    """The pieces of the candidates that are no tests."""
    paths = list(one.files)
    rows = [row for row, piece in enumerate(one.pieces) if piece.path in one.files]
    pieces = [one.pieces[row] for row in rows]
    is_right = np.array([(piece.path, piece.name) in case.symbols for piece in pieces], dtype=bool)
    return Ranking(
        np.array([one.columns[name] for name in names]).T[rows],
        np.array([paths.index(piece.path) for piece in pieces], dtype=np.int64),
        np.array([total(one.files[path], LAST_WEIGHTS) for path in paths]),
        np.array([piece.name != BLOCK for piece in pieces], dtype=bool),
        is_right,
        len({piece[:2] for piece, right in zip(pieces, is_right, strict=True) if right}) == len(case.symbols),
    )


def _chosen(case: Case, one: Kept, names: Sequence[str]) -> tuple[Array, int]:
    """The pieces of the fix's files, those that hold changed lines first, and how many these are."""
    rows = [row for row, piece in enumerate(one.pieces) if piece.path in one.files and piece.path in case.files]
    pieces = [one.pieces[row] for row in rows]
    values = np.array([one.columns[name] for name in names]).T[rows]
    right = {_innermost(path, line, pieces) for path, line in case.lines} - {-1}
    rest = [row for row in range(len(pieces)) if row not in right]
    return values[[*sorted(right), *rest]], len(right)


def _innermost(path: str, line_: int, pieces: Sequence[Row]) -> int:
    """The piece that holds a line and begins last; -1 where none does."""
    around = [row for row, piece in enumerate(pieces) if piece.path == path and piece.start <= line_ <= piece.end]
    return max(around, key=lambda row: (pieces[row].start, -pieces[row].end), default=-1)


if __name__ == "__main__":
    sys.exit(main())
