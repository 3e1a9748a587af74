"""A definition is as likely as its file and its place in that file make it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from runner.localise.called import called_by_called
from runner.localise.cuts import cut, outlines
from runner.localise.definition_signals import FILE_SHARPNESS, log_odds, read_pieces
from runner.localise.evidence import Evidence
from runner.localise.query import read_query
from runner.localise.rank_definitions import HIGHEST, rank_definitions

QUERY = read_query("turn() loses a spoke\n\n```python\nturn(Wheel())\n```\n")
FILES = {
    "wheel.py": b"class Wheel:\n    def __init__(self):\n        self.fit_spokes()\n\n"
    b"    def fit_spokes(self):\n        pass\n\n    def paint(self):\n        pass\n",
    "drive.py": b"from wheel import loosen_spoke\n\ndef turn(wheel):\n    return loosen_spoke(wheel)\n",
    "spoke.py": b"def loosen_spoke(wheel):\n    return wheel\n\ndef tighten(wheel):\n    return wheel\n",
}


def called(files: Mapping[str, bytes], text: str) -> list[str]:
    """The names of what is called by what the text calls."""
    query = read_query(text)
    found = outlines({path: (content, cut(content, "python")) for path, content in files.items()}, query.terms)
    pieces = [piece for outline in found.values() for piece in outline.pieces]
    return [
        piece.name for piece, value in zip(pieces, called_by_called(pieces, found, query), strict=True) if value > 0
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`turn(w)` fails", ["loosen_spoke"]),
        ("`Wheel()` fails", ["Wheel.fit_spokes"]),
        ("turn fails", []),
        ("```\ndef turn(w):\n    pass\n\nturn(w)\n```", []),
    ],
)
def test_what_a_called_definition_calls_is_marked(text: str, expected: list[str]) -> None:
    """A class is called by its constructor; a name without a call says nothing, nor does what the reporter defines."""
    assert called(FILES, f"Broken\n\n{text}") == expected


def test_a_name_that_many_bear_points_at_none_of_them() -> None:
    """Which of them is meant is anybody's guess."""
    many = {f"{number}.py": b"def loosen_spoke(wheel):\n    pass\n" for number in range(4)}
    assert called({"drive.py": FILES["drive.py"], **many}, "`turn(w)` fails") == []


def test_a_files_definitions_share_its_odds() -> None:
    """However many there are, together they have those that the file's score gives."""
    found = outlines({path: (content, cut(content, "python")) for path, content in FILES.items()}, QUERY.terms)
    pieces = read_pieces(found, QUERY, Evidence())
    files = [("spoke.py", 1.0), ("drive.py", 0.6), ("wheel.py", 0.1)]
    rows = pieces.of_files(path for path, _ in files)
    odds = log_odds(pieces, rows, files)
    for path, score in files:
        mine = [value for row, value in zip(rows, odds, strict=True) if pieces.pieces[row].path == path]
        assert np.logaddexp.reduce(mine) == pytest.approx(FILE_SHARPNESS * score)


def test_the_best_definition_comes_first_with_its_reasons() -> None:
    """It has the highest score, whatever the odds are; no file gives no definitions."""
    found = outlines({path: (content, cut(content, "python")) for path, content in FILES.items()}, QUERY.terms)
    pieces = read_pieces(found, QUERY, Evidence())
    best = rank_definitions(pieces, [("spoke.py", 1.0), ("wheel.py", 0.1)], QUERY, 3)[0]
    assert (best.piece.name, best.score) == ("loosen_spoke", HIGHEST)
    assert "called by what the task calls" in best.because
    assert rank_definitions(pieces, [], QUERY, 3) == []
