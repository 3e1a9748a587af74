"""What is known of each definition and block of the best files: signals, most of them 0.0 to 1.0. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runner.localise.alike import like_the_likeliest
from runner.localise.bm25 import among, places, rarity
from runner.localise.called import CONSTRUCTORS, called_by_called
from runner.localise.definition_weights import ACROSS_FILES, WITHIN_FILE
from runner.localise.evidence import Evidence
from runner.localise.messages import saying
from runner.localise.outline import BLOCK, Outline, Piece
from runner.localise.piece_table import PieceTable, last_name, piece_table
from runner.localise.query import CALL, Query
from runner.localise.raised import raising

Column = NDArray[np.float64]

FILE_SHARPNESS: Final = 5.0
"""How many points of log-odds a point of a file's score is."""
FRAME_DECAY: Final = 0.85
"""What a traceback's frame says, of what the one further in says."""
BASE_SHARE: Final = 0.6
"""What a named class says of its base, of what it says of itself; again that much less for the base's base."""
DEEPEST_BASE: Final = 3
IMPORTS_WITHIN_LINES: Final = 60
IMPORT: Final = re.compile(rb"^(from|import|use|using|require|#include|package)\b")
NAME: Final = re.compile(rb"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of the candidates, and what is known of each but its file's odds."""

    pieces: Sequence[Piece]
    table: PieceTable
    columns: Mapping[str, Column]

    def of_files(self, paths: Iterable[str]) -> list[int]:
        """The rows of these files' pieces, in the order of the files."""
        rows = _rows_by_file(self.pieces)
        return [row for path in paths for row in rows.get(path, ())]


def read_pieces(outlines: Mapping[str, Outline], query: Query, evidence: Evidence) -> Pieces:
    """All pieces of the candidates, with the signals that need no ranking of files."""
    pieces = [piece for outline in outlines.values() for piece in outline.pieces]
    table = piece_table(pieces, query)
    words = _scaled(table.scores.sum(axis=1))
    is_title = among(query.terms, query.title_terms)
    columns = {
        "words": words,
        "words of its class": _of_class(pieces, words),
        "name covered": (table.names > 0).sum(axis=1) / table.name_sizes,
        "name in title": (table.names[:, is_title] > 0).sum(axis=1) / table.name_sizes,
        **_by_kind(pieces, outlines),
        **_by_class(pieces, outlines, query),
        "frame": _frames(pieces, evidence),
        "named": _named(pieces, query, evidence),
        "message": _messages(outlines, query),
        "called by a called one": called_by_called(pieces, outlines, query),
        "place in file": _places_in_file(pieces, table, query),
        "raises": raising(outlines, query.text),
    }
    columns["like the likeliest"] = like_the_likeliest(outlines, weighed(columns, ACROSS_FILES))
    return Pieces(pieces, table, columns)


def log_odds(found: Pieces, rows: Sequence[int], files: Sequence[tuple[str, float]]) -> Column:
    """How likely each of the rows is meant: its file's odds by the files' scores, times its own within the file."""
    numbers = {path: number for number, (path, _) in enumerate(files)}
    file_of = np.array([numbers[found.pieces[row].path] for row in rows], dtype=np.int64)
    scores = weighed(found.columns, WITHIN_FILE)[rows]
    sums = np.full(len(files), -np.inf)
    np.logaddexp.at(sums, file_of, scores)
    by_file = FILE_SHARPNESS * np.array([score for _, score in files])
    return np.asarray(by_file[file_of] + scores - sums[file_of])


def weighed(columns: Mapping[str, Column], weights: Mapping[str, float]) -> Column:
    """What those of the signals that have a weight say together of each row."""
    return np.asarray(sum(weights[name] * column for name, column in columns.items() if name in weights))


def holder_name(name: str) -> str:
    """The part of a qualified name before its last dot: the class that a method belongs to, or ""."""
    return name.rpartition(".")[0]


def _places_in_file(pieces: Sequence[Piece], table: PieceTable, query: Query) -> Column:
    """0.0 for the piece that holds most of the task's words that few pieces of its file hold, less for each behind."""
    most = np.maximum(table.scores.max(axis=0, initial=0.0), 1e-9)
    shares = table.scores / most * np.array(list(query.terms.values()))
    column = np.zeros(len(pieces))
    for rows in _rows_by_file(pieces).values():
        column[rows] = places(shares[rows] @ rarity(table.scores[rows] > 0))
    return column


def _rows_by_file(pieces: Sequence[Piece]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, piece in enumerate(pieces):
        rows[piece.path].append(row)
    return rows


def _by_kind(pieces: Sequence[Piece], outlines: Mapping[str, Outline]) -> dict[str, Column]:
    """What the piece is, and its size."""
    is_block = np.array([piece.name == BLOCK for piece in pieces], dtype=bool)
    is_class = np.array([piece.is_container for piece in pieces], dtype=bool)
    return {
        "function": (~is_block & ~is_class).astype(np.float64),
        "class": is_class.astype(np.float64),
        "imports": np.array([float(_is_imports(piece, outlines[piece.path])) for piece in pieces]),
        "size": np.log1p([6 * piece.words for piece in pieces]) / 8,
    }


def _is_imports(piece: Piece, outline: Outline) -> bool:
    return (
        piece.name == BLOCK
        and piece.start < IMPORTS_WITHIN_LINES
        and any(IMPORT.match(line) for line in outline.lines[piece.start - 1 : piece.end])
    )


def _by_class(pieces: Sequence[Piece], outlines: Mapping[str, Outline], query: Query) -> dict[str, Column]:
    """Signals of the class that a piece belongs to: named by the task, base of a named one, or made by it."""
    classes = [piece for piece in pieces if piece.is_container]
    named = {name: sure for name, sure in query.identifiers.items() if name in {last_name(c.name) for c in classes}}
    same_name = Counter(last_name(piece.name) for piece in classes)
    bases = _bases(classes, outlines, named)
    called = set(CALL.findall(query.text))
    members, heirs, makers = (np.zeros(len(pieces)) for _ in range(3))
    for row, piece in enumerate(pieces):
        holder = last_name(holder_name(piece.name))
        if holder in named:
            members[row] = named[holder] / same_name[holder] ** 0.7
            makers[row] = float(holder in called and last_name(piece.name) in CONSTRUCTORS)
        heirs[row] = bases.get(holder, 0.0)
    return {"of a named class": members, "of a base of one": heirs, "makes one": makers}


def _of_class(pieces: Sequence[Piece], values: Column) -> Column:
    """What is known of the class or function that a piece stands in; 0.0 for one that stands in none."""
    rows = {(piece.path, piece.name): row for row, piece in enumerate(pieces) if piece.name != BLOCK}
    holders = [rows.get((piece.path, holder_name(piece.name))) for piece in pieces]
    return np.array([0.0 if row is None else values[row] for row in holders])


def _bases(classes: Sequence[Piece], outlines: Mapping[str, Outline], named: Mapping[str, float]) -> dict[str, float]:
    """The classes that named ones are made from, which the task does not name itself: name -> weight."""
    known = {last_name(piece.name) for piece in classes}
    above: dict[str, set[str]] = defaultdict(set)
    for piece in classes:
        words = NAME.findall(_head(piece, outlines[piece.path]))
        above[last_name(piece.name)].update(word.decode("ascii") for word in words)
    found: dict[str, float] = {}
    level = set(named)
    for depth in range(1, DEEPEST_BASE + 1):
        level = {base for name in level for base in above[name] & known} - named.keys() - found.keys()
        found.update(dict.fromkeys(level, BASE_SHARE**depth))
    return found


def _head(piece: Piece, outline: Outline) -> bytes:
    """What stands before a class's body, as far as four lines go."""
    lines = outline.lines[piece.start - 1 : min(piece.start + 3, piece.end)]
    text = b"\n".join(line for line in lines if not line.lstrip().startswith(b"@"))
    return re.split(rb":\s*(?:\n|$)|\{", text, maxsplit=1)[0]


def _frames(pieces: Sequence[Piece], evidence: Evidence) -> Column:
    """1.0 for where a traceback ended, less for each frame further out."""
    rows = _rows_by_file(pieces)
    column = np.zeros(len(pieces))
    for path in evidence.places.keys() & rows.keys():
        for distance, place in enumerate(evidence.places[path]):
            for row in _at(place.line, place.function, rows[path], pieces):
                column[row] = max(column[row], FRAME_DECAY**distance)
    return column


def _at(line: int, function: str, rows: Sequence[int], pieces: Sequence[Piece]) -> list[int]:
    """The pieces of one file that a place means; lines may have moved since, so its function's name goes first."""
    by_name = [row for row in rows if function and last_name(pieces[row].name) == last_name(function)]
    if by_name and function != BLOCK:
        return sorted(by_name, key=lambda row: abs(pieces[row].start - line))[:1]
    if function and function != BLOCK:
        return []
    inside = [row for row in rows if pieces[row].start <= line <= pieces[row].end]
    return inside[-1:]


def _named(pieces: Sequence[Piece], query: Query, evidence: Evidence) -> Column:
    """How surely the task names the piece by its full name or by `Class.method`."""
    pairs = Counter(_pair(piece.name) for piece in pieces if "." in piece.name)
    said = {pair for dotted in query.dotted for pair in _pairs(dotted)}
    column = np.zeros(len(pieces))
    for row, piece in enumerate(pieces):
        if piece.name in evidence.symbols.get(piece.path, ()):
            column[row] = 1.0
        elif _pair(piece.name) in said:
            column[row] = 1.0 / pairs[_pair(piece.name)]
    return column


def _messages(outlines: Mapping[str, Outline], query: Query) -> Column:
    """How much of one of the piece's texts the task quotes."""
    phrases = [some for outline in outlines.values() for some in outline.phrases]
    found = saying({str(row): some for row, some in enumerate(phrases)}, query.text)
    return np.array([found.get(str(row), 0.0) for row in range(len(phrases))])


def _pair(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _pairs(dotted: str) -> list[str]:
    steps = dotted.split(".")
    return [".".join(steps[i : i + 2]) for i in range(len(steps) - 1)]


def _scaled(scores: Column) -> Column:
    """The best has 1.0."""
    return np.asarray(scores / (float(scores.max(initial=0.0)) or 1.0))
