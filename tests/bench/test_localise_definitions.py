"""The bench weighs definitions as the product does, and counts those that a fix changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.localise_cases import Case
from bench.localise_definitions import Ranking, WithinFiles
from runner.localise.cuts import cut, outlines
from runner.localise.definition_signals import log_odds, read_pieces
from runner.localise.definition_weights import WITHIN_FILE
from runner.localise.evidence import Evidence
from runner.localise.outline import BLOCK
from runner.localise.query import read_query

QUERY = read_query("turn() loses a spoke\n\nAfter `turn` a wheel has one spoke less.")
FILES = {
    "wheel.py": b"SPOKES = 8\n\ndef turn(wheel):\n    return wheel.spokes.pop()\n\ndef paint(wheel):\n    pass\n",
    "drive.py": b"def drive(wheel):\n    turn(wheel)\n",
}
FILE_SCORES = {"drive.py": 0.4, "wheel.py": 0.9}
WEIGHTS = np.array(list(WITHIN_FILE.values()))


def ranking(right: str, *, is_whole: bool = True) -> Ranking:
    """All pieces of the files; those of the name `right` are the changed ones."""
    found = read_pieces(
        outlines({path: (content, cut(content, "python")) for path, content in FILES.items()}, QUERY.terms),
        QUERY,
        Evidence(),
    )
    return Ranking(
        np.array([found.columns[name] for name in WITHIN_FILE]).T,
        np.array([list(FILE_SCORES).index(piece.path) for piece in found.pieces]),
        np.array(list(FILE_SCORES.values())),
        np.array([piece.name != BLOCK for piece in found.pieces]),
        np.array([piece.name == right for piece in found.pieces]),
        is_whole,
    )


def test_the_odds_are_those_of_the_product() -> None:
    """But for a constant, which a fit needs and a ranking does not."""
    contents = {path: (content, cut(content, "python")) for path, content in FILES.items()}
    found = read_pieces(outlines(contents, QUERY.terms), QUERY, Evidence())
    theirs = log_odds(found, range(len(found.pieces)), list(FILE_SCORES.items()))
    ours = ranking("turn").log_odds(WEIGHTS)
    assert ours - ours[0] == pytest.approx(theirs - theirs[0])
    assert np.exp(ours).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("one", "ranks"),
    [(ranking("turn"), [1]), (ranking("turn", is_whole=False), [0]), (ranking("absent"), [])],
)
def test_a_case_counts_when_its_fix_changes_a_definition(one: Ranking, ranks: list[int]) -> None:
    """All of them must be found; blocks take no place among the definitions."""
    case = Case("a", "b/c", Path(), "base", "", ("wheel.py",), frozenset(), frozenset())
    score = WithinFiles([case], [one], [(one.values, 1)]).score(WEIGHTS)
    assert score.ranks == ranks
    assert len(score.losses) == one.is_right.any()
