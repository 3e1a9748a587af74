"""Real issues with the places of their real fixes, for the benches that measure localisation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.verify.test_paths import is_test_path

CUTS = (1, 3, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Case:
    """One issue at its base commit, and where its real fix changed what: files, (file, symbol), (file, line)."""

    id: str
    repository: str
    mirror: Path
    commit: str
    text: str
    files: tuple[str, ...]
    symbols: frozenset[tuple[str, str]]
    lines: frozenset[tuple[str, int]]

    def rank(self, paths: Iterable[str]) -> int:
        """The rank of the last of the fix's files, tests left out; 0 when one is missing."""
        ranked = [path for path in paths if not is_test_path(path)]
        ranks = [ranked.index(path) + 1 if path in ranked else 0 for path in self.files]
        return 0 if 0 in ranks else max(ranks)


def read_cases(args: argparse.Namespace) -> list[Case]:
    """The cases whose repository is among the mirrors, repository by repository."""
    return _read(args.data, args.gold, args)


def read_aside(args: argparse.Namespace) -> list[Case]:
    """The past fixes that are only fitted to; none where none are named."""
    return _read(args.aside, args.aside_gold, args) if args.aside else []


def _read(data: Path, answers: Path, args: argparse.Namespace) -> list[Case]:
    gold = {row["instance_id"]: row for row in _rows(answers)}
    cases = [_case(row, gold[row["instance_id"]]["files"], args.mirrors) for row in _rows(data)]
    found = [case for case in cases if args.only in case.repository and case.mirror.exists()]
    return sorted(found, key=lambda case: case.repository)[: args.limit]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every one of these benches is told."""
    parser.add_argument("--data", type=Path, required=True, help="one instance a line")
    parser.add_argument("--gold", type=Path, required=True, help="the places of the real fixes; only for scoring")
    parser.add_argument("--mirrors", type=Path, required=True, help="bare repositories named owner+name/repo")
    parser.add_argument("--only", default="", help="a part of the repository's name")
    parser.add_argument("--limit", type=int, default=None)


def add_fit_arguments(parser: argparse.ArgumentParser) -> None:
    """What the benches that fit weights are told besides."""
    add_arguments(parser)
    parser.add_argument("--keep", type=Path, help="a file for what is known of all cases")
    parser.add_argument("--aside", type=Path, help="past fixes to fit to as well, from bench.localise_commits")
    parser.add_argument("--aside-gold", type=Path, help="their places")
    parser.add_argument("--aside-keep", type=Path, help="a file for what is known of them")
    parser.add_argument("--without", action="store_true", help="leave out each signal in turn")


def shares(ranks: Sequence[int], cuts: Sequence[int] = CUTS) -> list[float]:
    """The percentage of ranks within each cut; rank 0 is none."""
    return [100 * sum(0 < rank <= cut for rank in ranks) / max(1, len(ranks)) for cut in cuts]


def _case(row: Any, files: Any, mirrors: Path) -> Case:
    return Case(
        row["instance_id"],
        row["repo"],
        mirrors / row["mirror"].replace("/", "+") / "repo",
        row["base_commit"],
        row["problem_statement"],
        tuple(file["path"] for file in files),
        frozenset((file["path"], name) for file in files for name in file["symbols"]),
        frozenset((file["path"], line) for file in files for line in file["changed_old_lines"]),
    )


def _rows(path: Path) -> Iterator[Any]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
